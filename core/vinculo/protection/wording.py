"""Alarms in people's words: who did what, what would have been usual, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.i18n import format_number, ngettext
from vinculo.i18n import gettext as _
from vinculo.protection.baselines import Basis, Usual
from vinculo.protection.models import Alarm, AlarmKind, AlarmState
from vinculo.records.words import source_label

# Of a room beside this one.
_user: Final = sa.table("accounts_user", *map(sa.column, ("id", "full_name", "login")))


def kind_label(kind: str) -> str:
    """What an alarm is about, or a measure."""
    return {
        "cards": _("Client cards looked at"),
        "reveals": _("Values shown on request"),
        "rows": _("Rows exported"),
        "canary": _("Canary client"),
    }[kind]


def state_label(state: AlarmState) -> str:
    """Whether somebody has seen to it."""
    return {AlarmState.NEW: _("New"), AlarmState.ACKNOWLEDGED: _("Acknowledged")}[state]


def amount(kind: str, count: int) -> str:
    """So many of what is counted."""
    number = format_number(count)
    match kind:
        case "cards":
            text = ngettext("%(count)s client card", "%(count)s client cards", count, count=number)
        case "reveals":
            text = ngettext("%(count)s value shown", "%(count)s values shown", count, count=number)
        case _:
            text = ngettext("%(count)s row exported", "%(count)s rows exported", count, count=number)
    return text


def usual_of(details: Mapping[str, Any]) -> Usual:
    """The range that an alarm was raised by."""
    return Usual(Basis(details["basis"]), *(details[name] for name in Usual.__slots__[1:]))


def range_text(usual: Usual) -> str:
    """What is usual: from how many to how many, the median, and over how many days."""
    words = {name: _figure(getattr(usual, name)) for name in ("low", "high", "median")}
    if usual.basis is Basis.OWN:
        return ngettext(
            "Usually %(low)s to %(high)s a day (median %(median)s over %(n)s day)",
            "Usually %(low)s to %(high)s a day (median %(median)s over %(n)s days)",
            usual.days,
            **words,
        )
    if usual.basis is Basis.ROLE:
        return ngettext(
            "With the same role usually %(low)s to %(high)s a day (median %(median)s over %(n)s day)",
            "With the same role usually %(low)s to %(high)s a day (median %(median)s over %(n)s days)",
            usual.days,
            **words,
        )
    return _("There are too few days to say what is usual")


def _figure(number: float) -> str:
    return format_number(Decimal(str(number)).normalize() if number % 1 else int(number))


def deed(action: str) -> str:
    """What was done to a canary."""
    return {
        "viewed": _("looked at"),
        "revealed": _("shown on request"),
        "exported": _("exported"),
        "changed": _("changed"),
        "deleted": _("deleted"),
        "merged": _("merged"),
        "restored": _("put back"),
        "created": _("something added to it"),
    }.get(action, action)


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for some alarms, with the names that they need: one query."""

    names: Mapping[int, str]

    @classmethod
    def of(cls, session: Session, alarms: Sequence[Alarm]) -> Wording:
        """Look up who did it and who has seen to it."""
        ids = {one.user_id for one in alarms} | {one.settled_by_id for one in alarms}
        query = sa.select(_user.c.id, _user.c.full_name, _user.c.login).where(
            _user.c.id.in_([one for one in ids if one is not None])
        )
        return cls({row.id: row.full_name or row.login for row in session.execute(query)})

    def name(self, user_id: int | None) -> str:
        """A user, or the program itself."""
        return self.names.get(user_id or 0, _("Vinculo"))

    def who(self, alarm: Alarm) -> str:
        """Who did it."""
        return self.name(alarm.user_id)

    def sentence(self, alarm: Alarm) -> str:
        """What happened, and what would have been usual."""
        if alarm.kind is AlarmKind.CANARY:
            return self.canary(alarm.details)
        usual = usual_of(alarm.details)
        return _(
            "%(amount)s on one day. %(usual)s; an alarm is raised above %(limit)s.",
            amount=amount(alarm.kind, alarm.count),
            usual=range_text(usual),
            limit=format_number(usual.limit),
        )

    def brief(self, alarm: Alarm) -> str:
        """The same for a row of a list."""
        if alarm.kind is AlarmKind.CANARY:
            return self.canary(alarm.details)
        usual, count = usual_of(alarm.details), format_number(alarm.count)
        if usual.basis is Basis.NONE:
            return _("%(count)s; more than %(limit)s", count=count, limit=format_number(usual.limit))
        low, high = format_number(usual.low), format_number(usual.high)
        return _("%(count)s; usually %(low)s to %(high)s", count=count, low=low, high=high)

    def canary(self, details: Mapping[str, Any]) -> str:
        """Who touched a canary by which door."""
        words = {
            "client": details["client"],
            "deed": deed(details["action"]),
            "door": source_label(details["source"], details["via"]),
        }
        return _("Canary client “%(client)s”: %(deed)s, %(door)s.", **words)
