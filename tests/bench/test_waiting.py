"""How long 16 people wait for a page who click every half second, and when all click at once.

This is what must hold: with 16 users who read for half a second (``PAUSE``) between an answer and their next
click, 95 of 100 answers within ``MOST_MS``, and after all of it a web process within ``MOST_MEMORY_MB``.
``VINCULO_BENCH_CLIENTS=1000000 make bench PYTEST="-k waiting"`` measures it at 1,000,000 clients and
5,000,000 entries on timelines, which takes half an hour and 10 GB of disk.

``VINCULO_BENCH_DATABASE`` names a database to do it on again: it is filled the first time, and kept::

    VINCULO_BENCH_CLIENTS=1000000 VINCULO_BENCH_DATABASE=sqlite:////var/tmp/million.db \\
        make bench PYTEST="-k waiting --databases=sqlite"

For PostgreSQL it is an empty database of a server that is set up as ``PRODUCTION`` in conftest.py says.
"""

from statistics import median

import pytest

CONNECTIONS = 16
PAUSE = 0.5
PROBE = 424  # a client with many entries
MOST_MS = 50
MOST_MEMORY_MB = 200
PAGES = {
    "list": "/clients",
    "list, filtered": "/clients?stage=active&country=DE&sort=-created_at",
    "card": "/clients/{n}",
    "timeline": "/clients/{n}/timeline",
    "search, few hits": "/search?q=padaria+{n}",
    "search, many hits": "/search?q=padaria",
    "search, by number": "/search?q=c-{n}",
    "search in list": "/clients?q={term}",
    "palette": "/search/palette?q={term}",
    "palette, two letters": "/search/palette?q=pa",
    "suggestions": "/lookup/client?q={term}",
}


@pytest.fixture(scope="module")
def requests(filled):
    headers = {"Cookie": f"vinculo_session={filled.cookie}"}
    return {
        name: {"method": "GET", "path": path.replace("{term}", filled.term), "headers": headers}
        for name, path in PAGES.items()
    }


@pytest.fixture(scope="module")
def limit(filled, requests, rig, tmp_path_factory, vinculo, serve_limit):
    target = tmp_path_factory.mktemp("recorded") / "statements.pickle"
    plan = {"number": PROBE, "requests": requests, "settings": {"plugins": {"on": ["interactions"]}}}
    rig("record.py", filled.url, str(target), plan=plan)
    with serve_limit(target) as server:
        yield server


@pytest.mark.parametrize("name", PAGES)
def test_pages_come_quickly(name, vinculo, limit, requests, effort, report, filled):
    how = {"connections": CONNECTIONS, "span": filled.clients}
    bare = {**requests[name], "path": f"/{page_path(name)}/{{n}}"}
    vinculo.load(requests[name], seconds=effort.seconds, **how)
    limit.load(bare, seconds=effort.seconds / 2, **how)
    clicks, busy, ours = [], [], []
    for _ in range(effort.rounds):
        clicks.append(vinculo.load(requests[name], seconds=effort.seconds * 2, pause=PAUSE, **how))
        ours.append(vinculo.load(requests[name], seconds=effort.seconds, **how))
        busy.append(limit.load(bare, seconds=effort.seconds, **how))
    report.add(
        f"Waiting, {filled.clients:,} clients, {CONNECTIONS} users",
        database=filled.kind,
        page=name,
        p50_ms=median(one["p50_ms"] for one in clicks),
        p95_ms=median(one["p95_ms"] for one in clicks),
        wanted_ms=MOST_MS,
        all_at_once_p50_ms=median(one["p50_ms"] for one in ours),
        all_at_once_p95_ms=median(one["p95_ms"] for one in ours),
        rps=median(one["rps"] for one in ours),
        limit_p95_ms=median(one["p95_ms"] for one in busy),
        limit_rps=median(one["rps"] for one in busy),
        cpu_ms=min(one["cpu_ms"] for one in ours),
    )

    assert median(one["p95_ms"] for one in clicks) <= MOST_MS


def page_path(name):
    return name.replace(", ", "-").replace(" ", "-")


def test_a_web_process_stays_small(vinculo, requests, effort, report, filled):
    for request in requests.values():
        vinculo.load(request, seconds=effort.seconds, connections=CONNECTIONS, span=filled.clients)
    held = vinculo.memory_mb()
    report.add(
        f"Memory of a web process, {filled.clients:,} clients", database=filled.kind, megabytes=held,
        wanted=MOST_MEMORY_MB,
    )  # fmt: skip

    assert held <= MOST_MEMORY_MB
