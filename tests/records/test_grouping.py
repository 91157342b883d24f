"""Lists in groups and on boards: counts, rows and moves, by the rights of whoever looks."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa

from vinculo.accounts.models import Role
from vinculo.actor import FieldAccess, Scope
from vinculo.clients.models import Client
from vinculo.db.base import now

COUNTS = "/api/v1/clients/counts"


@pytest.fixture
def house(open_browser, make_role, make_user, make_client):
    """Ana may do everything; Bob reads his own clients, and may not change what stage they are in."""
    ana, bob = make_user("ana", role=Role.ADMINISTRATOR), make_user("bob")
    grants = {"*": None, "clients.client.read": Scope.OWN, "clients.client.update": Scope.OWN}
    make_role("Member", {**grants, "accounts.user.read": Scope.ALL},
              {("client", "stage"): FieldAccess.READ_ONLY})  # fmt: skip
    for number in range(23):
        make_client(f"Ana {number:02}", responsible_id=ana.id, stage="active", country="BR")
    make_client("Bob 1", responsible_id=bob.id, stage="potential", country="")
    make_client("Bob 2", responsible_id=bob.id, stage="lost", country="PT")
    return open_browser(ana), open_browser(bob)


def counted(browser, asked):
    """The labels of groups with their counts."""
    answer = browser.get(f"{COUNTS}?{asked}")
    assert answer.status_code == 200, answer.text
    return {one["label"]: one["count"] for one in answer.json()["items"]}


def of_clients(sent):
    """How many statements asked for clients."""
    return sum("FROM clients_client" in statement for statement in sent)


def heads(page):
    """The groups of a page: label, count, the link that folds, whether it is unfolded."""
    pattern = (
        r'<tr class="group">.*?href="([^"]*)" aria-expanded="(\w+)".*?</svg></span>'
        r'(?:<span class="badge[^>]*>)?([^<]*?)(?:</span>)? <span class="count">(\d+)'
    )
    found = re.findall(pattern, page)
    return {label: (int(count), html.unescape(url), opened) for url, opened, label, count in found}


def test_groups_are_counted_within_ones_rights_and_lead_to_their_rows(house, database):
    ana, bob = house
    assert counted(ana, "group=stage") == {"Potential": 1, "Active": 23, "Lost": 1}
    assert counted(bob, "group=stage") == {"Potential": 1, "Lost": 1}
    assert counted(ana, "group=country&stage[ne]=lost") == {"Brazil": 23, "Without a value": 1}
    assert counted(ana, "group=responsible_id") == {"Ana": 23, "Bob": 2}
    assert counted(ana, "group=parent_id&q=Bob") == {"Without a value": 2}
    assert ana.get(f"{COUNTS}?group=name").json()["code"] == "unknown_parameter"

    with database.write() as session:
        old = sa.update(Client).where(Client.name == "Bob 2")
        session.execute(old.values(created_at=now() - timedelta(days=4000)))
        session.execute(
            sa.update(Client).where(Client.name == "Bob 1").values(created_at=now() - timedelta(days=70))
        )
    months = ana.get(f"{COUNTS}?group=created_at").json()["items"]
    assert [one["count"] for one in months] == [23, 1, 1]
    assert months[-1]["label"] == "Earlier"
    for one in months:  # what a group says of itself lists as many
        listed = ana.get("/api/v1/clients", params=one["filter"]).json()["items"]
        assert len(listed) == one["count"], one


def test_a_grouped_list_folds_and_opens_whole_groups(house, count_queries):
    ana, bob = house
    with count_queries() as sent:
        page = ana.get("/clients?group=stage&sort=-name").text
    assert of_clients(sent) == 2  # the counts, and the rows of all groups
    found = heads(page)
    assert [(label, count, opened) for label, (count, _url, opened) in found.items()] == [
        ("Potential", 1, "true"), ("Active", 23, "true"), ("Lost", 1, "true")
    ]  # fmt: skip
    assert re.findall(r">(Ana \d\d|Bob \d)<", page) == [
        "Bob 1", *(f"Ana {n}" for n in range(22, 12, -1)), "Bob 2"
    ]  # fmt: skip
    (rest,) = re.findall(r'class="rest"><td[^>]*><a href="([^"]*)">Show all 23<', page)
    assert parse_qsl(urlsplit(html.unescape(rest)).query) == [("sort", "-name"), ("stage", "active")]

    folded = ana.get(found["Active"][1]).text
    assert "Ana 22" not in folded
    assert heads(folded)["Active"][2] == "false"
    assert "Bob 1" in folded
    assert "Ana 22" in ana.get(heads(folded)["Active"][1]).text
    assert "Ana" not in bob.get("/clients?group=responsible_id").text.split("<tbody>", 1)[1]
    assert "Nothing matches" in ana.get("/clients?group=stage&q=nowhere").text


def test_a_view_keeps_its_groups_and_its_board(house):
    ana, _bob = house
    query = "group=country&open=BR&stage=active"
    kept = ana.post("/api/v1/views", json={"kind": "client", "name": "By country", "query": query}).json()
    page = ana.get(f"/clients?view={kept['id']}").text
    assert [*heads(page)] == ["Brazil"]
    assert counted(ana, f"view={kept['id']}&group=stage") == {"Active": 23}
    query = "as=board&group=stage&sort=-name"
    kept = ana.post("/api/v1/views", json={"kind": "client", "name": "Board", "query": query}).json()
    assert 'class="board"' in ana.get(f"/clients?view={kept['id']}").text
    assert ana.get(f"/api/v1/clients?view={kept['id']}").status_code == 200


def columns(page):
    """The columns of a board: value, count, titles of cards, link to more."""
    found = {}
    for value, rest in re.findall(
        r'<section class="board-column[^>]*data-value="(\w*)"(.*?)</section>', page, re.DOTALL
    ):
        (count,) = re.findall(r'class="count">(\d+)', rest)
        titles = re.findall(r"<h3><a [^>]*>(.*?)</a>", rest)
        more = [html.unescape(url) for url in re.findall(r'board-more" href="([^"]*)"', rest)]
        found[value] = (int(count), titles, more)
    return found


def test_a_board_shows_columns_and_moves_cards_by_forms(house, count_queries):
    ana, bob = house
    with count_queries() as sent:
        page = ana.get("/clients?as=board").text
    assert of_clients(sent) == 2
    found = columns(page)
    assert {value: one[0] for value, one in found.items()} == {
        "potential": 1, "active": 23, "permanent": 0, "lost": 1
    }  # fmt: skip
    assert found["active"][1] == [f"Ana {n:02}" for n in range(20)]
    more = columns(ana.get(found["active"][2][0]).text)
    assert [*more] == ["active"]
    assert more["active"][1] == ["Ana 20", "Ana 21", "Ana 22"]
    assert more["active"][2] == []

    number, version = re.findall(r'id="card-(\d+)" data-v="(\d+)"><h3><a [^>]*>Bob 1<', page)[0]
    move = re.search(r'data-move="([^"]*)"', page)[1].replace("{id}", number) + f"?version={version}"
    menu = re.search(r"<template.*?</template>", page, re.DOTALL)[0]
    assert 'name="stage" value="permanent"' in menu
    form = html.unescape(re.findall(rf'class="dots" href="(/clients/{number}/[^"]*)"', page)[0])
    assert 'name="back" value="/clients?as=board"' in ana.get(form).text  # without scripts
    moved = ana.post(move, data={"stage": "permanent", "back": "/clients?as=board"}, follow_redirects=False)
    assert moved.headers["location"] == "/clients?as=board"
    after = ana.get("/clients?as=board").text
    assert columns(after)["permanent"][1] == ["Bob 1"]
    (undo,) = re.findall(r'action="(/clients/\d+/changes/\d+/undo[^"]*)"', after)
    assert ana.post(html.unescape(undo), follow_redirects=False).headers["location"] == "/clients?as=board"
    assert columns(ana.get("/clients?as=board").text)["potential"][1] == ["Bob 1"]

    ana.post(move, data={"stage": "lost", "back": "/clients?as=board"})
    stale = ana.post(
        move, data={"stage": "active", "back": "/clients?as=board"}, headers={"hx-request": "true"}
    )
    assert stale.status_code == 409
    assert "Saved meanwhile" in stale.text
    assert 'name="back" value="/clients?as=board"' in stale.text
    wrong = ana.post(move, data={"stage": "nonsense", "back": "https://evil.example"})
    assert wrong.status_code == 422
    assert "evil" not in wrong.text

    his = bob.get("/clients?as=board").text
    assert columns(his)["lost"][1] == ["Bob 1", "Bob 2"]
    assert "data-v=" not in his
    assert '<a class="dots"' not in his
    assert bob.post(move, data={"stage": "active"}).status_code == 404
