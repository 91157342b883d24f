"""The reports: what channels, campaigns and events brought, and the clients and sales behind each number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final
from urllib.parse import urlencode

import sqlalchemy as sa
from litestar import Response

from vinculo.clients.records import client
from vinculo.i18n import format_date, format_number
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records import access, narrowing, titles
from vinculo.records.fields import AmountField
from vinculo.records.kind import Gain, RecordKind
from vinculo.records.narrowing import Narrowed
from vinculo.records.text import whole_number
from vinculo.web import reports as reporting
from vinculo.web.context import Context
from vinculo.web.reports import NOTHING, Cell, Pages, Report, bars
from vinculo.web.views import Option
from vinculo_marketing import explained, reports, statistics
from vinculo_marketing.pages import READ
from vinculo_marketing.records import campaign, channel, event, touch
from vinculo_marketing.reports import Effect, Key, Which
from vinculo_marketing.statistics import Model

URL: Final = "/marketing/reports"
TABS: Final = {
    "channels": channel.label_plural, "campaigns": campaign.label_plural, "events": event.label_plural,
}  # fmt: skip
KINDS: Final = {"channels": channel, "campaigns": campaign, "events": event}
LINKS: Final = {"channels": "channel_id", "campaigns": "campaign_id", "events": "event_id"}
MODELS: Final = {
    Model.FIRST: _l("First touch"),
    Model.LAST: _l("Last touch"),
    Model.LINEAR: _l("Linear"),
    Model.ENDS: _l("40-20-40"),
}
PAGES: Final = Pages(
    URL,
    TABS,
    (touch.label_plural, touch.url),
    since=_l("From the day"),
    until=_l("Until the day"),
    also=("by",),
)
AMOUNT: Final = AmountField(name="amount", label=_l("Amount"))
SOME: Final = _l("Costs are spent on all clients: where only some of them count, costs are not told.")
MOST: Final = 500  # rows behind a number
CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address says: which report, and of one of its rows what is behind which number."""

    ctx: Context
    which: Which
    kinds: Sequence[RecordKind]
    narrowed: Narrowed

    def behind(self, key: Key, what: str) -> str:
        """The address of what is behind a number."""
        said = {"of": key or 0, "what": what, "by": self.which.model}
        kept = {name: self.ctx.parameter(name) for name in reporting.PERIOD if self.ctx.parameter(name)}
        return f"{URL}/{self.which.by}?{urlencode([*said.items(), *kept.items(), *self.narrowed.pairs])}"


def _page(ctx: Context, name: str) -> Response[bytes]:
    """``by`` is the model of attribution; conditions are those of the list of clients."""
    wanted = ctx.parameter("by")
    model = Model(wanted) if wanted in list(Model) else Model.FIRST
    narrowed = narrowing.read(ctx, client, (*reporting.PERIOD, "by", "of", "what"))
    which = Which(ctx.actor, name, model, *reporting.period(ctx), _clients_of(narrowed))
    known = ctx.registry.kinds.values()
    kinds = [one for one in known if one.gains and ctx.actor.may(one.permission("read"))]
    asked = _Asked(ctx, which, kinds, narrowed)
    models = [Option(one, str(label)) for one, label in MODELS.items()]
    knows = ctx.actor.may(client.permission("read"))
    bar = narrowing.bar(narrowed, f"{URL}/{name}", reporting.kept(ctx, PAGES)) if knows else None
    return reporting.render(ctx, PAGES, name, _report(asked), by=models, chosen_by=model, narrowing=bar)


def _clients_of(narrowed: Narrowed) -> sa.Select[int] | None:
    """The ids of the clients that the conditions leave; None without any."""
    if not narrowed.pairs:
        return None
    ids = sa.select(client.table.c.id).where(*narrowed.conditions())
    return access.within(ids, client, narrowed.ctx.actor)


def _report(asked: _Asked) -> Report:
    needed = {"client_id", "happened_at", LINKS[asked.which.by]}
    actor = asked.ctx.actor
    if access.hidden(touch, actor) & needed or not actor.may(KINDS[asked.which.by].permission("read")):
        return NOTHING
    effects = reports.effects(asked.ctx.session, asked.which, asked.kinds)
    names = reports.names(asked.ctx.session, asked.which.by)
    what, key = asked.ctx.parameter("what"), whole_number(asked.ctx.parameter("of")) or None
    if what in ("clients", "sales"):
        found = effects.get(key, Effect())
        behind = _clients if what == "clients" else _sales
        return behind(asked, found, names.get(key or 0) or _without())
    return _overview(asked, effects, names)


def _without() -> str:
    return _("Without a source")


