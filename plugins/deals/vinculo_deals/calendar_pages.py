"""The days on which open deals are expected to close, with what they add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response

from vinculo.company.rates import base_currency
from vinculo.i18n import format_number, ngettext, today
from vinculo.i18n import gettext as _
from vinculo.records import access, facts, list_words
from vinculo.records import query as lists
from vinculo.records.board import boardable
from vinculo.records.conditions import fields_of
from vinculo.records.kind import RecordKind
from vinculo.records.list_groups import looks
from vinculo.records.query import Query
from vinculo.web import calendars
from vinculo.web.calendars import Asked, Days
from vinculo.web.context import Context
from vinculo.web.routes import get
from vinculo.web.views import CalendarEntry, Crumb, MenuLink
from vinculo_deals import closing
from vinculo_deals.models import Deal, State
from vinculo_deals.pages import READ
from vinculo_deals.queries import Sums
from vinculo_deals.records import deal

URL: Final = "/deals/calendar"
OWN: Final = (*calendars.OWN, "cursor", "sort", "limit", "column", "view", "saved", *lists.LOOKS)
TOLD: Final = frozenset({"expected_on", "state"})  # without which there is nothing to show


@dataclass(frozen=True, slots=True)
class _Shown:
    """Whose deals are shown, and what of them."""

    kind: RecordKind
    query: Query
    parameters: Sequence[tuple[str, str]]
    conditions: Sequence[Any]
    money: bool
    currency: str

    def address(self, look: str, on: date) -> str:
        """The calendar of other days."""
        return f"{URL}?{urlencode([('as', look), ('on', on), *self.parameters])}"

    def listed(self, *more: tuple[str, Any]) -> str:
        """The list of these open deals with further conditions."""
        return f"{deal.url}?{urlencode([('state', State.OPEN), *more, *self.parameters])}"

    def days(self, first: date, last: date) -> str:
        """The list of those that are expected on some days."""
        if first == last:
            return self.listed(("expected_on", first))
        return self.listed(("expected_on[gte]", first), ("expected_on[lte]", last))

    def said(self, sums: Sums) -> str:
        """What they add up to, or how many they are."""
        if self.money and sums.amount:
            return f"{format_number(sums.amount)} {self.currency}"
        return ngettext("%(n)s deal", "%(n)s deals", sums.count) if sums.count else ""


@get(URL, permission=READ)
def page(ctx: Context) -> Response[bytes]:
    """``as`` month or week, around the day ``on``; other parameters narrow it as they do the list."""
    asked = calendars.read(ctx)
    shown = _read(ctx)
    days, links = Days({}, shown.days), list[tuple[str, str]]()
    if access.hidden(deal, ctx.actor).isdisjoint(TOLD):
        days, links = _days(ctx, asked, shown), _links(ctx, shown)
    calendar = calendars.draw(asked, days, shown.address)
    return ctx.render(
        "deals/calendar.html",
        crumbs=[Crumb(str(deal.label_plural), deal.url), Crumb(_("Calendar"))],
        title=calendar.title,
        calendar=calendar,
        looks=looks(deal, boardable(deal), "calendar", shown.parameters),
        whose=_whose(ctx, asked, shown),
        links=links,
        chips=[*list_words.chips(ctx, shown.kind, shown.query, shown.parameters, at=URL)],
        fields=fields_of(shown.kind),
        hidden=[*shown.parameters, (list_words.AT, URL)],
    )


def _read(ctx: Context) -> _Shown:
    kind = facts.seen_by(ctx.registry, deal, ctx.actor)
    parameters = [(n, v) for n, v in ctx.parameters() if n not in OWN and v.strip()]
    query = lists.parse(kind, parameters, typed=False, me=ctx.actor.user_id)
    narrowed = access.condition(deal, ctx.actor)
    conditions = [*lists.conditions(ctx.session, kind, query, ctx.actor)]
    return _Shown(
        kind,
        query,
        parameters,
        [*conditions, *(() if narrowed is None else (narrowed,))],
        access.hidden(deal, ctx.actor).isdisjoint(("amount", "base_amount")),
        base_currency(ctx.session),
    )


def _days(ctx: Context, asked: Asked, shown: _Shown) -> Days:
    first, last = asked.first, asked.last
    sums = closing.by_day(ctx.session, shown.conditions, first, last)
    found = closing.largest(
        ctx.session, shown.conditions, first, last, most=asked.most, by_amount=shown.money
    )

    def total(since: date, until: date) -> str:
        return shown.said(_added([one for day, one in sums.items() if since <= day <= until]))

    return Days(_entries(found, shown), shown.days, {day: one.count for day, one in sums.items()}, total)


def _entries(found: Sequence[Any], shown: _Shown) -> Mapping[date, list[CalendarEntry]]:
    """What should have closed by now stands out."""
    by_day: dict[date, list[CalendarEntry]] = {}
    for row in found:
        amount = f"{format_number(row.amount)} {row.currency}" if shown.money and row.amount else ""
        late = row.expected_on < today()
        title = ", ".join(filter(None, (row.title, amount, _("overdue") if late else "")))
        entry = CalendarEntry(row.title, f"{deal.url}/{row.id}", title, "bad" if late else "brand")
        by_day.setdefault(row.expected_on, []).append(entry)
    return by_day


def _links(ctx: Context, shown: _Shown) -> list[tuple[str, str]]:
    """What no calendar of days to come shows: what is overdue, and what has no day."""
    late = closing.all_of(ctx.session, Deal.expected_on < today(), *shown.conditions)
    undated = closing.all_of(ctx.session, Deal.expected_on.is_(None), *shown.conditions)
    found = []
    if late.count:
        url = shown.listed(("expected_on[lt]", today()))
        found.append((url, _("Overdue: %(what)s", what=_counted(shown, late))))
    if undated.count:
        url = shown.listed(("expected_on[empty]", "true"))
        found.append((url, _("Without a day: %(what)s", what=_counted(shown, undated))))
    return found


def _counted(shown: _Shown, sums: Sums) -> str:
    text = ngettext("%(n)s deal", "%(n)s deals", sums.count)
    return f"{text}, {shown.said(sums)}" if shown.money and sums.amount else text


def _added(sums: Sequence[Sums]) -> Sums:
    return Sums(sum(one.count for one in sums), sum((one.amount for one in sums), Decimal(0)))


def _whose(ctx: Context, asked: Asked, shown: _Shown) -> list[MenuLink]:
    """Everybody's deals, or one's own."""
    if "responsible_id" in access.hidden(deal, ctx.actor):
        return []
    rest = [(n, v) for n, v in shown.parameters if n != "responsible_id"]
    mine = ("responsible_id", "me") in shown.parameters
    here = [("as", asked.look), ("on", asked.on)]
    return [
        MenuLink(_("Everybody's"), f"{URL}?{urlencode([*here, *rest])}", "", current=not mine),
        MenuLink(_("Mine"), f"{URL}?{urlencode([*here, *rest, ('responsible_id', 'me')])}", "", current=mine),
    ]


handlers = (page,)
