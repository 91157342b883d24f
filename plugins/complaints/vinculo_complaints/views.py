"""How complaints look on pages: lines of lists, the clock, what may come next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from vinculo.db.base import now
from vinculo.i18n import format_date, format_datetime, format_number
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records.fields import AmountField
from vinculo.web.views import Badge, Option
from vinculo_complaints import queries
from vinculo_complaints.models import CLOSED, Action, Complaint, State, Step
from vinculo_complaints.records import KINDS, STATES, STEP_TONES, STEPS, TONES, complaint

AMOUNT: Final = AmountField(name="amount", label=_l("Amount"), minimum=Decimal(0))
_HOUR: Final = 3600
_MINUTE: Final = 60
_NEXT: Final = {
    State.NEW: (State.WORK, State.WAITING),
    State.WORK: (State.WAITING,),
    State.WAITING: (State.WORK,),
    State.REOPENED: (State.WORK, State.WAITING),
    State.SOLVED: (State.REOPENED,),
    State.REJECTED: (State.REOPENED,),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A complaint as a line."""

    url: str
    text: str
    badge: Badge
    when: str
    late: bool = False
    client: str = ""
    client_url: str = ""


def line(one: Complaint) -> Line:
    """How it stands in a panel."""
    badge = Badge(str(STATES[one.state]), TONES[one.state])
    return Line(
        f"{complaint.url}/{one.id}", one.subject, badge, format_date(one.received_at.date()), is_late(one)
    )


def is_late(one: Complaint) -> bool:
    """Whether it is open, does not wait for the client, and its time is over."""
    open_ = one.state not in CLOSED and one.waiting_since is None
    return open_ and one.due_at is not None and one.due_at < now()


def next_steps(state: State) -> Sequence[Option]:
    """The states that come next without anything to be said."""
    labels = {
        State.WORK: _("Take into work"),
        State.WAITING: _("Wait for the client"),
        State.REOPENED: _("Reopen"),
    }
    return [Option(one, labels[one]) for one in _NEXT[state]]


def endings(state: State) -> Sequence[Option]:
    """The states in which it ends."""
    if state in CLOSED:
        return ()
    return [Option(State.SOLVED, _("Solve …")), Option(State.REJECTED, _("Turn down …"))]


def clock(one: Complaint, hidden: Collection[str]) -> Sequence[tuple[str, str, bool]]:
    """(what, when or how long, whether late) of the first answer and of the solution."""
    found = []
    if "answered_at" not in hidden:
        label = _("First answer")
        found.append(_measured(label, one.answer_due_at, one.answered_at, one.answer_seconds))
    if "due_at" not in hidden and one.state is not State.REJECTED:
        found.append(_measured(_("Solution"), one.due_at, one.closed_at, one.solve_seconds))
    if one.waiting_since is not None and "waiting_since" not in hidden:
        since = format_datetime(one.waiting_since)
        found.append((_("The clock stands still"), _("since %(moment)s", moment=since), False))
    return found


def _measured(
    what: str, due: datetime | None, at: datetime | None, seconds: int | None
) -> tuple[str, str, bool]:
    late = due is not None and (at or now()) > due
    if at is not None and seconds is not None:
        return what, _("within %(time)s of working time", time=duration(seconds)), late
    if due is None:
        return what, _("without a limit"), False
    return what, _("due %(moment)s", moment=format_datetime(due)), late


def duration(seconds: int) -> str:
    """Hours and minutes, such as “12:30”."""
    return f"{seconds // _HOUR}:{seconds % _HOUR // _MINUTE:02}"


def stay(one: queries.Was) -> tuple[str, str, str]:
    """(state, since when, by whom) of a line of the history."""
    return str(STATES[one.state]), format_datetime(one.at), one.who


@dataclass(frozen=True, slots=True)
class ActionLine:
    """An action of a complaint as a line."""

    id: int
    text: str
    note: str
    badge: Badge
    proposed: bool
    approved: bool


def action(one: Action) -> ActionLine:
    """How it stands on the card of its complaint."""
    amount = f" {format_number(one.amount)}" if one.amount is not None else ""
    badge = Badge(str(STEPS[one.step]), STEP_TONES.get(one.step, "neutral"))
    text = f"{KINDS[one.kind]}{amount}"
    return ActionLine(one.id, text, one.note, badge, one.step is Step.PROPOSED, one.step is Step.APPROVED)
