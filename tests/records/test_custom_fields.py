"""Fields that a company adds: one definition, and every door knows them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from vinculo.actor import FieldAccess, Scope, Source, system
from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.db.text import sort_key
from vinculo.events.models import Event
from vinculo.records import custom, query, service
from vinculo.records.custom_wishes import Wish
from vinculo.records.reading import Values
from vinculo.testing.browsing import sign_in

API, CLIENTS, PAGE = "/api/v1/custom-fields", "/api/v1/clients", "/settings/fields"
TERMS = {"label": "Payment terms", "type": "choice", "options": ["On receipt", "30 days"]}
ADMIN = system(Source.CLI)


@pytest.fixture
def add(live):
    """Define a field of clients."""

    def add(**wish):
        answer = live.post(API, json={"kind": "client", **wish})
        assert answer.status_code == 201, answer.text
        return answer.json()

    return add


def test_a_field_is_in_forms_lists_filters_api_files_and_history_at_once(live, add):
    assert [add(**TERMS)["name"], add(label="Credit limit", type="number")["name"]] == [
        "x_payment_terms",
        "x_credit_limit",
    ]
    add(label="Since", type="date"), add(label="Blocked", type="yes_no"), add(label="Shop", type="url")
    values = {"x_payment_terms": "30 days", "x_credit_limit": "1234.50", "x_since": "2026-02-28",
              "x_blocked": True, "x_shop": "https://luz.example"}  # fmt: skip
    made = live.post(CLIENTS, json={"name": "Padaria Luz", **values}).json()
    assert {name: made[name] for name in values} == values
    other = live.post(CLIENTS, json={"name": "Aurora"}).json()
    assert [other[name] for name in values] == [None, None, None, False, ""]

    for asked in ("x_payment_terms=30+days", "x_credit_limit[gte]=1000", "x_since[lt]=2026-03-01",
                  "x_blocked=true", "x_shop[contains]=LUZ", "x_credit_limit[empty]=false"):  # fmt: skip
        assert [one["name"] for one in live.get(f"{CLIENTS}?{asked}").json()["items"]] == ["Padaria Luz"]
    card = live.get(f"/clients/{made['id']}").text
    assert "Payment terms" in card
    assert "1,234.50" in card
    assert 'name="x_since"' in live.get(f"/clients/{made['id']}/edit").text
    assert "1234.50" in live.get("/clients/export.csv").text
    described = live.get("/api/v1/openapi.json").text
    assert "x_credit_limit" in described
    assert "On receipt" in described

    live.patch(f"{CLIENTS}/{made['id']}", json={"x_payment_terms": "On receipt"})
    assert "On receipt" in live.get(f"/clients/{made['id']}/history").text


def test_what_does_not_fit_is_refused_with_its_reason(live, add):
    terms = add(**TERMS, required=True)
    refused = live.post(CLIENTS, json={"name": "Luz", "x_payment_terms": "later"})
    assert (refused.status_code, "x_payment_terms" in refused.text) == (422, True)
    assert live.post(CLIENTS, json={"name": "Luz"}).status_code == 422

    for wish, code in (
        ({**TERMS, "kind": "client"}, "label_taken"),
        ({"kind": "user", "label": "A", "type": "text"}, "unknown_kind"),
        ({"kind": "client", "label": "A", "type": "blob"}, "unknown_type"),
        ({"kind": "client", "label": "A", "type": "choice"}, "options"),
        ({"kind": "client", "label": "A", "type": "text", "name": "name"}, "bad_name"),
        ({"kind": "client", "label": "\x00", "type": "text"}, "invalid"),
    ):
        answer = live.post(API, json=wish)
        assert (answer.status_code, code in answer.text) == (422, True), answer.text
    fewer = {"label": "Terms", "options": ["30 days"]}
    assert "option_in_use" in live.put(f"{API}/{terms['id']}", json=fewer).text


def test_new_records_get_the_default_and_times_sort_as_times(live, add, database):
    terms = add(**TERMS, initial="30 Days", required=True)
    add(label="Opens", type="time", initial="9:30")
    add(label="Rate", type="number", initial="1.5")
    first = live.post(CLIENTS, json={"name": "Luz"}).json()
    later = live.post(CLIENTS, json={"name": "Sol", "x_opens": "14:05", "x_rate": None}).json()
    assert (first["x_payment_terms"], first["x_opens"], first["x_rate"]) == ("30 days", "09:30", "1.50")
    assert (later["x_opens"], later["x_rate"]) == ("14:05", None)
    assert 'type="time"' in live.get("/clients/new").text
    assert 'value="09:30"' in live.get("/clients/new").text
    found = live.get(f"{CLIENTS}?x_opens[gt]=10:00&sort=-x_opens").json()["items"]
    assert [one["name"] for one in found] == ["Sol"]
    assert live.post(CLIENTS, json={"name": "Lua", "x_opens": "25:00"}).status_code == 422

    refused = live.post(API, json={"kind": "client", "label": "Day", "type": "date", "initial": "soon"})
    assert (refused.status_code, '"initial"' in refused.text) == (422, True)
    change = {"label": "Terms", "options": TERMS["options"], "initial": "never"}
    assert live.put(f"{API}/{terms['id']}", json=change).status_code == 422
    live.put(f"{API}/{terms['id']}", json=change | {"initial": ""})
    assert live.post(CLIENTS, json={"name": "Mar"}).json()["x_payment_terms"] is None
    with database.write() as session:
        kind = custom.extended({"client": client}, custom.every(session))["client"]
        made = service.create_many(session, kind, [Values({"name": "Many"})], actor=ADMIN)
        assert made[0].x_opens == "09:30"


def test_a_deleted_field_keeps_its_values_and_brings_them_back(live, add, database):
    field = add(label="Credit limit", type="number")
    made = live.post(CLIENTS, json={"name": "Luz", "x_credit_limit": "5.00"}).json()
    assert "1 record holds" in live.get(f"{PAGE}/{field['id']}/delete").text
    live.post(f"{PAGE}/{field['id']}/delete", follow_redirects=False)
    assert "x_credit_limit" not in live.get(f"{CLIENTS}/{made['id']}").json()
    live.patch(f"{CLIENTS}/{made['id']}", json={"industry": "Bread"})

    live.post(f"{PAGE}/{field['id']}/restore", follow_redirects=False)
    assert live.get(f"{CLIENTS}/{made['id']}").json()["x_credit_limit"] == "5.00"
    with database.read() as session:
        told = session.scalars(sa.select(Event.action).where(Event.kind == "custom_field").order_by(Event.id))
        assert [*told] == ["created", "deleted", "restored"]


def test_the_page_adds_edits_and_orders_and_shows_what_is_wrong(live):
    typed = {"label": "Prazo", "type": "choice", "options": "À vista\n30 dias\n"}
    assert live.post(f"{PAGE}/new/client", data=typed | {"options": ""}).status_code == 422
    (
        live.post(f"{PAGE}/new/client", data=typed),
        live.post(f"{PAGE}/new/client", data={"label": "Срок", "type": "text"}),
    )
    items = live.get(API).json()["items"]
    assert [(one["name"], one["options"]) for one in items] == [
        ("x_prazo", ["À vista", "30 dias"]),
        ("x_field", []),
    ]
    live.post(f"{PAGE}/{items[1]['id']}/up")
    live.post(f"{PAGE}/{items[1]['id']}", data={"label": "Срок оплаты", "required": "1"})
    first = live.get(API).json()["items"][0]
    assert (first["label"], first["required"]) == ("Срок оплаты", True)
    assert "Срок оплаты" in live.get(PAGE).text


@pytest.mark.databases("sqlite")
def test_only_who_may_add_fields_does(member):
    assert member.get(PAGE).status_code == member.get(API).status_code == 403


TEXTS = st.text(st.characters(codec="ascii", exclude_characters="\x00"), max_size=4).map(str.strip)
VALUES = {
    "x_text": TEXTS,
    "x_number": st.none() | st.integers(-(10**16), 10**16).map(lambda n: Decimal(n) / 10_000),
    "x_date": st.none() | st.dates(),
    "x_yes_no": st.booleans(),
}


@tried(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_filter_and_order_are_those_of_python(database, data):
    """Whatever the values are, pages by key bring every row once and in order."""
    name = data.draw(st.sampled_from([*VALUES]))
    values = data.draw(st.lists(VALUES[name], min_size=1, max_size=7))
    with database.write() as session:
        for wish in [Wish("client", one[2:], one[2:], one) for one in VALUES]:
            if not any(row.name == wish.name for row in custom.every(session)):
                custom.add(session, {"client": client}, wish, actor=ADMIN)
        kind = custom.extended({"client": client}, custom.every(session))["client"]
        session.execute(sa.delete(Client))
        for number, value in enumerate(values):
            made = Client(name=str(number), name_key=str(number))
            setattr(made, name, value)
            session.add(made)
        session.flush()
        field = kind.field(name)
        held = [field.empty if value is None else value for value in values]
        paged, key = _paged(session, kind, name), sort_key if name == "x_text" else lambda value: value
        assert Counter(paged) == Counter(held)
        ordered = sorted(key(x) for x in held if x is not None)
        assert [None if x is None else key(x) for x in paged] == ordered + [None] * held.count(None)
        bound = data.draw(st.sampled_from(held))
        if bound is not None:
            asked = query.Query(filters=[query.Filter(name, "eq", bound)])
            assert query.count(session, kind, asked, actor=ADMIN, action="read") == held.count(bound)


def _paged(session, kind, name):
    found, cursor = [], ""
    while True:
        asked = query.Query(sort=name, limit=2, cursor=cursor)
        page = query.page(session, kind, asked, [kind.column(name)], actor=ADMIN)
        found += [row[0] for row in page.rows]
        cursor = page.next_cursor
        if not cursor:
            return found


@pytest.mark.databases("sqlite")
def test_a_record_without_values_holds_none(make_client):
    made = Client(name="Luz", name_key="luz")
    made.x_text = ""
    assert (made.custom, made.x_text) == (None, None)
    made.x_day = date(2026, 2, 28)
    assert (made.custom, made.x_day) == ({"x_day": {"day": date(2026, 2, 28).toordinal()}}, date(2026, 2, 28))
    made.x_day = None
    assert made.custom is None
    with pytest.raises(AttributeError):
        made.y_day  # noqa: B018


@pytest.mark.databases("sqlite")
def test_a_role_hides_a_field_and_nobody_learns_it_by_filter_or_file(
    live, add, database, make_role, make_user
):
    add(label="Credit limit", type="number")
    made = live.post(CLIENTS, json={"name": "Luz", "x_credit_limit": "777.00"}).json()
    make_role("Member", {"*": Scope.ALL}, {("client", "x_credit_limit"): FieldAccess.HIDDEN})
    with database.write() as session:
        sign_in(session, live, make_user("ana"))
    for path in (f"/clients/{made['id']}", f"{CLIENTS}/{made['id']}", "/clients/export.csv", "/clients"):
        answer = live.get(path)
        assert (answer.status_code, "777" in answer.text) == (200, False)
    assert live.get(f"{CLIENTS}?x_credit_limit[gte]=1").status_code == 400
    assert live.get(f"{CLIENTS}?sort=x_credit_limit").status_code == 400
