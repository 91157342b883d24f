"""The search index: one folded text for each record, found by any fragment of three letters.

SQLite: FTS5 with the trigram tokenizer over ``events_search``, kept up to date by triggers.
PostgreSQL: a trigram GIN index on ``body``. Both are made by the kernel's first migration. Hits are
fetched under a limit before anything orders them: else the planner walks an order's index instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.events.models import SearchDocument
from vinculo.records import access
from vinculo.records.fields import Field
from vinculo.records.kind import RecordKind
from vinculo.records.text import compact, digits, fold, looks_like_number, sort_key

LIMIT: Final = 1000
_fts = sa.table("events_search_fts", sa.column("rowid", sa.Integer), sa.column("events_search_fts", sa.Text))


def index(session: Session, kind: RecordKind, record: Any, *, new: bool) -> None:
    """Write the record's text anew; flush first, so that it has an id."""
    title = kind.title_of(record)[:300]
    values = {
        "client_id": kind.client_of(record),
        "title": title,
        "title_key": sort_key(title),
        "body": body(kind, record),
    }
    if new:
        session.add(SearchDocument(kind=kind.name, record_id=record.id, **values))
        return
    session.execute(
        sa.update(SearchDocument)
        .where(SearchDocument.kind == kind.name, SearchDocument.record_id == record.id)
        .values(values)
    )


def remove(session: Session, kind: str, record_id: int) -> None:
    """Forget a record."""
    session.execute(
        sa.delete(SearchDocument).where(SearchDocument.kind == kind, SearchDocument.record_id == record_id)
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
    """Ids of search documents of these kinds that hold every word of ``term``; at most ``LIMIT``.

    Of kinds of which the actor does not see every field that is searched, only titles are; but what is
    shown on request is found by the whole of it: who calls from a number can be looked up, and no number
    be guessed digit by digit.
    """
    words = _words(term)
    document = SearchDocument
    query, kind_name = sa.select(document.id), document.kind.expression
    long = [word for word in words if len(word) >= 3]
    if not long:
        start = fold(term)
        query = query.where(document.title_key >= start, document.title_key < start + "\U0010ffff")
    elif session.get_bind().dialect.name == "sqlite":
        phrase = " AND ".join('"' + word.replace('"', '""') + '"' for word in long)
        query = query.join(_fts, _fts.c.rowid == document.id).where(_fts.c.events_search_fts.match(phrase))
        # By no index: once SQLite has statistics, it would take all documents of a kind and ask for each.
        kind_name = document.kind.concat("")
        long = []
    if len(words) > len(long) and any(len(word) >= 3 for word in words):
        long = [*long, *(word for word in words if len(word) < 3)]
    for word in long:
        query = query.where(document.body.contains(word, autoescape=True))
    by_title = [kind.name for kind in kinds if hides_words(kind, actor)]
    if by_title:
        titled = sa.and_(*(document.title_key.contains(word, autoescape=True) for word in words))
        whole = sa.and_(kind_name.in_(_found_whole(kinds, actor)), _is_line(document.body, words))
        query = query.where(sa.or_(kind_name.not_in(by_title), titled, whole))
    return query.where(access.documents(kinds, actor, kind_name, document.record_id)).limit(LIMIT)


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


def _is_line(body: Any, words: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether a value is what was typed, from its beginning to its end."""
    line: sa.ColumnElement[bool] = (sa.literal("\n") + body + "\n").contains(
        f"\n{' '.join(words)}\n", autoescape=True
    )
    return line


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
    """The best hits of several kinds: titles that begin with the term first, then by title."""
    if not fold(term):
        return []
    start = fold(term)
    begins = sa.case((SearchDocument.title_key.startswith(start, autoescape=True), 0), else_=1)
    hits = matches(session, kinds, term, actor=actor).cte("hits")
    query = (
        sa.select(SearchDocument)
        .where(SearchDocument.id.in_(sa.select(hits.c.id)))
        .order_by(begins, SearchDocument.title_key, SearchDocument.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def _words(term: str) -> list[str]:
    if looks_like_number(term):
        return [digits(term)]
    return fold(term[:200]).split()[:8]
