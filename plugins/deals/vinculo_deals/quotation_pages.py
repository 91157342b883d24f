"""Quotations on cards: making one, its PDF, what the client answered; and for how long they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import compress
from typing import Any, Final

import sqlalchemy as sa
from litestar import Response
from litestar.params import FromPath

from vinculo import printing
from vinculo.company.numbers import MakeInput, NumbersPage
from vinculo.errors import ForbiddenError, VinculoError
from vinculo.files.pages import disposition
from vinculo.i18n import format_date, format_number
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access, noting, service
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import FormSection, Option, Toast
from vinculo_deals import limits, queries, quotation_pdf, quotations
from vinculo_deals import quotation_steps as steps
from vinculo_deals.models import Deal, Offer, Quotation, State
from vinculo_deals.quotation_records import quotation, state_badge
from vinculo_deals.records import deal

READ: Final = quotation.permission("read")
CREATE: Final = quotation.permission("create")
UPDATE: Final = quotation.permission("update")
MANAGE: Final = "deals.quotation_days.manage"
DAYS: Final = f"{quotation.url}/days"
FIRST: Final = 10
FIGURES: Final = ("lines", "net", "tax", "total")
SHOWN: Final = ("number", "state")


def of_deal(ctx: Context, record_id: int) -> PanelContent | None:
    """The quotations of a deal, the latest first, and a way to make one of its lines."""
    hidden = access.hidden(quotation, ctx.actor)
    if "state" in hidden or "deal_id" in hidden:
        return None
    query = access.within(sa.select(Quotation), quotation, ctx.actor, few=True)
    query = query.where(Quotation.deal_id == record_id).order_by(Quotation.id.desc())
    rows = ctx.session.scalars(query.limit(FIRST + 1)).all()
    may = ctx.actor.may(CREATE)
    if not rows and not may:
        return None
    html = ctx.fragment(
        "deals/quotations.html",
        lines=[_line(one, hidden) for one in rows[:FIRST]],
        every=f"{quotation.url}?deal_id={record_id}" if len(rows) > FIRST else "",
        make=f"{deal.url}/{record_id}/quotation" if may else "",
    )
    return PanelContent(html, count=sum(one.state in quotations.OPEN for one in rows[:FIRST]) or None)


def _line(one: Quotation, hidden: frozenset[str]) -> tuple[Any, ...]:
    url = f"{quotation.url}/{one.id}"
    total = quotation_pdf.money(one.total, one.currency) if _tells(hidden) and one.total is not None else ""
    until = format_date(one.valid_until) if one.valid_until and "valid_until" not in hidden else ""
    return url, one.number, state_badge(one), total, until, f"{url}/pdf" if _tells(hidden) else ""


def _tells(hidden: frozenset[str]) -> bool:
    return hidden.isdisjoint(FIGURES)


def card(ctx: Context, record_id: int) -> PanelContent | None:
    """What a quotation offers, what may be done with it, and its other versions."""
    hidden = access.hidden(quotation, ctx.actor)
    if "state" in hidden:
        return None
    record: Quotation = service.get(ctx.session, quotation, record_id, actor=ctx.actor)
    may = bool(access.permitted(ctx.session, quotation, record_id, ctx.actor, ["update"]))
    url = f"{quotation.url}/{record_id}"
    waits = record.state in (Offer.SENT, Offer.EXPIRED)
    stages, takes = _next_of_deal(ctx, record.deal_id) if waits and may else ([], False)
    heads, rows, sums = _figures(record) if _tells(hidden) else ([], None, [])
    html = ctx.fragment(
        "deals/quotation.html",
        url=url,
        heads=heads,
        rows=rows,
        sums=sums,
        pdf=f"{url}/pdf" if rows else "",
        may=may,
        may_again=ctx.actor.may(CREATE) and record.state is not Offer.DRAFT,
        draft=record.state is Offer.DRAFT,
        waits=waits,
        takes=takes,
        stages=stages,
        versions=[*_versions(ctx, record)],
    )
    return PanelContent(html)


def _figures(of: Quotation) -> tuple[list[str], list[list[str]], list[tuple[str, str]]]:
    """(heads, rows, sums) as texts."""
    found = quotations.totals(of.lines, of.currency)
    heads = [_("Product"), _("Quantity"), _("Price"), _("Discount, %"), _("Tax, %"), _("Amount")]
    shown = [True, True, True, any(line.discount for line in of.lines), bool(found.tax), True]
    rows = [
        [
            line.product,
            " ".join(filter(None, (format_number(line.quantity), line.unit))),
            _or_dash(line.price),
            format_number(line.discount) if line.discount else "",
            "" if line.tax_rate is None else format_number(line.tax_rate),
            _money(quotations.amount_of(line, of.currency), of) if line.price is not None else "—",
        ]
        for line in of.lines
    ]
    heads, *rows = [[*compress(row, shown)] for row in (heads, *rows)]
    sums = [(_("Sum"), _money(found.total, of))] if of.total is not None else []
    if sums and found.tax:
        taxes = [(_("Tax %(rate)s %%", rate=format_number(rate)), _money(tax, of))
                 for rate, tax in found.tax.items()]  # fmt: skip
        sums = [(_("Without tax"), _money(found.net, of)), *taxes, *sums]
    return heads, rows, sums


def _money(amount: Decimal, of: Quotation) -> str:
    return quotation_pdf.money(amount, of.currency)


def _or_dash(value: Decimal | None) -> str:
    return "—" if value is None else format_number(value)


def _next_of_deal(ctx: Context, deal_id: int) -> tuple[list[Option], bool]:
    """To which stages, none of them a win, an accepted one may move its deal; whether it may change it."""
    try:
        on: Deal = service.get(ctx.session, deal, deal_id, actor=ctx.actor)
    except VinculoError:
        return [], False
    if not access.permitted(ctx.session, deal, deal_id, ctx.actor, ["update"]) or on.state is not State.OPEN:
        return [], False
    stages = queries.stages(ctx.session, on.pipeline_id)
    may_move = access.writes(deal, ctx.actor, ["stage_id"], "update")
    options = [Option(str(one.id), one.name) for one in stages if one.state is State.OPEN]
    takes = access.writes(deal, ctx.actor, ["lines", "currency"], "update")
    return [one for one in options if may_move and one.value != str(on.stage_id)], takes


def _versions(ctx: Context, of: Quotation) -> Iterator[tuple[Any, ...]]:
    query = access.within(sa.select(Quotation), quotation, ctx.actor, few=True)
    same = (Quotation.year == of.year, Quotation.sequence == of.sequence, Quotation.id != of.id)
    for one in ctx.session.scalars(query.where(*same).order_by(Quotation.edition.desc()).limit(FIRST)):
        yield f"{quotation.url}/{one.id}", one.number, state_badge(one)


@post("/deals/{record_id:int}/quotation", permission=CREATE)
def make(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Make a quotation of the lines of a deal."""
    service.get(ctx.session, deal, record_id, actor=ctx.actor)
    return _drafted(ctx, steps.quote(ctx.session, record_id, actor=ctx.actor))


