"""The page of plugins and the plans: what an administrator sees and may do."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from vinculo.accounts.models import Role
from vinculo.app import Live
from vinculo.plugins.models import Cost, PluginState, State
from vinculo.settings import SAFE_VARIABLE, Settings
from vinculo.testing.browsing import sign_in

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def write_state(database):
    """Write the row of a plugin, whose package need not be there."""

    def write_state(name, state, **values):
        about = {"title": values.pop("title", name), "kinds": {}, "links": {}, "requires": []}
        row = PluginState(name=name, state=state, version="1.0", archive={}, about=about, **values)
        with database.write() as session:
            session.add(row)

    return write_state


@pytest.fixture
def serve(settings, database, make_user):
    """A server that follows the switches, and an administrator's browser on it."""
    opened = []

    def serve(given=settings):
        browser = TestClient(Live(given, database, work=False))
        browser.__enter__()
        opened.append(browser)
        with database.write() as session:
            sign_in(session, browser, make_user(f"root{len(opened)}", role=Role.ADMINISTRATOR))
        return browser

    yield serve
    for browser in opened:
        browser.__exit__(None, None, None)


def card_of(page, name):
    """The HTML of one plugin's card."""
    found = re.search(rf'<li class="panel plugin" id="{re.escape(name)}">.*?</li>', page.text, re.DOTALL)
    assert found, name
    return found[0]


def state_of(database, name):
    with database.read() as session:
        return session.scalar(sa.select(PluginState.state).where(PluginState.name == name))


def test_a_plugin_is_switched_on_and_off_and_the_menu_follows(serve, database):
    browser = serve()
    entry = 'href="/interactions"'
    assert entry not in browser.get("/").text
    assert 'href="/plugins/interactions/plan?action=on"' in card_of(browser.get("/plugins"), "interactions")

    on = browser.post("/plugins/interactions/on")

    assert str(on.url).endswith("/plugins")
    assert "Switched on: Interactions." in on.text
    assert entry in on.text  # the process had swapped its app before it answered
    assert browser.get("/interactions").status_code == 200
    assert state_of(database, "interactions") is State.ON
    assert "Switched" in (card := card_of(on, "interactions"))
    assert "by Root1" in card
    assert "At the start" in card

    off = browser.post("/plugins/interactions/off")

    assert "Switched off: Interactions. The rows stay." in off.text
    assert entry not in off.text
    assert browser.get("/interactions").status_code == 404
    assert state_of(database, "interactions") is State.OFF


def test_a_plan_says_what_appears_and_what_goes_in_words(admin, switchboard):
    page = admin.get("/plugins/interactions/plan?action=on")

    assert "Switch on Interactions?" in page.text
    assert page.text.count("<h2>What appears</h2>") == 1
    assert "What goes" not in page.text
    plan = switchboard.plan("on", "interactions")
    for names in plan.appears.values():
        for name in names:
            assert f"<code>{name}</code>" in page.text, name
    for words in ("Interactions <code>/interactions</code>", "In touch, on the card of: Client"):
        assert words in page.text
    assert [f"<code>{table}</code>" in page.text for table in plan.rows] == [True] * len(plan.rows)
    assert "cascade" not in page.text


def test_a_plan_to_switch_off_counts_the_rows_that_stay(admin, switch_plugin, open_browser, make_user):
    switch_plugin("interactions", True)
    browser = open_browser(make_user("chief", role=Role.ADMINISTRATOR))

    page = browser.get("/plugins/interactions/plan?action=off")

    assert "Switch off Interactions?" in page.text
    assert "<h2>What goes</h2>" in page.text
    assert "What stays, untouched" in page.text
    assert re.search(r"<code>interactions_interaction</code></dt><dd class=\"num\">Rows: 0", page.text)


@pytest.mark.databases("sqlite")
def test_what_is_pinned_says_where_and_has_no_switch(serve, settings):
    pinned = Settings.model_validate({**settings.model_dump(), "plugins": {"off": ["interactions"]}})
    browser = serve(pinned)

    card = card_of(browser.get("/plugins"), "interactions")
    plan = browser.get("/plugins/interactions/plan?action=on")
    refused = browser.post("/plugins/interactions/on")

    assert "Set by configuration: plugins.off" in card
    assert "/plugins/interactions/plan" not in card
    assert "/plugins/interactions/o" not in card
    for page in (plan, refused):
        assert "interactions is pinned by the configuration" in page.text
        assert '<button type="submit" class="btn primary">' not in page.text
    assert (plan.status_code, refused.status_code) == (200, 409)


