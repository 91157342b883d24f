"""How many fulfil a rule, and who is first: found once, and known for as long as nothing is changed.

A preview counts all clients and finds the first of them in one statement. The list that is opened next shows
just these: they are kept for a minute, for this rule and this reader, and a list asks for them as long as no
event since then has changed a record (``events_head`` moves with each, in its transaction). So a live group
is never older than the last change, and by the clock alone, which moves “days of silence”, a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.util import ClauseAdapter

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.events.models import Event, Head
from vinculo.plugins.registry import Registry
from vinculo.records import access
from vinculo.records import query as queries
from vinculo.records.condition_tree import Filter, leaves
from vinculo.records.criteria import Asked, Reader
from vinculo.records.kind import RecordKind
from vinculo_segments import queries as own
from vinculo_segments.models import Segment, Way
from vinculo_segments.queries import CRITERION, Rule

FIRST: Final = queries.DEFAULT_LIMIT + 1  # a page, and whether there is another
FRESH: Final = timedelta(minutes=1)
MOST: Final = 200  # rules that are kept
LARGE: Final = 20_000  # from how many clients on it matters how they are gone through
SAMPLED: Final = 400
_PLUS: Final[Any] = custom_op("+")
RARE: Final = 0.1  # the share of clients up to which an index is quicker than going through all


@dataclass(frozen=True, slots=True)
class Look:
    """How many clients of a reader fulfil a rule, and the first of them as lists show them: (id, name)."""

    count: int
    first: Sequence[tuple[int, str]]
    at: datetime
    event: int  # the last one before


class _Kept:
    """What was found lately, in this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: dict[Any, Look] = {}

    def get(self, key: Any) -> Look | None:
        with self._lock:
            return self._found.get(key)

    def put(self, key: Any, look: Look) -> None:
        with self._lock:
            while len(self._found) >= MOST:
                del self._found[next(iter(self._found))]
            self._found[key] = look


_kept: WeakKeyDictionary[Any, _Kept] = WeakKeyDictionary()  # by the connections to a database


def look(session: Session, rule: Rule, actor: Actor) -> Look:
    """What a rule finds for a reader. Raises what its criteria raise."""
    if (found := _known(session, rule, actor)) is not None:
        return found
    event = session.scalar(sa.select(Head.number)) or 0
    found = find(session, rule, actor, event=event)
    _of(session).put(_key(rule, actor), found)
    return found


def members(session: Session, registry: Registry, segment: Segment, actor: Actor) -> Look:
    """The same of a group, whatever decides who is in it. Raises ``ConflictError``, see ``own.rule_of``."""
    if segment.way is Way.LIVE:
        rule = own.rule_of(session, registry, segment, actor)
    else:
        rule = own.read(registry, segment.kind, [(CRITERION, str(segment.id))], actor, typed=True)
    return look(session, rule, actor)


def first(asked: Asked, limit: int) -> Sequence[int] | None:
    """The ids of those who come first in the list of a live group, if that is known."""
    segment = own.find(asked.session, asked.registry, asked.values[0], asked.actor)
    if segment.way is not Way.LIVE or limit > FIRST:
        return None
    rule = own.rule_of(asked.session, asked.registry, segment, asked.actor)
    found = _known(asked.session, rule, asked.actor)
    return [record_id for record_id, _name in found.first] if found else None


def _known(session: Session, rule: Rule, actor: Actor) -> Look | None:
    """What was found before, if nothing has changed since. Other groups may change without a trace."""
    found = _of(session).get(_key(rule, actor))
    if found is None or any(one.field == CRITERION for one in leaves(rule.query.filters)):
        return None
    return found if _holds(session, found) else None


def _of(session: Session) -> _Kept:
    return _kept.setdefault(session.connection().engine.pool, _Kept())


def _key(rule: Rule, actor: Actor) -> Any:
    # The kind is another object when plugins or custom fields have changed.
    return rule.kind, tuple(sorted(rule.settled)), Reader.of(actor)


def _holds(session: Session, found: Look) -> bool:
    if now() - found.at > FRESH:
        return False
    table = Event.__table__
    changed = sa.select(1).where(
        table.c.id > found.event, table.c.version.is_not(None), table.c.kind != CRITERION
    )
    return session.scalar(changed.limit(1)) is None


def find(session: Session, rule: Rule, actor: Actor, *, event: int = 0) -> Look:
    """The same, asked of the database; ``event`` is the last one before."""
    moment = now()
    rows = session.execute(statement(session, rule, actor)).all()
    return Look(rows[0][2] if rows else 0, [(row[0], row[1]) for row in rows], moment, event)


