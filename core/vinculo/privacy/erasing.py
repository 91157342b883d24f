"""Erasing a person: first all is found, then all goes in one transaction, and what went is certified."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db import rows
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.errors import ConflictError
from vinculo.events import chain, log
from vinculo.events.models import SearchDocument, TimelineEntry, Trash
from vinculo.i18n import gettext as _
from vinculo.privacy import archives, register
from vinculo.privacy.archives import ArchiveFound
from vinculo.privacy.certificate import ArchiveLine, Certificate, draw, sealed, to_builtins
from vinculo.privacy.declared import PERSON, placeholder
from vinculo.privacy.findings import Changes, Findings, gather
from vinculo.privacy.models import Erasure
from vinculo.privacy.reach import pieces
from vinculo.privacy.register import Entry
from vinculo.privacy.subjects import Subject
from vinculo.privacy.traces import DONE
from vinculo.records import similar, unique
from vinculo.records.models import IdempotentAnswer, ImportRun, MergeUndo

_UNHURRIED: Final = ("statement_timeout", "idle_in_transaction_session_timeout")


@dataclass(frozen=True, slots=True)
class House:
    """Where persons are erased: a database, its folder of files, the kinds of the app as kind → table."""

    database: Database
    files: Path
    kinds: Mapping[str, str]


def plan(session: Session, house: House, subject: Subject) -> Certificate:
    """What would be erased; nothing is changed."""
    return draw(session, gather(session, house.files, house.kinds, subject))


def erase(house: House, subject: Subject, *, actor: Actor) -> Certificate:
    """Erase a person everywhere. It has a transaction of its own: call it outside of a write session.

    Raises ``ConflictError`` where a row cannot go because others hang on it; nothing has changed then.
    """
    certificate, new = _carry_out(house, subject, None, actor=actor)
    register.write(house.files / register.FILE, [new])
    finish(house.database)
    return certificate


def again(house: House, entries: Iterable[Entry], *, actor: Actor) -> int:
    """Erase those who were erased before from what was brought back since; how many of them were there."""
    count = 0
    for one in entries:
        with house.database.read() as session:
            ids = register.subjects_of(session, one)
        if ids:
            person_id = min(ids.get(PERSON, frozenset({0})))
            _carry_out(house, Subject(person_id, ids), one, actor=actor)
            count += 1
    if count:
        finish(house.database)
    return count


def since(session: Session, moment: str) -> list[Entry]:
    """The erasures after a moment, given as ISO 8601."""
    return [one for one in register.stored(session) if one.at.isoformat() >= moment]


def of_number(session: Session, number: int) -> Certificate | None:
    """The last certificate of a person."""
    query = sa.select(Erasure.certificate).order_by(Erasure.id.desc())
    for stored in session.scalars(query):
        if number in stored.get("subjects", {}).get(PERSON, ()):
            return msgspec.convert(stored, Certificate)
    return None


def moment(drawn: Certificate) -> datetime:
    """When it was done."""
    return datetime.fromisoformat(drawn.at)


def finish(database: Database) -> None:
    """Let SQLite forget: the index of the search merges what it has marked as gone, the journal is emptied.

    PostgreSQL frees old versions of rows by itself.
    """
    if not database.is_sqlite:
        return
    with database.write() as session:
        session.execute(sa.text("insert into events_search_fts (events_search_fts) values ('optimize')"))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _carry_out(
    house: House, subject: Subject, before: Entry | None, *, actor: Actor
) -> tuple[Certificate, Entry]:
    with house.database.write() as session:
        if not house.database.is_sqlite:
            for name in _UNHURRIED:
                session.execute(sa.text(f"set local {name} = 0"))
        found = gather(session, house.files, house.kinds, subject)
        at = now()
        entry = before or register.entry(subject.ids, at)
        try:
            _apply(session, found, actor)
        except IntegrityError as error:
            text = _("This person cannot be erased: a row that has to go is needed by others.")
            raise ConflictError(text, code="linked") from error
        sealed_anew = _rewrite(session, house, found, entry)
        _unlink(found.traces.files)
        drawn = msgspec.structs.replace(
            draw(session, found),
            at=chain.moment(at),
            actor=_name(actor),
            archives=sealed_anew,
            register=entry.key,
        )
        certificate = _log(session, found, sealed(drawn), actor)
        _keep(session, entry, certificate, actor)
    return certificate, entry


def _apply(session: Session, found: Findings, actor: Actor) -> None:
    for table, ids in found.reached.going.items():
        there = rows.reflect(session.connection(), table)
        for part in pieces(ids):
            session.execute(sa.delete(there).where(there.c.id.in_(part)))
    _update(session, found.emptied)
    for table, changed in found.emptied.items():
        for kind in found.declared.kinds_of(table):
            similar.remove(session, kind, [*changed])
            unique.forget_records(session, kind, [*changed])
    _update(session, found.mentioned)
    traces = found.traces
    for model, changes in (
        (TimelineEntry, traces.timeline), (SearchDocument, traces.search),
        (Trash, traces.trash), (ImportRun, traces.imports),
    ):  # fmt: skip
        for one, values in changes.items():
            session.execute(sa.update(model).where(model.id == one).values(values))
    for part in pieces(traces.answers):
        session.execute(sa.delete(IdempotentAnswer).where(IdempotentAnswer.id.in_(part)))
    for part in pieces(traces.merges):
        session.execute(sa.delete(MergeUndo).where(MergeUndo.id.in_(part)))
    session.expire_all()


def _update(session: Session, changes: Changes) -> None:
    for table, by_id in changes.items():
        there = rows.reflect(session.connection(), table)
        for one, values in by_id.items():
            new: dict[str, Any] = rows.decode_row(values)
            if "version" in there.c:
                new["version"] = there.c.version + 1
            session.execute(sa.update(there).where(there.c.id == one).values(new))


def _rewrite(session: Session, house: House, found: Findings, entry: Entry) -> list[ArchiveLine]:
    """The archives go first: if the transaction fails after that, they are erased and nothing is lost."""
    readable = [one for one in found.archives if not one.fault]
    for one in readable:
        note = {"register": entry.key, "at": entry.at.isoformat(), "rows": sum(one.rows.values())}
        archives.rewrite(one, found.declared, found.roots, found.values, note)
    hashes = archives.note_hashes(session, readable, house.files)
    return [_line(one, hashes) for one in found.archives]


def _line(one: ArchiveFound, hashes: Mapping[str, str]) -> ArchiveLine:
    return ArchiveLine(one.path.name, sum(one.rows.values()), hashes.get(one.path.name, ""), one.fault)


def _unlink(files: Sequence[Path]) -> None:
    for path in files:
        path.unlink(missing_ok=True)


def _log(session: Session, found: Findings, drawn: Certificate, actor: Actor) -> Certificate:
    """The fact, with the hash of the certificate; the number of the event is known once it is written."""
    number = found.subject.person_id
    title = placeholder(PERSON, number)
    log.erase(session, found.traces.events, actor=actor, title=title)
    log.write(
        session,
        actor=actor,
        action=DONE,
        kind="person",
        record_id=number,
        title=title,
        changes={"certificate": [None, drawn.hash], "register": [None, drawn.register]},
        version=None,
    )
    chain.append(session)
    return msgspec.structs.replace(drawn, event=chain.head(session)[0])


def _keep(session: Session, entry: Entry, drawn: Certificate, actor: Actor) -> None:
    if session.scalar(sa.select(Erasure.id).where(Erasure.key == entry.key)) is None:
        session.add(
            Erasure(
                key=entry.key,
                at=entry.at,
                actor_id=actor.user_id,
                salt=entry.salt,
                subjects=entry.subjects,
                certificate=to_builtins(drawn),
            )
        )


def _name(actor: Actor) -> str:
    return str(actor.user_id or actor.source)
