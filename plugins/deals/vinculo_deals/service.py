"""What holds for every deal, by whatever door it comes, and what follows when it moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source
from vinculo.clients.models import Client
from vinculo.company import documents
from vinculo.db import keeping
from vinculo.db.base import now
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.i18n import today
from vinculo.records import service
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Values
from vinculo_deals import chances, placing, process, tallies, walk
from vinculo_deals.models import Deal, Line, Pipeline, Stage, State, Visit

MOST: Final = Decimal("999999999999.99")  # sums of many such deals still fit the databases
EARLIEST: Final = date(1970, 1, 1)
LATEST: Final = date(2199, 1, 1)
_UNIT: Final = Decimal("0.0001")
_HUNDRED: Final = Decimal(100)


def check(session: Session, standard: Callable[[], Pipeline], deal: Deal, actor: Actor) -> None:
    """Refuse what cannot be, and fill in what follows. ``standard`` is for deals of no pipeline."""
    stage = placing.place(session, deal, standard)
    if (fault := placing.skipped(session, deal, stage)) is not None:
        raise InvalidError([fault])
    _settle_days(deal, actor)
    if deal.lines and any(line.price is not None for line in deal.lines):
        deal.amount = total(deal.lines)
    documents.snapshot(session, deal, on=deal.closed_on or deal.started_on or deal.stage_since.date())
    chances.settle(session, deal)
    if not deal.title:
        deal.title = _called(session, deal)
    if errors := [*_faults(deal, actor), *_faults_of_team(deal)]:
        raise InvalidError(errors)


def _called(session: Session, deal: Deal) -> str:
    """What a deal without a title is called: what is offered, and to whom."""
    client = session.get(Client, deal.client_id) if deal.client_id else None
    parts = [deal.lines[0].product if deal.lines else "", client.name if client else ""]
    return ": ".join(filter(None, parts))[:300] or _("Deal")


def _settle_days(deal: Deal, actor: Actor) -> None:
    """A file knows when a deal began and ended; by any other door that is today."""
    by_file = deal.id is None and actor.source is Source.IMPORT
    if deal.id is None and deal.started_on is None and not by_file:
        deal.started_on = min(deal.closed_on or today(), today())
    was = placing.before(deal, "state") if deal.id is not None else None
    if deal.state is State.OPEN:
        deal.closed_on = None
    elif deal.closed_on is None or (was is not None and not placing.changed(deal, "closed_on")):
        deal.closed_on = today()
    if deal.state is not State.LOST:
        deal.lost_reason_id = None
    if deal.id is None:
        deal.stage_since = _told(deal.closed_on or deal.started_on) if by_file else now()
    elif placing.changed(deal, "stage_id"):
        deal.stage_since = now()


def _told(day: date | None) -> datetime:
    """Noon of a day, or now."""
    return datetime.combine(day, time(12), UTC) if day else now()


def _faults(deal: Deal, actor: Actor) -> Iterator[FieldError]:
    for name in ("started_on", "expected_on", "closed_on", "next_step_on"):
        day = getattr(deal, name)
        if day is not None and not EARLIEST <= day < LATEST:
            yield FieldError(name, _("Nobody lives to see this day; correct the year."), "out_of_range")
    if deal.closed_on and deal.started_on and deal.closed_on < deal.started_on:
        text = _(
            "It cannot be closed on %(closed)s, before it began on %(started)s; correct one of the days.",
            closed=deal.closed_on,
            started=deal.started_on,
        )
        yield FieldError("closed_on", text, "before_start")
    if deal.amount is not None and deal.amount > MOST:
        text = _(
            "The lines add up to %(amount)s, more than %(most)s; check quantities and prices.",
            amount=deal.amount,
            most=MOST,
        )
        yield FieldError("lines", text, "too_much")
    lost = deal.state is State.LOST and deal.lost_reason_id is None
    asked = placing.changed(deal, "stage_id") or placing.changed(deal, "lost_reason_id")
    if lost and actor.source is not Source.IMPORT and (asked or deal.id is None):
        yield FieldError("lost_reason_id", _("Say why it was lost."), "required")


def _faults_of_team(deal: Deal) -> Iterator[FieldError]:
    users = [member.user_id for member in deal.team]
    for index, user in enumerate(users):
        if user in users[:index]:
            yield FieldError(f"team[{index}].user_id", _("This person is in the team already."), "duplicate")
    shares = sum((member.share for member in deal.team), Decimal(0))
    if shares and shares != _HUNDRED:
        text = _("The shares add up to %(sum)s %%; make it 100 %%, or leave all of them at 0.", sum=shares)
        yield FieldError("team", text, "shares")


def amount_of(line: Line) -> Decimal:
    """Quantity times price, less the discount, to four decimal places, half to even."""
    price = (line.price or Decimal(0)) * line.quantity
    return (price * (1 - line.discount / _HUNDRED)).quantize(_UNIT, ROUND_HALF_EVEN)


def total(lines: Sequence[Line]) -> Decimal:
    """What lines add up to."""
    exact = sum((amount_of(line) for line in lines), Decimal(0))
    return exact.quantize(Decimal("0.01")) if exact == exact.quantize(Decimal("0.01")) else exact


def follow(session: Session, kind: RecordKind, deal: Deal, changes: Mapping[str, Any], actor: Actor) -> None:
    """Keep the history of stages, and tell the log what became of the deal, by names that stay."""
    if "stage_id" not in changes:
        return
    old, new = changes["stage_id"]
    if old is None:
        tallies.begin(session, deal.id)
    else:
        tallies.stale(session, deal.id)
    stage = keeping.get_one(session, Stage, deal.stage_id)
    if old is not None:
        left = session.scalar(sa.select(Stage).where(Stage.id == old))
        _tell(session, kind, deal, left, stage, actor)
        if _taken_back(session, deal, new):
            walk.count(session, deal, known=deal.skipped is not None)
            return
        for stay in session.scalars(
            sa.select(Visit).where(Visit.deal_id == deal.id, Visit.left_at.is_(None))
        ):
            stay.left_at = max(deal.stage_since, stay.entered_at)
            stay.days = (stay.left_at.date() - stay.entered_at.date()).days
    session.add(
        Visit(
            deal_id=deal.id, stage_id=stage.id, stage=stage.name, state=stage.state,
            entered_at=deal.stage_since, amount=deal.amount, user_id=actor.user_id,
        )
    )  # fmt: skip
    if old is not None or actor.source is not Source.IMPORT:  # a file does not tell how it came there
        walk.count(session, deal, known=old is None or deal.skipped is not None)


def _taken_back(session: Session, deal: Deal, stage_id: int) -> bool:
    """A move that somebody took back at once leaves no trace in the history of stages."""
    last = sa.select(Visit).where(Visit.deal_id == deal.id).order_by(Visit.id.desc()).limit(2)
    found = session.scalars(last).all()
    if len(found) < 2 or found[1].stage_id != stage_id or now() - found[0].entered_at > placing.SLIP:
        return False
    session.delete(found[0])
    found[1].left_at = found[1].days = None
    back = sa.update(Deal).where(Deal.id == deal.id).values(stage_since=found[1].entered_at)
    session.execute(back)
    return True


def _tell(
    session: Session, kind: RecordKind, deal: Deal, left: Stage | None, stage: Stage, actor: Actor
) -> None:
    """``moved``, ``won``, ``lost`` or ``reopened``; the change itself is logged besides."""
    reopened = left is not None and left.state is not State.OPEN and stage.state is State.OPEN
    action = "reopened" if reopened else "moved" if stage.state is State.OPEN else str(stage.state)
    log.write(
        session,
        actor=actor,
        action=action,
        kind=kind.name,
        record_id=deal.id,
        title=deal.title,
        client_id=deal.client_id,
        changes={"stage_id": [left.id if left else None, stage.id]},
        version=None,
    )


# What pages and programs do with a deal


def move(
    session: Session,
    kind: RecordKind,
    deal: Deal,
    stage_id: int,
    *,
    actor: Actor,
    reason_id: int | None = None,
    past: str = "",
    version: int | None = None,
) -> bool:
    """Put a deal that was read with ``lock`` into a stage; False if it is there.

    ``past`` is why it goes past steps and rules that are not met, from those who may. Raises
    ``InvalidError`` for a stage that is skipped, for a loss without a reason or for what is not met, and
    ``StaleVersionError`` where somebody else has moved it since ``version``.
    """
    values: dict[str, Any] = {"stage_id": stage_id}
    if reason_id is not None:
        values["lost_reason_id"] = reason_id
    with process.going_past(session, past):
        return service.update(session, kind, deal, Values(values, version=version), actor=actor)


def win(session: Session, kind: RecordKind, deal: Deal, *, actor: Actor) -> bool:
    """Close a deal as won, in the first such stage of its pipeline."""
    return move(session, kind, deal, _stage(session, deal, State.WON).id, actor=actor)


def lose(session: Session, kind: RecordKind, deal: Deal, *, reason_id: int | None, actor: Actor) -> bool:
    """Close a deal as lost. Raises ``InvalidError`` without a reason."""
    to = _stage(session, deal, State.LOST).id
    return move(session, kind, deal, to, reason_id=reason_id, actor=actor)


def reopen(session: Session, kind: RecordKind, deal: Deal, *, actor: Actor) -> bool:
    """Put a closed deal back where it had come furthest. Raises ``ConflictError`` for one that is open."""
    if deal.state is State.OPEN:
        raise ConflictError(_("“%(deal)s” is open.", deal=deal.title), code="deal_open")
    to = deal.reached_id or _stage(session, deal, State.OPEN).id
    return move(session, kind, deal, to, actor=actor)


def _stage(session: Session, deal: Deal, state: State) -> Stage:
    stages = session.get_one(Pipeline, deal.pipeline_id).stages
    return next(one for one in stages if one.state is state)
