"""A plugin's rows go into a file, its tables go, and both come back as they were."""

from __future__ import annotations

import zipfile

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.clients.records import client as client_kind
from vinculo.errors import ConflictError, InvalidError, InvalidFileError
from vinculo.events.models import SearchDocument, TimelineEntry
from vinculo.plugins.models import PluginState
from vinculo.records import merging, service, trash
from vinculo.transfer.sealed import open_sealed
from vinculo_interactions.models import Interaction
from vinculo_interactions.records import interaction

ACTOR = system(Source.CLI)


@pytest.fixture
def off(company, switchboard):
    """The plugin, switched off; its clients."""
    switchboard.switch("off", "interactions", actor=ACTOR)
    return company


def state(database):
    with database.read() as session:
        return session.scalar(sa.select(PluginState).where(PluginState.name == "interactions"))


def shown(database):
    """How many rows the kernel shows of the plugin's records."""
    with database.read() as session:
        return [
            session.scalar(sa.select(sa.func.count()).where(model.kind == "interaction"))
            for model in (TimelineEntry, SearchDocument)
        ]


@pytest.mark.parametrize("installed", [True, False], ids=["installed", "package gone"])
def test_rows_come_back_with_the_same_hash(
    database, switchboard, off, seals, tables_of, tmp_path, uninstall, installed
):
    before, file = seals(database, "interactions_"), tmp_path / "talks.vinculo"
    if not installed:
        uninstall("interactions")

    revision = state(database).revision
    made = switchboard.archive("interactions", file, actor=ACTOR)
    assert {one.table: one for one in made.tables} == before
    assert state(database).state == "archived"
    switchboard.purge("interactions", file, confirmation="interactions", actor=ACTOR)
    assert tables_of(database, "interactions") == []
    assert shown(database) == [0, 0]
    assert state(database).state == "purged"

    back = switchboard.restore("interactions", file, actor=ACTOR)
    assert back.links == []
    assert seals(database, "interactions_") == before
    assert shown(database) == [3, 3]
    assert (state(database).state, state(database).revision) == ("off", revision)


def test_it_works_again_once_it_is_switched_on(
    database, switchboard, off, tmp_path, make_record, make_user, open_browser
):
    last = 0
    with database.read() as session:
        last = session.scalar(sa.select(sa.func.max(Interaction.id)))
    switchboard.archive("interactions", actor=ACTOR)
    switchboard.purge("interactions", confirmation="interactions", actor=ACTOR)
    switchboard.restore("interactions", actor=ACTOR)
    switchboard.switch("on", "interactions", actor=ACTOR)

    made = make_record(interaction, client_id=off[0].id, subject="New", type="email")
    assert made.id > last
    browser = open_browser(make_user("ana"))
    card = browser.get(f"/clients/{off[0].id}").text
    assert f"Talk {off[0].id}" in card


def test_ids_of_deleted_rows_are_not_given_again(database, switchboard, company, tmp_path, make_record):
    last = make_record(interaction, client_id=company[0].id, subject="Gone", type="email")
    with database.write() as session:
        trash.delete(
            session,
            interaction,
            service.get(session, interaction, last.id, actor=ACTOR, lock=True),
            actor=ACTOR,
        )
    switchboard.switch("off", "interactions", actor=ACTOR)
    switchboard.archive("interactions", actor=ACTOR)
    switchboard.purge("interactions", confirmation="interactions", actor=ACTOR)
    switchboard.restore("interactions", actor=ACTOR)
    switchboard.switch("on", "interactions", actor=ACTOR)

    assert make_record(interaction, client_id=company[0].id, subject="New", type="email").id > last.id


