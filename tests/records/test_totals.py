"""Totals of the columns of a list: of all that it shows, exact, and of money for each currency."""

from __future__ import annotations

import html
import re

import pytest
from litestar.testing import TestClient

from vinculo.accounts.models import Role
from vinculo.actor import Scope
from vinculo.app.live import Live
from vinculo.testing.browsing import sign_in

LOOK = "columns=x_limit,x_score,x_share&totals=1"


@pytest.fixture
def live(settings, database, make_user):
    """An administrator's browser, with clients who have a limit in two currencies, a score and a share."""
    with TestClient(Live(settings, database, work=False)) as browser:
        with database.write() as session:
            sign_in(session, browser, make_user("admin", role=Role.ADMINISTRATOR))
        for label, wish in {
            "Limit": {"type": "money", "options": ["EUR", "BRL", "USD"]},
            "Score": {"type": "number"},
            "Share": {"type": "number"},
        }.items():
            made = browser.post("/api/v1/custom-fields", json={"kind": "client", "label": label, **wish})
            assert made.status_code == 201, made.text
        yield browser


def below(browser, asked):
    """The lines below each column."""
    page = browser.get(f"/clients?{asked}").text
    foot = re.search(r"<tfoot>(.*?)</tfoot>", page, re.DOTALL)[1]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", foot, re.DOTALL)
    return [[html.unescape(line) for line in re.findall(r"<div[^>]*>(.*?)</div>", one)] for one in cells]


def of_clients(statements):
    """How many read clients: the server looks for changed definitions beside them, now and then."""
    return sum("FROM clients_client" in one for one in statements)


def test_totals_are_of_the_whole_list_exact_and_by_currency(live, count_queries, make_user, make_role):
    most = "899999999999999.9999"
    for number, (amount, code, score) in enumerate(
        [(most, "EUR", "-7"), (most, "EUR", "0.1"), ("1.5", "BRL", "0.2"), (None, None, None)]
    ):
        price = {"amount": amount, "currency": code} if amount else None
        given = {"name": f"Client {number}", "stage": "active" if number else "lost", "x_limit": price}
        made = live.post("/api/v1/clients", json={**given, "x_score": score})
        assert made.status_code == 201, made.text

    assert "Show totals" in live.get("/clients?columns=x_limit").text
    assert "tfoot" not in live.get("/clients?columns=stage&totals=1").text
    first, limit, score, share = below(live, f"{LOOK}&limit=1")
    assert first == ["4 records"]
    assert limit == [
        "1,799,999,999,999,999.9998 EUR",
        "average 900,000,000,000,000 of 2",
        "1.50 BRL",
        "average 1.50 of 1",
    ]
    assert score == ["-6.70", "average -2.23 of 3"]
    assert share == ["0"]
    assert 'data-label="Limit"' in live.get(f"/clients?{LOOK}").text  # on a phone there are no columns
    told = live.get("/api/v1/clients", params={"totals": "x_limit,x_score,x_share", "limit": 1}).json()[
        "totals"
    ]
    assert told["records"] == 4
    assert [tuple(one.values()) for one in told["fields"]] == [
        ("x_limit", "EUR", 2, "1799999999999999.9998", "900000000000000.00"),
        ("x_limit", "BRL", 1, "1.50", "1.50"),
        ("x_score", None, 3, "-6.70", "-2.23"),
        ("x_share", None, 0, "0.00", None),
    ]
    refused = live.get("/api/v1/clients?totals=name")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "totals")
    assert "x_limit, x_score, x_share" in refused.json()["errors"][0]["message"]
    assert below(live, f"{LOOK}&stage=active&group=stage")[2] == ["0.30", "average 0.15 of 2"]
    with count_queries() as without:
        live.get("/clients?columns=x_limit,x_score,x_share")
    with count_queries() as with_them:
        below(live, LOOK)
    assert of_clients(with_them) == of_clients(without) + 1


def test_totals_count_only_what_one_sees(live, database, make_user, make_role, make_client):
    bob = make_user("bob")
    make_role("Member", {"*": None, "clients.client.read": Scope.OWN})
    for name, owner in (("Aurora", bob.id), ("Brasa", None)):
        asked = {"name": name, "responsible_id": owner, "x_score": "5"}
        assert live.post("/api/v1/clients", json=asked).status_code == 201
    with database.write() as session:
        sign_in(session, live, bob)
    assert below(live, LOOK)[2] == ["5", "average 5 of 1"]
