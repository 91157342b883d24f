"""What a web process holds with all plugins on, when its users have seen forty different pages.

This is what must hold: ``MOST_MB`` of its own, that is without what it shares with others: the code of
libraries, the mapped file of SQLite. What it holds after the reference of the API is shown for comparison.
"""

from __future__ import annotations

import re
import time

import httpx
import pytest

from vinculo.plugins.discovery import installed

MOST_MB = 200
PAGES = 40
FIRST = ("/", "/clients", "/clients/7", "/clients/new", "/search?q=padaria", "/settings/plugins")
_LINK = re.compile(r'href="(/[^"#]*)"')
_NOT_PAGES = re.compile("static|sign-out|export|delete|download|api/|language")


@pytest.fixture(scope="module")
def of_all_plugins(serve_with, tmp_path_factory):
    on = sorted(name for name, plugin in installed().items() if plugin.manifest)
    with serve_with(tmp_path_factory.mktemp("all"), on) as server:
        yield server


def walk(browser, most):
    """Follow links from page to page, one of each kind: ``/clients/7`` and ``/clients/8`` are two of one."""
    ahead, kinds = list(FIRST), set()
    while ahead and len(kinds) < most:
        path = ahead.pop(0).replace("&amp;", "&")
        kind = re.sub(r"\d+|\?.*", "", path)
        if kind in kinds or _NOT_PAGES.search(path):
            continue
        answer = browser.get(path)
        assert answer.status_code < 500, path
        if answer.status_code == 200:
            kinds.add(kind)
            ahead += _LINK.findall(answer.text)
    return len(kinds)


def held(server):
    time.sleep(2)
    return server.memory_mb()


def test_a_web_process_of_all_plugins_stays_small(of_all_plugins, filled, report):
    begun = held(of_all_plugins)
    with httpx.Client(
        base_url=f"http://127.0.0.1:{of_all_plugins.port}",
        headers={"Cookie": f"vinculo_session={filled.cookie}"},
        timeout=60,
    ) as browser:
        seen = walk(browser, PAGES)
        walked = held(of_all_plugins)
        assert browser.get("/api/docs").status_code == 200
    report.add(
        "Memory of a web process with all plugins",
        database=filled.kind,
        begun_mb=begun,
        pages=seen,
        walked_mb=walked,
        wanted_mb=MOST_MB,
        after_api_reference_mb=held(of_all_plugins),
    )

    assert seen == PAGES
    assert walked <= MOST_MB
