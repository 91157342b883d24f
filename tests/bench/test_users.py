"""Sixteen users at their pages: each clicks again a second after the answer has come.

The list, a search of it, the palette, the card and its timeline, of other clients at each click; beside them
the limit: the same statements through the bare driver, by a page that is ready. To be held at 1,000,000
clients with 5,000,000 entries of the timeline: ``VINCULO_BENCH_CLIENTS=1000000``.
"""

import pytest

USERS, PAUSE = 16, 1.0  # seconds
PROBE = 4242
PAGES = {
    "list": "/clients",
    "list by number": "/clients?sort=-created_at",
    "search": "/clients?q={term}",
    "search for a fragment": "/clients?q=client{n}",
    "palette": "/search/palette?q={term}",
    "card": "/clients/{n}",
    "timeline": "/clients/{n}/timeline",
}
MOST_MS = 50


@pytest.fixture(scope="module")
def asked(filled):
    headers = {"Cookie": f"vinculo_session={filled.cookie}"}
    return {
        name: {"method": "GET", "path": path.replace("{term}", filled.term), "headers": headers}
        for name, path in PAGES.items()
    }


@pytest.fixture(scope="module")
def recorded(filled, asked, rig, tmp_path_factory):
    target = tmp_path_factory.mktemp("recorded") / "statements.pickle"
    plan = {"number": PROBE, "requests": asked, "settings": {"plugins": {"on": ["interactions"]}}}
    return target, rig("record.py", filled.url, str(target), plan=plan)


@pytest.fixture(scope="module")
def limit(recorded, serve_limit):
    with serve_limit(recorded[0]) as server:
        yield server


def test_sixteen_users_wait_little(vinculo, limit, asked, recorded, effort, report, filled):
    how = {"connections": USERS, "pause": PAUSE, "seconds": effort.seconds * 4, "span": filled.clients}
    late = {}
    for name, request in asked.items():
        bare = {**request, "path": f"/{name.replace(' ', '-')}/{{n}}"}
        vinculo.load(request, **how)
        rounds = [(vinculo.load(request, **how), limit.load(bare, **how)) for _ in range(3)]
        took, least = (sorted(one["p95_ms"] for one in half)[1] for half in zip(*rounds, strict=True))
        report.add(
            f"Pages of {filled.clients:,} clients, {USERS} users",
            database=filled.kind, page=name, p50_ms=rounds[1][0]["p50_ms"], p95_ms=took, limit_p95_ms=least,
            cpu_ms=min(one["cpu_ms"] for one, _ in rounds), bytes=rounds[0][0]["bytes"],
            queries=recorded[1][name],
        )  # fmt: skip
        if took > MOST_MS:
            late[name] = took
    report.add(
        "Memory of the web process after this",
        database=filled.kind, clients=filled.clients, mb=vinculo.memory_mb(),
    )  # fmt: skip
    assert late == {}
