"""Asking for the facts of plugins, of which any may fail: one plugin's fault is not another's.

All figures of a list are one statement. Where that fails, each figure is tried by itself; those at fault are
left empty, with the reason, and counted against their plugins.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from vinculo.db.isolating import isolated
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.plugins.guard import Guard
from vinculo.records import facts
from vinculo.records import query as queries
from vinculo.records.condition_tree import leaves
from vinculo.records.kind import Figure, RecordKind
from vinculo.records.query import Query
from vinculo.web.context import Context

logger = logging.getLogger(__name__)

T = TypeVar("T")
# What a refused statement raises, and what a value of another type than was said does where it is shown.
FAULTS: Final = (SQLAlchemyError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def ask(
    session: Session,
    kind: RecordKind,
    query: Query,
    work: Callable[[RecordKind], T],
    *,
    guard: Guard | None,
    fields: Collection[str] = (),
    trial: Callable[[RecordKind], Any] | None = None,
    strict: bool = True,
) -> tuple[RecordKind, T]:
    """The kind as it could be had, and what ``work`` finds with it; ``fields`` are those that it shows.

    ``trial`` stands for ``work`` where that is not to be repeated to find out which figures fail. Raises
    ``InvalidError`` if one by which the query selects or orders does; unless ``strict``, it is empty then.
    """
    deciding = _deciding(query)
    own = [one for one in kind.figures if one.field.name in deciding.union(fields)]
    failed = [one for one in own if one.failed]
    if strict:
        _require(one for one in failed if one.field.name in deciding)
    if len(failed) == len(own):
        for one in failed:
            _count(guard, one)
        return kind, work(kind)
    try:
        with isolated(session):
            found = work(kind)
    except FAULTS:
        faulty = [one for one in own if not one.failed and _fails(session, kind, one, trial or work)]
        if strict and not faulty:
            raise
        logger.exception("%s with facts of plugins failed", kind.plural)
        kind = without(kind, faulty or own)
        return ask(session, kind, query, work, guard=guard, fields=fields, trial=trial, strict=strict)
    for one in failed:
        _count(guard, one)
    return kind, found


def checked(ctx: Context, kind: RecordKind, query: Query, *, action: str) -> Query:
    """The query, if the facts by which it selects can be told. Raises ``InvalidError``."""

    def count(seen: RecordKind) -> int:
        return queries.count(ctx.session, seen, query, actor=ctx.actor, action=action)

    if any(kind.figure(name) for name in _deciding(query)):
        ask(ctx.session, kind, query, count, guard=ctx.site.guard)
    return query


def without(kind: RecordKind, figures: Collection[Figure]) -> RecordKind:
    """The kind with these figures failed."""
    return kind.measured(tuple(facts.failed(one) if one in figures else one for one in kind.figures))


def _deciding(query: Query) -> frozenset[str]:
    """The fields by which a query selects or orders."""
    return frozenset({query.sort.removeprefix("-"), *(one.field for one in leaves(query.filters))})


def _fails(session: Session, kind: RecordKind, figure: Figure, trial: Callable[[RecordKind], Any]) -> bool:
    """Whether a figure fails where it is the only one."""
    alone = without(kind, [one for one in kind.figures if one is not figure])
    try:
        with isolated(session):
            trial(alone)
    except FAULTS:
        logger.exception("fact %s of plugin %s failed", figure.field.name, figure.plugin)
        return True
    return False


def _require(failed: Iterable[Figure]) -> None:
    text = _("“%(field)s” cannot be told: it failed in the plugin %(plugin)s. Ask without it.")
    errors = [
        FieldError(one.field.name, text % {"field": one.field.label, "plugin": one.plugin}, "fact_failed")
        for one in failed
    ]
    if errors:
        raise InvalidError(errors, code="fact_failed")


def _count(guard: Guard | None, figure: Figure) -> None:
    if guard is not None:
        guard.count_error(figure.plugin, f"fact {figure.field.name}")
