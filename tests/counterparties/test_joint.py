"""The joint view: a client and its counterparty in one form and on one card; two rows, whatever it says."""

from __future__ import annotations

import re

import pytest
from litestar.testing import TestClient

from vinculo.accounts.models import Role
from vinculo.actor import FieldAccess, Scope
from vinculo.app.live import Live
from vinculo.testing.browsing import form_inputs, sign_in

NEW = "/clients/new"
NUMBER = "counterparty__identifiers-0-value"
sqlite = pytest.mark.databases("sqlite")  # what is written goes through the services that forms use


@pytest.fixture
def joint(settings):
    return settings.model_copy(update={"company": settings.company.model_copy(update={"joint_view": True})})


@pytest.fixture
def apart(app_of, settings):
    """Build the app of the same database without the joint view; those that are there go on as this one."""
    return lambda: app_of(settings)


@pytest.fixture
def browse(app_of, joint, database, make_user):
    """Open a browser with the joint view."""

    def browse(name="admin", role=Role.ADMINISTRATOR, app=None):
        browser = TestClient(app or app_of(joint))
        with database.write() as session:
            sign_in(session, browser, make_user(name, role=role))
        return browser

    return browse


@pytest.fixture
def both(browse):
    return browse()


def send(browser, url, **changes):
    return browser.post(url, data={**form_inputs(browser.get(url).text), **changes})


def firms(browser):
    return browser.get("/api/v1/counterparties").json()["items"]


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def test_one_form_makes_two_rows_and_changes_both(both):
    made = send(both, NEW, name="Luz", country="BR", **{NUMBER: "11.222.333/0001-81"})
    assert made.status_code == 200, text_of(made)
    firm = both.get("/api/v1/counterparties/1").json()
    assert (firm["legal_name"], firm["country"]) == ("Luz", "BR"), "what was left empty is the client's"
    assert [one["value"] for one in firm["identifiers"]] == ["11.222.333/0001-81"]
    assert [(one["client_id"], one["valid_from"]) for one in firm["links"]] == [(1, None)]

    saved = send(both, "/clients/1/edit", name="Luz & Filhos", counterparty__legal_name="Luz <Ltda>")
    shown = saved.text
    assert saved.url.path == "/clients/1"
    assert "Luz &lt;Ltda&gt;" in shown
    assert "11.222.333/0001-81" in shown
    assert both.get("/api/v1/clients/1").json()["name"] == "Luz & Filhos"
    for kind in ("clients", "counterparties"):
        history = text_of(both.get(f"/{kind}/1/history"))
        assert history.count("Luz") > 1, history
        assert both.get(f"/api/v1/{kind}/1").json()["version"] == 2


@sqlite
def test_faults_of_both_stand_beside_their_inputs_and_nothing_is_kept(both):
    wrong = send(both, NEW, name="", country="BR", counterparty__note="typed", **{NUMBER: ""})
    assert wrong.status_code == 422
    wrong = send(both, NEW, name="Luz", country="BR", counterparty__note="typed", **{NUMBER: "12"})
    assert wrong.status_code == 422
    beside = re.search(rf'name="{NUMBER}".*?</div>', wrong.text, re.DOTALL)[0]
    assert "“12” is not a valid tax number of Brazil" in beside
    assert "typed</textarea>" in wrong.text
    assert both.get("/api/v1/clients").json()["items"] == firms(both) == []
    more = send(both, NEW, name="Luz", _add="counterparty__addresses")
    assert more.text.count("-street") == both.get(NEW).text.count("-street") + 3, "a row, and its label"


@sqlite
def test_clients_that_were_there_get_theirs_when_they_are_saved(both, make_client, make_counterparty):
    make_client("Luz")
    assert "counterparty__legal_name" in both.get("/clients/1/edit").text
    assert firms(both) == [], "to look at it makes nothing"
    send(both, "/clients/1/edit")
    assert [one["legal_name"] for one in firms(both)] == ["Luz"]
    make_client("Sol")
    make_counterparty("Sol Leste", links=[{"client_id": 2, "valid_from": "2026-02-01"}])
    make_counterparty("Sol Oeste", links=[{"client_id": 2, "valid_from": "2026-01-01"}])
    page = both.get("/clients/2/edit")
    assert 'value="Sol Oeste"' in page.text
    assert "The client has other counterparties, too: Sol Leste." in text_of(page)


@sqlite
def test_it_is_a_view_that_moves_nothing(both, browse, apart):
    send(both, NEW, name="Luz")
    before = firms(both)
    assert [one["legal_name"] for one in before] == ["Luz"]
    admin = browse("root", app=apart())
    for url in (NEW, "/clients/1/edit"):
        assert "counterparty__" not in admin.get(url).text
    send(admin, "/clients/1/edit", counterparty__legal_name="Sol", counterparty__of="1", note="a note")
    send(admin, NEW, name="Sol")
    assert firms(admin) == before


