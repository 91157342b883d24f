"""The search index: one folded text for each record, found by any fragment of three letters.

SQLite: FTS5 with the trigram tokenizer over ``events_search``, kept up to date by triggers.
PostgreSQL: a trigram GIN index on ``body``. Both are made by the kernel's first migration. Hits are
fetched under a limit before anything orders them: else the planner walks an order's index instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db import bulk
from vinculo.events.models import SearchDocument
from vinculo.records import access, misspelt, terms
from vinculo.records.fields import Field
from vinculo.records.kind import RecordKind
from vinculo.records.terms import INDEXED, Word
from vinculo.records.text import compact, digits, fold, looks_like_number, sort_key

LIMIT: Final = 1000
ALMOST: Final = 400  # titles that are compared with a misspelt term
LAST: Final = "\U0010ffff"
_fts = sa.table("events_search_fts", sa.column("rowid", sa.Integer), sa.column("events_search_fts", sa.Text))
# By no index: SQLite would take all documents of a kind and ask for each, PostgreSQL too, given a limit.
_KIND_BY_NO_INDEX: Final = SearchDocument.kind.concat("")

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Hits:
    """The best hits of one kind, and how many there are in all; ``more``: at least so many."""

    documents: Sequence[SearchDocument]
    count: int
    more: bool = False


def index(session: Session, kind: RecordKind, record: Any, *, new: bool) -> None:
    """Write the record's text anew; flush first, so that it has an id."""
    values = _document(kind, record)
    own = sa.update(SearchDocument).where(
        SearchDocument.kind == kind.name, SearchDocument.record_id == record.id
    )
    if new or not session.execute(own.values(values)).rowcount:  # type: ignore[attr-defined]
        session.add(SearchDocument(**values))


def index_new(session: Session, kind: RecordKind, records: Sequence[Any]) -> None:
    """Write the texts of many new records at once."""
    documents = [_document(kind, record) for record in records]
    bulk.insert_named(session.connection(), SearchDocument.__table__, documents)


def _document(kind: RecordKind, record: Any) -> dict[str, Any]:
    title = kind.title_of(record)[:300]
    return {
        "kind": kind.name,
        "record_id": record.id,
        "client_id": kind.client_of(record),
        "title": title,
        "title_key": sort_key(title),
        "body": body(kind, record),
    }


def remove(session: Session, kind: str, ids: Sequence[int]) -> None:
    """Forget records."""
    session.execute(
        sa.delete(SearchDocument).where(SearchDocument.kind == kind, SearchDocument.record_id.in_(ids))
    )


def body(kind: RecordKind, record: Any) -> str:
    """All searchable values of a record and its rows, folded; numbers also without punctuation."""
    words: dict[str, None] = {}
    for text in _searchable(kind, record):
        words[fold(text)] = None
        bare = digits(text) if looks_like_number(text) else compact(text)
        words[bare] = None
    return "\n".join(word for word in words if word)


def _searchable(kind: RecordKind, record: Any) -> Iterator[str]:
    yield from _texts(kind.fields, record)
    if record.external_id:
        yield record.external_id
    for collection in kind.collections:
        if any(field.searchable for field in collection.fields):
            for row in getattr(record, collection.name):
                yield from _texts(collection.fields, row)


def _texts(fields: Any, record: Any) -> Iterator[str]:
    field: Field
    for field in fields:
        if field.searchable:
            yield field.text(getattr(record, field.name))


def matches(session: Session, kinds: Sequence[RecordKind], term: str, *, actor: Actor) -> sa.Select[int]:
    """Ids of search documents of these kinds that hold what ``term`` asks for; at most ``LIMIT``.

    Of kinds of which the actor does not see every field that is searched, only titles are; but what is
    shown on request is found by the whole of it: who calls from a number can be looked up, and no number
    be guessed digit by digit.
    """
    asked, document = terms.parse(term), SearchDocument
    query, kind_name = sa.select(document.id), document.kind.expression
    if any(map(_is_indexed, asked.words)):
        query = _holding(session, query, asked.words)
        if session.get_bind().dialect.name == "sqlite":
            kind_name = _KIND_BY_NO_INDEX
    else:
        query = query.where(document.title_key >= asked.text, document.title_key < asked.text + LAST)
    query = query.where(*(~_said(kinds, actor, [(word,)]) for word in asked.without))
    by_title = [kind.name for kind in kinds if hides_words(kind, actor)]
    if by_title:
        titled = sa.and_(*(_holds(document.title_key, word) for word in asked.words))
        whole = sa.and_(kind_name.in_(_found_whole(kinds, actor)), _is_line(document.body, asked.line()))
        query = query.where(sa.or_(kind_name.not_in(by_title), titled, whole))
    return query.where(access.documents(kinds, actor, kind_name, document.record_id)).limit(LIMIT)


