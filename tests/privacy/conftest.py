"""A person who left something in every corner, and a search for it in every byte."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.app import load_registry
from vinculo.db.base import Base, now
from vinculo.files import store
from vinculo.notes.records import note
from vinculo.people.records import person as person_kind
from vinculo.plugins import discovery, memory
from vinculo.plugins.models import PluginState, State
from vinculo.privacy import declared
from vinculo.privacy.erasing import House
from vinculo.protection.models import Alarm, AlarmKind
from vinculo.records import merging, service, trash
from vinculo.records.models import Export, ExportState, IdempotentAnswer, ImportRun, RunState
from vinculo.records.reading import Reader, Values
from vinculo.transfer.reading import table_names
from vinculo_interactions.records import interaction

ACTOR = system(Source.CLI)
MARKS = (
    "Zuleica Quixaba", "zuleica quixaba", "Zu Quixada", "zq-mail@exemplo.com", "+5511987650001",
    "5511987650001", "ZQ-EXT-77", "zqnote", "zqsubject", "zqoutcome", "zqdeleted",
    "zqold@exemplo.com", "zqtitle", "1987-03-04", "zqhanging", "zqscan", "zqpaper",
)  # fmt: skip


@dataclass
class Case:
    """The person, a duplicate, a colleague who stays, and their client."""

    id: int = 0
    duplicate: int = 0
    colleague: int = 0
    client: int = 0
    talk: int = 0
    kinds: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def house(database, settings):
    registry = load_registry(settings, database, ["interactions"])
    kinds = {kind.name: kind.model.__tablename__ for kind in registry.kinds.values()}
    return House(database, settings.files.folder, kinds)


@pytest.fixture
def case(database, switchboard, settings, make_client, make_person, make_record, make_user):
    """In rows, history, trash, timeline, search, answers, imports and the archive of a plugin that is off."""
    _remember(database, settings)
    user = make_user("ana")
    client = make_client("Metal Norte", note="Ask for zuleica quixaba, +5511987650001")
    points = [{"type": "email", "value": "zq-mail@exemplo.com"}, {"type": "phone", "value": "+5511987650001"}]
    roles = [{"client_id": client.id, "title": "zqtitle"}]
    mine = make_person("Zuleica Quixaba", external_id="ZQ-EXT-77", note="zqnote", birthday="1987-03-04",
                       contact_points=points, roles=roles)  # fmt: skip
    other = make_person(
        "Bruno Lima", client_id=client.id, contact_points=[{"type": "email", "value": "b@l.com"}]
    )
    duplicate = make_person("Zu Quixada", contact_points=[{"type": "email", "value": "zqold@exemplo.com"}])
    talk = make_record(
        interaction, client_id=client.id, subject="zqsubject", type="email", outcome="zqoutcome",
        participants=[{"person_id": mine.id}, {"person_id": other.id}],
    )  # fmt: skip
    make_record(interaction, client_id=client.id, subject="About Zuleica Quixaba", type="note")
    gone = make_record(interaction, client_id=client.id, subject="zqdeleted", type="note",
                       participants=[{"person_id": mine.id}])  # fmt: skip
    _change(database, mine.id, {"note": "zqnote again"})
    with database.write() as session:
        merging.merge(session, person_kind, mine.id, [duplicate.id], actor=ACTOR)
    with database.write() as session:
        trash.delete(
            session,
            interaction,
            service.get(session, interaction, gone.id, actor=ACTOR, lock=True),
            actor=ACTOR,
        )
        headers = {"Location": f"/api/v1/people/{mine.id}"}
        for key, sent, body in (("a", headers, "zqnote"), ("b", {}, "Zuleica Quixaba")):
            answer = IdempotentAnswer(
                user_id=user.id, key=key, request_hash="", status=201, headers=sent, body=f'{{"x":"{body}"}}'
            )
            session.add(answer)
    _hang(database, settings, mine.id)
    _import(database, settings.files.folder, user.id)
    _export(database, user.id)
    switchboard.archive("interactions", actor=ACTOR)
    return Case(mine.id, duplicate.id, other.id, client.id, talk.id)


def _remember(database, settings):
    """The plugin was on, and is off."""
    registry = load_registry(settings, database, ["interactions"])
    kinds = {
        name: kind for name, kind in registry.kinds.items() if registry.kind_owners[name] == "interactions"
    }
    manifest = registry.plugins["interactions"].manifest
    about = memory.describe(manifest, kinds, Base.metadata)
    with database.write() as session:
        row = PluginState(name="interactions", state=State.OFF, version="0.1.0", revision="0001", about=about)
        session.add(row)


def _change(database, person_id, payload):
    with database.write() as session:
        record = service.get(session, person_kind, person_id, actor=ACTOR, lock=True)
        values = Reader(session, {"person": person_kind}, actor=ACTOR).json(person_kind, payload, new=False)
        service.update(session, person_kind, record, values, actor=ACTOR)


def _hang(database, settings, person_id):
    """A note, and a file with its content."""
    about = {"person_id": person_id}
    with database.write() as session:
        service.create(session, note, Values({"text": "zqhanging", **about}), actor=ACTOR)
        store.store(session, settings, io.BytesIO(b"zqpaper"), "zqscan.txt", actor=ACTOR, about=about)


def _import(database, folder, user_id):
    path = folder / "imports" / "upload"
    path.parent.mkdir(parents=True)
    path.write_text("name;email\nZuleica Quixaba;zq-mail@exemplo.com\n", encoding="utf-16")
    with database.write() as session:
        session.add(
            ImportRun(
                kind="person", file_name="people.csv", path=str(path), mapping={}, match=[], dry_run=True,
                language="en", user_id=user_id, state=RunState.DONE, errors=[[2, "zq-mail@exemplo.com?"]],
                layout={},
            )
        )  # fmt: skip


def _export(database, user_id):
    """Somebody asked for a file of the person, and touched a canary while at it."""
    with database.write() as session:
        session.add_all(
            [
                Export(
                    kind="person", format="csv", query=[["name[contains]", "Zuleica Quixaba"]],
                    source=Source.PAGE, user_id=user_id, state=ExportState.WAITING, rows=1,
                    reason="for zq-mail@exemplo.com",
                ),
                Alarm(
                    user_id=user_id, kind=AlarmKind.CANARY, subject="viewed 1", day=now().date(), count=1,
                    details={"client": "Zuleica Quixaba"}, remark="asked Zuleica Quixaba",
                ),
            ]
        )  # fmt: skip


@pytest.fixture
def traces_of(database, settings):
    """Where one of the marks stands: in a column, a file, an archive, the bytes of the database."""

    def traces_of(marks=MARKS):
        return sorted({*_in_tables(database, marks), *_in_files(settings.files.folder, marks),
                       *_in_bytes(database, marks)})  # fmt: skip

    return traces_of


def _in_tables(database, marks):
    with database.engine.connect() as connection:
        for table in table_names(connection):
            for row in connection.execute(sa.text(f'select * from "{table}"')).mappings():
                for column, value in row.items():
                    yield from (f"{table}.{column}: {mark}" for mark in marks if mark in str(value))


def _in_files(folder, marks):
    for path in folder.rglob("*"):
        if path.is_file():
            pieces = [path.read_bytes(), path.read_bytes().decode("utf-16", "replace").encode()]
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    pieces += [archive.read(name) for name in archive.namelist()]
            yield from (f"{path.name}: {m}" for m in marks for piece in pieces if m.encode() in piece)


def _in_bytes(database, marks):
    if database.is_sqlite:
        for name in (database.url.database, f"{database.url.database}-wal"):
            content = Path(name).read_bytes()
            yield from (f"{name}: {mark}" for mark in marks if mark.encode() in content)


@pytest.fixture
def uninstall(monkeypatch):
    """Let a package be gone: what pip uninstall does to discovery."""

    def uninstall(name):
        found = discovery.installed
        monkeypatch.setattr(discovery, "installed", lambda: {k: p for k, p in found().items() if k != name})
        tables = {k: t for k, t in Base.metadata.tables.items() if not k.startswith(f"{name}_")}
        metadata = SimpleNamespace(tables=tables, sorted_tables=[*tables.values()])
        monkeypatch.setattr(declared, "Base", SimpleNamespace(metadata=metadata))

    return uninstall
