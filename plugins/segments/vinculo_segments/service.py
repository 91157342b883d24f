"""Changing groups: their rules, who is in them, and refreshing those that are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db import bulk
from vinculo.db.base import now
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.plugins.registry import Registry
from vinculo.records import access
from vinculo.records import query as queries
from vinculo.records.images import pieces
from vinculo.records.kind import RecordKind
from vinculo.records.query import Query
from vinculo_segments import looking
from vinculo_segments import queries as own
from vinculo_segments.models import Every, Goal, Membership, Refresh, Segment, Way
from vinculo_segments.queries import Pairs

LONGEST: Final = 4000  # of a rule, as text
PERIODS: Final = {
    Every.HOUR: timedelta(hours=1),
    Every.DAY: timedelta(days=1),
    Every.WEEK: timedelta(weeks=1),
}
_members: Final[sa.Table] = Membership.__table__  # type: ignore[assignment]


# What holds


def check_segment(session: Session, segment: Segment, actor: Actor) -> None:
    """A new group belongs to whoever makes it; who leaves live or manual ways behind keeps who is in it."""
    if segment.id is None and segment.owner_id is None:
        segment.owner_id = actor.user_id
    if segment.way is Way.MANUAL and segment.rule:
        text = _("This group has conditions: take them away first, or let it go by them.")
        raise InvalidError([FieldError("way", text, "has_rule")])


def faults_of_membership(session: Session, segment: Segment, member: Membership) -> Iterator[FieldError]:
    """Why a client cannot be put into a group, or taken out of it, by hand."""
    if segment.way is not Way.MANUAL:
        text = _("Who is in “%(name)s” is decided by its conditions; change these.", name=segment.name)
        yield FieldError("segment_id", text, "kept_by_rule")
    if member.left_at is not None and member.left_at < member.joined_at:
        yield FieldError(
            "left_at", _("Nobody leaves before they join; correct one of the days."), "too_early"
        )
    if member.left_at is None:
        same = (Membership.segment_id == member.segment_id, Membership.client_id == member.client_id)
        query = sa.select(Membership.id).where(*same, Membership.left_at.is_(None))
        if session.scalar(query.where(Membership.id != (member.id or 0)).limit(1)):
            text = _("The client is in “%(name)s” already.", name=segment.name)
            yield FieldError("client_id", text, "already_member")


def check_goal(session: Session, goal: Goal, actor: Actor) -> None:
    """For one client or for one group, and by a day that is still to come when it is set."""
    if (goal.client_id is None) == (goal.segment_id is None):
        text = _("A goal is for one client or for one group; name one of them.")
        raise InvalidError([FieldError("client_id", text, "one_of_two")])
    if goal.base_on is None:
        goal.base_on = now().date()
    if goal.due_on <= goal.base_on:
        text = _("The day by which it is due is after the day from which it counts; choose a later one.")
        raise InvalidError([FieldError("due_on", text, "too_early")])
    if goal.id is None and goal.owner_id is None:
        goal.owner_id = actor.user_id


# Rules


def set_rule(
    session: Session, registry: Registry, segment: Segment, parameters: Pairs, *, actor: Actor, typed: bool
) -> None:
    """Let a group, read with a lock, go by conditions. Raises ``InvalidError`` and ``MalformedError``.

    Without any, nobody is in it.
    """
    access.require(session, registry.kinds[own.CRITERION], segment, actor, "update")
    if segment.way is Way.MANUAL:
        text = _("This group is a list by hand; change how it is decided first.")
        raise ConflictError(text, code="kept_by_hand")
    pairs = own.conditions_in(parameters)
    rule = own.read(registry, segment.kind, pairs, actor, typed=typed)
    kept = rule.settled
    if sum(len(n) + len(v) for n, v in kept) > LONGEST:
        text = _("The conditions are too long to be kept; use fewer values.")
        raise InvalidError([FieldError("rule", text, "too_long")])
    if names := own.circle(session, segment, kept, actor):
        text = _("Groups cannot contain themselves: %(path)s.", path=" → ".join(names))
        raise InvalidError([FieldError("rule", text, "segment_cycle")])
    list(queries.conditions(session, rule.kind, rule.query, actor))  # each can be asked
    before, segment.rule = segment.rule, [list(pair) for pair in kept]
    segment.fault, segment.changed_at, segment.changed_by_id = "", now(), actor.user_id
    session.flush()
    _log(session, segment, {"rule": [before, segment.rule]}, actor)


# By hand


def add(session: Session, segment: Segment, kind: RecordKind, asked: Query, *, actor: Actor) -> int:
    """Put the clients of a list that the actor reads into a group by hand; how many were not in it."""
    _require_manual(segment)
    joined = _join(session, segment, session.scalars(_listed(session, kind, asked, actor)).all(), actor, None)
    return _log_members(session, segment, joined, 0, actor)


def take_out(session: Session, segment: Segment, kind: RecordKind, asked: Query, *, actor: Actor) -> int:
    """Take those of a list out again; how many were in it."""
    _require_manual(segment)
    gone = _leave(session, segment, _listed(session, kind, asked, actor), actor, None)
    return _log_members(session, segment, 0, gone, actor)


def _listed(session: Session, kind: RecordKind, asked: Query, actor: Actor) -> sa.Select[Any]:
    ids = access.within(sa.select(kind.table.c.id), kind, actor)
    return ids.where(*queries.conditions(session, kind, asked, actor))


def _require_manual(segment: Segment) -> None:
    if segment.way is not Way.MANUAL:
        text = _("Who is in “%(name)s” is decided by its conditions; change these.", name=segment.name)
        raise ConflictError(text, code="kept_by_rule")


# Refreshing


def due(session: Session, moment: datetime) -> list[int]:
    """The stored groups that are to be refreshed by the clock."""
    late = sa.or_(
        *(
            sa.and_(
                Segment.every == every,
                sa.or_(Segment.refreshed_at.is_(None), Segment.refreshed_at <= moment - period),
            )
            for every, period in PERIODS.items()
        )
    )
    return [
        *session.scalars(sa.select(Segment.id).where(Segment.way == Way.STORED, late).order_by(Segment.id))
    ]


def refresh(
    session: Session, registry: Registry, segment: Segment, *, actor: Actor, by: Actor | None = None
) -> Refresh:
    """Bring who is in a stored group up to date, with the rights of ``actor``, its owner.

    ``by`` is who asked for it. Raises ``ConflictError`` where its rule cannot be used: all stay in it then.
    """
    rule = own.rule_of(session, registry, segment, actor)
    done = Refresh(segment_id=segment.id, user_id=by.user_id if by else None, at=now())
    session.add(done)
    session.flush()
    found = session.scalars(looking.ids(session, rule, actor)).all()
    gone = sorted(_inside(session, segment).difference(found))
    done.left = sum(_leave(session, segment, some, actor, done) for some in pieces(gone))
    done.joined = _join(session, segment, found, actor, done)
    quiet = sa.update(Segment).where(Segment.id == segment.id)  # who is in it is no change of the group
    session.execute(quiet.values(refreshed_at=done.at, fault=""))
    return done


def note_fault(session: Session, segment_id: int, text: str) -> None:
    """Keep why a group could not be refreshed."""
    session.execute(sa.update(Segment).where(Segment.id == segment_id).values(fault=text, refreshed_at=now()))


def _of(segment: Segment) -> sa.ColumnElement[bool]:
    return sa.and_(_members.c.segment_id == segment.id, _members.c.left_at.is_(None))


def _inside(session: Session, segment: Segment) -> set[int]:
    """Who is in a group now."""
    return {*session.scalars(sa.select(_members.c.client_id).where(_of(segment)))}


def _leave(session: Session, segment: Segment, clients: Any, actor: Actor, done: Refresh | None) -> int:
    """Those of some clients that are in the group, by ids or by what selects these; how many."""
    moment = done.at if done else now()
    gone = sa.update(_members).where(_of(segment), _members.c.client_id.in_(clients))
    told: Any = session.execute(
        gone.values(
            left_at=moment, left_by_id=done.id if done else None, changed_at=moment,
            changed_by_id=actor.user_id, version=_members.c.version + 1,
        )
    )  # fmt: skip
    return int(told.rowcount)


def _join(
    session: Session, segment: Segment, clients: Iterable[int], actor: Actor, done: Refresh | None
) -> int:
    """Those of some clients that are not in the group yet; how many.

    Who is new is found here and not by the database: that guesses how many fulfil a rule, and where it
    guesses few it goes through all of them for each member.
    """
    moment = done.at if done else now()
    new = sorted({*clients} - _inside(session, segment))
    values = {
        "segment_id": segment.id, "joined_at": moment, "remark": "", "version": 1, "created_at": moment,
        "changed_at": moment, "created_by_id": actor.user_id, "changed_by_id": actor.user_id,
        "joined_by_id": done.id if done else None,
    }  # fmt: skip
    rows = [(client, *values.values()) for client in new]
    bulk.insert(session.connection(), _members, ["client_id", *values], rows)
    return len(new)


def _log_members(session: Session, segment: Segment, joined: int, left: int, actor: Actor) -> int:
    if joined or left:
        _log(session, segment, {"members": [None, f"+{joined}" if joined else f"-{left}"]}, actor)
    return joined or left


def _log(session: Session, segment: Segment, changes: dict[str, list[Any]], actor: Actor) -> None:
    log.write(
        session, actor=actor, action="changed", kind=own.CRITERION, record_id=segment.id, title=segment.name,
        changes=changes, version=segment.version,
    )  # fmt: skip
