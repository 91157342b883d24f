"""Why a record was found: the value that holds what was typed, and where in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from vinculo.actor import Actor
from vinculo.events.models import SearchDocument
from vinculo.i18n import gettext as _
from vinculo.records import access, search, terms
from vinculo.records.cards import titles
from vinculo.records.fields import LinkField
from vinculo.records.kind import Collection as Rows
from vinculo.records.kind import RecordKind
from vinculo.records.text import compact, digits, fold
from vinculo.web.context import Context

AROUND: Final = 16  # letters before what was found in a long text
SHOWN: Final = 120
SHORT: Final = 30  # of which nothing is left out
HINTS: Final = 2  # values that tell namesakes apart

Parts = Sequence[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Reason:
    """A value of a record, by the name of its field."""

    label: str
    text: str


def reasons(
    session: Session, kind: RecordKind, documents: Sequence[SearchDocument], term: str, *, actor: Actor
) -> Mapping[int, Reason]:
    """Why records were found that are called otherwise, by their ids: values that the actor sees."""
    pieces = list(terms.parse(term).plain())
    asked = {
        document.record_id: missing
        for document in documents
        if (missing := [piece for piece in pieces if piece not in document.title_key])
    }
    if not asked or search.hides_words(kind, actor):
        return {}
    found = {
        record.id: _first_holding(values, asked[record.id])
        for record, values in _with_values(session, kind, asked, actor=actor)
    }
    return {record_id: reason for record_id, reason in found.items() if reason}


def _with_values(
    session: Session, kind: RecordKind, ids: Collection[int], *, actor: Actor
) -> Iterator[tuple[Any, Iterator[tuple[str, Reason]]]]:
    """Records with those of their values that are searched, as far as the actor sees them."""
    seen = access.seen_by(kind, actor)
    rows = [rows for rows in seen.collections if any(field.searchable for field in rows.fields)]
    query = access.within(sa.select(kind.model).where(kind.model.id.in_(ids)), kind, actor, few=True)
    query = query.options(*(selectinload(getattr(kind.model, one.name)) for one in rows))
    for record in session.scalars(query):
        yield record, _values(seen, rows, record)


def _first_holding(values: Iterable[tuple[str, Reason]], pieces: Collection[str]) -> Reason | None:
    for held, reason in values:
        texts = (fold(held), digits(held), compact(held))
        if any(piece in text for piece in pieces for text in texts):
            return reason
    return None


def _values(kind: RecordKind, collections: Sequence[Rows], record: Any) -> Iterator[tuple[str, Reason]]:
    """What is searched of a record, and as people read it."""
    for field in kind.fields:
        if field.searchable and field.name != kind.title:
            value = getattr(record, field.name)
            yield field.text(value), Reason(str(field.label), field.show(value))
    if record.external_id:
        yield record.external_id, Reason(_("External id"), record.external_id)
    for rows in collections:
        for row in getattr(record, rows.name):
            held = "\n".join(one.text(getattr(row, one.name)) for one in rows.fields if one.searchable)
            yield held, _of_row(rows, row, held)


def _of_row(rows: Rows, row: Any, held: str) -> Reason:
    line = rows.line(row) if rows.line else " · ".join(filter(None, held.split("\n")))
    if isinstance(line, str):
        return Reason(str(rows.label), line)
    return Reason(line.icon_label or str(rows.label), str(line.text))


def marked(text: str, term: str) -> Parts:
    """A text in parts, each with whether it is what was typed; long ones from a little before it on."""
    folded, places = _folded(text)
    spans: set[int] = set()
    for piece in terms.parse(term).plain():
        spans.update(_places(folded, places, piece))
    start = max(0, min(spans) - AROUND) if spans and min(spans) > SHORT else 0
    shown = range(start, min(len(text), start + SHOWN))
    parts: list[tuple[str, bool]] = [("…", False)] if start else []
    for at in shown:
        hit = at in spans
        if parts and parts[-1][1] is hit:
            parts[-1] = parts[-1][0] + text[at], hit
        else:
            parts.append((text[at], hit))
    return [*parts, ("…", False)] if shown.stop < len(text) else parts


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """A text as it is searched, and where each of its letters stands in the original."""
    letters = [(letter, at) for at, one in enumerate(text) for letter in fold(one) or " " * one.isspace()]
    return "".join(letter for letter, _at in letters), [at for _letter, at in letters]


def _places(folded: str, places: Sequence[int], piece: str) -> Iterator[int]:
    """The letters of a text that are a piece, or a number that is written otherwise."""
    if piece not in folded and piece.isdecimal():
        kept = [at for at, letter in enumerate(folded) if letter.isdecimal()]
        folded, places = "".join(folded[at] for at in kept), [places[at] for at in kept]
    at = folded.find(piece) if piece else -1
    while at >= 0:
        yield from range(places[at], places[at + len(piece) - 1] + 1)
        at = folded.find(piece, at + len(piece))


def whose(ctx: Context, kind: RecordKind, documents: Sequence[SearchDocument]) -> Mapping[int, str]:
    """The clients that records belong to, as far as the actor sees them: what tells namesakes apart."""
    if not documents or not (kind.client or kind.through):
        return {}
    seen = access.seen_by(kind, ctx.actor)
    owners: dict[int, dict[int, None]] = {}
    if kind.client and any(field.name == kind.client for field in seen.fields):
        owners = {one.record_id: {one.client_id: None} for one in documents if one.client_id}
    elif kind.through and len(seen.collections) == len(kind.whole.collections):
        owners = _tied(ctx.session, kind, [one.record_id for one in documents])
    if not owners:
        return {}
    names = titles(ctx, {"client": {one for found in owners.values() for one in found}})
    told = {
        record_id: [names["client", one] for one in sorted(found) if ("client", one) in names]
        for record_id, found in owners.items()
    }
    return {record_id: _first(known) for record_id, known in told.items() if known}


def told_apart(ctx: Context, kind: RecordKind, found: Sequence[tuple[int, str]]) -> Mapping[int, str]:
    """What tells namesakes among records of these ids and titles apart: whose they are, or what they hold.

    No query is asked where all are called differently. What the actor may not see tells nothing.
    """
    times = Counter(fold(title) for _id, title in found)
    alike = {record_id: fold(title) for record_id, title in found if times[fold(title)] > 1}
    if not alike or not kind.exposed:
        return {}
    known = sa.select(SearchDocument).where(
        SearchDocument.kind == kind.name, SearchDocument.record_id.in_(alike)
    )
    held = _held(ctx.session, kind, alike, actor=ctx.actor)
    return {**held, **whose(ctx, kind, ctx.session.scalars(known).all())}


def _held(session: Session, kind: RecordKind, found: Mapping[int, str], *, actor: Actor) -> dict[int, str]:
    """The first values of records, by title, in which their namesakes differ."""
    if search.hides_words(kind, actor):
        return {}
    texts: dict[int, list[str]] = {}
    for record, values in _with_values(session, kind, found, actor=actor):
        plain = [one for one in access.seen_by(kind, actor).fields if not isinstance(one, LinkField)]
        own = [one.show(getattr(record, one.name)) for one in plain if one.name != kind.title]
        texts[record.id] = [*filter(None, own), *(reason.text for held, reason in values if held)]
    times = Counter((found[one], text) for one, some in texts.items() for text in set(some))
    alike = Counter(found[one] for one in texts)
    telling = {
        one: [text for text in dict.fromkeys(some) if times[found[one], text] < alike[found[one]]]
        for one, some in texts.items()
    }
    return {one: " · ".join(some[:HINTS]) for one, some in telling.items()}


def _tied(session: Session, kind: RecordKind, ids: Sequence[int]) -> dict[int, dict[int, None]]:
    found: dict[int, dict[int, None]] = {}
    ties = []
    for tie in kind.through:
        query = sa.select(tie.record, tie.client).where(tie.record.in_(ids), tie.client.is_not(None))
        ties.append(query if tie.on is None else query.where(tie.on))
    for record_id, client_id in session.execute(sa.union(*ties)):
        found.setdefault(record_id, {})[client_id] = None
    return found


def _first(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} +{len(names) - 1}"
