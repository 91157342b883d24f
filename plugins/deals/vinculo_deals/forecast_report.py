"""The reports of what the coming months may bring, and of how near past forecasts were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from vinculo.i18n import format_date, format_month, today
from vinculo.i18n import gettext as _
from vinculo.records import access
from vinculo.web.reports import NOTHING, Cell, Report, bars
from vinculo_deals import explained, outlook, reports, snapshots
from vinculo_deals.asking import WHO_FIELD, Asked
from vinculo_deals.models import Deal, State
from vinculo_deals.outlook import LEAST, PERCENT, Class, Column, Hit, Outlook, When
from vinculo_deals.records import deal
from vinculo_deals.reports import Which

PAST: Final = 12  # months whose forecasts are judged
Conditions = Sequence[tuple[str, Any]]


def forecast(asked: Asked) -> Report:
    """Won, commit, best case, pipeline and weighted, month by month, with what is overdue beside."""
    if not (asked.money and asked.sees("chance", "expected_on")):
        return NOTHING
    session, day = asked.ctx.session, today()
    this = outlook.month_of(day)
    found = outlook.forecast(
        reports.expected(session, asked.which),
        reports.largest(session, asked.which, since=day),
        reports.won_by_day(session, asked.which, since=this),
        day,
    )
    months = snapshots.months(day)
    columns: list[Column] = [*(one for one in When if one in found), *months]
    columns += sorted(one for one in found if isinstance(one, date) and one > months[-1])
    outlooks = [found.get(one, Outlook()) for one in columns]
    ranges: dict[Column, tuple[Decimal, Decimal]] = {
        one: outlook.interval(found.get(one, Outlook()), str(one)) for one in columns if isinstance(one, date)
    }
    names = [_name(one) for one in columns]
    shown = [(name, float(one.weighted), asked.amount(one.weighted))
             for name, one in zip(names, outlooks, strict=True)]  # fmt: skip
    return Report(
        [_("Deals"), *names],
        [*_rows(asked, columns, outlooks), _ranges(asked, columns, ranges)],
        bars(shown),
        (explained.FORECAST, explained.INTERVAL, explained.PROBABILITY),
    )


def _name(column: Column) -> str:
    if isinstance(column, date):
        return format_month(column)
    return _("Overdue") if column is When.OVERDUE else _("Without a day")


def _days(column: Column) -> Conditions:
    """The list of the open deals of a column."""
    day = today()
    if isinstance(column, date):
        first, end = max(column, day), outlook.next_month(column)
        return [("expected_on[gte]", first), ("expected_on[lt]", end)]
    return [("expected_on[lt]", day)] if column is When.OVERDUE else [("expected_on[empty]", "true")]


def _bounds(one: Class) -> Conditions:
    """The list of the deals of a row; those without a probability are in the last one."""
    more = [least for least in LEAST.values() if least > LEAST[one]]
    upper = [("chance[lt]", min(more))] if more else []
    return [("chance[gte]", LEAST[one]), *upper] if LEAST[one] else upper


def _rows(asked: Asked, columns: Sequence[Column], found: Sequence[Outlook]) -> list[list[Cell]]:
    labels = {
        Class.COMMIT: _("Commit"),
        Class.BEST: _("Best case"),
        Class.PIPELINE: _("In the pipeline"),
    }
    opened = ("state", State.OPEN)
    rows = [[Cell(_("Won")), *(_won(asked, one, at) for one, at in zip(columns, found, strict=True))]]
    for kind, label in labels.items():
        cells = [_money(asked, at.classes[kind], opened, *_days(one), *_bounds(kind))
                 for one, at in zip(columns, found, strict=True)]  # fmt: skip
        rows.append([Cell(label), *cells])
    weighted = (Cell(asked.amount(one.weighted) if one.weighted else "") for one in found)
    rows.append([Cell(_("Weighted")), *weighted])
    counts = [Cell(str(at.count), asked.list_url(opened, *_days(one))) if at.count else Cell("")
              for one, at in zip(columns, found, strict=True)]  # fmt: skip
    rows.append([Cell(_("Open deals")), *counts])
    return rows


def _won(asked: Asked, column: Column, at: Outlook) -> Cell:
    if not isinstance(column, date) or not at.won:
        return Cell("")
    bounds = [("closed_on[gte]", column), ("closed_on[lt]", outlook.next_month(column))]
    return _money(asked, at.won, ("state", State.WON), *bounds)


def _money(asked: Asked, amount: Decimal, *conditions: tuple[str, Any]) -> Cell:
    return Cell(asked.amount(amount), asked.list_url(*conditions)) if amount else Cell("")


def _ranges(
    asked: Asked, columns: Sequence[Column], ranges: Mapping[Column, tuple[Decimal, Decimal]]
) -> list[Cell]:
    cells = [Cell(_said(asked, ranges[one]) if one in ranges else "") for one in columns]
    return [Cell(_("In eight of ten cases")), *cells]


def _said(asked: Asked, bounds: tuple[Decimal, Decimal]) -> str:
    low, high = (asked.amount(one.quantize(Decimal(1))) for one in bounds)
    if not any(bounds):
        return ""
    return f"{low} \N{EN DASH} {high}" if low != high else low


# Held against what was won


def accuracy(asked: Asked) -> Report:
    """Past forecasts of each month beside what was won in it.

    They are kept by pipeline and responsible, and nothing else narrows them. Whoever does not read all deals
    has those of the deals that they are responsible for.
    """
    if not (asked.money and asked.sees("chance", "expected_on", WHO_FIELD)):
        return NOTHING
    session, day = asked.ctx.session, today()
    users: Sequence[int | None] | None = _users(asked)
    since = outlook.month_of(outlook.month_of(day) - timedelta(days=31 * PAST - 15))
    kept = snapshots.kept(session, since=since, pipeline=asked.which.pipeline, users=users)
    theirs = () if users is None else (Deal.responsible_id.in_(users),)
    which = Which(asked.ctx.actor, asked.which.pipeline, more=theirs)
    found = outlook.hits(kept, reports.won_by_day(session, which, since=since))
    past = [one for one in found if one.month <= outlook.month_of(day)]
    ended = [one for one in past if outlook.next_month(one.month) <= day]
    return Report(
        [_("Month"), _("Forecast on"), _("Forecast"), _("Won"), _("Off by")],
        [_hit(replace(asked, which=which, kept=_only(users)), one) for one in past],
        bars([(format_month(one.month), float(one.won), asked.amount(one.won)) for one in past]),
        (explained.HITS,),
        _summary(asked, outlook.off(ended)),
    )


def _users(asked: Asked) -> Sequence[int] | None:
    """Of whom forecasts are looked at; None: of all."""
    wanted = dict(asked.kept).get(WHO_FIELD, "")
    mine = [asked.ctx.actor.user_id or 0]
    if access.condition(deal, asked.ctx.actor) is not None or wanted == "me":
        return mine
    if wanted.isdigit():
        return [int(wanted)]
    return asked.staff


def _only(users: Sequence[int | None] | None) -> Sequence[tuple[str, str]]:
    return [] if users is None else [(f"{WHO_FIELD}[in]", ",".join(map(str, users or [0])))]


def _hit(asked: Asked, one: Hit) -> Sequence[Cell]:
    bounds = [("closed_on[gte]", one.month), ("closed_on[lt]", outlook.next_month(one.month))]
    return [
        Cell(format_month(one.month)),
        Cell(format_date(one.taken_on)),
        Cell(asked.amount(one.weighted)),
        Cell(asked.amount(one.won), replace(asked, staff=None).list_url(("state", State.WON), *bounds)),
        Cell("" if one.off is None else f"{PERCENT * one.off:+.1f} %"),
    ]


def _summary(asked: Asked, off: float | None) -> str:
    others = {name for name, _text in asked.kept} - {WHO_FIELD}
    parts = []
    if off is not None:
        parts.append(
            _("The months that have ended were off by %(off)s %% in all.", off=f"{PERCENT * off:.1f}")
        )
    if others or asked.which.since or asked.which.until:
        parts.append(_("Forecasts are kept by pipeline and responsible; nothing else narrows this page."))
    return " ".join(parts)