def test_links_follow_what_was_merged_and_what_is_gone_is_listed(database, switchboard, off, seals):
    first, second, third = off
    switchboard.archive("interactions", actor=ACTOR)
    switchboard.purge("interactions", confirmation="interactions", actor=ACTOR)
    with database.write() as session:
        merging.merge(session, client_kind, first.id, [second.id], actor=ACTOR)
    with database.write() as session:
        trash.delete(
            session,
            client_kind,
            service.get(session, client_kind, third.id, actor=ACTOR, lock=True),
            actor=ACTOR,
        )

    back = switchboard.restore("interactions", actor=ACTOR)
    outcomes = {(one.table, one.column, one.old_id): one for one in back.links}
    merged = outcomes["interactions_interaction", "client_id", second.id]
    assert (merged.outcome, merged.new_id, merged.title) == ("merged", first.id, second.name)
    gone = outcomes["interactions_interaction", "client_id", third.id]
    assert (gone.outcome, gone.new_id, gone.title) == ("left out", None, "Metal Norte")
    with database.read() as session:
        assert session.scalars(sa.select(Interaction.client_id)).all() == [first.id, first.id]
    assert {one.table: one for one in back.tables} == seals(database, "interactions_")
    assert shown(database) == [2, 2]


def test_a_detached_link_is_listed(database, switchboard, off):
    switchboard.archive("interactions", actor=ACTOR)
    switchboard.purge("interactions", confirmation="interactions", actor=ACTOR)
    with database.write() as session:
        session.execute(sa.text("update clients_client set responsible_id = null"))
        session.execute(sa.text("delete from accounts_user"))

    back = switchboard.restore("interactions", actor=ACTOR)
    assert {(one.column, one.outcome) for one in back.links} == {("responsible_id", "detached")}
    assert len(back.links) == 3


def test_another_database_of_the_same_company_relinks_by_external_id(
    database, switchboard, off, settings, other_database, tmp_path
):
    from vinculo.app import Host, Switchboard, all_histories, assemble
    from vinculo.db.migrations import upgrade
    from vinculo.testing import factories

    switchboard.archive("interactions", tmp_path / "a.vinculo", actor=ACTOR)
    upgrade(other_database, all_histories()[:1])
    with other_database.write() as session:
        factories.make_client(session, "Somebody else")
        there = factories.make_client(session, "Padaria Luz", external_id="C-1")
    other = Switchboard(Host.of(settings, other_database), assemble)

    back = other.restore("interactions", tmp_path / "a.vinculo", actor=ACTOR)
    found = [one for one in back.links if one.outcome == "relinked"]
    assert {(one.old_id, one.new_id) for one in found} == {(off[0].id, there.id)}
    assert {one.outcome for one in back.links} == {"relinked", "left out", "detached"}


def test_what_must_not_be_purged_is_not(database, switchboard, company, seals, tmp_path):
    file = tmp_path / "talks.vinculo"
    with pytest.raises(ConflictError, match="is on; switch it off first"):
        switchboard.archive("interactions", actor=ACTOR)
    switchboard.switch("off", "interactions", actor=ACTOR)
    with pytest.raises(ConflictError, match="no archive of interactions"):
        switchboard.purge("interactions", confirmation="interactions", actor=ACTOR)
    switchboard.archive("interactions", file, actor=ACTOR)
    before = seals(database)

    with pytest.raises(InvalidError, match="type the name of the plugin: interactions"):
        switchboard.purge("interactions", file, confirmation="yes", actor=ACTOR)
    with pytest.raises(ConflictError, match="holds rows"):
        switchboard.restore("interactions", file, actor=ACTOR)
    with database.write() as session:
        session.execute(sa.update(Interaction).values(subject="Changed since"))
    with pytest.raises(ConflictError, match=r"changed since talks\.vinculo was made"):
        switchboard.purge("interactions", file, confirmation="interactions", actor=ACTOR)
    assert seals(database).keys() == before.keys()
    assert state(database).state == "archived"


