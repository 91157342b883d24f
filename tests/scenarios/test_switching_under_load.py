"""Two server processes under steady load, while a plugin is switched twenty times: no request fails."""

from __future__ import annotations

import itertools
import os
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest

from vinculo.accounts import service
from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.app import prepare_jobs
from vinculo.db.base import now

pytestmark = pytest.mark.slow
ADMIN = system(Source.CLI)
PER_SECOND, THREADS, SWITCHES = 50, 4, 20
OWN = "/api/v1/interactions"  # the only address that may be missing
PATHS = (OWN, "/api/v1/clients", "/health/ready", "/", "/clients", "/api/v1/openapi.json", "/clients/{id}")


class Load:
    """Requests at a steady rate from several threads; every answer is kept."""

    def __init__(self, address, token, cookies, client_id):
        self.address, self.token, self.cookies, self.client_id = address, token, cookies, client_id
        self.answers = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(THREADS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, number):
        headers = {"Authorization": f"Bearer {self.token}"}
        due = time.monotonic() + number / PER_SECOND
        for path in itertools.islice(itertools.cycle(PATHS), number, None):
            if self._stop.wait(max(0.0, due - time.monotonic())):
                return
            due += THREADS / PER_SECOND
            self.answers.append((path, ask(self.address + path.format(id=self.client_id), headers)))


def ask(url, headers):
    """A status, or what broke; each request on a connection of its own, so that all processes are asked."""
    try:
        return httpx.get(url, headers=headers, timeout=20).status_code
    except httpx.HTTPError as error:
        return repr(error)


@contextmanager
def served(url, folder):
    """The address of two processes on a database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "VINCULO_DATABASE__URL": url, "VINCULO_FILES__FOLDER": str(folder / "files")}
    command = [sys.executable, "-m", "vinculo", "serve", "--workers", "2", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        end = time.monotonic() + 60
        while ask(f"{address}/health/ready", {}) != 200:
            assert time.monotonic() < end, (folder / "server.log").read_text()
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_no_request_fails(database, migrated_database_url, switchboard, make_client, tmp_path):
    client = make_client("Padaria Luz")
    with database.write() as session:
        user = service.create_user(
            session,
            login="ana",
            password="correct horse battery",
            role_names=[Role.ADMINISTRATOR],
            full_name="Ana",
            email="",
            language="",
            actor=ADMIN,
            now=now(),
        )
        _token, token = service.create_token(
            session,
            user.id,
            name="t",
            expires_at=now() + timedelta(hours=1),
            actor=ADMIN,
            now=now(),
        )
    prepare_jobs(database)
    switchboard.switch("on", "interactions", actor=ADMIN)
    headers = {"Authorization": f"Bearer {token}"}

    with served(migrated_database_url, tmp_path) as address, Load(address, token, {}, client.id) as load:
        for number in range(SWITCHES):
            action, expected = (("off", 404), ("on", 200))[number % 2]
            switchboard.switch(action, "interactions", actor=ADMIN)
            end = time.monotonic() + 20
            agreed = 0  # both processes have answered so, as far as twelve connections can tell
            while agreed < 12:
                assert time.monotonic() < end, "a process does not follow"
                agreed = agreed + 1 if ask(address + OWN, headers) == expected else 0

    log = (tmp_path / "server.log").read_text()
    own = {status for path, status in load.answers if path == OWN}
    others = [answer for answer in load.answers if answer[0] != OWN and answer[1] != 200]
    assert own == {200, 404}
    assert others == [], log
    assert len(load.answers) > 300
    assert not re.search(r"Traceback|ERROR", log), log
