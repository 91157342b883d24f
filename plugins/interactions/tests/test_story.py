"""Interactions as people meet them: on the client's card, in lists, in files, and when switched off."""

from datetime import timedelta

import pytest
from litestar.testing import TestClient

from vinculo.app import build
from vinculo.db.base import now
from vinculo.testing.browsing import sign_in


def test_a_call_is_logged_on_the_card_and_found_everywhere(admin, make_client, make_person, timeline, toast):
    client, other = make_client("Padaria Luz"), make_client("Metal Norte")
    ana = make_person("Ana Souza", client_id=client.id)
    card = admin.get(f"/clients/{client.id}", params={"compose": "interactions.call"}).text
    assert 'action="/interactions/log"' in card
    assert "Meeting" not in card.partition('id="compose"')[2].partition("</form>")[0].partition("<form")[2]
    assert "Ana Souza" in card

    page = admin.post(
        "/interactions/log",
        data={
            "client_id": client.id,
            "type": "call_in",
            "subject": "Asks for a price on stretch film",
            "outcome": "Promised an offer",
            "happened_at": "2026-03-02T10:30",
            "duration_minutes": "12",
            "participants-0-person_id": ana.id,
        },
    )

    assert page.url.path == f"/clients/{client.id}"
    assert toast(page)[0] == "Asks for a price on stretch film was logged."
    (line,) = timeline(admin, client)
    assert line.startswith("Call in Asks for a price on stretch film Admin")
    assert line.endswith("Promised an offer")
    found = admin.get("/search", params={"q": "stretch film"}).text
    assert "Asks for a price" in found
    mine = admin.get("/interactions", params={"client_id": client.id, "responsible_id": 1}).text
    assert "Asks for a price" in mine
    assert "Asks for a price" not in admin.get("/interactions", params={"client_id": other.id}).text
    interaction_card = admin.get("/interactions/1").text
    assert "Ana Souza" in interaction_card


def test_undo_takes_a_slip_back(admin, make_client, timeline, toast):
    client = make_client()
    page = admin.post(
        "/interactions/log",
        data={
            "client_id": client.id,
            "type": "note",
            "subject": "Wrong client",
            "happened_at": "2026-03-02T10:30",
        },
    )

    page = admin.post(toast(page)[1])

    assert page.url.path == f"/clients/{client.id}"
    assert timeline(admin, client) == []
    admin.post(toast(page)[1])
    assert len(timeline(admin, client)) == 1


def test_an_untouched_time_means_now(admin, make_client):
    client = make_client()
    opened = "2026-03-02T10:30"  # the card has been open for a while

    admin.post(
        "/interactions/log",
        data={
            "client_id": client.id,
            "type": "call_out",
            "subject": "No answer",
            "happened_at": opened,
            "opened": opened,
        },
    )

    (item,) = admin.get("/api/v1/interactions").json()["items"]
    assert item["happened_at"][:13] == now().isoformat()[:13]


def test_what_was_typed_is_never_lost(admin, make_client, make_person):
    client = make_client()
    ana = make_person("Ana Souza", client_id=client.id)

    page = admin.post(
        "/interactions/log",
        data={
            "client_id": client.id,
            "type": "meeting",
            "subject": "",
            "outcome": "They want a trial",
            "happened_at": "2026-03-02T10:30",
            "duration_minutes": "an hour",
            "participants-0-person_id": ana.id,
        },
    )

    assert page.status_code == 422
    assert "Subject is required." in page.text
    assert "“an hour” is not a whole number." in page.text
    for typed in ("They want a trial", "an hour", "Ana Souza", "Padaria Luz", "2026-03-02T10:30"):
        assert typed in page.text


def test_a_client_that_is_gone_is_said(admin):
    page = admin.post("/interactions/log", data={"client_id": "77", "type": "note", "subject": "Hello"})

    assert page.status_code == 422
    assert "there is no Client 77" in page.text


