"""Records as vCards: all of a list, or one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from vinculo.actor import Actor
from vinculo.errors import InvalidFileError
from vinculo.i18n import gettext as _
from vinculo.records import access, vcards
from vinculo.records.kind import Names, RecordKind
from vinculo.records.reading import Kinds, links_of

VCARD: Final = ".vcf"
PAGE: Final = 500
MARK: Final = "X-VINCULO-EXPORT"
_END: Final = "END:VCARD\r\n"


def write(
    session: Session,
    kind: RecordKind,
    kinds: Kinds,
    ids: Iterable[int],
    path: Path,
    *,
    actor: Actor,
    seal: Callable[[int, frozenset[int]], str] | None = None,
) -> int:
    """Write records that the actor may export as cards of what they see; how many there were.

    What ``seal`` says stands in the last card, where no program shows it. Raises ``InvalidFileError`` for a
    kind that has no cards.
    """
    if kind.vcard is None:
        text = _("%(kind)s cannot be written as vCards. Choose another format.", kind=kind.label_plural)
        raise InvalidFileError(text, code="unsupported_format")
    count, last = 0, ""
    with path.open("w", encoding="utf-8", newline="") as file:
        for card in _cards(session, kind, kinds, ids, actor):
            file.write(last)
            last = card
            count += 1
        if seal is not None:
            mark = vcards.line(MARK, seal(count, frozenset()))
            last = last.removesuffix(_END) + mark + _END if last else ""
        file.write(last)
    return count


def _cards(
    session: Session, kind: RecordKind, kinds: Kinds, ids: Iterable[int], actor: Actor
) -> Iterator[str]:
    rows = [selectinload(getattr(kind.model, collection.name)) for collection in kind.collections]
    left = iter(ids)
    while page := list(islice(left, PAGE)):
        query = sa.select(kind.model).where(kind.model.id.in_(page)).options(*rows)
        query = access.within(query, kind, actor, "export", few=True)
        found = {record.id: record for record in session.scalars(query)}
        records = [found[one] for one in page if one in found]
        names = _names(session, kind, kinds, records, actor)
        assert kind.vcard is not None
        for record in records:
            yield kind.vcard(record, kind, names)
            session.expunge(record)


def _names(session: Session, kind: RecordKind, kinds: Kinds, records: Sequence[Any], actor: Actor) -> Names:
    """What records are called that these point to, as far as the actor sees them."""
    wanted: dict[str, set[int]] = {}
    for record in records:
        for name, record_id in links_of(kind, record):
            wanted.setdefault(name, set()).add(record_id)
    found: dict[str, dict[int, str]] = {}
    for name, ids in wanted.items():
        linked = kinds[name]
        query = sa.select(linked.table.c.id, linked.column(linked.title)).where(linked.table.c.id.in_(ids))
        query = access.within(query, linked, actor, few=True)
        found[name] = {row[0]: str(row[1]) for row in session.execute(query)}
    return found
