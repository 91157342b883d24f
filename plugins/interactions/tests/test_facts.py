"""Figures about clients: as plain Python counts them, for each reader from what they may read."""

import csv
import random
from datetime import UTC, datetime, timedelta

import pytest

from vinculo.actor import FieldAccess, Scope
from vinculo.db.base import now

LAST, SILENT = "interactions_last_contact", "interactions_silent_days"
NEXT, CONTACTS = "interactions_next_contact", "interactions_contacts"
NAMES = (LAST, SILENT, NEXT, CONTACTS)
API = "/api/v1/clients"


@pytest.fixture
def talks(make_client, log):
    """Clients and what was said with each, at random: {client id: interactions}."""
    dice = random.Random(7)
    found = {}
    for number in range(6):
        client = make_client(f"Client {number}")
        rows = [_talk(dice) for _ in range(number * 3)]
        for row in rows:
            said = {name: value for name, value in row.items() if name != "at"}
            log(client, happened_at=row["at"].isoformat(), **said)
        found[client.id] = rows
    return found


def _talk(dice):
    at = now().replace(microsecond=0) - timedelta(hours=dice.randint(-2000, 15_000))
    row = {"at": at, "type": dice.choice(["meeting", "call_in", "note", "call_missed"])}
    if dice.random() < 0.5:
        row |= {
            "next_step": "Call",
            "next_step_on": f"{at + timedelta(days=dice.randint(1, 300)):%Y-%m-%d}",
        }
    return row


def counted(rows):
    """The four figures, by hand."""
    past = [row["at"] for row in rows if row["type"] in ("meeting", "call_in") and row["at"] <= now()]
    waiting = [
        row["next_step_on"]
        for row in rows
        if "next_step_on" in row
        and not any(
            one["at"] > row["at"] and f"{one['at']:%Y-%m-%d %H:%M:%S}" >= row["next_step_on"] for one in rows
        )
    ]
    planned = [
        f"{row['at']:%Y-%m-%d}" for row in rows if row["type"] in ("meeting", "call_in") and row["at"] > now()
    ]
    last = max(past, default=None)
    return {
        LAST: last and last.isoformat(),
        SILENT: last and (now().date() - last.date()).days,
        NEXT: min([*waiting, *planned], default=None),
        CONTACTS: sum(at > now() - timedelta(days=365) for at in past),
    }


def _items(browser, **parameters):
    return browser.get(API, params={"fields": ",".join(NAMES), **parameters}).json()["items"]


def test_each_figure_is_what_plain_python_counts(admin, talks):
    items = {item.pop("id"): item for item in _items(admin)}

    for item in items.values():
        if item[LAST]:
            item[LAST] = datetime.fromisoformat(item[LAST]).astimezone(UTC).isoformat()
    assert items == {client_id: counted(rows) for client_id, rows in talks.items()}
    assert any(item[NEXT] for item in items.values())