@sqlite
def test_two_who_save_it_at_once_are_shown_both_values(both, make_client):
    send(both, NEW, name="Luz")
    typed = form_inputs(both.get("/clients/1/edit").text)
    both.patch("/api/v1/counterparties/1", json={"legal_name": "Luz SA", "note": "theirs"})
    stale = both.post(
        "/clients/1/edit", data={**typed, "note": "mine", "counterparty__legal_name": "Luz Ltda"}
    )
    assert stale.status_code == 409
    assert "Yours Luz Ltda Saved meanwhile Luz SA Before Luz" in text_of(stale)
    assert both.get("/api/v1/clients/1").json()["note"] == "", "neither is saved"
    again = {**form_inputs(stale.text), "_take-counterparty__legal_name": "theirs"}
    assert both.post("/clients/1/edit", data=again).url.path == "/clients/1"
    (firm,) = firms(both)
    assert (firm["legal_name"], firm["note"]) == ("Luz SA", "theirs")
    assert both.get("/api/v1/clients/1").json()["note"] == "mine"

    links = [{"client_id": 1, "valid_to": "2026-01-01"}]
    both.patch("/api/v1/counterparties/1", json={"links": links})
    moved = both.post("/clients/1/edit", data={**typed, "counterparty__note": "lost"})
    assert (moved.status_code, "was changed meanwhile" in moved.text) == (422, True)


@sqlite
def test_a_number_that_another_has_is_told_before_it_is_added(both):
    send(both, NEW, name="Luz", country="BR", **{NUMBER: "11.222.333/0001-81"})
    like = send(both, NEW, name="Padaria", country="BR", **{NUMBER: "11.222.333/0001-81"})
    assert "This looks like a record that is there" in like.text
    assert len(firms(both)) == 1
    assert both.post(NEW, data=form_inputs(like.text)).url.path == "/clients/2"
    assert len(firms(both)) == 2


@sqlite
def test_the_rights_to_both_kinds_hold(both, browse, make_role):
    send(both, NEW, name="Luz")
    names = ("accounts.user.read", *(f"clients.client.{one}" for one in ("read", "update", "create")))
    own = dict.fromkeys(names, Scope.ALL)
    read = {"counterparties.counterparty.read": Scope.ALL}
    for name, rights, asks, shows in (
        ("ana", {"*": None, **own}, False, False),
        ("bia", {"*": None, **own, **read}, False, True),
    ):
        make_role("Member", rights)
        who = browse(name, Role.MEMBER)
        page = who.get("/clients/1/edit").text
        assert ("<legend>Counterparty" in page) is shows
        assert ('name="counterparty__legal_name"' in page) is asks
        assert send(who, "/clients/1/edit", note=name, counterparty__legal_name="Hacked").status_code == 200
        assert send(who, NEW, name=f"{name}'s").status_code == 200
        assert "/counterparties/1/fields" not in who.get("/clients/1").text
    assert [one["legal_name"] for one in firms(both)] == ["Luz"]
    make_role("Member", {"*": Scope.ALL}, {("counterparty", "note"): FieldAccess.HIDDEN})
    assert "counterparty__note" not in browse("carl", Role.MEMBER).get("/clients/1/edit").text


@sqlite
def test_a_value_changed_on_the_card_of_the_client_is_taken_back_there(both):
    send(both, NEW, name="Luz")
    card = both.get("/clients/1").text
    url = re.search(r'href="(/counterparties/1/fields/legal_name\?back=/clients/1)"', card)[1]
    assert 'data-part="counterparty__legal_name"' in card
    saved = send(both, url, legal_name="Luz Ltda")
    assert saved.url.path == "/clients/1"
    assert "Luz Ltda" in saved.text
    undo = re.search(r'action="(/counterparties/1/changes/\d+/undo[^"]*)"', saved.text)[1]
    token = form_inputs(both.get(NEW).text)["_csrf"]
    assert both.post(undo, data={"_csrf": token}).url.path == "/clients/1"
    assert [one["legal_name"] for one in firms(both)] == ["Luz"]


@sqlite
def test_custom_fields_of_both_are_in_the_form(browse, joint, database):
    with browse(app=Live(joint, database, work=False)) as live:
        for kind in ("client", "counterparty"):
            wish = {"kind": kind, "label": "Size", "type": "number", "required": kind == "counterparty"}
            assert live.post("/api/v1/custom-fields", json=wish).status_code == 201
        assert send(live, NEW, name="Luz", x_size="7").status_code == 422
        assert send(live, NEW, name="Luz", x_size="7", counterparty__x_size="8").url.path == "/clients/1"
        held = [live.get(f"/api/v1/{kind}/1").json()["x_size"] for kind in ("clients", "counterparties")]
        assert held == ["7.00", "8.00"]
