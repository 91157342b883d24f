"""A plugin that is off, or whose package is gone, never hurts what the kernel does with its own records."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from vinculo.clients.records import client as client_kind
from vinculo.db.base import now
from vinculo.db.links import forget
from vinculo.db.types import BigId
from vinculo.errors import ConflictError
from vinculo.events.models import SearchDocument, TimelineEntry
from vinculo.notes.models import Note
from vinculo.plugins.models import PluginState
from vinculo.records import merging, service, trash, unmerging
from vinculo.records.models import MergeUndo
from vinculo.testing.factories import SYSTEM


@pytest.fixture
def gone(database, make_client):
    """The tables of a plugin whose package is not installed, with a row for a client by each rule."""
    metadata = sa.MetaData()
    sa.Table("clients_client", metadata, sa.Column("id", BigId, primary_key=True))

    def table(name, rule, nullable):
        key = sa.ForeignKey("clients_client.id", ondelete=rule)
        return sa.Table(
            f"acme_{name}",
            metadata,
            sa.Column("id", BigId, sa.Identity(), primary_key=True),
            sa.Column("client_id", BigId, key, nullable=nullable),
            sa.Column("text", sa.String(20)),
            sa.UniqueConstraint("client_id", "text"),
        )

    tables = {
        "note": table("note", "CASCADE", False),
        "hint": table("hint", "SET NULL", True),
        "bill": table("bill", "RESTRICT", False),
    }
    metadata.create_all(database.engine, list(tables.values()))
    forget(database.engine)
    links = {
        "acme_note.client_id": "follow",
        "acme_hint.client_id": "detach",
        "acme_bill.client_id": "forbid",
    }
    kinds = {"kinds": {"acmenote": "Note"}, "tables": {"acmenote": "acme_note"}}
    about = {**kinds, "title": "Acme notes", "links": links, "requires": []}
    with database.write() as session:
        session.add(PluginState(name="acme", state="off", version="1", revision="1", about=about, archive={}))
    return tables


def put(database, table, client, text="a"):
    with database.write() as session:
        session.execute(sa.insert(table).values(client_id=client.id, text=text))


def rows(database, table):
    with database.read() as session:
        return [tuple(row) for row in session.execute(sa.select(table.c.client_id, table.c.text))]


def merge(database, survivor, *others):
    with database.write() as session:
        return merging.merge(session, client_kind, survivor.id, [one.id for one in others], actor=SYSTEM)


def test_deleting_follows_the_rules_and_undo_brings_the_rows_back(database, gone, make_client, admin):
    client = make_client("Padaria Luz")
    put(database, gone["note"], client)
    put(database, gone["hint"], client)

    page = admin.post(f"/clients/{client.id}/delete")
    assert page.status_code == 200
    assert rows(database, gone["note"]) == []
    assert rows(database, gone["hint"]) == [(None, "a")]
    undo = re.search(r'action="(/trash/\d+/restore)"', page.text)[1]
    assert admin.post(undo).status_code == 200
    assert rows(database, gone["note"]) == rows(database, gone["hint"]) == [(client.id, "a")]


def test_what_forbids_deleting_is_named(database, gone, make_client, admin):
    client = make_client("Padaria Luz")
    for text in "abc":
        put(database, gone["bill"], client, text)

    answer = admin.post(f"/clients/{client.id}/delete").text
    assert (
        "“Padaria Luz” cannot be deleted because of 3 rows of Acme notes, which is off (acme_bill)" in answer
    )
    assert len(rows(database, gone["bill"])) == 3


def test_merging_follows_the_policies(database, gone, make_client):
    keep, other = make_client("Padaria Luz"), make_client("Padaria Luz Ltda")
    for name in ("note", "hint"):
        put(database, gone[name], keep)
        put(database, gone[name], other)
        put(database, gone[name], other, "b")

    done = merge(database, keep, other)
    assert sorted(rows(database, gone["note"])) == [(keep.id, "a"), (keep.id, "b")]
    assert sorted(rows(database, gone["hint"]), key=str) == [(keep.id, "a"), (None, "a"), (None, "b")]
    assert done.moved["acme_note.client_id"] == done.dropped["acme_note.client_id"] == 1
    assert done.detached == {"acme_hint.client_id": 2}


def test_what_forbids_merging_is_named_and_nothing_changes(database, gone, make_client):
    keep, other = make_client("Padaria Luz"), make_client("Padaria Luz Ltda")
    put(database, gone["note"], other)
    put(database, gone["bill"], other)

    with pytest.raises(ConflictError, match=r"1 row of Acme notes, which is off \(acme_bill\)"):
        merge(database, keep, other)
    assert rows(database, gone["note"]) == [(other.id, "a")]


@pytest.mark.parametrize("path", ["/clients", "/clients/{id}", "/clients/{id}/history", "/search?q=padaria"])
def test_pages_show_rows_of_what_is_off_without_links(database, gone, make_client, admin, path):
    client = make_client("Padaria Luz")
    with database.write() as session:
        session.add(
            TimelineEntry(
                client_id=client.id, happened_at=now(), domain="acme", kind="acmenote", record_id=7,
                label="Note", title="Call back", text="secret", icon="notes", user_id=None,
            )
        )  # fmt: skip

    page = admin.get(path.format(id=client.id))
    assert page.status_code == 200
    assert not re.search(r'(href|action|hx-\w+)="[^"]*acmenote', page.text)
    if path == "/clients/{id}":
        assert "From Acme notes, which is off." in page.text
        assert "secret" not in page.text
    answer = admin.get("/go/acmenote/7")
    assert answer.status_code == 404
    assert "This belongs to Acme notes, which is off." in answer.text


def test_files_and_api_do_without_it(database, gone, make_client, admin):
    client = make_client("Padaria Luz")
    put(database, gone["note"], client)

    assert "Padaria Luz" in admin.get("/clients/export.csv").text
    assert admin.get(f"/api/v1/clients/{client.id}").json()["name"] == "Padaria Luz"
    assert admin.get(f"/api/v1/clients/{client.id}/history").status_code == 200


def test_what_was_deleted_with_its_plugin_on_waits_for_the_plugin(
    database, make_client, make_record, switch_plugin, open_browser, make_user
):
    from vinculo_interactions.records import interaction

    switch_plugin("interactions", True)
    client = make_client("Padaria Luz")
    talk = make_record(interaction, client_id=client.id, subject="Quote", type="email")
    with database.write() as session:
        found = service.get(session, interaction, talk.id, actor=SYSTEM, lock=True)
        entry = trash.delete(session, interaction, found, actor=SYSTEM).id
    switch_plugin("interactions", False)
    from vinculo.accounts.models import Role

    browser = open_browser(make_user("admin", role=Role.ADMINISTRATOR))
    answer = browser.post(f"/trash/{entry}/restore")
    assert answer.status_code == 404
    assert "This belongs to Interactions, which is off." in answer.text


def test_what_is_about_records_of_it_goes_and_comes_back_while_it_is_off(database, gone, make_client, admin):
    client = make_client("Padaria Luz")
    put(database, gone["note"], client)
    about = {"kind": "acmenote", "record_id": 1, "client_id": None}
    with database.write() as session:
        session.add(SearchDocument(title="Zebra", title_key="zebra", body="zebra", **about))
        session.add(Note(title="Zebra", text="zebra", about_kind="acmenote", about_id=1))
        session.add(Note(title="Another", text="zebra", about_kind="acmenote", about_id=2))

    def told():
        with database.read() as session:
            return (
                sorted(session.scalars(sa.select(Note.title))),
                [*session.scalars(sa.select(SearchDocument.kind).where(SearchDocument.title == "Zebra"))],
            )

    page = admin.post(f"/clients/{client.id}/delete")
    assert told() == (["Another"], [])
    assert admin.post(re.search(r'action="(/trash/\d+/restore)"', page.text)[1]).status_code == 200
    assert told() == (["Another", "Zebra"], ["acmenote"])


def test_what_a_merge_drops_is_found_no_more(database, gone, make_client):
    keep, other = make_client("Padaria Luz"), make_client("Padaria Luz Ltda")
    for client in (keep, other):
        put(database, gone["note"], client)
    with database.write() as session:
        for number in (1, 2):
            document = {"title": "Zebra", "title_key": "zebra", "body": "zebra"}
            session.add(SearchDocument(kind="acmenote", record_id=number, **document))

    def found():
        query = sa.select(SearchDocument.record_id).where(SearchDocument.kind == "acmenote")
        with database.read() as session:
            return sorted(session.scalars(query))

    number = merge(database, keep, other).undo_id
    assert found() == [1]
    with database.write() as session:
        unmerging.undo(session, client_kind, session.get(MergeUndo, number), actor=SYSTEM)
    assert found() == [1, 2]