def _is_indexed(word: Word) -> bool:
    return all(any(len(piece) >= INDEXED for piece in pieces) for pieces in word)


def _holding(session: Session, query: sa.Select[Any], words: Sequence[Word]) -> sa.Select[Any]:
    """Narrow a query of documents to those that hold every word, by the index of the database."""
    indexed = [word for word in words if _is_indexed(word)]
    rest = [word for word in words if not _is_indexed(word)]
    if session.get_bind().dialect.name == "sqlite":
        phrase = " AND ".join(_any_of(word) for word in indexed)
        query = query.join(_fts, _fts.c.rowid == SearchDocument.id)
        query = query.where(_fts.c.events_search_fts.match(phrase))
    else:
        rest = [*indexed, *rest]
    return query.where(*(_holds(SearchDocument.body, word) for word in rest))


def _any_of(word: Word) -> str:
    """A word with its alternatives, in the language of FTS5."""
    alternatives = (
        " AND ".join('"' + piece.replace('"', '""') + '"' for piece in pieces if len(piece) >= INDEXED)
        for pieces in word
    )
    return "(" + " OR ".join(f"({one})" for one in alternatives) + ")"


def _holds(column: Any, word: Word) -> Condition:
    """Whether a text holds a word: all pieces of one of its alternatives, in their order."""
    return sa.or_(*(column.like(f"%{'%'.join(map(_escaped, pieces))}%", escape="/") for pieces in word))


def _contains(column: Any, text: str) -> Condition:
    found: Condition = column.contains(text, autoescape=True)
    return found


def _escaped(text: str) -> str:
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def hides_words(kind: RecordKind, actor: Actor) -> bool:
    """Whether the text of a record holds what the actor does not see."""
    return not access.hidden(kind, actor).isdisjoint(_searched(kind.whole))


def _searched(kind: RecordKind) -> set[str]:
    searched = {field.name for field in kind.fields if field.searchable}
    return searched | {one.name for one in kind.collections if any(field.searchable for field in one.fields)}


def _found_whole(kinds: Sequence[RecordKind], actor: Actor) -> list[str]:
    """The kinds of which nothing that is searched is hidden for good."""
    return [
        kind.name
        for kind in kinds
        if (access.hidden(kind, actor) - access.on_request(kind, actor)).isdisjoint(_searched(kind.whole))
    ]


def _is_line(body: Any, line: str) -> Condition:
    """Whether a value is what was typed, from its beginning to its end."""
    return _contains(sa.literal("\n") + body + "\n", f"\n{line}\n")


def record_ids(session: Session, kind: RecordKind, term: str, *, actor: Actor) -> sa.Select[int]:
    """Ids of the records of one kind that match ``term``, as a subquery for a list."""
    found = matches(session, [kind], term, actor=actor).with_only_columns(SearchDocument.record_id)
    # MATERIALIZED, or PostgreSQL walks the index of the list's order and filters row by row.
    hits = found.cte("hits")
    if session.get_bind().dialect.name == "postgresql":
        hits = hits.prefix_with("MATERIALIZED", dialect="postgresql")
    return sa.select(hits.c.record_id)


def find(
    session: Session, kinds: Sequence[RecordKind], term: str, *, actor: Actor, limit: int
) -> list[SearchDocument]:
    """The best hits of several kinds, the nearest titles first."""
    if not fold(term):
        return []
    hits = _ranked(matches(session, kinds, term, actor=actor), fold(term))
    best = sa.select(hits).order_by(*_best_first(hits)).limit(limit).subquery("best")
    query = sa.select(SearchDocument).join(best, best.c.id == SearchDocument.id)
    return list(session.scalars(query.order_by(*_best_first(best))))


def _ranked(found: sa.Select[int], start: str) -> sa.CTE:
    """Matches with what they are ordered by: to ask for their rows once more took a third of a search.

    First titles that begin so, then those of which a word does, those that hold it, what holds it elsewhere.
    """
    document = SearchDocument
    title = document.title_key
    nearness = sa.case(
        (title.startswith(start, autoescape=True), 0),
        (title.contains(f" {start}", autoescape=True), 1),
        (title.contains(start, autoescape=True), 2),
        else_=3,
    )
    return found.with_only_columns(document.id, document.kind, title, nearness.label("nearness")).cte("hits")


