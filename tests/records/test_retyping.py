"""Changing the type of a custom field: nothing is lost, and taking it back brings the old values exactly."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.errors import ConflictError
from vinculo.records import custom, retyping, service
from vinculo.records.reading import Values

API, CLIENTS, PAGE = "/api/v1/custom-fields", "/api/v1/clients", "/settings/fields"
ADMIN = system(Source.CLI)


@pytest.fixture
def field(live):
    """Add a field of clients, with a client for each value; their addresses."""

    def add(*values, **wish):
        made = live.post(API, json={"kind": "client", "label": "Size", **wish})
        assert made.status_code == 201, made.text
        rows = [{"name": f"C{n}", "x_size": value} for n, value in enumerate(values)]
        ids = [live.post(CLIENTS, json=row).json()["id"] for row in rows]
        return f"{API}/{made.json()['id']}", ids

    return add


def sizes(live):
    return [one.get("x_size") for one in live.get(f"{CLIENTS}?sort=name").json()["items"]]


def columns(database):
    with database.read() as session:
        return [*session.scalars(sa.select(Client.custom).order_by(Client.id))]


def test_what_does_not_convert_is_kept_and_undo_brings_all_back_but_what_was_edited(live, field, database):
    address, ids = field("12", "about 5", "7.5", "", "about 9", type="text", initial="big")
    before = columns(database)
    seen = live.post(f"{address}/type/preview", json={"type": "number"}).json()
    assert [seen[name] for name in ("total", "converted", "kept")] == [4, 2, 2]
    assert {one["was"]: one["became"] for one in seen["samples"]} == {
        "12": "12", "7.5": "7.50", "about 5": "", "about 9": "",
    }  # fmt: skip
    assert columns(database) == before
    done = live.post(f"{address}/type", json={"type": "number"}).json()
    assert (done["type"], done["converting"], done["initial"]) == ("number", False, "")
    assert sizes(live) == ["12.00", None, "7.50", None, None]
    assert [one["name"] for one in live.get(f"{CLIENTS}?x_size[gt]=8").json()["items"]] == ["C0"]
    assert live.post(f"{CLIENTS}/{ids[0]}/merge", json={"ids": [10**6]}).status_code == 404

    live.patch(f"{CLIENTS}/{ids[1]}", json={"x_size": "5"})
    live.post(CLIENTS, json={"name": "C9", "x_size": "3"})
    seen = live.post(f"{address}/type/undo/preview").json()
    told = [seen[name] for name in ("total", "converted", "kept", "restored", "edited")]
    assert told == [5, 1, 0, 3, 1]
    (edited,) = [one for one in seen["samples"] if one["fate"] == "edited"]
    assert (edited["id"], edited["was"], "about 5" in edited["reason"]) == (ids[1], "5", True)
    assert live.post(f"{address}/type/undo").json()["initial"] == "big"
    assert sizes(live) == ["12", "5.00", "7.5", "", "about 9", "3.00"]
    live.post(f"{address}/type/undo")  # what was taken back is taken back
    assert sizes(live) == ["12.00", "5.00", "7.50", None, None, "3.00"]
    assert live.post(f"{address}/type", json={"type": "formula"}).status_code == 422
    assert live.post(f"{API}/{10**6}/type", json={"type": "text"}).status_code == 404


@pytest.mark.databases("sqlite")
def test_each_type_becomes_another_by_what_people_read_of_it(live, field, database):
    """And back: the columns are the same once all is taken back."""
    address, _ids = field("red", "blue, dark", "Yes", "2026-02-28", "C0", "9:30", type="text")
    before = columns(database)
    for type_, expected in (
        ("choice", ["red", None, "Yes", "2026-02-28", "C0", "9:30"]),
        ("several", [["red"], ["blue", "dark"], ["Yes"], ["2026-02-28"], ["C0"], ["9:30"]]),
        ("yes_no", [False, False, True, False, False, False]),
        ("date", [None, None, None, "2026-02-28", None, None]),
        ("time", [None, None, None, None, None, "09:30"]),
        ("client", [None, None, None, None, 1, None]),
        ("long_text", ["red", "blue, dark", "Yes", "2026-02-28", "C0", "9:30"]),
    ):
        changed = live.post(f"{address}/type", json={"type": type_})
        assert changed.status_code == 200, changed.text
        found = sizes(live)
        if type_ == "several":
            assert found[0] == ["red"]
        else:
            assert [bool(one) for one in found] == [bool(one) for one in expected], type_
        if type_ == "client":
            named = live.post(f"{address}/type/preview", json={"type": "text"}).json()["samples"]
            assert [(one["was"], one["became"]) for one in named] == [("C0", "C0")]
        assert live.get("/clients?columns=name,x_size").status_code == 200
        live.post(f"{address}/type/undo")
    assert [one["x_size"] for one in columns(database)] == [one["x_size"] for one in before]


def test_many_values_are_converted_by_a_job_and_the_field_is_out_of_sight_until_then(
    live, field, database, monkeypatch
):
    monkeypatch.setattr(retyping, "DIRECT", 1)
    monkeypatch.setattr(retyping, "CHUNK", 2)
    address, ids = field("1", "x", "3", "4", "y", type="text")
    with database.read() as session:
        old = custom.extended({"client": client}, custom.every(session))["client"]
    assert live.post(f"{address}/type", json={"type": "number"}).json()["converting"] is True
    assert "x_size" not in live.get(f"{CLIENTS}/{ids[0]}").json()
    assert "Is being converted" in live.get(PAGE).text
    assert live.post(f"{address}/type", json={"type": "date"}).status_code == 409
    with database.write() as session, pytest.raises(ConflictError):  # an app of a moment ago
        service.create(session, old, Values({"name": "Late", "x_size": "late"}), actor=ADMIN)
    field_id = int(address.rsplit("/", 1)[1])
    with monkeypatch.context() as killed:
        killed.setattr(retyping, "report", lambda *_args: (_ for _ in ()).throw(RuntimeError))
        with pytest.raises(RuntimeError):
            retyping.complete(database, {"client": client}, field_id)
    retyping.complete(database, {"client": client}, field_id)
    retyping.complete(database, {"client": client}, field_id)
    live.post(f"{PAGE}/{field_id}", data={"label": "Size"})
    assert sizes(live) == ["1.00", None, "3.00", "4.00", None]


def test_a_record_that_was_deleted_or_merged_before_comes_back_converted(live, field):
    address, ids = field("1", "2", "x", type="text")
    undo = live.delete(f"{CLIENTS}/{ids[1]}").json()["restore"]
    merged = live.post(f"{CLIENTS}/{ids[0]}/merge", json={"ids": [ids[2]]}).json()["undo"]
    live.post(f"{address}/type", json={"type": "number"})
    assert live.post(undo).status_code == 204
    assert live.post(f"/api/v1/merges/{merged}/undo").status_code == 200
    assert sizes(live) == ["1.00", "2.00", None]
    live.post(f"{address}/type/undo")
    assert sizes(live) == ["1", "2", "x"]


@pytest.mark.databases("sqlite")
def test_the_pages_show_what_would_be_lost_and_do_it_once_confirmed(live, field):
    address, ids = field("<b>1</b>", "2", type="text")
    page = f"{PAGE}/{address.rsplit('/', 1)[1]}"
    assert f'href="{page}/type"' in live.get(page).text
    assert live.get(f"{page}/type").status_code == 200
    shown = live.post(f"{page}/type", data={"type": "number", "options": ""}).text
    assert "&lt;b&gt;1&lt;/b&gt;" in shown
    assert f'href="/clients/{ids[0]}"' in shown
    assert sizes(live) == ["<b>1</b>", "2"]
    assert live.post(f"{page}/type", data={"type": "blob"}).status_code == 422
    live.post(f"{page}/type", data={"type": "number", "confirmed": "1"})
    assert sizes(live) == [None, "2.00"]
    assert "Come back as they were" in live.get(f"{page}/type/undo").text
    live.post(f"{page}/type/undo", data={"confirmed": "1"})
    assert sizes(live) == ["<b>1</b>", "2"]
