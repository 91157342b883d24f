"""For which client a talk counts: as it was recorded, as the counterparty's links were, and as they are."""

from __future__ import annotations

import csv
import random
import re
from datetime import date, datetime, timedelta

import pytest

from vinculo.db.base import now
from vinculo.testing.browsing import form_inputs

API = "/api/v1/clients"
LAST, CONTACTS, NEXT = "interactions_last_contact", "interactions_contacts", "interactions_next_contact"
WAYS = ("", "as-was", "as-is")


@pytest.fixture
def company(make_client, make_counterparty, log):
    """Clients, the links of counterparties that went from one to another, and talks at random."""
    dice = random.Random(11)
    clients = [make_client(f"Client {number}").id for number in range(4)]
    today, held, talks = now().date(), {}, []
    for number in range(4):
        days = sorted(today - timedelta(days=dice.randint(0, 300)) for _ in range(3))
        periods = [
            (None, days[0]),
            (days[0] + timedelta(days=1), days[1]),
            (days[2] + timedelta(days=1), None),
        ]
        links = [
            (dice.choice(clients), *one) for one in periods if not one[1] or not one[0] or one[0] <= one[1]
        ]
        rows = [
            {"client_id": client, "valid_from": start and f"{start}", "valid_to": end and f"{end}"}
            for client, start, end in links
        ]
        held[make_counterparty(f"Firm {number}", links=rows).id] = links
    for _ in range(40):
        at = now().replace(microsecond=0) - timedelta(hours=dice.randint(1, 8000))
        firm = dice.choice([*held, 0])
        talk = {"client": dice.choice(clients), "firm": firm, "at": at, "on": None}
        if dice.random() < 0.4:
            talk["on"] = at.date() + timedelta(days=dice.randint(1, 200))
        client = type("Client", (), {"id": talk["client"]})
        step = {"next_step": "Call", "next_step_on": f"{talk['on']}"} if talk["on"] else {}
        record = log(client, happened_at=at.isoformat(), counterparty_id=firm or None, **step)
        talk["firm"] = record.counterparty_id or 0
        talks.append(talk)
    return clients, held, talks


def client_of(talk, held, way):
    """The rule, in plain Python."""
    day = {"as-was": talk["at"].date(), "as-is": now().date()}.get(way)
    found = [
        client
        for client, start, end in held.get(talk["firm"], ())
        if day and (start or date.min) <= day <= (end or date.max)
    ]
    return found[0] if found else talk["client"]


def figures(client, held, talks, way):
    mine = [talk for talk in talks if client_of(talk, held, way) == client]
    waiting = [
        talk["on"]
        for talk in mine
        if talk["on"] and not any(o["at"] > talk["at"] and o["at"].date() >= talk["on"] for o in mine)
    ]
    return (
        max((talk["at"] for talk in mine), default=None),
        sum(talk["at"] > now() - timedelta(days=365) for talk in mine),
        f"{min(waiting)}" if waiting else None,
    )


def told(item):
    return (item[LAST] and datetime.fromisoformat(item[LAST]), item[CONTACTS], item[NEXT])


def test_figures_lists_and_files_count_for_whom_plain_python_does(admin, company):
    clients, held, talks = company
    seen = []
    for way in WAYS:
        asked = {"links": way} if way else {}
        wanted = {client: figures(client, held, talks, way) for client in clients}
        fields = {"fields": f"{LAST},{CONTACTS},{NEXT}", **asked}
        items = {item["id"]: told(item) for item in admin.get(API, params=fields).json()["items"]}
        assert items == wanted
        seen.append(wanted)
        most = max(one[1] for one in wanted.values())
        many = admin.get(API, params={f"{CONTACTS}[gte]": f"{most}", **asked}).json()["items"]
        assert {item["id"] for item in many} == {one for one in clients if wanted[one][1] == most}
        file = admin.get("/clients/export.csv", params={"fields": CONTACTS, "sort": "name", **asked}).text
        assert [int(row[CONTACTS]) for row in csv.DictReader(file.splitlines()) if row[CONTACTS]] == [
            wanted[client][1] for client in clients
        ]
        for client in clients:
            mine = {"client_id": client, "limit": 500, **asked}
            rows = admin.get("/api/v1/interactions", params=mine).json()["items"]
            assert len(rows) == sum(client_of(talk, held, way) == client for talk in talks)
            others = {"client_id[ne]": client, "limit": 500, **asked}
            assert len(admin.get("/api/v1/interactions", params=others).json()["items"]) == 40 - len(rows)
            card = admin.get(f"/clients/{client}", params=asked).text
            assert f">{wanted[client][1]}</a></strong>" in card
            assert card.count('aria-current="true"') >= 1
    assert seen[0] != seen[1] != seen[2] != seen[0], "the three ways differ"


