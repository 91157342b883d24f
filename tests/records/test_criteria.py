"""Conditions of lists beside fields: what plugins add, and what hangs on a client."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from vinculo.actor import Scope
from vinculo.errors import MalformedError
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.calling import Owned
from vinculo.plugins.contributions import Criterion
from vinculo.records.fields import LinkField
from vinculo_interactions.records import interaction


class OneOf(LinkField):
    operators = ("eq", "ne", "in")


def holds(asked):
    if 13 in asked.values:
        raise MalformedError("Thirteen cannot be told.", code="thirteen")
    return asked.about.in_([value * 10 for value in asked.values])


@pytest.fixture
def plugins_on():
    return ("interactions",)


@pytest.fixture
def tens(admin):
    """A condition: to be the tenfold of a number."""
    field = OneOf(name="tens", label=_l("Client"), kind="user")
    criteria = admin.app.state.site.registry.criteria
    criteria["client"] = [Owned("acme", Criterion("client", field, holds, "clients.client.read"))]
    yield criteria
    del criteria["client"]


@pytest.fixture
def make_interaction(make_record):
    def make(client, subject, **payload):
        payload.setdefault("happened_at", "2026-03-02T12:00:00+00:00")
        return make_record(interaction, client_id=client.id, subject=subject, **payload)

    return make


def found(browser, kind, **parameters):
    given = "&".join(f"{quote(name)}={quote(str(value))}" for name, value in parameters.items())
    answer = browser.get(f"/api/v1/{kind}?{given}")
    assert answer.status_code == 200, answer.text
    return {one["name" if kind != "interactions" else "subject"] for one in answer.json()["items"]}


def test_a_criterion_narrows_clients_and_what_hangs_on_them(tens, admin, make_client, make_interaction):
    clients = [make_client(f"Client {number}") for number in range(1, 21)]
    ten, other = clients[9], clients[3]
    assert ten.id == 10
    make_interaction(ten, "Call with ten")
    make_interaction(other, "Call with another")

    assert found(admin, "clients", tens=1) == {"Client 10"}
    assert found(admin, "clients", **{"tens[in]": "1,2"}) == {"Client 10", "Client 20"}
    assert len(found(admin, "clients", **{"tens[ne]": 1})) == 19
    assert found(admin, "clients", **{"any1.tens": 1, "any1.name": "Client 3"}) == {"Client 10", "Client 3"}
    assert found(admin, "interactions", tens=1) == {"Call with ten"}
    assert found(admin, "interactions", **{"tens[ne]": 1}) == {"Call with another"}


def test_a_criterion_is_asked_of_every_client_that_a_record_is_tied_to(tens, admin, make_client, make_person):
    for number in range(1, 11):
        make_client(f"Client {number}")
    make_person("Ana", client_id=10)
    make_person("Bia", client_id=3)

    assert found(admin, "people", tens=1) == {"Ana"}
    assert found(admin, "people", **{"tens[ne]": 1}) == {"Bia"}


def test_what_cannot_be_told_refuses_list_export_and_api(tens, admin, make_client):
    make_client("Padaria")

    answer = admin.get("/api/v1/clients?tens=13")

    assert answer.status_code == 400
    assert answer.json()["code"] == "thirteen"
    assert admin.get("/clients?tens=13").status_code == 400
    assert admin.get("/clients/export.csv?tens=13").status_code == 400


def test_a_criterion_asks_for_its_permission(tens, open_browser, make_user, make_role, make_client):
    make_role("Member", {"*": None, "interactions.interaction.read": Scope.ALL})
    browser = open_browser(make_user("ana"))
    browser.app.state.site.registry.criteria["client"] = tens["client"]
    assert browser.get("/api/v1/interactions?tens=1").json()["code"] == "unknown_parameter"


def test_clients_with_and_without_records_of_a_kind(admin, make_client, make_interaction):
    called, met, silent = make_client("Called"), make_client("Met"), make_client("Silent")
    make_interaction(called, "Today", type="call_out", happened_at="2026-06-01T10:00:00Z")
    make_interaction(met, "Fair", type="meeting", happened_at="2026-06-01T10:00:00Z")
    make_interaction(met, "Long ago", type="call_out", happened_at="2020-06-01T10:00:00Z")
    since = {"happened_at[gte]": "2026-01-01"}

    def calls(word):
        return {f"{word}_interaction1.type": "call_out"} | {
            f"{word}_interaction1.{n}": v for n, v in since.items()
        }

    assert found(admin, "clients", **calls("has")) == {"Called"}
    assert found(admin, "clients", **calls("lacks")) == {"Met", "Silent"}
    either = {"has_interaction1.any1.type": "meeting", "has_interaction1.any1.subject": "Today"}
    assert found(admin, "clients", **either) == {"Called", "Met"}
    inside = {"any1.name": silent.name, "any1.has_interaction1.type": "meeting"}
    assert found(admin, "clients", **inside) == {"Met", "Silent"}


def test_only_records_that_the_reader_sees_count(
    admin, open_browser, make_client, make_interaction, make_user, make_role
):
    make_role(
        "Member", {"*": None, "clients.client.read": Scope.ALL, "interactions.interaction.read": Scope.OWN}
    )
    make_interaction(make_client("Theirs"), "Of another")
    asked = {"has_interaction1.type": "call_out"}

    assert found(admin, "clients", **asked) == {"Theirs"}
    assert found(open_browser(make_user("ana")), "clients", **asked) == set()


def test_the_filter_form_composes_what_hangs_on_a_client(admin, make_client, make_interaction):
    make_interaction(make_client("Called"), "Offer")
    make_client("Silent")
    first = admin.get("/clients/filter").text
    assert 'name="_group" value="has_interaction1."' in first
    fields = admin.get("/clients/filter?_group=has_interaction1.", headers={"hx-request": "true"}).text
    assert 'value="has_interaction1."' in fields
    assert "Duration in minutes" in fields

    composed = admin.get("/clients/filter?_in=has_interaction1.&_field=subject&_op=contains&_a=ffe&_go=1")

    assert composed.url.query == b"has_interaction1.subject%5Bcontains%5D=ffe"
    assert "There are: Interactions" in composed.text
    assert "Called" in composed.text
    assert "Silent" not in composed.text
    turned = admin.get(f"/clients/filter?{composed.url.query.decode()}&_step=has_interaction1.+way+lacks")
    assert turned.url.query == b"lacks_interaction1.subject%5Bcontains%5D=ffe"
    assert "Silent" in turned.text


def test_the_filter_form_leads_back_to_the_page_that_has_the_conditions(admin):
    asked = "/clients/filter?_field=name&_op=contains&_a=ffe&_go=1"
    assert (
        admin.get(f"{asked}&_at=/people", follow_redirects=False).headers["location"].startswith("/people?")
    )
    for other in ("//evil.example", "https://evil.example", "/a?b=c", "/\\evil.example"):
        answer = admin.get(f"{asked}&_at={quote(other, safe='')}", follow_redirects=False)
        assert answer.headers["location"].startswith("/clients?"), other


def test_kinds_that_do_not_hang_on_clients_are_unknown(admin):
    for name in ("has_user1.name", "has_nothing1.x", "has_interaction1.has_interaction1.nothing"):
        answer = admin.get(f"/api/v1/clients?{name}=1")
        assert answer.status_code == 400, name
        assert answer.json()["code"] == "unknown_parameter"
