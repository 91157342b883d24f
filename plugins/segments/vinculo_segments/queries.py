"""Who is in a group, as SQL; which groups cannot be used, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source, system
from vinculo.errors import ConflictError, InvalidError, MalformedError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.plugins.models import PluginState, State
from vinculo.plugins.registry import Registry
from vinculo.records import access, facts, view_uses
from vinculo.records import query as queries
from vinculo.records.condition_tree import kind_in
from vinculo.records.criteria import Asked
from vinculo.records.kind import RecordKind
from vinculo.records.query import Query
from vinculo_segments.models import Membership, Refresh, Segment, Way

CRITERION: Final = "segment"
DEEPEST: Final = 8  # groups within each other
MOST: Final = 40  # groups of which a card tells

Pairs = Sequence[tuple[str, str]]
_asked_of: ContextVar[tuple[int, ...]] = ContextVar("segments_asked_of", default=())


@dataclass(frozen=True, slots=True)
class Rule:
    """The conditions of a group as one reader may ask for them; ``settled`` as they are stored."""

    kind: RecordKind
    query: Query
    pairs: Pairs
    settled: Pairs


# Rules


def pairs_of(segment: Segment) -> list[tuple[str, str]]:
    """The conditions of a group, as parameters of a list."""
    return [(str(name), str(value)) for name, value in segment.rule]


def conditions_in(parameters: Pairs) -> list[tuple[str, str]]:
    """Those parameters of a list that are conditions."""
    steering = queries.CONTROLS | queries.LOOKS | {"view", "number", "format", "column"}
    return [(n, v) for n, v in parameters if n not in steering and not n.startswith("_") and v.strip()]


def read(registry: Registry, kind: str, pairs: Pairs, actor: Actor, *, typed: bool) -> Rule:
    """Conditions as an actor may ask for them. Raises what ``query.parse`` raises."""
    seen, me = facts.seen_by(registry, registry.kinds[kind], actor), actor.user_id or 0
    asked = queries.parse(seen, pairs, typed=typed, me=me)
    return Rule(seen, asked, pairs, queries.settled(seen, pairs, typed=typed, me=me))


def rule_of(session: Session, registry: Registry, segment: Segment, actor: Actor) -> Rule:
    """The rule of a group, for a reader. Raises ``ConflictError`` where it cannot be used."""
    if not segment.rule:
        text = _("The group “%(name)s” has no conditions yet; add some, or nobody is in it.")
        raise ConflictError(text % {"name": segment.name}, code="segment_without_rule")
    if missing := waiting(session, registry, segment, actor):
        text = _("The group “%(name)s” cannot be used: %(faults)s")
        code = "segment_hidden" if missing[0].hidden else "segment_waits"
        raise ConflictError(text % {"name": segment.name, "faults": " ".join(map(str, missing))}, code=code)
    try:
        return read(registry, segment.kind, pairs_of(segment), actor, typed=True)
    except (InvalidError, MalformedError) as fault:
        text = _("The group “%(name)s” cannot be used: %(faults)s")
        values = {"name": segment.name, "faults": fault.message}
        raise ConflictError(text % values, code="segment_unusable") from fault


# What waits


@dataclass(frozen=True, slots=True)
class Missing:
    """A part of a rule that cannot be asked for: of a plugin that is off, gone, or not for this reader."""

    part: str
    plugin: str = ""
    hidden: bool = False

    def __str__(self) -> str:
        """Why, and what helps."""
        if self.hidden:
            return _("Your rights do not cover “%(part)s”, which its conditions ask for.", part=self.part)
        if self.plugin:
            text = _(
                "“%(part)s” waits for the plugin %(plugin)s, which is off: switch it on or change the rule."
            )
            return text % {"part": self.part, "plugin": self.plugin}
        return _("“%(part)s” is gone: change the rule.", part=self.part)


def waiting(session: Session, registry: Registry, segment: Segment, actor: Actor) -> list[Missing]:
    """What of the rule of a group a reader cannot ask for."""
    kind = registry.kinds[segment.kind]
    seen = facts.seen_by(registry, kind, actor)
    names = [name for name, _value in pairs_of(segment) if queries.asked_field(seen, name) is None]
    if not names:
        return []
    whole = facts.seen_by(registry, kind, system(Source.JOB))
    found: dict[str, Missing] = {}
    for name in names:
        part = kind_in(queries.path_of(name)) or queries.split(name)[0]
        hidden = queries.asked_field(whole, name) is not None
        found[part] = Missing(part, "" if hidden else _plugin_of(session, part), hidden)
    return [found[part] for part in sorted(found)]


def _plugin_of(session: Session, part: str) -> str:
    """The title of the plugin that is off to which a fact or a kind belongs; "" if none does."""
    for row in session.scalars(sa.select(PluginState).where(PluginState.state != State.ON)):
        if part.startswith(f"{row.name}_") or part in row.about.get("kinds", {}):
            return str(row.about.get("title") or row.name)
    return ""


def groups_in(pairs: Pairs) -> set[int]:
    """The groups that conditions name."""
    texts = [v for n, v in pairs if queries.split(n)[0] == CRITERION and not kind_in(queries.path_of(n))]
    return {int(part) for text in texts for part in text.split(",") if part.strip().isdecimal()}


# Members


def holds(asked: Asked) -> sa.ColumnElement[bool]:
    """Whether a client is in any of some groups. Raises for a group that cannot be used."""
    return sa.or_(*(_in_one(asked, int(value)) for value in asked.values))


def _in_one(asked: Asked, segment_id: int) -> sa.ColumnElement[bool]:
    segment = find(asked.session, asked.registry, segment_id, asked.actor)
    with within(segment):
        return members(asked.session, asked.registry, segment, asked.actor, asked.about)


def find(session: Session, registry: Registry, segment_id: int, actor: Actor) -> Segment:
    """A group that an actor sees. Raises ``NotFoundError``."""
    return among(found(session, registry, {segment_id}, actor), segment_id)


def found(
    session: Session, registry: Registry, ids: AbstractSet[int | None], actor: Actor
) -> dict[int, Segment]:
    """Those of some groups that an actor sees."""
    wanted = [one for one in ids if one is not None]
    query = access.within(sa.select(Segment), registry.kinds[CRITERION], actor, few=True)
    return {one.id: one for one in session.scalars(query.where(Segment.id.in_(wanted)))} if wanted else {}


def among(groups: Mapping[int, Segment], segment_id: int) -> Segment:
    """One of these. Raises ``NotFoundError``."""
    if segment_id not in groups:
        text = _("There is no group %(id)s for you: it was deleted, or is not shared with you.")
        raise NotFoundError(text % {"id": segment_id})
    return groups[segment_id]


def members(
    session: Session, registry: Registry, segment: Segment, actor: Actor, about: sa.ColumnElement[int]
) -> sa.ColumnElement[bool]:
    """Whether the client with the id ``about`` is in a group. Raises ``ConflictError``, see ``rule_of``."""
    if segment.way is not Way.MANUAL:
        rule = rule_of(session, registry, segment, actor)
        if segment.way is Way.LIVE:
            return _by_rule(session, rule, actor, about)
    inside = Membership.__table__.alias()
    query = sa.select(inside.c.client_id).where(inside.c.segment_id == segment.id, inside.c.left_at.is_(None))
    return about.in_(query.correlate(None))


def _by_rule(
    session: Session, rule: Rule, actor: Actor, about: sa.ColumnElement[int]
) -> sa.ColumnElement[bool]:
    fulfilled = sa.and_(*queries.conditions(session, rule.kind, rule.query, actor))
    if about is rule.kind.table.c.id:
        return fulfilled
    return about.in_(sa.select(rule.kind.table.c.id).where(fulfilled).correlate(None))


@contextmanager
def within(segment: Segment) -> Iterator[None]:
    """While the rule of a group is read, which may name others. Raises ``ConflictError`` for a circle."""
    outer = _asked_of.get()
    if segment.id in outer or len(outer) >= DEEPEST:
        text = _("The group “%(name)s” leads back to itself, or groups stand too deep within each other.")
        raise ConflictError(text % {"name": segment.name}, code="segment_cycle")
    token = _asked_of.set((*outer, segment.id))
    try:
        yield
    finally:
        _asked_of.reset(token)


def circle(session: Session, segment: Segment, pairs: Pairs, actor: Actor) -> list[str]:
    """The names of the groups by which conditions lead back to their own group; [] if they do not."""
    paths: list[tuple[int, list[str]]] = [(one, []) for one in groups_in(pairs)]
    met: set[int] = set()
    while paths:
        number, names = paths.pop()
        if number == segment.id:
            return [segment.name, *names, segment.name]
        row = session.get(Segment, number) if number not in met else None
        met.add(number)
        if row is not None:
            known = row.shared or row.owner_id == actor.user_id
            paths += [(one, [*names, row.name if known else "…"]) for one in groups_in(pairs_of(row))]
    return []


# Reads


def all_of(session: Session, registry: Registry, actor: Actor, way: Way | None = None) -> Sequence[Segment]:
    """The groups that an actor sees, by name."""
    query = access.within(sa.select(Segment), registry.kinds[CRITERION], actor)
    query = query if way is None else query.where(Segment.way == way)
    return session.scalars(query.order_by(Segment.name, Segment.id).limit(MOST)).all()


def of_client(
    session: Session, registry: Registry, client_id: int, actor: Actor
) -> tuple[list[Segment], list[Segment]]:
    """The groups in which a client is, and those of which it cannot be said; one query beside their rules."""
    kind = registry.kinds["client"]
    asked: list[tuple[Segment, Any]] = []
    untold = []
    for segment in all_of(session, registry, actor):
        try:
            with within(segment):
                asked.append((segment, members(session, registry, segment, actor, kind.table.c.id)))
        except (ConflictError, NotFoundError, InvalidError, MalformedError):
            untold.append(segment)
    if not asked:
        return [], untold
    columns = [condition.label(f"in{number}") for number, (_s, condition) in enumerate(asked)]
    row = session.execute(sa.select(*columns).where(kind.table.c.id == client_id)).first()
    found = [segment for (segment, _c), inside in zip(asked, row or (), strict=False) if inside]
    return found, untold


def refreshes(session: Session, segment_id: int, limit: int) -> Sequence[Refresh]:
    """The last times that a group was refreshed."""
    query = sa.select(Refresh).where(Refresh.segment_id == segment_id).order_by(Refresh.id.desc())
    return session.scalars(query.limit(limit)).all()


def using(session: Session, fields: view_uses.Fields) -> list[str]:
    """The groups whose rules need any of these fields or kinds, in words; private ones are counted."""
    rows = session.scalars(sa.select(Segment).order_by(Segment.name, Segment.id))
    found = [one for one in rows if view_uses.uses(fields, one.kind, pairs_of(one))]
    told = [_("Group: %(name)s", name=one.name) for one in found if one.shared]
    private = len(found) - len(told)
    own = [ngettext("%(n)s private group", "%(n)s private groups", private)] if private else []
    return [*told, *own]
