"""Two server processes under steady load of reads and writes, while a plugin is switched off and on.

By the API, by the page and by another process in turn: no request fails, nothing written is lost.
``VINCULO_SWITCHES=20`` switches as often, under twice the load; each run of all tests, a few times.
"""

from __future__ import annotations

import itertools
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from vinculo.accounts import service
from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.app import prepare_jobs
from vinculo.db.base import now
from vinculo.testing.browsing import sign_in
from vinculo.web.identity import SESSION_COOKIE

pytestmark = pytest.mark.slow
ADMIN = system(Source.CLI)
LONG = int(os.environ.get("VINCULO_SWITCHES", "0"))
PER_SECOND, THREADS = 50 if LONG else 25, 4
PATIENCE = 120  # seconds: nothing is measured here, and the machine may be busy
SWITCHES = LONG or 6  # twice by each of the ways
OWN = "/api/v1/interactions"  # the only address that may be missing
TALK = {"subject": "Call", "type": "email"}
REQUESTS = (  # method, path, body, the status of success
    ("GET", OWN, None, 200),
    ("POST", "/api/v1/clients", {"name": "Written under load"}, 201),
    ("GET", "/api/v1/clients", None, 200),
    ("GET", "/", None, 200),
    ("POST", OWN, TALK, 201),
    ("GET", "/clients", None, 200),
    ("PATCH", "/api/v1/clients/{id}", {"note": "Written under load"}, 200),
    ("GET", "/api/v1/openapi.json", None, 200),
    ("GET", "/clients/{id}", None, 200),
)


class Load:
    """Requests at a steady rate from several threads; every answer is kept."""

    def __init__(self, address, token, cookie, client_id):
        self.address, self.client_id = address, client_id
        self.program, self.browser = {"Authorization": f"Bearer {token}"}, {"Cookie": cookie}
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
        due = time.monotonic() + number / PER_SECOND
        for method, path, body, success in itertools.islice(itertools.cycle(REQUESTS), number, None):
            if self._stop.wait(max(0.0, due - time.monotonic())):
                return
            due += THREADS / PER_SECOND
            if path == OWN and body:
                body = {**body, "client_id": self.client_id}  # noqa: PLW2901 -- the same body, complete
            headers = self.program if path.startswith("/api/") else self.browser
            status = ask(self.address + path.format(id=self.client_id), headers, method, body)
            self.answers.append((method, path, status, success))


def ask(url, headers, method="GET", body=None):
    """A status, or what broke; each request on a connection of its own, so that all processes are asked."""
    try:
        return httpx.request(method, url, headers=headers, json=body, timeout=PATIENCE).status_code
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


@pytest.fixture
def token(database):
    """An administrator's, for the API."""
    values = {"login": "ana", "password": "correct horse battery", "full_name": "Ana", "email": ""}
    with database.write() as session:
        user = service.create_user(
            session, **values, role_names=[Role.ADMINISTRATOR], language="", actor=ADMIN, now=now()
        )
        ends = now() + timedelta(hours=1)
        return service.create_token(session, user.id, name="t", expires_at=ends, actor=ADMIN, now=now())[1]


@pytest.fixture
def cookie(database, make_user, token):
    """The same one's, for pages."""
    user = make_user("ana")
    with httpx.Client() as browser, database.write() as session:
        sign_in(session, browser, user)
        return f"{SESSION_COOKIE}={browser.cookies[SESSION_COOKIE]}"


@pytest.fixture
def ways(database, switchboard, make_user, token):
    """How a switch is thrown: by the API, by the page, by another process."""
    user = make_user("ana")

    def by_api(address, action):
        url = f"{address}/api/v1/plugins/interactions/{action}"
        assert ask(url, {"Authorization": f"Bearer {token}"}, "POST") == 200

    def by_page(address, action):
        with httpx.Client(base_url=address, timeout=PATIENCE) as browser:
            with database.write() as session:
                sign_in(session, browser, user)
            assert browser.post(f"/plugins/interactions/{action}").headers["location"] == "/plugins"

    def by_another_process(address, action):
        switchboard.switch(action, "interactions", actor=ADMIN)

    return by_another_process, by_api, by_page


def wait_until_all_agree(address, token, expected):
    """Both processes have answered so, as far as a dozen connections can tell."""
    end, agreed = time.monotonic() + PATIENCE, 0
    while agreed < 12:
        assert time.monotonic() < end, "a process does not follow"
        answer = ask(address + OWN, {"Authorization": f"Bearer {token}"})
        agreed = agreed + 1 if answer == expected else 0


def rows(database, table):
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(sa.table(table)))


def test_no_request_fails(
    database, migrated_database_url, switchboard, make_client, ways, token, cookie, tmp_path
):
    client = make_client("Padaria Luz")
    prepare_jobs(database)
    switchboard.switch("on", "interactions", actor=ADMIN)

    with served(migrated_database_url, tmp_path) as address, Load(address, token, cookie, client.id) as load:
        for number in range(SWITCHES):
            action, expected = (("off", 404), ("on", 200))[number % 2]
            ways[number % len(ways)](address, action)
            wait_until_all_agree(address, token, expected)

    log = (tmp_path / "server.log").read_text()
    failed = [
        (method, path, status)
        for method, path, status, success in load.answers
        if status != success and not (path == OWN and status == 404)
    ]
    assert failed == [], log
    assert {status for _m, path, status, _s in load.answers if path == OWN} == {200, 201, 404}
    assert len(load.answers) > 30 * SWITCHES
    made = Counter((path, status) for method, path, status, _s in load.answers if method == "POST")
    assert rows(database, "clients_client") == 1 + made["/api/v1/clients", 201]
    assert rows(database, "interactions_interaction") == made[OWN, 201]
    assert not re.search(r"Traceback|ERROR", log), log
