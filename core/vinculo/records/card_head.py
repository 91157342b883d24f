"""The head of a card: facts of plugins, twelve months as a sparkline, buttons of plugins.

All facts are one query. Where it fails, each is asked for by itself, so that one plugin's fault is not
another's.
"""

from __future__ import annotations

import functools
import itertools
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import sqlalchemy as sa

from vinculo.db.base import now
from vinculo.db.isolating import isolated
from vinculo.i18n import current_time_zone, format_month, format_number
from vinculo.i18n import gettext as _
from vinculo.plugins.calling import Owned
from vinculo.plugins.contributions import Fact, Series
from vinculo.records import attribution, facts
from vinculo.records.criteria import Reader
from vinculo.records.facts import Told
from vinculo.records.kind import Figure, RecordKind
from vinculo.web import origins
from vinculo.web.context import Context
from vinculo.web.views import Action, CardHead, HeadFigure, SparkBar, Sparkline, Way

logger = logging.getLogger(__name__)

MOST: Final = 5
MONTHS: Final = 12
FULL: Final = 100  # the height of the highest bar
STEP: Final = 10
T = TypeVar("T")
U = TypeVar("U")

_Shown = tuple[Owned[Fact], Figure]


def head(ctx: Context, kind: RecordKind, record_id: int, owner: str) -> CardHead:
    """The head of a record's card; nothing is asked where no plugin knows anything."""
    shown = _shown(ctx, kind)
    if not shown:
        return CardHead(owner)
    *values, shared = _values(ctx, kind, record_id, shown)
    figures = [
        _figure(ctx, one, figure, value, record_id)
        for (one, figure), value in zip(shown, values, strict=True)
    ]
    several = shared or attribution.asked(ctx.parameters())
    ways = _ways(ctx, kind, record_id) if several else ()
    return CardHead(owner, figures, _spark(ctx, record_id, shown), ways)


def _ways(ctx: Context, kind: RecordKind, record_id: int) -> list[Way]:
    """How the records behind the figures may be counted for clients."""
    chosen, card = attribution.asked(ctx.parameters()), f"{kind.url}/{record_id}"
    found = [(way, *attribution.words(way)) for way in attribution.Links]
    return [
        Way(label, f"{card}?links={way}" if way else card, text, current=way is chosen)
        for way, label, text in found
    ]


def buttons(ctx: Context, kind: RecordKind, record_id: int) -> list[Action]:
    """What plugins offer to do with the record."""
    found = []
    for owned in ctx.registry.card_actions.get(kind.name, ()):
        one = owned.item
        if ctx.actor.may(one.permission):
            url = _guarded(ctx, owned.plugin, f"action {one.name}", partial(one.url, record_id), "")
            found += [Action(str(one.label), url, one.icon)] if url else []
    return found


def _shown(ctx: Context, kind: RecordKind) -> list[_Shown]:
    """The facts of the head that the user may have, with their expressions."""
    owned = ctx.registry.facts.get(kind.name, ())
    wanted = [one for one in owned if one.item.header is not None]
    wanted.sort(key=lambda one: (one.item.header, one.item.field.name))
    if not wanted:
        return []
    seen = facts.seen_by(ctx.registry, kind, ctx.actor, ctx.parameters())
    pairs = ((one, seen.figure(one.item.field.name)) for one in wanted)
    return [(one, figure) for one, figure in pairs if figure][:MOST]


def _values(ctx: Context, kind: RecordKind, record_id: int, shown: Sequence[_Shown]) -> Sequence[Any]:
    """What the figures are, and whether there are several ways to count them."""
    expressions = tuple(figure.expression for _owned, figure in shown)
    several = any(_is_counted(owned.item, kind) for owned, _figure in shown)
    query = _of_one(kind.table, expressions, several=several)
    try:
        with isolated(ctx.session):
            return ctx.session.execute(query, {"record": record_id}).one()
    except Exception:
        logger.exception("the facts of %s %s failed", kind.name, record_id)
        return [*(_alone(ctx, kind, record_id, *one) for one in shown), False]


@functools.lru_cache(1000)
def _of_one(table: sa.FromClause, expressions: tuple[Any, ...], *, several: bool) -> sa.Select[Any]:
    shared = attribution.is_shared(table.c.id) if several else sa.false()
    query = sa.select(*expressions, shared).select_from(table)
    return query.where(table.c.id == sa.bindparam("record"))


def _is_counted(fact: Fact, kind: RecordKind) -> bool:
    """Whether a fact is of a client by records that count for one in several ways."""
    return kind.client == "id" and attribution.is_attributed(fact.of) and fact.link in ("", fact.of.client)


class _Failed:
    """In the place of a value that could not be had."""