def _best_first(hits: sa.FromClause) -> Sequence[sa.ColumnElement[Any]]:
    return hits.c.nearness, hits.c.title_key, hits.c.id


def find_each(
    session: Session, kinds: Sequence[RecordKind], term: str, *, actor: Actor, each: int
) -> Mapping[str, Hits]:
    """The best hits of every kind, by its name; the kind with the best hit first."""
    start = fold(term)
    if not start:
        return {}
    hits = _ranked(matches(session, kinds, term, actor=actor), start)
    rank = sa.func.row_number().over(partition_by=hits.c.kind, order_by=_best_first(hits))
    count = sa.func.count().over(partition_by=hits.c.kind)
    top = sa.select(hits, rank.label("place"), count.label("number")).subquery("top")
    query = sa.select(SearchDocument, top.c.number).join(top, top.c.id == SearchDocument.id)
    rows = session.execute(query.where(top.c.place <= each).order_by(*_best_first(top))).all()
    counts = {row[0].kind: int(row[1]) for row in rows}
    full = sum(counts.values()) >= LIMIT
    found = [row[0] for row in rows]
    if full:
        found = _with_first(session, kinds, start, found, actor=actor, each=each)
    return {
        name: Hits(documents, max(counts.get(name, 0), len(documents)), full)
        for name, documents in _by_kind(found, each).items()
    }


def _by_kind(documents: Sequence[SearchDocument], each: int) -> dict[str, list[SearchDocument]]:
    found: dict[str, list[SearchDocument]] = {}
    for document in documents:
        of_kind = found.setdefault(document.kind, [])
        if len(of_kind) < each and all(document.id != one.id for one in of_kind):
            of_kind.append(document)
    return found


def _with_first(
    session: Session,
    kinds: Sequence[RecordKind],
    start: str,
    found: Sequence[SearchDocument],
    *,
    actor: Actor,
    each: int,
) -> list[SearchDocument]:
    """Where there are more hits than are fetched: those whose title begins so are looked up, too."""
    document = SearchDocument
    first = [
        sa.select(document.id)
        .where(document.kind == kind.name, document.title_key >= start, document.title_key < start + LAST)
        .where(access.documents([kind], actor, document.kind, document.record_id))
        .order_by(document.title_key)
        .limit(each)
        .subquery()
        for kind in kinds
    ]
    ids = sa.union_all(*(sa.select(one.c.id) for one in first))
    query = sa.select(document).where(document.id.in_(ids)).order_by(document.title_key, document.id)
    return [*session.scalars(query), *found]


def similar(
    session: Session, kinds: Sequence[RecordKind], term: str, *, actor: Actor, limit: int
) -> list[SearchDocument]:
    """Records with titles spelt almost as the term, or as the words of it that they do not hold.

    It is for terms that find too little: this costs a few times what ``matches`` does.
    """
    asked, document = terms.parse(term), SearchDocument
    words = misspelt.loosened(asked)
    if not any(map(_is_indexed, words)):
        return []
    said = [_said(kinds, actor, word) for word in asked.words]
    near = [_holds(document.title_key, word) for word in words]
    held = [sa.case((one, 1), else_=0) for one in said]
    query = _holding(session, sa.select(document.id, document.title_key, *held), words)
    query = query.where(*(sa.or_(*both) for both in zip(said, near, strict=True)))
    query = query.where(*(~_said(kinds, actor, [(word,)]) for word in asked.without))
    query = query.where(access.documents(kinds, actor, _KIND_BY_NO_INDEX, document.record_id)).limit(ALMOST)
    rows = session.execute(query).all()
    slips = misspelt.slips(asked, [row[1] for row in rows], [row[2:] for row in rows])
    ranked = sorted((far, row[1], row[0]) for far, row in zip(slips, rows, strict=True) if far)
    place = {row_id: number for number, (_far, _title, row_id) in enumerate(ranked[:limit])}
    found = session.scalars(sa.select(document).where(document.id.in_(place)))
    return sorted(found, key=lambda hit: place[hit.id])


def _said(kinds: Sequence[RecordKind], actor: Actor, word: Word) -> Condition:
    """Whether a document holds a word as it was typed, where the actor may search for it."""
    held = _holds(SearchDocument.body, word)
    by_title = [kind.name for kind in kinds if hides_words(kind, actor)]
    if not by_title:
        return held
    return sa.or_(sa.and_(held, SearchDocument.kind.not_in(by_title)), _holds(SearchDocument.title_key, word))
