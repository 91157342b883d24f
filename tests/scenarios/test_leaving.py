"""An employee leaves: locked out at once, everything handed on, one event that sums up; also by command."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from vinculo.accounts import export_mail, leaving_pages, onetime, resets, service
from vinculo.accounts.models import OneTimeKey, Passkey, Purpose, User, UserRole
from vinculo.actor import Scope
from vinculo.cli import main
from vinculo.clients.models import Client, OwnerPeriod
from vinculo.db.base import now
from vinculo.events.models import Event
from vinculo.records import handing
from vinculo.records.models import Export
from vinculo.settings import Settings
from vinculo.testing.factories import SYSTEM
from vinculo_interactions.models import Interaction
from vinculo_interactions.records import interaction

WITH_STEPS = pytest.mark.parametrize("plugins_on", [("interactions",)], ids=["interactions"])


@pytest.fixture
def helena(database, plugins_on, admin, make_user, make_role, make_client, make_record):
    """A seller with clients, a step to do, a token, a passkey, a link, a role and an export that waits."""
    make_role("Seller", {"clients.client.read": Scope.ALL})
    user = make_user("helena", role="Seller")
    clients = [make_client(f"Client {n}", responsible_id=user.id) for n in range(5)]
    if plugins_on:
        make_record(interaction, client_id=clients[0].id, subject="Offer", responsible_id=user.id)
    with database.write() as session:
        user = session.get_one(User, user.id)
        service.create_token(session, user.id, name="t", actor=SYSTEM, now=now())
        resets.make(session, user, hours=1, actor=SYSTEM, now=now())
        onetime.issue(session, Purpose.NEW_PASSKEY, lifetime=timedelta(hours=1), now=now(), user_id=user.id)
        key = {"name": "k", "credential_id": "c", "public_key": "p", "sign_count": 0, "created_at": now()}
        session.add(Passkey(user_id=user.id, **key))
        asked = {"kind": "client", "format": "csv", "query": [], "source": "page", "rows": 9, "reason": "x"}
        session.add(Export(user_id=user.id, state="waiting", **asked))
    return user


@pytest.fixture
def jobs(admin, monkeypatch):
    """The jobs that were put, to be run by hand."""
    put = []
    site = admin.app.state.site = replace(
        admin.app.state.site, enqueue=lambda _tx, name, **payload: put.append((name, payload))
    )
    monkeypatch.setattr(handing, "FEW", 2)

    def work():
        name, payload = put.pop(0)
        assert name == leaving_pages.JOB
        leaving_pages.work(site, **json.loads(json.dumps(payload)))

    return work


def counts(database, user_id):
    """What still names somebody: clients, steps, roles, passkeys, keys."""
    with database.read() as session:
        asked = [
            (Client, Client.responsible_id),
            (Interaction, Interaction.responsible_id),
            (UserRole, UserRole.user_id),
            (Passkey, Passkey.user_id),
            (OneTimeKey, OneTimeKey.user_id),
        ]
        return [
            session.scalar(sa.select(sa.func.count()).select_from(model).where(column == user_id))
            for model, column in asked
        ]


@WITH_STEPS
def test_somebody_leaves(admin, jobs, helena, make_user, open_browser, database):
    heir, theirs = make_user("bia"), open_browser(helena)
    page = f"/settings/users/{helena.id}/leave"
    before = admin.get(f"/api/v1/users/{helena.id}/leave").json()
    assert (before["owned"], before["tokens"], before["factors"], before["reset_links"]) == (
        {"client": 5, "interaction": 1}, 1, 1, 1,
    )  # fmt: skip
    assert "Lock out and hand over" in admin.get(page).text

    refused = admin.post(page, data={"to": str(helena.id), "to__text": "Helena"})
    assert (refused.status_code, theirs.get("/clients").status_code) == (422, 200)
    admin.follow_redirects = theirs.follow_redirects = False
    assert admin.post(page, data={"to": str(heir.id), "to__text": "Bia"}).headers["location"] == page
    assert theirs.get("/clients").headers["location"].startswith("/sign-in")
    assert counts(database, helena.id) == [5, 1, 0, 0, 0]  # the records follow
    assert "These records are still theirs" in admin.get(page).text
    jobs()

    assert counts(database, helena.id) == [0, 0, 0, 0, 0]
    assert counts(database, heir.id)[:2] == [5, 1]
    assert "Nothing is theirs any more" in admin.get(page).text
    with database.read() as session:
        event = session.scalars(sa.select(Event).where(Event.action == "left")).one()
        periods = session.scalars(sa.select(OwnerPeriod).where(OwnerPeriod.user_id == heir.id)).all()
        versions = session.scalars(sa.select(Client.version)).all()
        exports = session.scalars(sa.select(Export.state)).all()
    assert (event.record_id, event.changes["client"], event.changes["heir"]) == (
        helena.id,
        [5, 0],
        [None, "Bia"],
    )
    assert (event.changes["tokens"], event.changes["sessions"]) == ([1, 0], [1, 0])
    assert "Client: 5 → 0" in admin.get("/settings/audit?action=left").text
    assert (len(periods), set(versions), exports) == (5, {2}, ["withdrawn"])


def test_a_job_that_crashed_goes_on_and_sums_up_once(admin, jobs, helena, make_user, database, monkeypatch):
    heir = make_user("bia")
    assert admin.post(f"/api/v1/users/{helena.id}/leave", json={"to": heir.id}).status_code == 202
    give, calls = handing._give, []

    def fail(*arguments):
        calls.append(arguments)
        if len(calls) == 4:
            raise RuntimeError
        return give(*arguments)

    payload = {"user_id": helena.id, "heir_id": heir.id, "by": _id(database, "admin"), "had": {"client": 5},
               "begun": now().isoformat()}  # fmt: skip
    monkeypatch.setattr(handing, "_give", fail)
    with pytest.raises(RuntimeError):
        leaving_pages.work(admin.app.state.site, **payload)
    assert counts(database, helena.id)[0] == 3  # what was committed stays
    for _attempt in range(2):
        leaving_pages.work(admin.app.state.site, **payload)

    assert counts(database, helena.id)[:2] == [0, 0]
    with database.read() as session:
        assert [
            e.changes["client"] for e in session.scalars(sa.select(Event).where(Event.action == "left"))
        ] == [[5, 0]]


def _id(database, login):
    with database.read() as session:
        return session.scalar(sa.select(User.id).where(User.login == login))


def test_nobody_does_it_to_themselves_or_to_the_last_administrator_or_beyond_their_rights(
    admin, jobs, helena, make_user, make_role, open_browser, database
):
    heir, boss = make_user("bia"), _id(database, "admin")
    own = admin.post(f"/api/v1/users/{boss}/leave", json={"to": heir.id})
    assert (own.status_code, own.json()["code"]) == (403, "yourself")
    make_role("Staff", {"accounts.manage_users": Scope.ALL, "clients.client.update": Scope.OWN})
    make_role("Member", {"*": Scope.OWN})
    manager = open_browser(make_user("hr", role="Staff"))
    beyond = manager.post(f"/api/v1/users/{helena.id}/leave", json={"to": heir.id})
    assert (beyond.status_code, beyond.json()["code"]) == (403, "out_of_scope")
    assert manager.post(f"/api/v1/users/{boss}/leave", json={"to": heir.id}).status_code == 403
    for body in ({"to": 99}, {"to": 2**70}, {}, {"to": "x"}):
        assert admin.post(f"/api/v1/users/{helena.id}/leave", json=body).status_code == 422
    assert admin.get(f"/api/v1/users/{helena.id}/leave").json()["active"] is True


@WITH_STEPS
def test_by_command_also_with_a_plugin_that_is_off(
    admin, helena, make_user, switch_plugin, database, monkeypatch, tmp_path
):
    make_user("bia")
    switch_plugin("interactions", False)
    monkeypatch.setenv("VINCULO_DATABASE__URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("LANG", "en")
    monkeypatch.chdir(tmp_path)

    def vinculo(*arguments):
        return CliRunner().invoke(main, ["users", "leave", *arguments])

    assert "does not exist" not in vinculo("helena", "--to", "bia", "--dry-run").output
    assert counts(database, helena.id)[0] == 5
    last = vinculo("admin", "--to", "bia")
    assert (last.exit_code, "last active administrator" in last.output) == (1, True)
    done = json.loads(vinculo("helena", "--to", "bia", "--json").stdout)
    assert (done["owned"], done["left"], done["to"]) == ({"client": 5}, {}, "bia")
    assert done["asleep"] == [
        {"plugin": "Interactions", "column": "interactions_interaction.responsible_id", "rows": 1}
    ]
    assert "interactions_interaction.responsible_id" in admin.get(f"/settings/users/{helena.id}/leave").text


def test_those_who_may_approve_an_export_are_told_by_mail(admin, helena, make_user, database, monkeypatch):
    for login, role in (("bia", "Administrator"), ("eva", "Seller")):
        with database.write() as session:
            session.get_one(User, make_user(login, role=role).id).email = f"{login}@example.com"
    sent, put = [], []
    monkeypatch.setattr(export_mail.mail, "send", lambda _settings, **letter: sent.append(letter))
    settings = Settings.model_validate(
        {
            "mail": {"host": "mail", "sender": "crm@example.com"},
            "server": {"public_url": "https://crm.example.com"},
        }
    )
    site = admin.app.state.site = replace(
        admin.app.state.site,
        settings=settings,
        enqueue=lambda _tx, name, **payload: put.append((name, payload)),
    )
    export_mail.send_asked(site, export_id=1, language="en")
    assert [(letter["to"], letter["subject"]) for letter in sent] == [
        ("bia@example.com", "Export 000001 waits for your approval")
    ]
    assert "https://crm.example.com/exports/1" in sent[0]["text"]

    with database.write() as session:
        session.get_one(User, helena.id).email = "helena@example.com"
    admin.post("/exports/1/decline", data={"remark": "Too many"})
    assert put == [("accounts.mail_export_decided", {"export_id": 1, "language": "en"})]
    export_mail.send_decided(site, **put[0][1])
    assert (sent[1]["to"], "Too many" in sent[1]["text"]) == ("helena@example.com", True)
