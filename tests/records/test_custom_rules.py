"""Custom fields that count only where another has a value, and those whose values no two records share."""

from __future__ import annotations

import threading

import pytest

from vinculo.actor import Source, system
from vinculo.clients.records import client
from vinculo.errors import InvalidError
from vinculo.records import custom, service
from vinculo.records.custom_wishes import Wish
from vinculo.records.reading import Values

API, CLIENTS, PAGE = "/api/v1/custom-fields", "/api/v1/clients", "/settings/fields"
ADMIN = system(Source.CLI)


def add(live, status=201, **wish):
    answer = live.post(API, json={"kind": "client", **wish})
    assert answer.status_code == status, answer.text
    return answer.json()


def code(answer):
    return answer.status_code, [error["code"] for error in answer.json().get("errors", ())]


@pytest.mark.databases("sqlite")
def test_a_field_is_asked_for_only_where_another_has_a_value(live):
    add(live, label="Export", type="yes_no")
    when = {"field": "x_export", "values": ["true"]}
    field = add(live, label="Port", type="text", required=True, shown_when=when)
    assert field["shown_when"] == when
    for wrong in ({"field": "x_nothing", "values": ["a"]}, {"field": "x_export", "values": ["maybe"]},
                  {"field": "x_export", "values": []}, {"field": "name", "values": ["a"]}):  # fmt: skip
        assert "shown_when" in str(add(live, 422, label="W", type="text", shown_when=wrong))

    luz = live.post(CLIENTS, json={"name": "Luz"})
    assert luz.status_code == 201
    url = f"{CLIENTS}/{luz.json()['id']}"
    assert code(live.post(CLIENTS, json={"name": "Sol", "x_export": True})) == (422, ["required"])
    assert code(live.patch(url, json={"x_export": True})) == (422, ["required"])
    assert live.patch(url, json={"x_export": True, "x_port": "Santos"}).status_code == 200
    assert code(live.patch(url, json={"x_port": ""})) == (422, ["required"])
    card = f"/clients/{luz.json()['id']}"
    assert "Santos" in live.get(card).text
    assert live.patch(url, json={"x_export": False}).json()["x_port"] == "Santos"  # kept, and not shown
    assert "Santos" not in live.get(card).text
    assert 'data-when="x_export" data-values="true"' in live.get(f"{card}/edit").text
    form = {"name": "Mar", "x_export": "1", "x_port": ""}
    assert "Port is required" in live.post("/clients/new", data=form).text
    page = live.get(f"{PAGE}/{field['id']}").text
    assert 'value="x_export=true" checked' in page
    live.post(f"{PAGE}/{field['id']}", data={"label": "Port", "required": "1"})
    assert live.get(API).json()["items"][1]["shown_when"] is None
    assert code(live.post(CLIENTS, json={"name": "Sol"})) == (422, ["required"])


def test_no_two_records_have_the_same_unique_value(live):
    field = add(live, label="Badge", type="text", unique=True)
    luz = live.post(CLIENTS, json={"name": "Luz", "x_badge": "Ação 7"}).json()
    sol = live.post(CLIENTS, json={"name": "Sol", "x_badge": "8"}).json()
    assert code(live.post(CLIENTS, json={"name": "Mar", "x_badge": "acao  7"})) == (422, ["taken"])
    assert code(live.patch(f"{CLIENTS}/{sol['id']}", json={"x_badge": "AÇÃO 7"})) == (422, ["taken"])
    assert live.patch(f"{CLIENTS}/{luz['id']}", json={"x_badge": "ação 7"}).status_code == 200
    batch = {"items": [{"name": "A", "x_badge": "9"}, {"name": "B", "x_badge": "9"}]}
    assert live.post(f"{CLIENTS}/batch", json=batch).status_code == 422
    assert live.post(CLIENTS, json={"name": "Rio"}).status_code == 201
    assert live.post(CLIENTS, json={"name": "Lua"}).status_code == 201

    trash = live.delete(f"{CLIENTS}/{luz['id']}").json()["restore"]
    live.patch(f"{CLIENTS}/{sol['id']}", json={"x_badge": "ação 7"})
    assert live.post(trash).status_code == 422  # its value is another's now
    live.patch(f"{CLIENTS}/{sol['id']}", json={"x_badge": "8"})
    assert live.post(trash).status_code == 204
    merged = live.post(f"{CLIENTS}/{sol['id']}/merge",
                       json={"ids": [luz["id"]], "fields": {"x_badge": luz["id"]}}).json()  # fmt: skip
    assert live.get(f"{CLIENTS}/{sol['id']}").json()["x_badge"] == "ação 7"
    assert live.post(f"/api/v1/merges/{merged['undo']}/undo").status_code == 200
    assert [live.get(f"{CLIENTS}/{one['id']}").json()["x_badge"] for one in (luz, sol)] == ["ação 7", "8"]
    assert code(live.patch(f"{CLIENTS}/{sol['id']}", json={"x_badge": "Ação 7"})) == (422, ["taken"])

    live.put(f"{API}/{field['id']}", json={"label": "Badge"})
    live.patch(f"{CLIENTS}/{sol['id']}", json={"x_badge": "AÇÃO 7"})
    refused = live.put(f"{API}/{field['id']}", json={"label": "Badge", "unique": True})
    assert code(refused) == (422, ["duplicates"])
    assert "ação 7 (2)" in refused.text.lower()
    live.patch(f"{CLIENTS}/{sol['id']}", json={"x_badge": "8"})
    assert live.put(f"{API}/{field['id']}", json={"label": "Badge", "unique": True}).status_code == 200
    assert code(live.post(CLIENTS, json={"name": "Mar", "x_badge": "8"})) == (422, ["taken"])
    assert "unique" in str(add(live, 422, label="Flag", type="yes_no", unique=True))


def test_two_who_write_at_once_do_not_get_the_same_unique_value(database):
    with database.write() as session:
        custom.add(session, {"client": client}, Wish("client", "Badge", "text", unique=True), actor=ADMIN)
        kind = custom.extended({"client": client}, custom.every(session))["client"]
    start, outcomes = threading.Barrier(2), []

    def write(name):
        start.wait()
        try:
            with database.write() as session:
                service.create(session, kind, Values({"name": name, "x_badge": "7"}), actor=ADMIN)
            outcomes.append("made")
        except InvalidError as error:
            outcomes.append(error.errors[0].code)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("Luz", "Sol")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["made", "taken"]
