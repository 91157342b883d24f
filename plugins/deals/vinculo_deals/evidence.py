"""What shows that steps are done: fields of the deal, and records of other kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.plugins.present import registry_of
from vinculo.records import proving
from vinculo.records.proving import Evidence, Found, Subject
from vinculo_deals import tallies
from vinculo_deals.models import Deal, State
from vinculo_deals.process_models import By, Duty

Pairs = Sequence[tuple[Duty, Deal]]
UNDONE: Final = sa.and_(Duty.done_at.is_(None), Duty.skipped_at.is_(None))
OPEN: Final = sa.and_(Duty.step_id.is_not(None), UNDONE)
BY_PEOPLE: Final = (By.HAND, By.APPROVAL)


def known(session: Session) -> Mapping[str, Evidence]:
    """What kinds of records show, by their names: those of plugins that are on."""
    registry = registry_of(session)
    return proving.known(registry) if registry else {}


def by(session: Session, duty: Duty) -> str:
    """What shows that something is done; where its plugin is off, somebody says so."""
    own = duty.evidence in tuple(By)
    return duty.evidence if own or duty.evidence in known(session) else By.HAND


def look(session: Session, pairs: Pairs) -> dict[Duty, Found]:
    """For which of these there is evidence by now; nothing is written."""
    shown = known(session)
    found: dict[Duty, Found] = {}
    asked: dict[str, dict[Duty, Subject]] = {}
    for duty, deal in pairs:
        if duty.evidence == By.FIELD and _filled(getattr(deal, duty.field or "", None)):
            found[duty] = Found(deal.changed_at, deal.changed_by_id)
        elif duty.evidence in shown:
            subject = Subject("deal", deal.id, deal.client_id, duty.since)
            asked.setdefault(duty.evidence, {})[duty] = subject
    for name, subjects in asked.items():
        there = shown[name].found(session, [*{*subjects.values()}])
        found |= {duty: there[subject] for duty, subject in subjects.items() if subject in there}
    return found


def _filled(value: object) -> bool:
    """Zero is a value; a box that nobody has ticked is none."""
    return value is not False and value not in (None, "", [])


def settle(session: Session, pairs: Pairs) -> int:
    """Note as done what there is evidence for: when it was, and who did it. How many."""
    found = look(session, pairs)
    for duty, one in found.items():
        duty.done_at, duty.done_by_id = one.at, one.user_id
    tallies.stale(session, *{duty.deal_id for duty in found})
    return len(found)


def settle_one(session: Session, deal: Deal, stage_id: int) -> None:
    """The same of a deal that was changed: what is to be done in a stage."""
    query = sa.select(Duty).where(Duty.deal_id == deal.id, OPEN, Duty.evidence.not_in(BY_PEOPLE))
    settle(session, [(duty, deal) for duty in session.scalars(query.where(Duty.stage_id == stage_id))])


def waiting(session: Session, after: int, limit: int) -> Pairs:
    """What waits for evidence in the stages that open deals are in, in pieces."""
    query = (
        sa.select(Duty, Deal)
        .join(Deal, Deal.id == Duty.deal_id)
        .where(OPEN, Duty.id > after, Duty.evidence.not_in(BY_PEOPLE))
        .where(Deal.state == State.OPEN, Deal.stage_id == Duty.stage_id)
        .order_by(Duty.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in session.execute(query)]
