"""How deals and their stages look: the path of a card, and what stands out on a board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from vinculo.db.base import now
from vinculo.i18n import format_date, ngettext, today
from vinculo.i18n import gettext as _
from vinculo.web.views import Tag
from vinculo_deals.models import Stage, State, Strictness

TONES: Final = {State.OPEN: "", State.WON: "ok", State.LOST: "bad"}


@dataclass(frozen=True, slots=True)
class Step:
    """A stage on the path of a deal."""

    stage_id: int
    name: str
    tone: str
    past: bool
    here: bool


def path(stages: Sequence[Stage], at: int) -> list[Step]:
    """The stages of a pipeline as a deal in the stage ``at`` passes them."""
    place = next((one.position or 0 for one in stages if one.id == at), 0)
    closed = any(one.id == at and one.state is not State.OPEN for one in stages)
    return [
        Step(
            one.id,
            one.name,
            TONES[one.state],
            past=one.state is State.OPEN and not closed and (one.position or 0) < place,
            here=one.id == at,
        )
        for one in stages
    ]


def days_in(since: datetime) -> int:
    """Whole days since a moment."""
    return max((now() - since) // timedelta(days=1), 0)


def is_stuck(stage: Stage, strictness: Strictness, since: datetime) -> bool:
    """Whether a deal is longer in a stage than the stage allows; never in a folder."""
    if strictness is Strictness.FOLDER or stage.rot_days is None or stage.state is not State.OPEN:
        return False
    return days_in(since) > stage.rot_days


def tags(stage: Stage, strictness: Strictness, row: Any) -> Iterator[Tag]:
    """What stands out on the card of a deal: when it closes, what is next, that it is stuck."""
    if stage.state is not State.OPEN:
        if row.closed_on:
            yield Tag(format_date(row.closed_on), title=_("Closed on"), icon="calendar")
        return
    if row.expected_on:
        yield _day(row.expected_on, "calendar", _("Expected close"))
    if row.next_step_on:
        yield _day(row.next_step_on, "clock", _("Next step on"))
    if is_stuck(stage, strictness, row.stage_since):
        days = days_in(row.stage_since)
        text = ngettext("%(n)s day here", "%(n)s days here", days)
        allowed = ngettext("Stuck: longer here than %(n)s day", "Stuck: longer here than %(n)s days",
                           stage.rot_days or 0)  # fmt: skip
        yield Tag(text, title=allowed, icon="alert", tone="warn")


def _day(day: date, icon: str, what: str) -> Tag:
    tone = "bad" if day < today() else "warn" if day == today() else ""
    text = _("Today") if day == today() else format_date(day)
    return Tag(
        text, title=_("%(what)s (overdue)", what=what) if tone == "bad" else what, icon=icon, tone=tone
    )
