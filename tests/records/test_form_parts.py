"""What plugins add to the forms of other kinds: saved with the record, or not at all."""

from __future__ import annotations

import re
from functools import partial

import pytest
from litestar.testing import TestClient

from vinculo import app as composition
from vinculo.accounts.models import Role
from vinculo.actor import Scope
from vinculo.errors import FieldError, InvalidError
from vinculo.plugins.calling import Owned
from vinculo.plugins.contributions import FormPart
from vinculo.records.fields import IntegerField, LinkField, TextField
from vinculo.records.form_parts import fields_of
from vinculo.testing.browsing import form_inputs, sign_in

pytestmark = pytest.mark.databases("sqlite")
CAMPAIGN = TextField(name="campaign", label="Campaign", required=True, max_length=20)
CODE = IntegerField(name="code", label="Code", default=7)
CLIENT = LinkField(name="client_id", label="Told by", kind="client")


class Touches:
    """A part that keeps what is typed; a word makes it refuse or fail."""

    def __init__(self):
        self.kept, self.fails = {}, False

    def ask(self, ctx, kind, record):
        if self.fails:
            raise ZeroDivisionError("secret detail")
        held = self.kept.get(record.id, {}) if record else {}
        return fields_of(kind, (CAMPAIGN, CODE, CLIENT), held, partial(self.save, ctx))

    def save(self, ctx, record, values):
        if values["campaign"] == "refuse":
            raise InvalidError([FieldError("campaign", "No such <campaign>.")])
        if values["campaign"] == "fail":
            raise ZeroDivisionError("secret detail")
        self.kept[record.id] = {**values, "seen": ctx.session.in_transaction()}


@pytest.fixture
def touches():
    return Touches()


@pytest.fixture
def browse(settings, database, make_user, touches):
    registry = composition.load_registry(settings, database)
    part = FormPart("acme_touch", ("client",), "Source", "clients.client.update", touches.ask)
    registry.form_parts["client"] = [*registry.form_parts["client"], Owned("acme", part)]
    app = composition.assemble(composition.Host.of(settings, database), registry)

    def browse(name="bea", role=Role.ADMINISTRATOR):
        browser = TestClient(app)
        with database.write() as session:
            sign_in(session, browser, make_user(name, role=role))
        return browser

    return browse


@pytest.fixture
def browser(browse):
    return browse()


def send(browser, url, **changes):
    return browser.post(url, data={**form_inputs(browser.get(url).text), **changes})


def test_a_part_is_saved_with_its_record(browser, touches):
    assert send(browser, "/clients/new", name="Ana", acme_touch__campaign="May").url.path == "/clients/1"
    assert touches.kept == {1: {"campaign": "May", "code": 7, "client_id": None, "seen": True}}
    typed = form_inputs(browser.get("/clients/1/edit").text)
    assert (typed["acme_touch__campaign"], typed["acme_touch__code"]) == ("May", "7")
    send(browser, "/clients/1/edit", acme_touch__campaign="June", acme_touch__client_id__text="Ana")
    assert (touches.kept[1]["campaign"], touches.kept[1]["client_id"]) == ("June", 1)
    shown = browser.get("/clients/1/edit").text
    assert 'name="acme_touch__client_id__text" value="Ana"' in shown, "what a link leads to has its name"


@pytest.mark.parametrize(
    ("campaign", "status", "said"),
    [
        ("", 422, "Campaign"),
        ("refuse", 422, "No such &lt;campaign&gt;."),
        ("fail", 500, "This part, from the plugin acme, failed. It has been logged. Nothing was saved."),
    ],
)
def test_what_a_part_refuses_keeps_the_record_from_being_saved(browser, make_client, campaign, status, said):
    make_client("Luz")
    for url in ("/clients/new", "/clients/1/edit"):
        page = send(browser, url, name="Sol", acme_touch__campaign=campaign, acme_touch__code="9")
        section = re.search(r'<fieldset class="form-section.*?</fieldset>', page.text, re.DOTALL)[0]
        assert (page.status_code, said in section) == (status, True), section
        assert 'name="acme_touch__code" value="9"' in section, "what was typed stays"
        assert "secret detail" not in page.text
    assert [one["name"] for one in browser.get("/api/v1/clients").json()["items"]] == ["Luz"]


def test_a_part_that_fails_leaves_the_form_and_is_never_passed_over(browser, touches):
    typed = form_inputs(browser.get("/clients/new").text)
    touches.fails = True
    shown = browser.get("/clients/new").text
    assert "This part, from the plugin acme, failed." in shown
    assert browser.post("/clients/new", data={**form_inputs(shown), "name": "Luz"}).url.path == "/clients/1"
    lost = browser.post("/clients/new", data={**typed, "name": "Sol", "acme_touch__campaign": "May"})
    assert (lost.status_code, "acme, failed." in lost.text) == (422, True), "typed, and not to be had now"


def test_a_part_is_for_those_who_have_its_permission(browse, make_role, touches):
    names = ("accounts.user.read", "clients.client.read", "clients.client.create")
    make_role("Member", {"*": None, **dict.fromkeys(names, Scope.ALL)})
    ana = browse("ana", Role.MEMBER)
    assert "acme_touch" not in ana.get("/clients/new").text
    typed = {"name": "Luz", "acme_touch__of": "", "acme_touch__campaign": "May"}
    assert send(ana, "/clients/new", **typed).url.path == "/clients/1"
    assert touches.kept == {}