def _alone(ctx: Context, kind: RecordKind, record_id: int, owned: Owned[Fact], figure: Figure) -> Any:
    query = sa.select(figure.expression).select_from(kind.table).where(kind.table.c.id == record_id)
    name, failed = f"fact {owned.item.field.name}", _Failed()
    return _guarded(ctx, owned.plugin, name, lambda: (ctx.session.scalar(query),), (failed,))[0]


def _guarded(ctx: Context, plugin: str, name: str, work: Callable[[], T], otherwise: U) -> T | U:
    """What a plugin's part says, or something else where it fails: it is logged, and counted."""
    try:
        with ctx.site.guard.watch(plugin, ctx.route_path, limited=True), isolated(ctx.session):
            return work()
    except Exception:
        logger.exception("%s of plugin %s failed", name, plugin)
        return otherwise


def _figure(ctx: Context, owned: Owned[Fact], figure: Figure, value: Any, record_id: int) -> HeadFigure:
    fact, origin = owned.item, origins.of(ctx, owned.plugin)
    label = str(fact.field.label)
    if figure.failed or isinstance(value, _Failed):
        text = _("This part, from the plugin %(plugin)s, failed. It has been logged.", plugin=owned.plugin)
        return HeadFigure(label, "", failed=text, origin=origin)
    if value is None:
        return HeadFigure(label, "", help=str(fact.field.help), origin=origin)

    def said() -> tuple[str, str, str]:
        rows = dict(fact.rows(record_id, value)) if fact.rows else {}
        if rows and (links := attribution.asked(ctx.parameters())):
            rows[attribution.PARAMETER] = links
        url = f"{fact.of.url}?{urlencode(rows)}" if rows else ""
        return fact.field.show(value), url, fact.tone(value) if fact.tone else ""

    text, url, tone = _guarded(ctx, owned.plugin, f"fact {fact.field.name}", said, ("", "", ""))
    return HeadFigure(label, text, url, str(fact.field.help), tone, origin=origin)


# Twelve months


def _spark(ctx: Context, record_id: int, shown: Sequence[_Shown]) -> Sparkline | None:
    """The first series among the facts of the head."""
    for owned, figure in shown:
        series = owned.item.series
        if series is not None and not figure.failed:
            return _guarded(
                ctx,
                owned.plugin,
                f"series of {owned.item.field.name}",
                partial(_drawn, ctx, record_id, owned.item, series),
                None,
            )
    return None


def _drawn(ctx: Context, record_id: int, fact: Fact, series: Series) -> Sparkline:
    months = _months(now().astimezone(current_time_zone()))
    values = _by_month(ctx, record_id, fact, series, months)
    highest = max((abs(value) for value in values), default=0) or 1
    bars = []
    for index, (month, value) in enumerate(zip(months, values, strict=False)):
        height = max(round(FULL * max(value, 0) / highest), 3)
        bars.append(SparkBar(format_month(month), format_number(value), index * STEP, FULL - height, height))
    best = max(bars, key=lambda bar: bar.height)
    summary = _(
        "%(label)s: %(total)s in 12 months, most in %(month)s (%(most)s).",
        label=series.label,
        total=format_number(sum(values)),
        month=best.label,
        most=best.value,
    )
    return Sparkline(str(series.label), summary, bars)


def _months(at: datetime) -> list[datetime]:
    """Where the last twelve months begin, this one included, and where it ends."""
    number = at.year * 12 + at.month - MONTHS
    first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    numbers = range(number, number + MONTHS + 1)
    return [first.replace(year=one // 12, month=one % 12 + 1) for one in numbers]


def _by_month(
    ctx: Context, record_id: int, fact: Fact, series: Series, months: Sequence[datetime]
) -> Sequence[Any]:
    query = _series(fact, series, Reader.of(ctx.actor), attribution.asked(ctx.parameters()))
    begins = {f"month_{number}": month for number, month in enumerate(months)}
    return ctx.session.execute(query, {"record": record_id, **begins}).one()


@functools.lru_cache(1000)
def _series(fact: Fact, series: Series, reader: Reader, links: attribution.Links) -> sa.Select[Any]:
    table = fact.of.table
    at = table.c[fact.of.column(series.at).name]
    value = table.c[fact.of.column(series.value).name] if series.value else None
    counted = sa.func.count() if value is None else sa.func.coalesce(sa.func.sum(value), 0)
    months = [sa.bindparam(f"month_{number}", type_=at.type) for number in range(MONTHS + 1)]
    columns = [counted.filter(at >= begin, at < end) for begin, end in itertools.pairwise(months)]
    theirs = Told(fact, sa.bindparam("record", type_=sa.BigInteger), reader.actor, links).rows()
    return sa.select(*columns).select_from(table).where(theirs, *series.where(table), at >= months[0])