def _drafted(ctx: Context, made: Quotation) -> Response[bytes]:
    toast = Toast(_("%(number)s is a draft.", number=made.number))
    return ctx.redirect(f"{quotation.url}/{made.id}", toast=toast)


@post("/quotations/{record_id:int}/again", permission=CREATE)
def again(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Make a new version."""
    before: Quotation = service.get(ctx.session, quotation, record_id, actor=ctx.actor)
    return _drafted(ctx, steps.again(ctx.session, before, actor=ctx.actor))


def _step(ctx: Context, record_id: int, change: Callable[[Quotation], None], text: str) -> Response[bytes]:
    """Do it to the one that was read for it; what is wrong is said on its card."""
    record: Quotation = service.get(ctx.session, quotation, record_id, actor=ctx.actor, lock=True)
    back = f"{quotation.url}/{record_id}"
    try:
        change(record)
    except VinculoError as error:
        ctx.session.rollback()
        said = " ".join(one.message for one in getattr(error, "errors", ())) or error.message
        return ctx.redirect(back, toast=Toast(said, tone="bad"))
    return ctx.redirect(back, toast=Toast(text))


@post("/quotations/{record_id:int}/send", permission=UPDATE)
def send(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Say that it is with the client, and keep its PDF."""
    settings = ctx.site.settings
    return _step(
        ctx, record_id, lambda of: steps.send(ctx.session, settings, of, actor=ctx.actor),
        _("It is sent; the PDF is among the files of the deal."),
    )  # fmt: skip


@post("/quotations/{record_id:int}/accept", permission=UPDATE)
def accept(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Say that the client agreed; the deal may take its lines and move, as ``take`` and ``stage_id`` say."""
    asked: dict[str, Any] = {
        "answer": ctx.value("answer").strip()[:300],
        "take": ctx.value("take") == "true",
        "stage_id": whole_number(ctx.value("stage_id")),
    }
    kinds = ctx.registry.kinds
    return _step(
        ctx, record_id, lambda of: steps.accept(ctx.session, kinds, of, actor=ctx.actor, **asked),
        _("It is accepted. That the deal is won is yours to say."),
    )  # fmt: skip


@post("/quotations/{record_id:int}/decline", permission=UPDATE)
def decline(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Say that the client did not want it."""
    answer = ctx.value("answer").strip()[:300]
    return _step(
        ctx, record_id, lambda of: steps.decline(ctx.session, of, actor=ctx.actor, answer=answer),
        _("It is declined."),
    )  # fmt: skip


@get("/quotations/{record_id:int}/pdf", permission=READ)
def pdf(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """The PDF: as it was sent, else as it would be."""
    return answer_pdf(ctx, record_id)


def answer_pdf(ctx: Context, record_id: int) -> Response[bytes]:
    """The same for programs. Raises ``ForbiddenError`` for who does not see its figures."""
    record: Quotation = service.get(ctx.session, quotation, record_id, actor=ctx.actor)
    if not _tells(access.hidden(quotation, ctx.actor)):
        raise ForbiddenError(_("You may not see the figures of quotations."))
    settings = ctx.site.settings
    printed = quotation_pdf.stored(ctx.session, settings.files.folder, record)
    printed = printed or quotation_pdf.made(ctx.session, settings.company, record, actor=ctx.actor)
    noting.view(ctx, quotation, record)
    headers = {"Content-Disposition": disposition(printed.name, inline=False)}
    return Response(printed.content, media_type=printing.MEDIA_TYPE, headers=headers)


def waiting(ctx: Context) -> int:
    """How many of the user's quotations were sent, and are about to run out unanswered."""
    query = sa.select(sa.func.count()).select_from(Quotation).where(
        Quotation.state == Offer.SENT, Quotation.reminded_on.is_not(None),
        Quotation.responsible_id == ctx.actor.user_id,
    )  # fmt: skip
    return ctx.session.scalar(access.within(query, quotation, ctx.actor)) or 0


def _sections(number: MakeInput) -> list[FormSection]:
    return [
        FormSection(_("Days"), [
            number(limits.VALID, _("A quotation is valid for days; 0 is without end")),
            number(limits.REMIND, _("Days before its end on which one is reminded")),
        ])
    ]  # fmt: skip


PAGE: Final = NumbersPage(
    limits.NUMBERS, DAYS, quotation, _l("Quotations that were made before keep their day."), _sections
)


@get(DAYS, permission=MANAGE)
def days(ctx: Context) -> Response[bytes]:
    """For how long quotations hold."""
    return PAGE.show(ctx)


@post(DAYS, permission=MANAGE)
def save_days(ctx: Context) -> Response[bytes]:
    """Change it."""
    return PAGE.save(ctx)


handlers = (make, again, send, accept, decline, pdf, days, save_days)
