"""A real Chromium on a real server: what each page may ask for, and how a person signs in."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, expect, sync_playwright

from vinculo.accounts import service
from vinculo.accounts.models import Role
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.testing import browsing, factories

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking")
PLUGINS = ("interactions", "segments", "tasks")
WIDE = {"width": 1440, "height": 900}
START_SECONDS = 90
TIMEOUT = 30_000  # milliseconds; the slowest step of a busy machine

OpenPage = Callable[..., Page]


@dataclass(frozen=True)
class Site:
    """A running server, and its database in which tests make what they start from."""

    url: str
    database: Database

    def make(self, kind: str, *args: Any, **values: Any) -> Any:
        """A committed record, e.g. ``site.make("client", "Padaria Luz")``."""
        with self.database.write() as session:
            return getattr(factories, f"make_{kind}")(session, *args, **values)

    def register(self, login: str, password: str) -> None:
        """A member who signs in with a password."""
        with self.database.write() as session:
            service.create_user(
                session,
                login=login,
                password=password,
                role_names=[Role.MEMBER],
                actor=factories.SYSTEM,
                now=now(),
            )

    def cookie(self, user: Any) -> dict[str, str]:
        """A session of that user for a browser."""
        with self.database.write() as session, httpx.Client() as client:
            browsing.sign_in(session, client, user)
            ((name, value),) = client.cookies.items()
        return {"name": name, "value": value, "url": self.url}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, started once."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def serving(folder: Path, database_url: str, plugins: Sequence[str] = PLUGINS) -> Iterator[Site]:
    """``vinculo serve`` with some plugins on a port of its own; it stops with the block."""
    port = _free_port()
    config = folder / "vinculo.toml"
    config.write_text(
        f'[database]\nurl = "{database_url}"\n[files]\nfolder = "{folder / "files"}"\n'
        f"[plugins]\non = {json.dumps(list(plugins))}\n"
        '[company]\nname = "Distribuidora Aurora"\n'
    )
    command = [sys.executable, "-m", "vinculo", "--config", str(config)]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "serve", "--upgrade", "--port", str(port)], cwd=folder, stdout=output, stderr=output
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, log)
        database = Database(database_url)
        yield Site(url, database)
        database.close()
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    assert "Traceback" not in log.read_text(), log.read_text()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=1):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"The server does not start: {log.read_text()}")
            time.sleep(0.05)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server that tests share; each makes its own records."""
    folder = tmp_path_factory.mktemp("site")
    with serving(folder, f"sqlite:///{folder / 'vinculo.db'}") as site:
        site.make("user", "helena", role=Role.ADMINISTRATOR, full_name="Helena Duarte")
        yield site


@pytest.fixture(scope="session")
def deals_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with the deals plugin alone, and two who work on one board."""
    folder = tmp_path_factory.mktemp("deals")
    with serving(folder, f"sqlite:///{folder / 'vinculo.db'}", ["deals"]) as site:
        for login in ("helena", "tereza"):
            site.make("user", login, role=Role.ADMINISTRATOR)
        yield site


@pytest.fixture
def goods_site(tmp_path: Path) -> Iterator[Site]:
    """A server with deals and the products that their lines name."""
    with serving(tmp_path, f"sqlite:///{tmp_path / 'vinculo.db'}", ["catalog", "deals"]) as site:
        site.make("user", "helena", role=Role.ADMINISTRATOR)
        yield site


@pytest.fixture
def empty_site(tmp_path: Path) -> Iterator[Site]:
    """A server without users."""
    with serving(tmp_path, f"sqlite:///{tmp_path / 'vinculo.db'}") as site:
        yield site


@pytest.fixture
def new_site(migrated_database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A server without users, once on each database."""
    with serving(tmp_path, migrated_database_url) as site:
        yield site


@dataclass
class Watch:
    """What pages did that they may not: errors in the console, requests to other hosts."""

    faults: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)  # pages whose 4xx is what the test is about
    # How addresses end that a script asks, and whose 4xx is what the test is about.
    refusing: str | tuple[str, ...] = ""

    def attach(self, page: Page, host: str) -> None:
        page.on("request", lambda request: self._request(request, host))
        page.on("response", self._response)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))

    def _request(self, request: Request, host: str) -> None:
        if urlsplit(request.url).netloc not in {host, ""}:
            self.faults.append(f"request to another host: {request.url}")

    def _response(self, response: Response) -> None:
        asked = bool(self.refusing) and urlsplit(response.url).path.endswith(self.refusing)
        if 400 <= response.status < 500 and (asked or response.request.is_navigation_request()):
            self.refused.add(response.url)
        elif response.status >= 400:
            self.faults.append(f"{response.status} {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        known = message.text.startswith("Failed to load") and message.location["url"] in self.refused
        if message.type in {"error", "warning"} and not known:
            self.faults.append(f"{message.location['url']}: {message.text}")


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Open a window on a site: ``open_page(site, login="helena", java_script_enabled=False)``.

    At the end no page may have logged an error or asked another host for anything. ``refusing`` is how an
    address ends that may refuse what a script sends it.
    """
    watch, contexts = Watch(), []

    def open_page(
        site: Site, *, login: str = "", refusing: str | tuple[str, ...] = "", **options: Any
    ) -> Page:
        watch.refusing = refusing or watch.refusing
        defaults = {"viewport": WIDE, "locale": "en-GB", "reduced_motion": "reduce"}
        context = chromium.new_context(base_url=site.url, **defaults | options)
        context.set_default_timeout(TIMEOUT)
        expect.set_options(timeout=TIMEOUT)
        contexts.append(context)
        if login:
            context.add_cookies([site.cookie(site.make("user", login))])
        page = context.new_page()
        watch.attach(page, urlsplit(site.url).netloc)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not watch.faults


@pytest.fixture
def page(site: Site, open_page: OpenPage) -> Page:
    """A window of the administrator on the shared site."""
    return open_page(site, login="helena")


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"Padaria {secrets.token_hex(4)}"