@pytest.mark.databases("sqlite")
def test_a_new_talk_is_with_the_only_counterparty_of_its_day(make_client, make_counterparty, log, admin):
    luz = make_client("Luz")
    old = make_counterparty("Old", links=[{"client_id": luz.id, "valid_to": "2025-12-31"}]).id
    new = make_counterparty("New", links=[{"client_id": luz.id, "valid_from": "2025-12-01"}]).id
    for day, firm in (("2025-11-30", old), ("2025-12-15", None), ("2026-01-01", new)):
        assert log(luz, happened_at=f"{day}T12:00:00Z").counterparty_id == firm
    assert log(luz, happened_at="2026-01-01T12:00:00Z", counterparty_id=old).counterparty_id == old
    wrong = admin.get(API, params={"links": "sideways"})
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "unknown_links")
    assert admin.get(f"/clients/{luz.id}?links=sideways").status_code == 422


@pytest.mark.databases("sqlite")
def test_the_card_switches_and_its_figures_lead_to_the_rows(
    admin, make_client, make_counterparty, log, count_queries
):
    luz, sol = make_client("Luz"), make_client("Sol")
    links = [
        {"client_id": luz.id, "valid_to": "2026-05-31"},
        {"client_id": sol.id, "valid_from": "2026-06-01"},
    ]
    firm = make_counterparty("Luz Ltda", links=links)
    log(luz, "Before it was sold", happened_at="2026-05-01T12:00:00Z", counterparty_id=firm.id)
    assert "Before it was sold" not in admin.get(f"/clients/{sol.id}").text.partition("In touch")[2][:2000]
    with count_queries() as sent:
        card = admin.get(f"/clients/{sol.id}?links=as-is").text
    assert len(sent) <= 15
    assert "Before it was sold" in card.partition("In touch")[2][:2000]
    start = card.index("Contacts in 12 months")
    url = card[card.index('href="', start) + 6 :].partition('"')[0].replace("&amp;", "&")
    assert "links=as-is" in url
    assert "Before it was sold" in admin.get(url).text
    assert "Before it was sold" not in admin.get(url.replace("&links=as-is", "")).text
    assert 'class="count-ways"' in admin.get(f"/clients/{luz.id}").text
    lua = make_client("Lua")
    make_counterparty("Lua Ltda", links=[{"client_id": lua.id, "valid_from": "2026-01-01"}])
    assert 'class="count-ways"' not in admin.get(f"/clients/{lua.id}").text, "all ways count alike"
    assert 'class="count-ways"' in admin.get(f"/clients/{lua.id}?links=as-is").text, "to go back"


@pytest.mark.databases("sqlite")
def test_what_is_changed_on_the_card_leaves_it_counting_as_it_was_asked_to(
    admin, make_client, make_counterparty, make_person
):
    luz = make_client("Luz", industry="Food").id
    make_counterparty("Luz Ltda", links=[{"client_id": luz, "valid_from": "2026-01-01"}])
    make_counterparty("Sol Ltda")
    make_person("Ana", roles=[{"client_id": luz}])
    card = f"/clients/{luz}?links=as-was"
    for begin in ("fields/industry", "rows/links/", "rows/roles/", "people/new", "counterparties/choose"):
        url = re.search(rf'href="([^"]*{begin}[^"]*)"', admin.get(card).text)[1].replace("&amp;", "&")
        typed = form_inputs(admin.get(url).text) | {
            "industry": "Toys",
            "name": "Bia",
            "record__text": "Sol Ltda",
        }
        saved = admin.post(url, data=typed | {"links-0-reason": "bought"})
        assert (saved.status_code, f"{saved.url.path}?{saved.url.query.decode()}") == (200, card), begin
    undo = re.search(r'action="([^"]*/undo[^"]*)"', saved.text)[1]
    assert undo.endswith(f"?back=/clients/{luz}%3Flinks%3Das-was")
