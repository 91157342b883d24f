"""The reports on speed, on what was asked for and not sold, and on clients who should buy again."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from litestar import Response
from litestar.params import FromPath

from vinculo.errors import ConflictError, NotFoundError
from vinculo.i18n import format_date, format_number, today
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.web.context import Context
from vinculo.web.reports import NOTHING, Cell, Report, bars
from vinculo.web.views import Toast
from vinculo_deals import explained, groups, repeating, reports, statistics, trade
from vinculo_deals.asking import Asked, percent
from vinculo_deals.models import State
from vinculo_deals.records import deal
from vinculo_deals.repeating import REPEAT
from vinculo_deals.statistics import Buyer, Unmet

DEMAND_BY: Final = {
    "reason": _l("Not met because of"),
    "responsible": _l("Responsible"),
    "product": _l("Product"),
}
DEMAND_FIELDS: Final = {"reason": "lost_reason_id", "responsible": "responsible_id", "product": "demand"}
MOST_IDS: Final = 200  # deals of which a list is asked by their ids
SHOWN: Final = 200  # clients of a list


def speed(asked: Asked) -> Report:
    """What open deals bring in a day, by anything."""
    if not (asked.by and asked.money and asked.sees("state")):
        return NOTHING
    session, way = asked.ctx.session, groups.WAYS[asked.by]
    rows, shown = [], []
    for key, label, its in trade.speeds(session, asked.which, asked.by):
        name = way.named(label) or _("Without a value")
        url = asked.list_url(*way.rows(key), ("state", State.OPEN)) if way.rows else ""
        brings = "" if its.velocity is None else asked.amount(its.velocity)
        rows.append([
            Cell(name), Cell(str(its.open), url), Cell(percent(its.rate)),
            Cell("" if its.amount is None else asked.amount(its.amount)),
            Cell("" if its.days is None else format_number(Decimal(str(its.days)))), Cell(brings),
        ])  # fmt: skip
        shown.append((name, float(its.velocity or 0), brings))
    return Report(
        [str(way.label), _("Open deals"), _("Win rate"), _("Median amount won"), _("Median days to the win"),
         _("Brings a day")],
        rows,
        bars(sorted(shown, key=lambda one: -one[1])),
        (explained.VELOCITY, explained.SHARE),
    )  # fmt: skip


# Demand


def demand(asked: Asked) -> Report:
    """What part of what was asked for was not sold, by reason, manager or product."""
    if not (asked.money and asked.sees("demand", "lines", "state", DEMAND_FIELDS[asked.by])):
        return NOTHING
    found = statistics.unmet(trade.demand(asked.ctx.session, asked.which, asked.by))
    total = statistics.Unmet(None)
    for one in found:
        total.asked += one.asked
        total.sold += one.sold
    rows = [_unmet(asked, one, one.key[1] or _("Without a value")) for one in found]
    shown = [(row[0].text, float(one.asked - one.sold), f"{100 * one.share:.1f} %")
             for row, one in zip(rows, found, strict=True)]  # fmt: skip
    summary = _(
        "Of %(asked)s that was asked for, %(share)s %% was not sold.",
        asked=asked.amount(total.asked), share=f"{100 * total.share:.1f}",
    )  # fmt: skip
    return Report(
        [str(DEMAND_BY[asked.by]), _("Deals"), _("Asked for"), _("Sold"), _("Not sold"), _("Unmet")],
        rows,
        bars(shown),
        (explained.UNMET,),
        summary if found else "",
    )


def _unmet(asked: Asked, one: Unmet, name: str) -> list[Cell]:
    ids = ",".join(map(str, one.deals))
    return [
        Cell(name),
        Cell(str(len(one.deals)), f"{deal.url}?ids={ids}" if len(one.deals) <= MOST_IDS else ""),
        Cell(asked.amount(one.asked)),
        Cell(asked.amount(one.sold)),
        Cell(asked.amount(one.asked - one.sold)),
        Cell(f"{100 * one.share:.1f} %"),
    ]


# Repeated purchases


def repeat(asked: Asked) -> Report:
    """Clients by when they are likely to buy again; those who wait too long can be made something to do."""
    if not asked.sees("client_id", "state", "closed_on"):
        return NOTHING
    ctx = asked.ctx
    found = trade.buyers(ctx.session, asked.which, today())
    names = trade.clients(ctx.session, [one.client for one in found[:SHOWN]], ctx.actor)
    known = [(one, names[one.client][0]) for one in found[:SHOWN] if one.client in names]
    shown = [(name, min(one.waiting, 10), _times(one)) for one, name in known]
    late = sum(one.is_late for one in found)
    return Report(
        [_("Client"), _("Purchases"), _("Last purchase"), _("Usual gap, days"), _("Next expected"),
         _("Waited, gaps")],
        [_buyer(asked, one, name) for one, name in known],
        bars(shown),
        (explained.NEXT_PURCHASE,),
        _("%(late)s of %(all)s clients have waited longer than one and a half times their gap.",
          late=late, all=len(found)) if found else "",
    )  # fmt: skip


def _times(one: Buyer) -> str:
    return f"{format_number(Decimal(f'{one.waiting:.1f}'))} \N{MULTIPLICATION SIGN}"


def _buyer(asked: Asked, one: Buyer, name: str) -> list[Cell]:
    won = asked.list_url(("client_id", one.client), ("state", State.WON))
    wanted = one.is_late and asked.ctx.registry.performer(REPEAT) is not None
    post = f"/deals/repeat/{one.client}" if wanted and asked.ctx.actor.may(deal.permission("create")) else ""
    return [
        Cell(name, f"/clients/{one.client}"),
        Cell(str(one.purchases), won),
        Cell(format_date(one.last)),
        Cell(format_number(Decimal(str(one.gap)))),
        Cell(format_date(one.due)),
        Cell(_times(one), post=post, button=_("Follow up") if post else ""),
    ]


def follow_up(ctx: Context, client_id: FromPath[int]) -> Response[bytes]:
    """Have it done by whoever does such things that this client is asked to buy again."""
    known = trade.clients(ctx.session, [client_id], ctx.actor)
    if ctx.registry.performer(REPEAT) is None or client_id not in known:
        raise NotFoundError
    days = [
        one for one in trade.buyers(ctx.session, reports.Which(ctx.actor), today()) if one.client == client_id
    ]
    if not days:
        raise ConflictError(_("This client has not bought on two days yet."), code="no_gap")
    (name, responsible), one = known[client_id], days[0]
    (kind, made), new = repeating.ask(ctx.session, ctx.registry, one, name, responsible, actor=ctx.actor)
    title = _("Ask about the next purchase: %(client)s", client=name)
    toast = Toast(title if new else _("This client is asked already."))
    return ctx.redirect(f"{ctx.registry.kinds[kind].url}/{made}", toast=toast)
