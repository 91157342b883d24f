"""A mailing to 20,000 addresses while its processes and its database are killed: who got it, and how fast.

By a mail server in a process of its own: aiosmtpd, or with ``VINCULO_BENCH_MTA=exim`` Exim, which takes
letters and delivers them later. On PostgreSQL the web process, the worker and the database are killed in
turn; on SQLite the only process there is.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from vinculo.accounts import service
from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.clients.models import Client, Stage
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.people.models import ContactPoint, ContactType
from vinculo.testing import databases, factories
from vinculo.testing.mailhost import mail_host
from vinculo_mailings.models import Run, Send

WANTED = 150  # messages a second
MTA = os.environ.get("VINCULO_BENCH_MTA", "aiosmtpd")
CONNECTIONS = 3  # two by default, and one that begins while another looks for more; each may leave one unsure
PATIENCE = 1500  # seconds: what a killed worker had in hand is somebody's after 15 minutes at the latest
PRODUCTION = {"listen_addresses": "", "max_connections": "60", "shared_buffers": "256MB"}
ADMIN = system(Source.CLI)
CONFIG = """
[database]
url = "{url}"
[files]
folder = "{folder}/files"
[plugins]
on = ["mailings"]
[server]
jobs = {jobs}
public_url = "http://127.0.0.1:{port}"
[mail]
host = "127.0.0.1"
port = {mail}
security = "none"
sender = "news@luz.example"
"""


@dataclass
class Company:
    """The processes of a company; each is started again as it was."""

    folder: Path
    url: str
    port: int
    mail: int
    taken: Callable[[], list[str]]  # the addresses of what the mail server took
    delivered: Callable[[], list[str]]
    running: dict[str, psutil.Process] = field(default_factory=dict)

    def start(self, name: str, *command: str, **more: Any) -> None:
        every_cpu = {"preexec_fn": lambda: os.sched_setaffinity(0, range(os.cpu_count() or 1))}
        kept = {key: value for key, value in os.environ.items() if not key.startswith("VINCULO_")}
        with (self.folder / f"{name}.log").open("a") as log:
            self.running[name] = psutil.Popen(
                command, env={**kept, "VINCULO_CONFIG": str(self.folder / "vinculo.toml")}, stdout=log,
                stderr=log, **every_cpu, **more,
            )  # fmt: skip

    def vinculo(self, name: str, *arguments: str) -> None:
        self.start(name, sys.executable, "-m", "vinculo", *arguments)

    def web(self) -> None:
        self.vinculo("web", "serve", "--port", str(self.port))

    def worker(self) -> None:
        self.vinculo("worker", "worker")

    def kill(self, name: str) -> None:
        os.kill(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait(30)

    def kill_database(self) -> None:
        """The server that was set up for this test, and again from what is on its disk."""
        data = Path(str(make_url(self.url).query["host"])) / "data"
        server = psutil.Process(int((data / "postmaster.pid").read_text().split("\n")[0]))
        command, user, children = server.cmdline(), server.username(), server.children()
        server.send_signal(signal.SIGKILL)
        psutil.wait_procs([server, *children], 60)
        self.start("database", *command, user=user if os.geteuid() == 0 else None, cwd=data)

    def stop(self) -> None:
        for name in ("worker", "web", "mailbox", "database"):
            process = self.running.get(name)
            if process is None:
                continue
            if process.is_running():
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(20)
                except psutil.TimeoutExpired:
                    process.kill()


@pytest.fixture
def url(database_kind, tmp_path):
    """A database whose server is nobody else's: it is killed."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'vinculo.db'}"
        return
    with databases.run_server(databases.binaries()[0], PRODUCTION, in_memory=False) as address:
        yield databases.PostgresServer(address).create()


@pytest.fixture
def exim():
    with tempfile.TemporaryDirectory(prefix="vinculo-mail-") as folder:
        Path(folder).chmod(0o755)
        with mail_host(Path(folder), everybody=True) as host:
            yield host


@pytest.fixture
def company(url, tmp_path, free_port, database_kind, rig_folder, request):
    host = request.getfixturevalue("exim") if MTA == "exim" else None
    mail, arrived = host.smtp if host else free_port + 1, tmp_path / "arrived"
    jobs = "true" if database_kind == "sqlite" else "false"
    text = CONFIG.format(url=url, folder=tmp_path, jobs=jobs, port=free_port, mail=mail)
    (tmp_path / "vinculo.toml").write_text(text)
    found = [lambda: lines(arrived)] * 2 if host is None else [host.taken, host.delivered]
    made = Company(tmp_path, url, free_port, mail, *found)
    upgrade = [sys.executable, "-m", "vinculo", "db", "upgrade"]  # of background jobs, too
    config = str(tmp_path / "vinculo.toml")
    subprocess.run(upgrade, env={**os.environ, "VINCULO_CONFIG": config}, check=True, capture_output=True)
    if host is None:
        made.start("mailbox", sys.executable, str(rig_folder / "mailbox.py"), str(mail), str(arrived))
    yield made
    made.stop()


