"""Parts of plugins in the short forms on cards: a part that is required is never passed over there."""

from __future__ import annotations

import re
from functools import partial

import pytest
from litestar.testing import TestClient

from vinculo import app as composition
from vinculo.accounts.models import Role
from vinculo.errors import FieldError, InvalidError
from vinculo.plugins.calling import Owned
from vinculo.plugins.contributions import FormPart
from vinculo.records.fields import TextField
from vinculo.records.form_parts import fields_of
from vinculo.testing.browsing import form_inputs, sign_in

pytestmark = pytest.mark.databases("sqlite")
CAMPAIGN = TextField(name="campaign", label="Campaign", required=True, max_length=20)
KINDS = ("note", "person", "counterparty", "interaction")
CARD = "/clients/1"


@pytest.fixture
def kept():
    """What the part has written, by kind."""
    return {}


@pytest.fixture
def browser(settings, database, make_user, make_client, kept, switch_plugin):
    def ask(_ctx, kind, _record):
        return fields_of(kind, (CAMPAIGN,), {}, partial(save, kind.name))

    def save(kind, record, values):
        if values["campaign"] == "refuse":
            raise InvalidError([FieldError("campaign", "No such <campaign>.")])
        kept[kind] = (record.id, values["campaign"])

    switch_plugin("interactions", True)
    make_client("Luz")
    registry = composition.load_registry(settings, database)
    part = FormPart("acme_touch", KINDS, "Source", "clients.client.read", ask)
    for kind in KINDS:
        registry.form_parts.setdefault(kind, []).append(Owned("acme", part))
    browser = TestClient(composition.assemble(composition.Host.of(settings, database), registry))
    with database.write() as session:
        sign_in(session, browser, make_user("bea", role=Role.ADMINISTRATOR))
    return browser


FORMS = {  # kind: where its short form stands, and what is typed into it
    "note": ("/clients/1?compose=note", r'action="/notes/write"', {"text": "Prefers mail"}),
    "interaction": (
        "/clients/1?compose=interactions.call",
        r'action="/interactions/log"',
        {"subject": "Hello"},
    ),
    "person": ("/clients/1/people/new", r'action="/clients/1/people/new"', {"name": "Ana"}),
    "counterparty": ("/clients/1/counterparties/new", r'action="[^"]*/new"', {"legal_name": "Luz Ltda"}),
}


def short_form(browser, kind):
    url, action, typed = FORMS[kind]
    page = browser.get(url).text
    form = next(one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if re.search(action, one))
    target = re.search(r'action="([^"]+)"', form)[1]
    plain = re.sub(r'<form class="form[^"]*"', '<form class="form"', form)
    return target, {**form_inputs(plain), **typed}


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_of_a_short_form_is_saved_with_its_record_or_keeps_it_from_being_saved(browser, kept, kind):
    url, typed = short_form(browser, kind)
    assert "acme_touch__campaign" in typed
    plural = browser.app.state.site.registry.kinds[kind].plural
    for campaign, said in (("", "Campaign"), ("refuse", "No such &lt;campaign&gt;.")):
        refused = browser.post(url, data={**typed, "acme_touch__campaign": campaign})
        assert refused.status_code == 422
        section = re.search(r'<fieldset class="form-section.*?</fieldset>', refused.text, re.DOTALL)[0]
        assert said in section
        assert browser.get(f"/api/v1/{plural}").json()["items"] == []
    assert kept == {}

    saved = browser.post(url, data={**typed, "acme_touch__campaign": "May"})
    assert saved.url.path == CARD, "back on the card"
    made = browser.get(f"/api/v1/{plural}").json()["items"]
    assert kept == {kind: (made[0]["id"], "May")}


@pytest.mark.parametrize("kind", ["person", "counterparty"])
def test_the_form_that_opens_on_the_card_has_the_part_as_well(browser, kind):
    shown = browser.get(FORMS[kind][0], headers={"HX-Request": "true"}).text
    assert 'name="acme_touch__campaign"' in shown
    assert 'for="in-acme_touch__campaign"' in shown