@pytest.mark.databases("sqlite")
def test_what_is_set_aside_says_why_and_can_be_tried_again(serve, database, write_state):
    write_state("interactions", State.QUARANTINED, reason=f"It failed 5 times: {EVIL}")
    browser = serve()

    card = card_of(browser.get("/plugins"), "interactions")
    again = browser.post("/plugins/interactions/on")

    assert "Set aside" in card
    assert "It failed 5 times: &lt;script&gt;" in card
    assert "Try again" in card
    assert again.status_code == 200
    assert state_of(database, "interactions") is State.ON
    assert "Set aside" not in card_of(again, "interactions")


def test_a_plugin_whose_package_is_gone_is_shown_and_hostile_titles_are_escaped(admin, write_state):
    write_state("vanished", State.OFF, title=EVIL)

    page = admin.get("/plugins")

    assert "Package missing" in card_of(page, "vanished")
    assert EVIL not in page.text
    assert "&lt;script&gt;alert(1)" in card_of(page, "vanished")
    assert "Switch on" not in card_of(page, "vanished")


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("name", ["nothing", "Ünï%20cödé", "%3Cscript%3E", "a" * 300, "%00", "-", "..%2F"])
def test_strange_names_are_not_found(admin, name):
    for answer in (
        admin.get(f"/plugins/{name}/plan?action=on"),
        admin.get(f"/plugins/{name}/plan?action=off"),
        admin.post(f"/plugins/{name}/on"),
        admin.post(f"/plugins/{name}/off"),
    ):
        assert answer.status_code == 404
        assert "<script>" not in answer.text
        assert "Traceback" not in answer.text


@pytest.mark.databases("sqlite")
def test_a_plan_wants_to_know_of_which_switch(admin):
    for query in ("", "?action=", "?action=purge", f"?action={EVIL}"):
        answer = admin.get(f"/plugins/interactions/plan{query}")
        assert answer.status_code == 400
        assert EVIL not in answer.text


def test_only_those_who_manage_plugins_see_and_switch_them(member, visitor, database):
    addresses = ("/plugins", "/plugins/interactions/plan?action=on")
    posts = ("/plugins/interactions/on", "/plugins/interactions/off", "/settings/why")

    assert [member.get(url).status_code for url in addresses] == [403, 403]
    assert [member.post(url).status_code for url in posts] == [403, 403, 403]
    assert [visitor.get(url, follow_redirects=False).status_code for url in addresses] == [303, 303]
    assert state_of(database, "interactions") is None


def test_a_switch_needs_the_token_of_the_page(admin, database):
    del admin.headers["x-csrf-token"]

    assert admin.post("/plugins/interactions/on").status_code == 403
    assert state_of(database, "interactions") is None


@pytest.mark.databases("sqlite")
def test_the_price_is_on_the_card(serve, database):
    browser = serve()
    browser.post("/plugins/interactions/on")
    row = {"times": 4, "queries": 6, "microseconds": 10_000, "day": datetime.now(UTC).date()}
    with database.write() as session:
        session.add(Cost(plugin="interactions", place="/clients/{record_id:int}", **row))

    card = card_of(browser.get("/plugins"), "interactions")

    assert "2.5 ms · queries: 1.5" in card
    assert "<code>/clients/{record_id:int}</code>" in card


@pytest.mark.databases("sqlite")
def test_safe_mode_is_announced(admin, monkeypatch):
    assert "Safe mode" not in admin.get("/plugins").text
    monkeypatch.setenv(SAFE_VARIABLE, "1")
    assert "Safe mode" in admin.get("/plugins").text


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(("language", "title"), [("pt-BR", "Interações"), ("ru", "Взаимодействия")])
def test_a_plugin_that_is_off_speaks_the_language_of_its_reader(admin, language, title):
    page = admin.get("/plugins", headers={"accept-language": language})

    assert f"<h2>{title}</h2>" in page.text


def test_pages_keep_to_their_budget_of_queries(admin, count_queries):
    admin.get("/plugins/interactions/plan?action=on")  # builds the apps that are compared
    for url, most in {"/plugins": 8, "/plugins/interactions/plan?action=on": 30}.items():
        with count_queries() as sent:
            assert admin.get(url).status_code == 200
        assert 0 < len(sent) <= most, (url, len(sent), sent)
