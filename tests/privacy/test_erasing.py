"""A person is erased wherever they left something, and nobody else is."""

from __future__ import annotations

import shutil
import zipfile

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.clients.models import Client
from vinculo.errors import ConflictError, NotFoundError
from vinculo.events import chain
from vinculo.events.models import Event
from vinculo.events.verify_log import find_faults
from vinculo.people.models import ContactPoint, Person
from vinculo.people.records import person as person_kind
from vinculo.plugins.models import PluginState
from vinculo.privacy import erasing, subjects
from vinculo.records import service, trash
from vinculo.records.models import MatchKey
from vinculo.transfer.reading import snapshot
from vinculo.transfer.sealed import file_hash, open_sealed

ACTOR = system(Source.CLI)


def contents(path):
    with zipfile.ZipFile(path) as archive:
        yield from (archive.read(name).decode() for name in archive.namelist())


def erase(house, person_id):
    with house.database.read() as session:
        found = subjects.subject(session, person_id)
    return erasing.erase(house, found, actor=ACTOR)


@pytest.mark.parametrize("told", [True, False], ids=["declared", "from before there were declarations"])
def test_no_value_is_found_anywhere_though_the_package_is_gone(
    house, case, traces_of, database, uninstall, switchboard, told
):
    if not told:
        with database.write() as session:
            (state,) = session.scalars(sa.select(PluginState))
            state.about = {name: value for name, value in state.about.items() if name != "personal"}
        switchboard.archive("interactions", house.files / "archives" / "old.vinculo", actor=ACTOR)
    before = traces_of()
    assert len({one.rpartition(": ")[2] for one in before}) >= 12
    uninstall("interactions")
    with database.read() as session:
        planned = erasing.plan(session, house, subjects.subject(session, case.id))

    done = erase(house, case.id)

    assert traces_of() == []
    with database.read() as session:  # nobody tells by a hash of an address whose it was
        assert (
            session.scalars(
                sa.select(MatchKey).where(MatchKey.record_id == case.id, MatchKey.kind == "person")
            ).all()
            == []
        )
    assert done.lines == planned.lines
    with snapshot(database) as connection:
        assert find_faults(chain.rows(connection), lambda: chain.head(connection))[1] == []
    with database.read() as session:
        assert session.get(Person, case.id).name == f"Erased person {case.id}"
        assert session.get(Person, case.colleague).name == "Bruno Lima"
        assert session.scalars(sa.select(ContactPoint.value)).all() == ["b@l.com"]
        event = session.get(Event, done.event)
        assert (event.kind, event.record_id, event.changes["certificate"][1]) == (
            "person",
            case.id,
            done.hash,
        )
        state = session.scalar(sa.select(PluginState).where(PluginState.name == "interactions"))
    path = house.files / "archives" / state.archive["file"]
    assert file_hash(path) == state.archive["sha256"]
    assert state.archive["sha256"] in [one.sha256 for one in done.archives]
    with open_sealed(path, "plugin", "interactions") as sealed:
        assert sealed.manifest.about["erased"][0]["register"] == done.register


def test_a_client_who_is_the_person_goes_with_all_that_hangs_on_it(house, case, database, traces_of):
    with database.read() as session:
        found = subjects.subject(session, case.id, clients=[case.client])

    done = erasing.erase(house, found, actor=ACTOR)

    assert traces_of(["Metal Norte", "About "]) == []
    assert done.subjects["clients_client"] == [case.client]
    with database.read() as session:
        assert session.get(Person, case.colleague).name == "Bruno Lima"


def test_what_others_have_as_well_is_left_to_them(house, case, database, make_person, traces_of):
    point = {"type": "phone", "value": "+5511987650001"}
    make_person("ZULEICA Quixaba", note="zq-mail@exemplo.com", contact_points=[point])

    erase(house, case.id)

    left = {one.rpartition(": ")[2] for one in traces_of()}
    assert left == {"zuleica quixaba", "Zuleica Quixaba", "+5511987650001", "5511987650001"}
    with database.read() as session:
        notes = sa.select(Person.note).where(Person.name_key == "zuleica quixaba")
        assert session.scalars(notes).all() == ["[…]"]
        assert session.get(Client, case.client).note == "Ask for zuleica quixaba, +5511987650001"


def test_who_is_meant_is_found_or_asked_about(house, case, database, traces_of, make_person):
    second = make_person("Zuleica QUIXABA")
    with database.read() as session:
        assert subjects.find(session, "ZQ-mail@exemplo.com") == subjects.find(session, "ZQ-EXT-77") == case.id
        with pytest.raises(ConflictError, match=f"{case.id}, {second.id}"):
            subjects.find(session, "Zuleica Quixaba")
        with pytest.raises(NotFoundError):
            subjects.find(session, "nobody@exemplo.com")
        assert subjects.find(session, str(case.duplicate)) == case.id


def test_somebody_who_is_deleted_is_found_and_erased(house, case, database, traces_of):
    with database.write() as session:
        gone = service.get(session, person_kind, case.id, actor=ACTOR, lock=True)
        trash.delete(session, person_kind, gone, actor=ACTOR)
    with database.read() as session:
        assert subjects.find(session, "Zuleica Quixaba") == case.id

    erase(house, case.id)

    assert traces_of() == []


def test_an_archive_of_before_is_erased_again(house, case, switchboard, database, traces_of, tmp_path):
    switchboard.archive("interactions", tmp_path / "last.vinculo", actor=ACTOR)
    shutil.copyfile(tmp_path / "last.vinculo", tmp_path / "old.vinculo")
    erase(house, case.id)
    switchboard.archive("interactions", actor=ACTOR)
    switchboard.purge("interactions", confirmation="interactions", actor=ACTOR)

    switchboard.restore("interactions", tmp_path / "old.vinculo", actor=ACTOR)

    with database.read() as session:
        subject = sa.text("select subject from interactions_interaction where id = :id")
        assert session.scalar(subject, {"id": case.talk}) == f"Erased {case.talk}"
    assert traces_of(["zqsubject", "zqoutcome"]) == []
    assert "zqsubject" not in "".join(contents(tmp_path / "old.vinculo"))


def test_files_go_and_what_the_law_wants_stays(house, case, database, uninstall, switchboard, traces_of):
    declared = {
        "interactions_interaction.next_step": "file",
        "interactions_interaction.outcome": "kept: tax law",
    }
    with database.write() as session:
        (state,) = session.scalars(sa.select(PluginState))
        state.about = {**state.about, "personal": {**state.about["personal"], **declared}}
        session.execute(sa.text("update interactions_interaction set next_step = 'zq.pdf' where id = 1"))
    for name in ("zq.pdf", "other.pdf"):
        (house.files / "interactions").mkdir(exist_ok=True)
        (house.files / "interactions" / name).write_text("zqfile")
    made = switchboard.archive("interactions", actor=ACTOR)
    uninstall("interactions")

    done = erase(house, case.id)

    assert [path.name for path in (house.files / "interactions").iterdir()] == ["other.pdf"]
    with zipfile.ZipFile(made.file) as archive:
        assert {name for name in archive.namelist() if name.startswith("files/")} == {"files/other.pdf"}
    assert [(kept.column, kept.reason) for kept in done.kept] == [
        ("interactions_interaction.outcome", "tax law")
    ]
    assert {one.partition(":")[0] for one in traces_of(["zqoutcome"])} >= {"interactions_interaction.outcome"}
    assert traces_of(["zqsubject", "zq.pdf"]) == []