def test_lists_are_filtered_sorted_and_turned_by_a_figure(admin, talks):
    figures = {client_id: counted(rows) for client_id, rows in talks.items()}
    for name in NAMES:
        values = {client_id: one[name] for client_id, one in figures.items()}
        known = sorted(value for value in values.values() if value is not None)
        middle = known[len(known) // 2]

        found = {item["id"] for item in _items(admin, **{f"{name}[gte]": middle})}
        nobody = {item["id"] for item in _items(admin, **{f"{name}[empty]": "true"})}

        assert found == {one for one, value in values.items() if value is not None and value >= middle}
        assert nobody == {one for one, value in values.items() if value is None}
        for sort in (name, f"-{name}"):
            order = [item["id"] for item in _items(admin, sort=sort)]
            ranked = sorted(known, reverse=sort.startswith("-"))
            assert [values[client_id] for client_id in order][: len(ranked)] == ranked
            assert _turned(admin, sort) == order


def _turned(browser, sort):
    """The ids of a list page by page."""
    found, cursor = [], ""
    while cursor is not None:
        page = browser.get(API, params={"sort": sort, "limit": 2, "cursor": cursor}).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    return found


def test_no_figure_tells_what_its_reader_may_not_read(
    admin, make_role, make_user, make_client, log, open_browser
):
    make_role("Member", {"*": Scope.OWN, "clients.client.read": Scope.ALL})
    ana = make_user("ana")
    mine, theirs = make_client("Mine", responsible_id=ana.id), make_client("Theirs")
    for client in (mine, theirs):
        log(client, happened_at=(now() - timedelta(days=2)).isoformat())
    browser = open_browser(ana)

    items = {item["id"]: item for item in _items(browser)}

    assert [items[mine.id][name] for name in (SILENT, CONTACTS)] == [2, 1]
    assert [items[theirs.id][name] for name in NAMES] == [None, None, None, 0]
    assert [item["id"] for item in _items(browser, **{f"{CONTACTS}[gte]": "1"})] == [mine.id]
    assert {item[CONTACTS] for item in _items(admin)} == {1}
    assert 'class="stats figures"' in browser.get(f"/clients/{theirs.id}").text


@pytest.mark.databases("sqlite")
def test_who_does_not_see_a_field_has_no_figure_that_tells_it(
    make_role, make_user, make_client, open_browser
):
    make_role("Member", {}, {("interaction", "next_step_on"): FieldAccess.HIDDEN})
    client, browser = make_client(), open_browser(make_user("ana"))

    assert browser.get(API, params={NEXT: "2026-01-01"}).json()["code"] == "unknown_parameter"
    assert browser.get(API, params={"sort": NEXT}).json()["code"] == "unknown_parameter"
    assert browser.get(API, params={"fields": f"{NEXT},{SILENT}"}).status_code == 422
    card = browser.get(f"/clients/{client.id}").text
    assert "Days of silence" in card
    assert "Next contact" not in card


@pytest.mark.databases("sqlite")
def test_the_card_leads_to_the_rows_behind_a_figure(admin, make_client, log, count_queries):
    client = make_client()
    log(client, "Long ago", happened_at=(now() - timedelta(days=500)).isoformat())
    log(client, "Lately", happened_at=(now() - timedelta(days=70)).isoformat())
    for text, type_ in (("Just a note", "note"), ("Nobody answered", "call_missed")):
        log(client, text, happened_at=(now() - timedelta(days=1)).isoformat(), type=type_)
    admin.get(f"/clients/{client.id}")

    with count_queries() as sent:
        card = admin.get(f"/clients/{client.id}").text

    assert len(sent) <= 14
    assert "Days from the last contact to today." in card
    assert "1 in 12 months, most in" in card
    assert 'class="tone warn">70</a>' in card
    start = card.index("Contacts in 12 months")
    url = card[card.index('href="', start) + 6 :].partition('"')[0].replace("&amp;", "&")
    rows = admin.get(url).text
    assert "Lately" in rows
    assert "Long ago" not in rows
    assert "Just a note" not in rows
    assert "Nobody answered" not in rows


@pytest.mark.databases("sqlite")
def test_columns_files_and_the_api_have_a_figure_where_it_is_asked_for(
    admin, make_client, make_user, log, switch_plugin, open_browser
):
    client = make_client()
    log(client, happened_at=(now() - timedelta(days=3)).isoformat())

    plain = admin.get("/clients").text
    page = admin.get("/clients", params={"columns": f"name,{SILENT}"}).text
    file = admin.get("/clients/export.csv", params={"fields": SILENT}).text

    assert "<td>3</td>" not in plain
    assert '<td class="num">3</td>' in page
    assert "fields=interactions_silent_days" in page  # exports have the columns that are shown
    assert next(csv.DictReader(file.splitlines()))[SILENT] == "3"
    assert SILENT not in admin.get(API).json()["items"][0]
    assert SILENT not in admin.get(f"{API}/{client.id}").json()
    schemas = admin.get("/api/v1/openapi.json").json()["components"]["schemas"]
    assert SILENT in schemas["ClientItem"]["properties"]
    switch_plugin("interactions", False)
    later = open_browser(make_user("admin"))
    assert later.get("/clients", params={"columns": f"name,{SILENT}"}).status_code == 200
    assert later.get(API, params={"fields": SILENT}).status_code == 422
