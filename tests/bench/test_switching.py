"""Switching costs little: one that is off nothing at all, the switch itself less than a second."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from textwrap import dedent

import httpx
import psutil
import pytest

from vinculo.accounts import service
from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.testing import factories

PLUGINS, ROUTES, PROCESSES = 15, 15, 2
MOST_START_RATIO = 1.1  # noise
MOST_SECONDS_TO_FOLLOW = 1.0
MOST_SECONDS = 2.0
ADMIN = system(Source.CLI)
MANIFEST = """
    from vinculo.plugins.manifest import Manifest

    manifest = Manifest(name="{name}", title="{name}", summary="S", version="1.0")
"""
HOOKS = """
    import os

    import msgspec
    from litestar.params import FromPath
    from vinculo.plugins.contributions import MenuItem, Panel, Permission, Widget
    from vinculo.plugins.hookspecs import hookimpl
    from vinculo.web.routes import get, post

    class Item(msgspec.Struct):
        process: int
        name: str = "{name}"

    class Items(msgspec.Struct):
        items: list[Item]

    def make(number):
        @get(f"/api/v1/{name}/{{number}}/{{{{record_id:int}}}}", permission="{name}.read")
        def one(ctx, record_id: FromPath[int]) -> Item:
            return Item(os.getpid())
        return one

    @get("/api/v1/{name}", permission="{name}.read")
    def listed(ctx) -> Items:
        return Items([Item(os.getpid())])

    @hookimpl
    def routers():
        return [listed, *map(make, range({routes}))]

    @hookimpl
    def menu_items():
        yield MenuItem("{name}", "/api/v1/{name}", "box", "{name}.read")

    @hookimpl
    def permissions():
        yield Permission("{name}.read", "{name}")
"""


def write_plugins(folder):
    """Packages as pip would install them."""
    for number in range(PLUGINS):
        name = f"bench{number}"
        package, info = folder / f"acme_{name}", folder / f"acme_{name}-1.0.dist-info"
        package.mkdir()
        info.mkdir()
        (package / "__init__.py").write_text(dedent(MANIFEST.format(name=name)))
        (package / "plugin.py").write_text(dedent(HOOKS.format(name=name, routes=ROUTES - 1)))
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme_{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[vinculo.plugins]\n{name} = acme_{name}.plugin\n")


@pytest.fixture(scope="module")
def strangers(tmp_path_factory):
    """A folder with fifteen plugins, to be put on the path of a process."""
    folder = tmp_path_factory.mktemp("strangers")
    write_plugins(folder)
    return folder


@pytest.fixture
def company(new_url, tmp_path):
    """An empty company: its address, its configuration and an administrator's token."""
    url = new_url()
    config = tmp_path / "vinculo.toml"
    config.write_text(f'[database]\nurl = "{url}"\n[files]\nfolder = "{tmp_path / "files"}"\n')
    database = Database(url)
    with database.write() as session:
        user = factories.make_user(session, "root", role=Role.ADMINISTRATOR)
        ends = now().replace(year=now().year + 1)
        _row, token = service.create_token(
            session, user.id, name="t", expires_at=ends, actor=ADMIN, now=now()
        )
        client = factories.make_client(session, "Padaria Luz")
    database.close()
    return config, token, client.id