def _overview(asked: _Asked, effects: Mapping[Key, Effect], names: Mapping[int, str]) -> Report:
    selling, costing = bool(asked.kinds), asked.which.costing
    order = sorted(
        effects, key=lambda key: (key is None, -effects[key].revenue, -len(effects[key].clients), key or 0)
    )
    called = {key: names.get(key or 0) or _without() for key in order}
    columns = [str(KINDS[asked.which.by].label), _("New clients")]
    columns += [_("Sales"), _("Revenue")] if selling else []
    columns += [_("What it cost"), _("CAC")] if costing else []
    columns += [_("ROI")] if selling and costing else []
    rows = [[*_row(asked, key, called[key], effects[key], selling=selling, costing=costing)] for key in order]
    shown = [
        (called[key], float(one.revenue), money(one.revenue)) if selling
        else (called[key], len(one.clients), str(len(one.clients)))
        for key in order if (one := effects[key])
    ]  # fmt: skip
    how = [explained.SHARES, explained.COST, explained.RETURN] if selling else [explained.COST]
    if asked.which.clients is not None and reports.sees_costs(asked.ctx.actor):
        how = [SOME, *how]
    return Report(columns, rows, bars(shown), how, _summary(effects, selling=selling))


def _row(asked: _Asked, key: Key, name: str, one: Effect, *, selling: bool, costing: bool) -> list[Cell]:
    card = f"{KINDS[asked.which.by].url}/{key}" if key else ""
    found = [Cell(name, card), _number(len(one.clients), asked.behind(key, "clients"))]
    if selling:
        found.append(_number(one.sales, asked.behind(key, "sales")))
        found.append(Cell(money(one.revenue), asked.behind(key, "sales") if one.gains else ""))
    if costing:
        cac = statistics.acquisition_cost(one.cost, len(one.clients))
        found.append(Cell(money(Fraction(one.cost)) if one.cost else "", card))
        found.append(Cell(money(Fraction(cac)) if cac and one.cost else ""))
    if selling and costing:
        back = statistics.return_on(one.earned, one.cost)
        found.append(Cell("" if back is None else f"{format_number(round(100 * back))} %"))
    return found


def _summary(effects: Mapping[Key, Effect], *, selling: bool) -> str:
    clients = sum(len(one.clients) for one in effects.values())
    if not selling:
        return _("New clients whose source is known: %(clients)s.", clients=clients)
    gains = [gain for one in effects.values() for _of, gain, _share in one.gains]
    text = _("New clients whose source is known: %(clients)s; sales: %(sales)s, %(revenue)s.")
    total = sum((one.revenue for one in effects.values()), Fraction(0))
    text %= {
        "clients": clients,
        "sales": format_number(int(sum((one.sales for one in effects.values()), Fraction(0)))),
        "revenue": money(total),
    }
    if any(gain.profit is None for gain in gains):
        text += " " + _("What was earned is not known of all of them: revenue stands in its place.")
    return text


def _clients(asked: _Asked, one: Effect, name: str) -> Report:
    shown = sorted(one.clients, key=lambda found: (found[1], found[0]))[-MOST:]
    called = titles.of(asked.ctx.session, client, [client_id for client_id, _day in shown], asked.ctx.actor)
    rows = [
        [Cell(called.get(found, _("another client")), f"{client.url}/{found}"), Cell(format_date(day))]
        for found, day in reversed(shown)
    ]
    text = _("%(name)s: new clients, by the day of their first touch.", name=name)
    return Report([str(client.label), _("First touch")], rows, [], (explained.COST,), text)


def _sales(asked: _Asked, one: Effect, name: str) -> Report:
    shown = sorted(one.gains, key=lambda found: (found[1].day, found[1].record_id))[-MOST:]
    session, actor = asked.ctx.session, asked.ctx.actor
    called = {
        kind.name: titles.of(session, kind, [gain.record_id for of, gain, _s in shown if of is kind], actor)
        for kind in {kind for kind, _gain, _share in shown}
    }
    clients = titles.of(session, client, [gain.client_id for _of, gain, _share in shown], actor)
    rows = [_sale(of, gain, share, called, clients) for of, gain, share in reversed(shown)]
    text = _("%(name)s: what was won, and how much of it is credited.", name=name)
    columns = [_("Sale"), str(client.label), _("Day"), _("Amount"), _("Share"), _("Credited to it")]
    return Report(columns, rows, [], (explained.SHARES,), text)


def _sale(
    of: RecordKind,
    gain: Gain,
    share: Fraction,
    called: Mapping[str, Mapping[int, str]],
    clients: Mapping[int, str],
) -> list[Cell]:
    title = called[of.name].get(gain.record_id, str(of.label))
    known = gain.amount is not None
    return [
        Cell(title, f"{of.url}/{gain.record_id}"),
        Cell(clients.get(gain.client_id, ""), f"{client.url}/{gain.client_id}"),
        Cell(format_date(gain.day)),
        Cell(money(Fraction(gain.amount or 0)) if known else ""),
        Cell(f"{100 * float(share):.0f} %"),
        Cell(money(Fraction(gain.amount or 0) * share) if known else ""),
    ]


def money(amount: Fraction) -> str:
    """An amount that was shared out, to the cent."""
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return AMOUNT.show(exact.quantize(CENT))


def _number(count: int | Fraction, url: str) -> Cell:
    text = (
        format_number(count)
        if isinstance(count, int)
        else format_number(Decimal(str(round(float(count), 2))))
    )
    return Cell(text, url if count else "")


handlers = reporting.handlers(PAGES, READ, _page)
