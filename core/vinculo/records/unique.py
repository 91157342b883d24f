"""Values of custom fields that no two records may share.

A key is written for each value, in the transaction that writes the record; the database sees to it that two
who write at once do not get the same. A key whose record no longer has the value stands in nobody's way.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from vinculo.db import bulk
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.records.custom_models import UniqueKey
from vinculo.records.fields import Field
from vinculo.records.kind import RecordKind
from vinculo.records.text import fold

CHUNK: Final = 1000
TOLD: Final = 5


def fields_of(kind: RecordKind) -> Sequence[Field]:
    """The fields of a kind whose values are unique."""
    return [field for field in kind.whole.fields if field.unique]


def index(session: Session, kind: RecordKind, record: Any, *, new: bool) -> None:
    """Bring the keys of a record up to date; flush first. Raises ``InvalidError`` where a value is taken."""
    fields = fields_of(kind)
    if not fields:
        return
    own = UniqueKey.kind == kind.name, UniqueKey.record_id == record.id
    query = sa.select(UniqueKey.field, UniqueKey.key).where(*own)
    present = {} if new else {row[0]: row[1] for row in session.execute(query)}
    wanted = {field.name: key for field in fields if (key := _key(field, getattr(record, field.name)))}
    gone = [name for name, key in present.items() if wanted.get(name) != key]
    if gone:
        session.execute(sa.delete(UniqueKey).where(*own, UniqueKey.field.in_(gone)))
    for field in fields:
        if field.name in wanted and present.get(field.name) != wanted[field.name]:
            _claim(session, kind, field, wanted[field.name], record.id)


def _claim(session: Session, kind: RecordKind, field: Field, key: str, record_id: int) -> None:
    same = UniqueKey.kind == kind.name, UniqueKey.field == field.name, UniqueKey.key == key
    holder = session.scalar(sa.select(UniqueKey.record_id).where(*same))
    if holder is not None:
        query = sa.select(kind.whole.column(field.name)).where(kind.table.c.id == holder)
        if _key(field, session.scalar(query)) == key:
            raise _taken(kind, field)
        session.execute(sa.delete(UniqueKey).where(*same))
    try:
        with session.begin_nested():
            row = {"kind": kind.name, "field": field.name, "key": key, "record_id": record_id}
            session.execute(sa.insert(UniqueKey).values(row))
    except IntegrityError as error:  # another transaction was faster
        raise _taken(kind, field) from error


def _taken(kind: RecordKind, field: Field) -> InvalidError:
    text = _("%(field)s: another %(kind)s has this value already; type another, or change that one.")
    return InvalidError([FieldError(field.name, text % {"field": field.label, "kind": kind.label}, "taken")])


def index_new(session: Session, kind: RecordKind, records: Sequence[Any]) -> None:
    """Write the keys of many new records at once. Raises ``IntegrityError`` where one is taken."""
    rows = [
        {"kind": kind.name, "field": field.name, "key": key, "record_id": record.id}
        for field in fields_of(kind)
        for record in records
        if (key := _key(field, getattr(record, field.name)))
    ]
    bulk.insert_named(session.connection(), UniqueKey.__table__, rows)


def remove(session: Session, kind: RecordKind, ids: Sequence[int]) -> None:
    """Give the values of records that are gone to whoever wants them."""
    if fields_of(kind):
        forget_records(session, kind.name, ids)


def forget_records(session: Session, kind: str, ids: Sequence[int]) -> None:
    """Delete the keys of records, whatever fields there are."""
    session.execute(sa.delete(UniqueKey).where(UniqueKey.kind == kind, UniqueKey.record_id.in_(ids)))


def forget(session: Session, kind: str, field: str) -> None:
    """Let records have the same values of a field again."""
    session.execute(sa.delete(UniqueKey).where(UniqueKey.kind == kind, UniqueKey.field == field))


def build(session: Session, kind: RecordKind, field: Field) -> None:
    """Write the keys of all records. Raises ``InvalidError`` naming values that several have."""
    forget(session, kind.name, field.name)
    seen: Counter[str] = Counter()
    for _id, value in _values(session, kind, field):
        seen[_key(field, value)] += 1
    if shared := [key for key, count in seen.items() if count > 1]:
        raise InvalidError([FieldError("unique", _told(session, kind, field, shared, seen), "duplicates")])
    rows = []
    for record_id, value in _values(session, kind, field):
        rows.append(
            {"kind": kind.name, "field": field.name, "key": _key(field, value), "record_id": record_id}
        )
        if len(rows) == CHUNK:
            bulk.insert_named(session.connection(), UniqueKey.__table__, rows)
            rows = []
    bulk.insert_named(session.connection(), UniqueKey.__table__, rows)


def _values(session: Session, kind: RecordKind, field: Field) -> Iterator[tuple[int, Any]]:
    column = field.held(kind.table.c.custom)
    query = sa.select(kind.table.c.id, column).where(kind.table.c.custom.is_not(None))
    for record_id, value in session.execute(query.execution_options(yield_per=CHUNK)):
        if _key(field, value):
            yield record_id, value


def _told(session: Session, kind: RecordKind, field: Field, shared: Sequence[str], seen: Counter[str]) -> str:
    first = shared[:TOLD]
    texts: dict[str, str] = {}
    for _id, value in _values(session, kind, field):
        if (key := _key(field, value)) in first:
            texts.setdefault(key, field.show(value))
    listed = "; ".join(f"{texts[key][:60]} ({seen[key]})" for key in first)
    return ngettext(
        "%(n)s value is shared by several records; make them differ first: %(values)s.",
        "%(n)s values are shared by several records; make them differ first: %(values)s.",
        len(shared),
        values=listed,
    )


def _key(field: Field, value: Any) -> str:
    """The same for values that read alike, whatever their case and accents; "" for none."""
    text = fold(field.text(value)) or field.text(value)
    return hashlib.sha256(text.encode()).hexdigest() if text else ""
