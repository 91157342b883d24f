"""Pages of deals at 200,000 deals with 20 stays each: board, list, card and every report, asked by one user.

Beside them stands the limit: the same statements through the bare driver, by a page that is ready.
"""

from __future__ import annotations

import pytest

from vinculo_deals import report_pages

PROBE = 4242
PAGES = {
    "board": "/deals/board",
    "list": "/deals",
    "list of open ones": "/deals?state=open&sort=expected_on",
    "card": "/deals/{n}",
}
REPORTS = {
    f"{name} {by}".rstrip(): f"{report_pages.URL}/{name}" + (f"?by={by}" if by else "")
    for name, tab in report_pages.TABS.items()
    for by in (report_pages.MEASURED if callable(tab.by) else tab.by or ("",))
}
REPORTS |= {
    f"{name} of a period": f"{report_pages.URL}/{name}?since=2000-01-01"
    for name in ("stays", "process", "step_wins")
}
MOST_MS = {**dict.fromkeys(PAGES, 100), **dict.fromkeys(REPORTS, 1000)}
MOST_BOARD_BYTES = 110_000  # of six columns with twenty cards each, not compressed


@pytest.fixture(scope="module")
def asked(filled, effort, rig):
    """What is asked of the server, by everybody's browser and by one that sees its own."""
    cookies = rig("fill_deals.py", filled.url, str(effort.clients * 2))
    return {
        f"{name}, {who}": {"method": "GET", "path": path, "headers": {"Cookie": f"vinculo_session={cookie}"}}
        for who, cookie in cookies.items()
        for name, path in {**PAGES, **REPORTS}.items()
        if who == "all" or (name != "card" and "?by=" not in path)  # the deal of the probe is not theirs
    }


@pytest.fixture(scope="module")
def recorded(filled, asked, rig, tmp_path_factory):
    target = tmp_path_factory.mktemp("recorded") / "statements.pickle"
    plan = {"number": PROBE, "requests": asked, "settings": {"plugins": {"on": ["deals"]}}}
    return target, rig("record.py", filled.url, str(target), plan=plan)


@pytest.fixture(scope="module")
def servers(filled, recorded, serve_limit, serve_with, tmp_path_factory):
    with serve_with(tmp_path_factory.mktemp("deals"), ["deals"]) as ours, serve_limit(recorded[0]) as limit:
        yield ours, limit


def test_pages_of_deals_are_quick(servers, recorded, asked, effort, report, filled):
    ours, limit = servers
    late, how = {}, {"connections": 1, "span": effort.clients, "seconds": effort.seconds}
    for name, request in asked.items():
        bare = {**request, "path": f"/{name.replace(', ', '-').replace(' ', '-')}/{{n}}"}
        ours.load(request, **how)
        rounds = [(ours.load(request, **how), limit.load(bare, **how)) for _ in range(2)]
        took, least = (min(one["p95_ms"] for one in half) for half in zip(*rounds, strict=True))
        report.add(
            f"Pages of {effort.clients * 2:,} deals, 20 stays each, one user",
            database=filled.kind, page=name, p95_ms=took, limit_p95_ms=least, share=least / took,
            cpu_ms=min(one["cpu_ms"] for one, _ in rounds), bytes=rounds[0][0]["bytes"],
            queries=recorded[1][name],
        )  # fmt: skip
        if took > MOST_MS[name.rpartition(", ")[0]]:
            late[name] = took
        if name == "board, all":
            assert rounds[0][0]["bytes"] <= MOST_BOARD_BYTES
    assert late == {}
