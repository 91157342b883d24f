"""Values of custom fields that are more than a text: several choices, money, links to other records."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from vinculo.actor import FieldAccess, Scope, Source, system
from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.records import custom, importing, mapping
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan
from vinculo.testing.browsing import sign_in

ADMIN = system(Source.IMPORT)
API, CLIENTS = "/api/v1/custom-fields", "/api/v1/clients"


@pytest.fixture
def add(live):
    """Define fields of a kind: label → the rest."""

    def add(kind="client", **fields):
        for label, wish in fields.items():
            made = live.post(API, json={"kind": kind, "label": label.replace("_", " "), **wish})
            assert made.status_code == 201, made.text

    return add


def names(live, asked):
    answer = live.get(f"{CLIENTS}?{asked}")
    assert answer.status_code == 200, answer.text
    return sorted(one["name"] for one in answer.json()["items"])


def test_several_choices_and_money_go_through_every_door(live, add, upload):
    add(
        Tags={"type": "several", "options": ["Bakery", "Café", "Bar"], "initial": "bar"},
        Budget={"type": "money", "options": ["EUR", "usd"]},
    )
    both = {"x_tags": ["Bar", "Bakery"], "x_budget": {"amount": "1234.50", "currency": "USD"}}
    luz = live.post(CLIENTS, json={"name": "Luz", **both}).json()
    assert (luz["x_tags"], luz["x_budget"]) == (["Bakery", "Bar"], both["x_budget"])
    sol = live.post(CLIENTS, json={"name": "Sol"}).json()
    assert (sol["x_tags"], sol["x_budget"]) == (["Bar"], None)
    typed = {"name": "Lua", "x_tags": ["", "Café", "Bakery"], "x_budget": "99", "x_budget__currency": "EUR"}
    assert live.post("/clients/new", data=typed, follow_redirects=False).status_code == 303
    live.post("/clients/new", data={"name": "Nada", "x_tags": "", "x_budget": ""})
    listed = {one["name"]: one for one in live.get(CLIENTS).json()["items"]}
    assert listed["Lua"]["x_tags"] == ["Bakery", "Café"]
    assert listed["Lua"]["x_budget"] == {"amount": "99.00", "currency": "EUR"}
    assert listed["Luz"]["x_budget"] == both["x_budget"]
    assert listed["Nada"]["x_tags"] == []

    for asked, found in (
        ("x_tags[any]=Café,Bar", ["Lua", "Luz", "Sol"]),
        ("x_tags[all]=Bakery,Bar", ["Luz"]),
        ("x_tags[none]=Bar", ["Lua", "Nada"]),
        ("x_tags[empty]=true", ["Nada"]),
        ("x_budget[gte]=100 USD", ["Luz"]),
        ("x_budget[gte]=1", ["Lua"]),
        ("x_budget[lt]=2000 usd", ["Luz"]),
        ("x_budget=99.00 EUR", ["Lua"]),
        ("x_budget[empty]=true", ["Nada", "Sol"]),
    ):
        assert names(live, asked) == found, asked
    ordered = live.get(f"{CLIENTS}?sort=-x_budget").json()["items"]
    assert [one["name"] for one in ordered][:2] == ["Luz", "Lua"]
    assert live.get(f"{CLIENTS}?x_tags[any]=Pub").status_code == 422
    assert live.get(f"{CLIENTS}?x_tags=Bar").status_code == 400

    for wrong in ({"x_tags": ["Pub"]}, {"x_tags": "Bar"}, {"x_budget": {"amount": "1.5", "currency": "BRL"}},
                  {"x_budget": "1.5"}, {"x_budget": {"amount": "lots", "currency": "EUR"}}):  # fmt: skip
        assert live.patch(f"{CLIENTS}/{luz['id']}", json=wrong).status_code == 422
    live.patch(f"{CLIENTS}/{luz['id']}", json={"x_tags": ["Café"], "x_budget": None})
    history = live.get(f"/clients/{luz['id']}/history").text
    assert "Bakery, Bar" in history
    assert "1,234.50 USD" in history
    card, form = live.get(f"/clients/{listed['Lua']['id']}").text, live.get("/clients/new").text
    assert ("Bakery, Café" in card, "99 EUR" in card) == (True, True)
    assert 'name="x_tags" value="Bar" checked' in form
    shown = live.get("/clients?x_tags[any]=Bar&columns=name,x_tags,x_budget").text
    assert "Tags" in shown

    exported = live.get("/clients/export.csv").text
    assert '"Bakery, Café"' in exported
    assert "99.00 EUR" in exported
    assert upload("name,Tags,Budget", 'Mar,"bakery, BAR",USD 7.5', "Rio,Pub,1 EUR") == 1
    listed = {one["name"]: one for one in live.get(CLIENTS).json()["items"]}
    assert listed["Mar"]["x_tags"] == ["Bakery", "Bar"]
    assert listed["Mar"]["x_budget"] == {"amount": "7.50", "currency": "USD"}
    assert "Rio" not in listed
    described = live.get("/api/v1/openapi.json").json()["components"]["schemas"]["ClientXBudget"]
    assert described["properties"]["currency"]["pattern"] == "^(EUR|USD)$"


@pytest.fixture
def upload(database, kinds, write_file):
    """Import lines as clients; how many were rejected."""

    def upload(*lines):
        path = write_file(*lines)
        with database.read() as session:
            known = {**kinds, **custom.extended(kinds, custom.every(session))}
        columns = mapping.guess(known["client"], importing.count_rows(path).header)
        plan = Plan(kind=known["client"], path=path, mapping=columns, match=[])
        return importing.run(
            database, known, plan, actor=ADMIN, rejects=Rejects(path.with_name("no.csv"))
        ).rejected

    return upload


def test_amounts_of_money_are_summed_exactly_by_the_database(live, add, database):
    add(Budget={"type": "money", "options": ["EUR"]})
    for amount in ("0.1", "0.2", "900000000000000"):
        live.post(CLIENTS, json={"name": amount, "x_budget": {"amount": amount, "currency": "EUR"}})
    with database.read() as session:
        kind = custom.extended({"client": client}, custom.every(session))["client"]
        total = session.scalar(sa.select(sa.func.sum(kind.column("x_budget:amount"))))
    assert str(total) == "900000000000000.30"


LINKS = {
    "Holding": {"type": "client"},
    "Buyer": {"type": "person"},
    "Payer": {"type": "counterparty"},
    "Adviser": {"type": "user"},
}


def test_links_lead_to_records_by_name_also_after_merging_and_deleting(
    live, add, upload, make_person, make_counterparty
):
    add(**LINKS)
    one, two = (live.post(CLIENTS, json={"name": name}).json()["id"] for name in ("Aurora", "Aurora Ltda"))
    buyer, payer = make_person("Ana Souza").id, make_counterparty("Luz SA").id
    values = {"x_holding": two, "x_buyer": buyer, "x_payer": payer}
    luz = live.post(CLIENTS, json={"name": "Luz", **values}).json()
    assert {name: luz[name] for name in values} == values
    assert luz["x_adviser"] is None
    live.post("/clients/new", data={"name": "Sol", "x_holding": "", "x_holding__text": "Aurora"})
    assert upload("name,Holding,Buyer", "Mar,Aurora Ltda,Ana Souza", "Rio,Nobody,Ana Souza") == 1
    assert names(live, f"x_holding={two}") == ["Luz", "Mar"]
    assert names(live, f"x_holding={one}") == ["Sol"]
    assert names(live, f"x_buyer={buyer}") == ["Luz", "Mar"]
    assert names(live, "x_adviser=me") == []
    assert live.post(CLIENTS, json={"name": "X", "x_holding": 10**6}).status_code == 422
    assert live.post(CLIENTS, json={"name": "X", "x_holding": 2**63}).status_code == 422
    card = live.get(f"/clients/{luz['id']}").text
    assert f'<a href="/go/client/{two}">Aurora Ltda</a>' in card
    listed = live.get("/clients?columns=name,x_holding").text
    assert f'<td><a href="/go/client/{two}">Aurora Ltda</a></td>' in listed
    assert "Aurora Ltda" in live.get("/clients/export.csv").text.split("Luz")[1]
    assert "Aurora Ltda" in live.get(f"/clients/{luz['id']}/history").text
    assert 'value="Aurora Ltda"' in live.get(f"/clients/{luz['id']}/fields/x_holding").text

    def link():
        in_list = {item["name"]: item["x_holding"] for item in live.get(CLIENTS).json()["items"]}
        alone = live.get(f"{CLIENTS}/{luz['id']}").json()
        assert alone["x_holding"] == in_list["Luz"]
        return alone["x_holding"], alone["version"]

    merged = live.post(f"{CLIENTS}/{one}/merge", json={"ids": [two]})
    assert merged.status_code == 200, merged.text
    assert link() == (one, 1)
    assert names(live, f"x_holding={one}") == ["Luz", "Mar", "Sol"]
    form = live.get(f"/clients/{luz['id']}/edit").text
    assert 'name="x_holding__text" value="Aurora"' in form
    saved = {"name": "Luz", "x_holding": str(one), "x_holding__text": "Aurora", "version": "1"}
    live.post(f"/clients/{luz['id']}/edit", data=saved)
    assert link() == (one, 1)  # nothing differs
    undone = live.post(f"/api/v1/merges/{merged.json()['undo']}/undo")
    assert undone.status_code == 200, undone.text
    assert link() == (two, 1)

    trash = live.delete(f"{CLIENTS}/{two}").json()["restore"]
    assert link() == (None, 1)
    assert names(live, "x_holding[empty]=true") == ["Aurora", "Luz", "Mar"]
    assert 'name="x_holding" value=""' in live.get(f"/clients/{luz['id']}/fields/x_holding").text
    live.patch(f"{CLIENTS}/{luz['id']}", json={"industry": "Bread"})
    live.post(trash)
    assert link() == (two, 2)


def test_a_link_tells_no_name_that_its_reader_may_not_see(live, add, make_role, make_user, database):
    add(Holding={"type": "client"}, Guarantor={"type": "client"})
    secret = live.post(CLIENTS, json={"name": "Zuleica SA"}).json()["id"]
    make_role("Member", {"*": Scope.OWN}, {("client", "x_guarantor"): FieldAccess.HIDDEN})
    ana = make_user("ana")
    with database.write() as session:
        shown = Client(name="Luz", name_key="luz", responsible_id=ana.id)
        shown.x_holding = shown.x_guarantor = secret
        session.add(shown)
        session.flush()
        luz = shown.id
        sign_in(session, live, ana)
    for path in (f"/clients/{luz}", "/clients?columns=name,x_holding", f"/clients/{luz}/edit",
                 "/clients/export.csv", f"/clients/{luz}/fields/x_holding"):  # fmt: skip
        answer = live.get(path)
        assert (answer.status_code, "Zuleica" in answer.text) == (200, False), path
    assert "x_guarantor" not in live.get(f"{CLIENTS}/{luz}").json()
    assert live.patch(f"{CLIENTS}/{luz}", json={"x_holding": secret}).status_code == 200  # it was there
    assert live.post(CLIENTS, json={"name": "Sol", "x_holding": secret}).status_code == 422
    named = {"name": "Luz", "x_holding": "", "x_holding__text": "Zuleica SA"}
    assert live.post(f"/clients/{luz}/edit", data=named).status_code == 422