def test_switching_off_what_is_off_does_not_forget_where_its_rows_are(database, switchboard, off):
    switchboard.archive("interactions", actor=ACTOR)
    switchboard.switch("off", "interactions", actor=ACTOR)
    assert state(database).state == "archived"
    switchboard.purge("interactions", confirmation="interactions", actor=ACTOR)
    switchboard.switch("off", "interactions", actor=ACTOR)
    assert state(database).state == "purged"


def test_a_client_can_be_put_back_after_a_plugin_was_purged_that_had_rows_of_it(database, switchboard, off):
    with database.write() as session:
        client = service.get(session, client_kind, off[0].id, actor=ACTOR, lock=True)
        entry = trash.delete(session, client_kind, client, actor=ACTOR).id
    switchboard.archive("interactions", actor=ACTOR)
    switchboard.purge("interactions", confirmation="interactions", actor=ACTOR)

    with database.write() as session:
        back = trash.restore(session, client_kind, trash.get(session, entry), actor=ACTOR)
        assert back.id == off[0].id
    assert shown(database) == [0, 0]


def cut(file):
    file.write_bytes(file.read_bytes()[:-2000])


def flip(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 0xFF
    file.write_bytes(data)


def text(file):
    file.write_text("Dear Sir or Madam")


def edit(file):
    """Valid in form, with other rows than its hashes say."""
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries["tables/interactions_interaction.jsonl"] = entries[
        "tables/interactions_interaction.jsonl"
    ].replace(b"Talk", b"Walk")
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)


def climb(file):
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("files/../../evil.txt", "x")


def newer(file):
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", '{"format": 99}')


@pytest.mark.parametrize("harm", [cut, flip, text, edit, climb, newer])
def test_a_damaged_file_is_refused_and_nothing_changes(database, switchboard, off, seals, tmp_path, harm):
    file = tmp_path / "talks.vinculo"
    switchboard.archive("interactions", file, actor=ACTOR)
    harm(file)
    before = seals(database)

    with pytest.raises(InvalidFileError, match=r"talks\.vinculo") as refusal:
        switchboard.purge("interactions", file, confirmation="interactions", actor=ACTOR)
    assert refusal.value.code == ("archive_newer" if harm is newer else "archive_invalid")
    assert seals(database) == before
    assert not (tmp_path / "evil.txt").exists()


def test_no_wrong_byte_is_more_than_a_damaged_file(switchboard, off, tmp_path, database_kind):
    if database_kind != "sqlite":
        return  # a file is a file
    file = tmp_path / "talks.vinculo"
    switchboard.archive("interactions", file, actor=ACTOR)
    whole, refused = file.read_bytes(), 0
    for place in range(0, len(whole), 7):
        data = bytearray(whole)
        data[place] ^= 0xFF
        file.write_bytes(data)
        try:
            with open_sealed(file, "plugin", "interactions"):
                pass  # a time or an attribute that nobody reads
        except InvalidFileError:
            refused += 1
    assert refused > len(whole) / 7 / 2


def test_the_archive_of_another_plugin_is_refused(database, switchboard, off, tmp_path):
    file = tmp_path / "talks.vinculo"
    switchboard.archive("interactions", file, actor=ACTOR)
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries["manifest.json"] = entries["manifest.json"].replace(
        b'"plugin": "interactions"', b'"plugin": "deals"'
    )
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)

    with pytest.raises(
        InvalidFileError, match="an archive of the plugin deals, not an archive of the plugin inter"
    ):
        switchboard.restore("interactions", file, actor=ACTOR)


def test_files_of_the_plugin_travel_along(database, switchboard, off, settings):
    folder = settings.files.folder / "interactions"
    (folder / "calls").mkdir(parents=True)
    (folder / "calls" / "7.ogg").write_bytes(b"sound")
    switchboard.archive("interactions", actor=ACTOR)
    (folder / "calls" / "7.ogg").unlink()
    switchboard.purge("interactions", confirmation="interactions", actor=ACTOR)

    switchboard.restore("interactions", actor=ACTOR)
    assert (folder / "calls" / "7.ogg").read_bytes() == b"sound"
