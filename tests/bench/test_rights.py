"""What rights cost: the list of a user who sees all, beside those of a department and of a seller."""

from statistics import median

import pytest

CONNECTIONS = 16
MOST_LOST = 0.15
LISTS = ("clients", "interactions")


@pytest.fixture(scope="module")
def measured(vinculo, effort, filled):
    """Rounds of requests per second by (list, scope), taken in turn so that all see the same neighbours."""
    asked = {
        (name, scope): request(filled, name, scope)
        for name in LISTS
        for scope in ("all", "department", "own")
    }
    how = {"connections": CONNECTIONS, "span": filled.clients}
    rounds = {key: [] for key in asked}
    for one in asked.values():
        vinculo.load(one, seconds=effort.seconds / 2, **how)
    for _ in range(effort.rounds):
        for key, found in rounds.items():
            found.append(vinculo.load(asked[key], seconds=effort.seconds, **how))
    return rounds


def request(filled, name, scope):
    headers = {"Authorization": f"Bearer {filled.token}-{scope}"}
    return {"method": "GET", "path": f"/api/v1/{name}", "headers": headers}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("scope", ["department", "own"])
def test_rights_cost_little(name, scope, measured, report, filled):
    free, narrowed = measured[name, "all"], measured[name, scope]
    lost = 1 - median(one["rps"] / other["rps"] for one, other in zip(narrowed, free, strict=True))
    report.add(
        f"Requests per second of a list with rights, {filled.clients:,} clients",
        database=filled.kind,
        list=name,
        scope=scope,
        all=median(one["rps"] for one in free),
        narrowed=median(one["rps"] for one in narrowed),
        lost=lost,
        wanted=MOST_LOST,
    )

    assert name != "clients" or lost <= MOST_LOST