def statement(session: Session, rule: Rule, actor: Actor) -> sa.Select[Any]:
    """What asks for all of it: the first by the order of lists, and beside each how many there are."""
    kind, keys = rule.kind, queries.keys_of(rule.kind, rule.kind.sort)
    columns = [kind.column("id"), kind.column(kind.title), sa.func.count().over()]
    return _asked(session, rule, actor, columns, [key.order(backwards=False) for key in keys]).limit(FIRST)


def ids(session: Session, rule: Rule, actor: Actor) -> sa.Select[Any]:
    """What asks for the ids of all who fulfil a rule."""
    return _asked(session, rule, actor, [rule.kind.column("id")], ())


def _asked(
    session: Session, rule: Rule, actor: Actor, columns: Sequence[Any], order: Sequence[Any]
) -> sa.Select[Any]:
    kind = rule.kind
    conditions = [*queries.conditions(session, kind, rule.query, actor)]
    if session.get_bind().dialect.name != "sqlite":
        return _in_two_steps(kind, actor, conditions, columns, order)
    if _is_broad(session, rule, actor):
        conditions = [_unindexed(one, kind.table) for one in conditions]
    return access.within(sa.select(*columns), kind, actor).where(*conditions).order_by(*order)


# How they are gone through


def _is_broad(session: Session, rule: Rule, actor: Actor) -> bool:
    """Whether no single condition leaves few: then to go through all clients is quicker than any index.

    SQLite takes an index wherever there is one, and looks half a table up row by row. The shares are those
    of a sample that is spread evenly over the ids.
    """
    table = rule.kind.table
    last = session.scalar(sa.select(sa.func.max(table.c.id))) or 0
    if last < LARGE:
        return False
    single = [one for one in rule.query.filters if isinstance(one, Filter) and _is_plain(rule.kind, one)]
    asked = [queries.condition(session, rule.kind, rule.query, actor, one) for one in single]
    theirs = access.condition(rule.kind, actor, few=True)
    shares = [
        sa.func.sum(sa.case((one, 1), else_=0)) for one in [*asked, *([] if theirs is None else [theirs])]
    ]
    ids = range(1, last + 1, last // SAMPLED)
    count, *found = session.execute(sa.select(sa.func.count(), *shares).where(table.c.id.in_(ids))).one()
    return all((one or 0) > RARE * count for one in found)


def _is_plain(kind: RecordKind, one: Filter) -> bool:
    return kind.figure(one.field) is None and kind.criterion(one.field) is None


def _unindexed(condition: sa.ColumnElement[bool], table: sa.Table) -> sa.ColumnElement[bool]:
    """The same, with columns that no index is looked up for: to SQLite, +x is an expression."""

    def plus(element: Any, **_options: Any) -> Any:
        if isinstance(element, sa.Column) and element.table is table:
            return sa.UnaryExpression(element, operator=_PLUS, type_=element.type)
        return None

    found: sa.ColumnElement[bool] = visitors.replacement_traverse(condition, {}, plus)
    return found


def _in_two_steps(
    kind: RecordKind, actor: Actor, conditions: Sequence[Any], columns: Sequence[Any], order: Sequence[Any]
) -> sa.Select[Any]:
    """With the figures of other tables behind all else, which stands in a subquery of its own.

    PostgreSQL takes conditions that ask other tables for rare ones, and then walks all clients in the order
    of their names. What stands behind OFFSET is found first, by as many workers as there are; figures are
    counted client by client, by one.
    """
    table = kind.table
    dear = [one for one in conditions if _is_dear(one, table)]
    parts = [part for one in [*dear, *columns, *order] for part in visitors.iterate(one)]
    needed = {part.key: part for part in parts if isinstance(part, sa.Column) and part.table is table}
    cheap = access.within(sa.select(*needed.values()), kind, actor)
    quick = (one for one in conditions if not _is_dear(one, table))
    found = cheap.where(*quick).offset(0).subquery("found")
    adapted = ClauseAdapter(found).traverse
    shown, asked, keys = ([adapted(one) for one in several] for several in (columns, dear, order))
    return sa.select(*shown).where(*asked).order_by(*keys)


def _is_dear(condition: sa.ColumnElement[bool], table: sa.Table) -> bool:
    """Whether it holds subqueries; not where one is of the clients themselves, which stays as it is.

    That something exists at all is a join to PostgreSQL.
    """
    if isinstance(condition, sa.Exists):
        return False
    inner = [part for part in visitors.iterate(condition) if isinstance(part, sa.Select)]
    return bool(inner) and not any(table in one.columns_clause_froms for one in inner)