def environment(config, *path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VINCULO_")}
    return {**kept, "VINCULO_CONFIG": str(config), "PYTHONPATH": os.pathsep.join(map(str, path))}


def test_what_is_off_costs_nothing(company, strangers, rig_folder, effort, report, database_kind):
    config, _token, client_id = company
    pages = ["/clients", f"/clients/{client_id}", "/"]

    def start(*path):
        done = subprocess.run(
            [sys.executable, str(rig_folder / "start.py")], input=json.dumps(pages), capture_output=True,
            text=True, check=True, env=environment(config, *path),
        )  # fmt: skip
        return json.loads(done.stdout)

    start(), start(strangers)  # now all is compiled
    rounds = [(start(), start(strangers)) for _ in range(effort.commands)]
    without, off = (median(one["seconds"] for one in column) for column in zip(*rounds, strict=True))
    least = [min(one["seconds"] for one in column) for column in zip(*rounds, strict=True)]
    report.add(
        "start, with 15 plugins that are off", database=database_kind, none_ms=without * 1000,
        off_ms=off * 1000, times=off / without, times_of_the_fastest=least[1] / least[0],
        most=MOST_START_RATIO,
    )  # fmt: skip

    assert {*rounds[0][1]["imported"]} <= {f"acme_bench{number}" for number in range(PLUGINS)}  # manifests
    assert rounds[0][0]["queries"] == rounds[0][1]["queries"]
    assert off / without < MOST_START_RATIO


@contextmanager
def served(config, port, *path) -> Iterator[psutil.Process]:
    """Two processes, on all CPUs: as a company runs it."""
    command = [sys.executable, "-m", "vinculo", "serve", "--upgrade", "--workers", str(PROCESSES)]
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    process = subprocess.Popen([*command, "--port", str(port)], env=environment(config, *path))
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


class Observer:
    """Asks for one route until every process has given the answer that is expected."""

    def __init__(self, port, token):
        self.url = f"http://127.0.0.1:{port}/api/v1"
        self.headers = {"Authorization": f"Bearer {token}"}

    def ask(self, method, path):
        return httpx.request(method, self.url + path, headers=self.headers, timeout=30)

    def until_on(self, name):
        seen = set()
        while len(seen) < PROCESSES:
            answer = self.ask("GET", f"/{name}")
            seen |= (
                {item["process"] for item in answer.json()["items"]} if answer.status_code == 200 else set()
            )

    def until_off(self, name):
        agreed = 0  # both processes have answered so, as far as a dozen connections can tell
        while agreed < 12:
            agreed = agreed + 1 if self.ask("GET", f"/{name}").status_code == 404 else 0

    def until_ready(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if self.ask("GET", "/plugins").status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise TimeoutError


def cpu(process):
    family = [process, *process.children(recursive=True)]
    return sum(one.cpu_times().user + one.cpu_times().system for one in family)


def test_a_switch_takes_less_than_a_second(company, strangers, effort, report, database_kind, free_port):
    config, token, _client = company
    with config.open("a") as file:
        others = ", ".join(f'"bench{number}"' for number in range(PLUGINS - 1))
        file.write(f"[plugins]\non = [{others}]\n")
    name, observer = f"bench{PLUGINS - 1}", Observer(free_port, token)
    vinculo = [sys.executable, "-m", "vinculo", "plugins"]
    took = {"api": [], "followed": [], "api: this process": [], "cpu of all": []}

    with served(config, free_port, strangers) as process:
        observer.until_ready()
        for _round in range(effort.rounds):
            spent, begun = cpu(process), time.perf_counter()
            assert observer.ask("POST", f"/plugins/{name}/on").status_code == 200
            took["api: this process"].append(time.perf_counter() - begun)
            observer.until_on(name)
            took["api"].append(time.perf_counter() - begun)
            took["cpu of all"].append(cpu(process) - spent)
            observer.ask("POST", f"/plugins/{name}/off")
            observer.until_off(name)

            subprocess.run([*vinculo, "on", name], env=environment(config, strangers), check=True)
            begun = time.perf_counter()
            observer.until_on(name)
            took["followed"].append(time.perf_counter() - begun)
            observer.ask("POST", f"/plugins/{name}/off")
            observer.until_off(name)

    for what, seconds in took.items():
        report.add(
            "one switch, ms", database=database_kind, what=what, median=median(seconds) * 1000,
            max=max(seconds) * 1000,
        )  # fmt: skip
    assert median(took["followed"]) < MOST_SECONDS_TO_FOLLOW
    assert median(took["api"]) < MOST_SECONDS
