"""Take docs/screenshot.png anew: the card of a client of the sample company.

    .venv/bin/python docs/screenshot.py

It builds the sample company in a temporary folder, so that yours in var/demo is not touched, and drives
the Chromium of this machine. Where pngquant is installed it makes the picture smaller.
"""

# ruff: noqa: INP001 -- a script, not a module

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from vinculo.cli.demo import LOGIN, PASSWORD

PICTURE = Path(__file__).with_name("screenshot.png")
MOST_BYTES = 250_000
CLIENT_LIST = "/clients?stage=permanent&country=GB"
COMMAND = [sys.executable, "-m", "vinculo"]


def main() -> None:
    """Build, serve, take the picture."""
    with tempfile.TemporaryDirectory(prefix="vinculo-picture-") as name:
        folder = Path(name)
        subprocess.run([*COMMAND, "demo", "--no-serve"], cwd=folder, check=True)  # noqa: S603
        with serving(folder) as url:
            take(url)
    if pngquant := shutil.which("pngquant"):
        subprocess.run([pngquant, "--force", "--ext", ".png", "256", PICTURE], check=True)  # noqa: S603
    size = PICTURE.stat().st_size
    if size > MOST_BYTES:
        sys.exit(f"{PICTURE} has {size} bytes, more than {MOST_BYTES}: install pngquant and try again")


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The sample company on a free port, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*COMMAND, "demo", "--port", str(port)]
    server = subprocess.Popen(command, cwd=folder)  # noqa: S603
    url = f"http://127.0.0.1:{port}"
    try:
        wait(url, server)
        yield url
    finally:
        server.terminate()
        server.wait()


def wait(url: str, server: subprocess.Popen[bytes]) -> None:
    """Until the server answers."""
    while server.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/health/ready", timeout=1).close()  # noqa: S310
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("The server did not start.")


def take(url: str) -> None:
    """Sign in and photograph the client with the longest timeline of the first few."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(
            base_url=url, viewport={"width": 1440, "height": 900}, color_scheme="light", locale="en-GB",
            reduced_motion="reduce",
        )  # fmt: skip
        sign_in(page)
        page.goto(liveliest(page))
        page.evaluate("document.activeElement?.blur()")
        page.screenshot(path=PICTURE)
        browser.close()


def sign_in(page: Page) -> None:
    """As the page at the first address asks."""
    page.goto("/sign-in")
    page.locator("[name=login]").fill(LOGIN)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form .primary").click()
    page.wait_for_url("**/")


def liveliest(page: Page) -> str:
    """The address of the client about whom there is most to see."""
    page.goto(CLIENT_LIST)
    links = page.locator("#list td:first-child a")
    addresses = [link.get_attribute("href") or "" for link in links.all()[:8]]
    seen = {}
    for address in addresses:
        page.goto(address)
        seen[address] = page.locator(".timeline li").count() + page.locator(".lines-list li").count()
    return max(seen, key=seen.__getitem__)


if __name__ == "__main__":
    main()
