"""Pages of reports: tabs, a period, a picture, a table whose numbers open, and how they are computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from babel.support import LazyProxy
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, NotFoundError
from vinculo.i18n import format_datetime, parse_date
from vinculo.i18n import gettext as _
from vinculo.web import origins
from vinculo.web.context import Context
from vinculo.web.routes import get
from vinculo.web.views import Chip, Crumb, Option

Text = str | LazyProxy
FULL: Final = 1000  # the width of the longest bar
MOST: Final = 20  # bars of a picture
PERIOD: Final = ("since", "until")


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the picture; ``width`` of ``FULL``, and so is the ``mark`` that it is compared with."""

    label: str
    width: int
    text: str
    mark: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of the table, and the list behind it; a ``button`` that sends to the address ``post``."""

    text: str
    url: str = ""
    post: str = ""
    button: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a page shows. ``how`` explains its formulae; ``summary`` says it in one sentence."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    bars: Sequence[Bar]
    how: Sequence[Text]
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a report is narrowed to beside its period (``vinculo.records.narrowing``), as lists show it.

    ``kept`` is what its form keeps. ``way`` is that of ``ways`` in which records count for clients, under the
    parameter ``counted_by``; ``told`` says how.
    """

    chips: Sequence[Chip]
    fields: Sequence[Option]
    url: str
    hidden: Sequence[tuple[str, str]]
    new_group: str
    has: Sequence[Option]
    kept: Sequence[tuple[str, str]]
    counted_by: str = ""
    ways: Sequence[Option] = ()
    way: str = ""
    told: str = ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The same as the address says it."""
        return [*self.kept, *([(self.counted_by, self.way)] if self.way else [])]


NOTHING: Final = Report([], [], [], ())


@dataclass(frozen=True, slots=True)
class Pages:
    """The reports of a plugin, by the last part of their addresses below ``url``.

    ``above`` is what they are about, and its address; ``since`` and ``until`` are what the two days are
    called. ``also`` names further parameters that the tabs keep; a ``template`` of its own extends
    ``report.html``.
    """

    url: str
    tabs: Mapping[str, Text]
    above: tuple[Text, str]
    since: Text
    until: Text
    also: Sequence[str] = ()
    template: str = "report.html"


def handlers(
    pages: Pages, permission: str, draw: Callable[[Context, str], Response[bytes]]
) -> Sequence[HTTPRouteHandler]:
    """The routes of the reports: the first tab at ``pages.url``, any of them, by its name, below it."""

    @get(pages.url, permission=permission)
    def first(ctx: Context) -> Response[bytes]:
        """The first of the reports."""
        return draw(ctx, next(iter(pages.tabs)))

    @get(f"{pages.url}/{{name:str}}", permission=permission)
    def page(ctx: Context, name: FromPath[str]) -> Response[bytes]:
        """Any of the reports."""
        if name not in pages.tabs:
            raise NotFoundError
        return draw(ctx, name)

    return first, page


def render(
    ctx: Context,
    pages: Pages,
    name: str,
    report: Report | None,
    *,
    by: Sequence[Option] = (),
    chosen_by: str = "",
    narrowing: Narrowing | None = None,
    **more: Any,
) -> Response[bytes]:
    """The page of a report; ``by`` are the ways to group it, ``more`` is for a template of its own."""
    said = [*kept(ctx, pages), *(narrowing.pairs if narrowing else [])]
    tail = f"?{urlencode(said)}" if said else ""
    title, (label, above) = str(pages.tabs[name]), pages.above
    return ctx.render(
        pages.template,
        crumbs=[Crumb(str(label), above), Crumb(_("Reports"), pages.url), Crumb(title)],
        title=title,
        tabs=[(f"{pages.url}/{one}{tail}", str(text), one == name) for one, text in pages.tabs.items()],
        url=f"{pages.url}/{name}",
        days=[(one, str(getattr(pages, one)), ctx.parameter(one)) for one in PERIOD],
        by=by,
        chosen_by=chosen_by,
        report=report,
        narrowing=narrowing,
        full=FULL,
        counted=_counted(ctx),
        again=f"{pages.url}/{name}?{urlencode([(n, v) for n, v in ctx.parameters() if v])}",
        **more,
    )


def _counted(ctx: Context) -> str:
    """What counted a report, and when: a report is counted each time that it is opened."""
    by, at = origins.described(ctx.registry, ctx.plugin), format_datetime(now())
    text = _("Counted by “%(plugin)s” %(version)s on %(at)s, from what you may see.")
    return text % {"plugin": by.title, "version": by.version, "at": at}


def kept(ctx: Context, pages: Pages) -> list[tuple[str, str]]:
    """What the address of a report says that every tab keeps, but for what it is narrowed to."""
    return [(one, ctx.parameter(one)) for one in (*pages.also, *PERIOD) if ctx.parameter(one)]


def period(ctx: Context) -> tuple[date | None, date | None]:
    """The first and the last day that are asked for. Raises ``InvalidError`` for what is no day."""
    since, until = (_day(ctx, name) for name in PERIOD)
    return since, until


def _day(ctx: Context, name: str) -> date | None:
    text = ctx.parameter(name)
    day = parse_date(text) if text else None
    if text and day is None:
        fault = _("“%(value)s” is not a day; write e.g. 2026-11-23.", value=text[:100])
        raise InvalidError([FieldError(name, fault, "invalid")])
    return day


def bars(values: Sequence[tuple[str, float, str]], *, whole: float = 0) -> list[Bar]:
    """The first ``MOST`` of (label, value, text), as long as their part of ``whole``; 0: of the largest."""
    most = whole or max((value for _label, value, _text in values), default=0) or 1
    return [Bar(label, round(FULL * value / most), text) for label, value, text in values[:MOST]]