def test_an_edit_moves_the_entry_on_the_timeline(admin, make_client, log, timeline):
    client = make_client()
    older = log(client, "First", happened_at="2026-03-01T09:00:00Z")
    log(client, "Second", happened_at="2026-03-02T09:00:00Z")
    assert ["Second" in line for line in timeline(admin, client)] == [True, False]

    answer = admin.patch(
        f"/api/v1/interactions/{older.id}", json={"happened_at": "2026-03-03T09:00:00Z", "version": 1}
    )

    assert answer.status_code == 200
    assert ["Second" in line for line in timeline(admin, client)] == [False, True]


def test_deleted_and_put_back_it_is_on_the_timeline_again(admin, make_client, log, timeline, toast):
    client = make_client()
    made = log(client)

    page = admin.post(f"/interactions/{made.id}/delete")
    assert timeline(admin, client) == []
    admin.post(toast(page)[1])

    assert "Quote 41" in timeline(admin, client)[0]


def test_a_client_takes_its_interactions_along_and_brings_them_back(
    admin, make_client, make_person, log, timeline, toast
):
    client = make_client()
    ana = make_person("Ana Souza", client_id=client.id)
    made = log(client, participants=[{"person_id": ana.id}])

    page = admin.post(f"/clients/{client.id}/delete")
    assert admin.get(f"/interactions/{made.id}").status_code == 404
    admin.post(toast(page)[1])

    assert "Ana Souza" in admin.get(f"/interactions/{made.id}").text
    assert "Quote 41" in timeline(admin, client)[0]


def test_next_steps_wait_at_home_until_they_are_done(admin, make_client, make_user, log):
    me = make_user("admin")
    client = make_client()
    yesterday = (now() - timedelta(days=1)).date().isoformat()
    made = log(client, responsible_id=me.id, next_step="Send the offer", next_step_on=yesterday)
    assert "Send the offer" in admin.get("/").text
    assert "Send the offer" in admin.get(f"/clients/{client.id}").text

    page = admin.post(f"/interactions/{made.id}/done")

    assert "Done: Send the offer" in page.text
    assert f"/interactions/{made.id}" not in admin.get("/").text


def test_a_plugin_that_is_off_leaves_its_rows_readable(
    admin, make_user, make_client, log, timeline, switch_plugin, open_browser
):
    client = make_client()
    made = log(client, outcome="Terms accepted")
    me = make_user("admin")

    switch_plugin("interactions", False)
    off = open_browser(me)
    for path in ("/interactions", f"/interactions/{made.id}", "/api/v1/interactions"):
        assert off.get(path).status_code == 404
    card = off.get(f"/clients/{client.id}", params={"compose": "interactions.call"}).text
    assert 'href="/interactions' not in card
    assert "/interactions/log" not in card
    assert 'action="/notes/write"' in card
    assert "Quote 41" in timeline(off, client)[0]
    assert "From Interactions, which is off." in timeline(off, client)[0]

    switch_plugin("interactions", True)
    on = open_browser(me)
    assert "Quote 41" in on.get("/interactions").text
    assert "Terms accepted" in timeline(on, client)[0]


@pytest.mark.parametrize("path", ["/interactions/new", "/interactions/import", "/interactions"])
def test_members_may_do_what_is_everyday(member, path):
    assert member.get(path).status_code == 200


def test_the_quick_log_starts_as_the_company_has_set_it(
    database, settings, make_user, make_client, switch_plugin, build_app
):
    tables = {"interactions": {"default_type": "sms", "default_duration_minutes": 45}}
    client, me = make_client(), make_user("ben")
    app = build(settings.model_copy(update={"plugin_tables": tables}), database, work=False)

    with TestClient(app) as browser:
        with database.write() as session:
            sign_in(session, browser, me)
        card = browser.get(f"/clients/{client.id}", params={"compose": "interactions.message"}).text

    assert 'value="sms" checked' in card
    assert 'name="duration_minutes" value="45"' in card


def test_a_setting_that_does_not_fit_is_named(database, settings, build_app):
    wrong = settings.model_copy(update={"plugin_tables": {"interactions": {"default_type": "fax"}}})

    app = build(wrong, database, work=False)
    registry = app.state.site.registry

    assert registry.plugins == {}
    assert "interactions.default_type" in registry.faults["interactions"].message
