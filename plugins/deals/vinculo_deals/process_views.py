"""How steps look: what is to be done, what was done, by whom and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import User
from vinculo.db.base import now
from vinculo.i18n import current_time_zone, format_date, format_datetime
from vinculo.i18n import gettext as _
from vinculo.records.proving import Found
from vinculo.web.views import Badge
from vinculo_deals import evidence, process
from vinculo_deals.models import Deal
from vinculo_deals.process_models import By, Duty, Passage, Step
from vinculo_deals.process_records import EVIDENCE, step
from vinculo_deals.statistics import Kept, compliance, kept


@dataclass(frozen=True, slots=True)
class Line:
    """A step of a deal as it stands on its card; ``how`` says what shows it, where nobody ticks it."""

    id: int
    stage_id: int | None
    stage: str
    name: str
    required: bool
    weight: int
    open: bool
    kept: Kept | None
    badge: Badge | None
    due: str
    told: str
    reason: str
    how: str
    ticks: bool
    approves: bool
    takes_back: bool


def lines(session: Session, deal: Deal) -> list[Line]:
    """The steps of a deal, with what shows by now that some are done."""
    duties = process.duties(session, deal.id)
    waits = [(one, deal) for one in duties if process.is_open(one) and one.stage_id == deal.stage_id]
    found = evidence.look(session, waits)
    who = _names(session, duties, found)
    return [_line(session, one, found.get(one), who) for one in duties]


def _names(session: Session, duties: Sequence[Duty], found: dict[Duty, Found]) -> dict[int | None, str]:
    ids = {one.user_id for one in found.values()}
    for one in duties:
        ids |= {one.done_by_id, one.skipped_by_id, one.approved_by_id}
    ids.discard(None)
    if not ids:
        return {}
    return {one.id: one.name for one in session.scalars(sa.select(User).where(User.id.in_(ids)))}


def _line(session: Session, one: Duty, shown: Found | None, who: dict[int | None, str]) -> Line:
    done_at = shown.at if shown else one.done_at
    by = who.get(shown.user_id if shown else one.done_by_id, "")
    is_open = done_at is None and one.skipped_at is None
    how = evidence.by(session, one)
    settled = done_at or (one.skipped_at if one.approved_at else None)
    return Line(
        id=one.id,
        stage_id=one.stage_id,
        stage=one.stage,
        name=one.name,
        required=one.required,
        weight=one.weight,
        open=is_open,
        kept=kept(one.due_at, settled, now()) if one.required else None,
        badge=_badge(one, done_at),
        due=day_before(one.due_at) if is_open and one.due_at else "",
        told=_told(one, done_at, by, who),
        reason=one.reason,
        how="" if how == By.HAND or not is_open else _how(session, how),
        ticks=is_open and how == By.HAND,
        approves=(is_open and how == By.APPROVAL) or (one.skipped_at is not None and one.approved_at is None),
        takes_back=not is_open and shown is None and one.step_id is not None and how in evidence.BY_PEOPLE,
    )


def day_before(moment: datetime) -> str:
    """The day that ends with a moment."""
    return format_date((moment - timedelta(seconds=1)).astimezone(current_time_zone()).date())


def _badge(one: Duty, done_at: datetime | None) -> Badge | None:
    late = one.due_at is not None and (done_at or one.skipped_at or now()) > one.due_at
    if done_at is not None:
        return Badge(_("Done late"), "warn") if late else Badge(_("Done"), "ok")
    if one.skipped_at is not None:
        return Badge(_("Skipped, approved"), "ok") if one.approved_at else Badge(_("Skipped"), "warn")
    return Badge(_("Overdue"), "bad") if late else None


def _told(one: Duty, done_at: datetime | None, by: str, who: dict[int | None, str]) -> str:
    if done_at is not None:
        return " · ".join(filter(None, (format_datetime(done_at), by)))
    if one.skipped_at is not None:
        return " · ".join(filter(None, (format_datetime(one.skipped_at), who.get(one.skipped_by_id, ""))))
    return ""


def _how(session: Session, name: str) -> str:
    shown = evidence.known(session).get(name)
    return str(shown.label if shown else EVIDENCE[By(name)])


def share_of(shown: Sequence[Line]) -> str:
    """How much of what was due in a deal was done on time, in percent; "" where nothing was due."""
    weights: dict[Kept, int] = {}
    for one in shown:
        if one.kept is not None:
            weights[one.kept] = weights.get(one.kept, 0) + one.weight
    found = compliance(weights)
    return "" if found is None else f"{100 * found:.0f} %"


def passages(session: Session, deal_id: int) -> list[dict[str, Any]]:
    """The moves of a deal past what was not met, the latest first."""
    who = sa.func.coalesce(sa.func.nullif(User.full_name, ""), User.login, "")
    query = sa.select(Passage, who).outerjoin(User, User.id == Passage.user_id)
    rows = session.execute(query.where(Passage.deal_id == deal_id).order_by(Passage.id.desc())).all()
    return [
        {
            "move": f"{one.stage_left} → {one.stage_entered}" if one.stage_left else one.stage_entered,
            "reason": one.reason,
            "unmet": [str(text) for text in one.unmet],
            "told": " · ".join(filter(None, (format_datetime(one.at), name))),
        }
        for one, name in rows
    ]


def parts_of(session: Session, pipeline_id: int) -> Sequence[Step]:
    """The steps of a pipeline in their order."""
    query = sa.select(Step).where(Step.pipeline_id == pipeline_id)
    return session.scalars(query.order_by(Step.position.is_(None), Step.position, Step.id)).all()


def told(one: Step) -> dict[str, Any]:
    """A step as it stands on the card of its pipeline."""
    said = [] if one.required else [_("not required")]
    if one.due_days is not None:
        said.append(_("due after days: %(n)s", n=one.due_days))
    if one.weight != 1:
        said.append(_("weight %(n)s", n=one.weight))
    return {"name": one.name, "url": f"{step.url}/{one.id}", "told": " · ".join(said)}