def fill(url, addresses):
    """Clients with an address each, and the token of an administrator."""
    database = Database(url)
    with database.write() as session:
        user = factories.make_user(session, "root", role=Role.ADMINISTRATOR)
        ends = now().replace(year=now().year + 1)
        _row, token = service.create_token(
            session, user.id, name="t", expires_at=ends, actor=ADMIN, now=now()
        )
        for address in addresses:
            points = [ContactPoint(type=ContactType.EMAIL, value=address, key=address)]
            session.add(Client(name=address, name_key=address, stage=Stage.ACTIVE, contact_points=points))
    database.close()
    return token


def begin(company, token):
    """Start a mailing by the API, once the server answers."""
    with httpx.Client(
        base_url=f"http://127.0.0.1:{company.port}/api/v1", headers={"Authorization": f"Bearer {token}"},
        timeout=120, transport=httpx.HTTPTransport(retries=8),
    ) as api:  # fmt: skip
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                api.get("/clients")
                break
            except httpx.ConnectError:
                time.sleep(0.3)

        def put(path, **values):
            answer = api.post(path, json=values)
            assert answer.status_code == 201, answer.text
            return answer.json()["id"]

        body = "Dear {{ client.name }},\n\nhere is what is new: https://luz.example/autumn"
        written = put("/mailing-templates", name="Autumn", subject="Autumn", body=body)
        mailing = put("/mailings", name="Autumn", template_id=written, plan="once")
        assert api.put(f"/mailings/{mailing}/audience", json={"query": "stage=active"}).is_success
        assert api.post(f"/mailings/{mailing}/do/start").is_success


def lines(path):
    return path.read_text().split() if path.exists() else []


class Watch:
    """When how many had arrived."""

    def __init__(self, found):
        self.found = found

    def until(self, wanted):
        limit = time.monotonic() + PATIENCE
        while (there := len(self.found())) < wanted:
            assert time.monotonic() < limit, f"{there} of {wanted} arrived"
            time.sleep(0.2)
        return time.monotonic(), there


def wait_for_the_end(url):
    """Until nothing waits any more; the ledger."""
    database, limit = Database(url), time.monotonic() + PATIENCE
    while True:
        try:
            with database.read() as session:
                if session.scalar(sa.select(Run.id).where(Run.done_at.is_not(None))):
                    rows = session.execute(sa.select(Send.address, Send.step)).all()
                    break
        except sa.exc.OperationalError:
            pass
        assert time.monotonic() < limit, "the mailing did not end"
        time.sleep(1)
    database.close()
    return {address: str(step) for address, step in rows}


def test_nobody_twice_nobody_forgotten_and_fast(company, database_kind, effort, report):
    many = min(effort.clients // 5, 20_000)
    addresses = [f"client{number}@luz.example" for number in range(many)]
    token = fill(company.url, addresses)
    company.web()
    kills = [(company.kill, "web", company.web)]
    if database_kind == "postgresql":
        company.worker()
        kills += [(company.kill, "worker", company.worker), (company.kill_database,)]
    begin(company, token)

    watch = Watch(company.taken)
    begun, few = watch.until(many // 100)
    undisturbed, more = watch.until(many // 4)
    rate = (more - few) / (undisturbed - begun)
    for number, (kill, *again) in enumerate(kills, 1):
        watch.until(many // 4 * number)
        kill(*again[:1])
        for start in again[1:]:
            start()
    ledger = wait_for_the_end(company.url)
    steps = Counter(ledger.values())
    sent = {address for address, step in ledger.items() if step == "sent"}
    Watch(lambda: sent.intersection(company.delivered())).until(len(sent))
    seconds = time.monotonic() - begun

    got = Counter(company.delivered())
    report.add(
        "a mailing under kill -9", database=database_kind, server=MTA, addresses=many,
        killed=", ".join(one[1] if one[1:] else "database" for one in kills), per_second=rate, wanted=WANTED,
        seconds_in_all=seconds, twice=sum(times > 1 for times in got.values()),
        forgotten=len(set(addresses) - set(got) - {one for one, step in ledger.items() if step == "unsure"}),
        unsure=steps["unsure"], load=os.getloadavg()[0],
    )  # fmt: skip
    assert ledger.keys() == set(addresses)
    assert set(got.values()) == {1}, "nobody got it twice"
    assert {*steps} <= {"sent", "unsure"}
    assert steps["unsure"] <= CONNECTIONS * len(kills)
    assert set(got) - sent <= set(ledger) - sent, "what arrived is sent, or unsure"
    assert rate >= WANTED
