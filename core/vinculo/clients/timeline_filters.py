"""What of a timeline is shown: of which kind, by whom, when, with which words. It stands in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode

import sqlalchemy as sa

from vinculo.events.models import SearchDocument, TimelineEntry
from vinculo.i18n import current_time_zone, format_date, parse_date
from vinculo.i18n import gettext as _
from vinculo.records import access, search
from vinculo.records.cards import TAB
from vinculo.records.kind import RecordKind
from vinculo.records.text import fold, whole_number
from vinculo.web.context import Context
from vinculo.web.views import Chip, Input, Option, Widget

TIMELINE: Final = "timeline"  # the panel, and so its tab
NAMES: Final = ("t_kind", "t_user", "t_from", "t_to", "t_q")


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for. What cannot be read is like nothing at all: an address is no form."""

    kind: str = ""
    user_id: int | None = None
    start: date | None = None
    end: date | None = None
    words: str = ""

    @property
    def parameters(self) -> dict[str, str]:
        """As they stand in an address."""
        found = {
            "t_kind": self.kind,
            "t_user": str(self.user_id or ""),
            "t_from": self.start.isoformat() if self.start else "",
            "t_to": self.end.isoformat() if self.end else "",
            "t_q": self.words,
        }
        return {name: text for name, text in found.items() if text}


def asked(ctx: Context) -> Filters:
    """Those of the present address."""
    return Filters(
        kind=ctx.parameter("t_kind")[:60],
        user_id=whole_number(ctx.parameter("t_user")),
        start=parse_date(ctx.parameter("t_from")),
        end=parse_date(ctx.parameter("t_to")),
        words=ctx.parameter("t_q").strip()[:100].replace("\x00", ""),
    )


def conditions(ctx: Context, filters: Filters) -> list[sa.ColumnElement[bool]]:
    """As SQL, for the entries of one client."""
    found: list[sa.ColumnElement[bool]] = []
    entry = TimelineEntry
    if filters.kind:
        found.append(entry.kind == filters.kind)
    if filters.user_id is not None:
        found.append(entry.user_id == filters.user_id)
    if filters.start:
        found.append(entry.happened_at >= _moment(filters.start))
    if filters.end and filters.end < date.max:
        found.append(entry.happened_at < _moment(filters.end + timedelta(days=1)))
    if words := fold(filters.words).split()[:8]:
        found.append(_holds(ctx, words))
    return found


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), current_time_zone())


def _holds(ctx: Context, words: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether the search knows the words of an entry's record; where fields are hidden, by its title."""
    document = SearchDocument
    silent = [kind.name for kind in ctx.registry.kinds.values() if search.hides_words(kind, ctx.actor)]
    text = (
        sa.case((document.kind.in_(silent), document.title_key), else_=document.body)
        if silent
        else document.body
    )
    there = sa.select(1).where(
        document.kind == TimelineEntry.kind,
        document.record_id == TimelineEntry.record_id,
        *(text.contains(word, autoescape=True) for word in words),
    )
    return sa.exists(there.correlate(TimelineEntry))


def inputs(ctx: Context, filters: Filters) -> list[Input]:
    """The fields of the form."""
    kinds = [Option(kind.name, str(kind.label_plural)) for kind in _kinds(ctx)]
    given = filters.parameters
    return [
        Input("t_q", _("Words"), Widget.TEXT, filters.words),
        Input("t_kind", _("Kind"), Widget.SELECT, filters.kind, options=[Option("", "—"), *kinds]),
        Input(
            "t_user",
            _("User"),
            Widget.LINK,
            given.get("t_user", ""),
            display=_user(ctx, filters),
            lookup="/lookup/user",
        ),
        Input("t_from", _("From"), Widget.DATE, given.get("t_from", "")),
        Input("t_to", _("To"), Widget.DATE, given.get("t_to", "")),
    ]


def _kinds(ctx: Context) -> list[RecordKind]:
    kinds = ctx.registry.kinds.values()
    return [kind for kind in kinds if kind.moment and access.reach(kind, ctx.actor) is not None]


def _user(ctx: Context, filters: Filters) -> str:
    user = ctx.registry.kinds["user"]
    if filters.user_id is None or not ctx.actor.may(user.permission("read")):
        return "" if filters.user_id is None else str(filters.user_id)
    name = access.within(sa.select(user.column(user.title)), user, ctx.actor)
    name = name.where(user.table.c.id == filters.user_id)
    return ctx.session.scalar(name) or str(filters.user_id)


def chips(ctx: Context, filters: Filters, url: str) -> list[Chip]:
    """What is on, each with the address without it."""
    kind = ctx.registry.kinds.get(filters.kind)
    words = {
        "t_kind": str(kind.label_plural) if kind else filters.kind,
        "t_user": _user(ctx, filters),
        "t_from": _("from %(day)s", day=format_date(filters.start)) if filters.start else "",
        "t_to": _("until %(day)s", day=format_date(filters.end)) if filters.end else "",
        "t_q": f"“{filters.words}”",
    }
    given = filters.parameters
    return [Chip(words[name], address(url, {k: v for k, v in given.items() if k != name})) for name in given]


def address(url: str, parameters: dict[str, str]) -> str:
    """A page with these filters, at its timeline, which is a tab of its own where the screen is narrow."""
    return f"{url}?{urlencode({TAB: TIMELINE, **parameters})}#timeline"
