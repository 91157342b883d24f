"""Who was erased, as hashes: so that what an older backup or archive brings back is erased again.

It is a table, and a file that outlives the database: backups are restored into an empty one.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.errors import InvalidFileError
from vinculo.events.models import Event, Trash
from vinculo.i18n import gettext as _
from vinculo.privacy.declared import SUBJECTS
from vinculo.privacy.models import Erasure
from vinculo.privacy.reach import Ids
from vinculo.records.models import Merge

FILE: Final = "privacy/erasures.jsonl"  # below files.folder


class Entry(msgspec.Struct, frozen=True):
    """One erasure."""

    key: str
    at: datetime
    salt: str
    subjects: list[str]


def entry(ids: Ids, at: datetime) -> Entry:
    """The entry of those who are erased now."""
    salt = secrets.token_hex(16)
    hashes = [_hash(salt, table, one) for table, found in ids.items() for one in found]
    return Entry(secrets.token_hex(16), at, salt, sorted(hashes))


def read(path: Path) -> list[Entry]:
    """The entries of a file, none if it is not there. Raises ``InvalidFileError`` for one that is none."""
    if not path.is_file():
        return []
    try:
        return [
            msgspec.json.decode(line, type=Entry) for line in path.read_bytes().splitlines() if line.strip()
        ]
    except (msgspec.MsgspecError, OSError) as error:
        text = _("%(file)s is no register of erasures: %(reason)s.", file=path, reason=error)
        raise InvalidFileError(text, code="register_invalid") from error


def stored(session: Session) -> list[Entry]:
    """The entries of the table."""
    found = session.scalars(sa.select(Erasure).order_by(Erasure.id))
    return [Entry(row.key, row.at, row.salt, row.subjects) for row in found]


def write(path: Path, entries: Sequence[Entry]) -> None:
    """Add to a file what it does not have."""
    known = {one.key for one in read(path)}
    new = [one for one in entries if one.key not in known]
    if not new:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.writelines(msgspec.json.encode(one) + b"\n" for one in new)
        file.flush()
        os.fsync(file.fileno())


def subjects_of(session: Session, one: Entry) -> dict[str, frozenset[int]]:
    """Whom an entry means among all that this database has or tells of."""
    wanted = {*one.subjects}
    found = {}
    for kind, table in SUBJECTS.items():
        ids = {number for number in _known(session, kind, table) if _hash(one.salt, table, number) in wanted}
        if ids:
            found[table] = frozenset(ids)
    return found


def _known(session: Session, kind: str, table: str) -> Iterator[int]:
    there = sa.table(table, sa.column("id", sa.BigInteger))
    yield from session.scalars(
        sa.union(
            sa.select(there.c.id),
            sa.select(Merge.old_id).where(Merge.kind == kind),
            sa.select(Trash.record_id).where(Trash.kind == kind),
            sa.select(Event.record_id).where(Event.kind == kind),
        )
    )


def _hash(salt: str, table: str, number: int) -> str:
    return hashlib.sha256(f"{salt}:{table}:{number}".encode()).hexdigest()
