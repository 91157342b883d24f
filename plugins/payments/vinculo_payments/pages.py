"""Invoices and payments on cards: what pays what, what would, and an invoice in one click."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from litestar import Response
from litestar.params import FromPath

from vinculo.errors import FieldError, InvalidError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.plugins.promising import family
from vinculo.records import access, service
from vinculo.records.reading import Values
from vinculo.web.context import Context
from vinculo.web.routes import post
from vinculo.web.views import Toast
from vinculo_payments import allocating, billing, print_pages, proposing, queries, views
from vinculo_payments.models import Invoice, Payment, State
from vinculo_payments.records import credit_note, invoice, payment
from vinculo_payments.service import STANDING

READ: Final = invoice.permission("read")
CREATE: Final = invoice.permission("create")
UPDATE: Final = invoice.permission("update")
READ_CREDITS: Final = credit_note.permission("read")
READ_PAYMENTS: Final = payment.permission("read")
PAY: Final = payment.permission("update")
IMPORT: Final = payment.permission("import")
MONEY: Final = ("amount", "open_amount", "paid")
PREFIX: Final = "invoice_"


def paid(ctx: Context, record_id: int) -> PanelContent | None:
    """What an invoice is paid with, what is credited, and what may be done next."""
    if not access.hidden(invoice, ctx.actor).isdisjoint(MONEY):
        return None
    record: Invoice = service.get(ctx.session, invoice, record_id, actor=ctx.actor)
    may = bool(access.permitted(ctx.session, invoice, record_id, ctx.actor, ["update"]))
    sees = ctx.actor.may(READ_PAYMENTS) and "amount" not in access.hidden(payment, ctx.actor)
    may_read = ctx.actor.may(credit_note.permission("read"))
    credits_seen = may_read and "amount" not in access.hidden(credit_note, ctx.actor)
    found = queries.payments_of(ctx.session, record_id) if sees else []
    html = ctx.fragment(
        "payments/invoice.html",
        url=f"{invoice.url}/{record_id}",
        version=record.version,
        payments=[views.paying(one, amount) for one, amount in found],
        credits=[views.credit(one, record.currency) for one in queries.credits_of(ctx.session, record_id)]
        if credits_seen else [],
        left=views.money(record.open_amount, record.currency) if record.state is State.ISSUED else "",
        issue=may and record.state is State.DRAFT,
        cancel=may and record.state is not State.CANCELLED and not record.paid and not record.credited,
        new_credit=_credit_url(ctx, record),
        pdf=print_pages.links(f"{invoice.url}/{record_id}"),
    )  # fmt: skip
    return PanelContent(html)


def credit_pdf(ctx: Context, record_id: int) -> PanelContent | None:
    """A credit note as PDF."""
    pdf = print_pages.links(f"{credit_note.url}/{record_id}")
    return PanelContent(ctx.fragment("payments/pdf.html", pdf=pdf))


def _credit_url(ctx: Context, record: Invoice) -> str:
    """Where a credit note of an invoice is added, or ""."""
    if record.state not in STANDING or not ctx.actor.may(credit_note.permission("create")):
        return ""
    back = f"{invoice.url}/{record.id}"
    return f"{credit_note.url}/new?invoice_id={record.id}&back={back}"


def pays(ctx: Context, record_id: int) -> PanelContent | None:
    """What a payment pays, and what of the rest it would pay, and why."""
    if not ctx.actor.may(READ) or not access.hidden(payment, ctx.actor).isdisjoint(("amount", "free_amount")):
        return None
    record: Payment = service.get(ctx.session, payment, record_id, actor=ctx.actor)
    may = bool(access.permitted(ctx.session, payment, record_id, ctx.actor, ["update"]))
    proposed = proposing.propose(ctx.session, invoice, [record], actor=ctx.actor)[0] if may else []
    rows = [views.paid(one, amount) for one, amount in queries.invoices_of(ctx.session, record_id)]
    html = ctx.fragment(
        "payments/payment.html",
        url=f"{payment.url}/{record_id}",
        rows=rows,
        free=views.money(record.free_amount, record.currency) if record.free_amount else "",
        proposals=[
            (
                views.paid(one.invoice, one.amount),
                views.AMOUNT.text(one.amount),
                one.reasons,
                one.is_sure,
            )
            for one in proposed
        ],
        may=may,
    )
    return PanelContent(html, count=len(rows) or None)


def made_of(of: str, ctx: Context, record_id: int) -> PanelContent | None:
    """The invoices that charge for what a record promises, and the click that makes one."""
    if of not in ctx.registry.promises:
        return None
    kind = ctx.registry.kinds[of]
    charging = queries.about(ctx.session, family(ctx.registry.promises, ctx.session, (of, record_id)))
    found = [one for one in charging if _sees(ctx, one)]
    may = ctx.actor.may(CREATE) and access.writes(invoice, ctx.actor, ("client_id", "state", "lines"))
    if not found and not may:
        return None
    html = ctx.fragment(
        "payments/made_of.html",
        rows=[views.paid(one, one.amount or Decimal(0)) for one in found],
        url=f"{invoice.url}/of/{kind.name}/{record_id}"
        if may and all(one.state is State.CANCELLED for one in charging) else "",
    )  # fmt: skip
    return PanelContent(html, count=len(found) or None)


def _sees(ctx: Context, one: Invoice) -> bool:
    return access.hidden(invoice, ctx.actor).isdisjoint(MONEY) and access.reads_of(
        ctx.session, invoice, ctx.actor, one.client_id
    )


@post("/invoices/of/{name:str}/{item_id:int}", permission=CREATE)
def bill(ctx: Context, name: FromPath[str], item_id: FromPath[int]) -> Response[bytes]:
    """Issue an invoice of a record of the kind ``name``."""
    if name not in ctx.registry.promises:
        raise NotFoundError
    kind = ctx.registry.kinds[name]
    record = service.get(ctx.session, kind, item_id, actor=ctx.actor, lock=True)
    made = billing.bill(ctx.session, ctx.registry, kind, record, actor=ctx.actor)
    text = _("Invoice %(number)s is issued.", number=made.number)
    return ctx.redirect(f"{invoice.url}/{made.id}", toast=Toast(text))


@post("/invoices/{record_id:int}/issue", permission=UPDATE)
def issue(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Issue a draft: it gets its number."""
    record = _put(ctx, record_id, State.ISSUED)
    return _to(record_id, ctx, _("Invoice %(number)s is issued.", number=record.number))


@post("/invoices/{record_id:int}/cancel", permission=UPDATE)
def cancel(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Cancel an invoice of which nothing is paid or credited; its number stays."""
    record = _put(ctx, record_id, State.CANCELLED)
    return _to(record_id, ctx, _("Invoice %(number)s is cancelled.", number=record.number))


def _put(ctx: Context, record_id: int, state: State) -> Invoice:
    record: Invoice = service.get(ctx.session, invoice, record_id, actor=ctx.actor, lock=True)
    access.require_writable(invoice, ["state"], ctx.actor)
    service.update(ctx.session, invoice, record, Values({"state": state}), actor=ctx.actor)
    return record


def _to(record_id: int, ctx: Context, text: str) -> Response[bytes]:
    return ctx.redirect(f"{invoice.url}/{record_id}", toast=Toast(text))


@post("/payments/{record_id:int}/allocate", permission=PAY)
def allocate(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Pay invoices: ``invoice_12=100.00`` and so on."""
    record = _payment(ctx, record_id)
    amounts = _amounts(ctx)
    for invoice_id in amounts:
        service.get(ctx.session, invoice, invoice_id, actor=ctx.actor)
    allocating.allocate(ctx.session, payment, record, amounts, actor=ctx.actor)
    text = _("Allocated; %(free)s is free.", free=views.money(record.free_amount, record.currency))
    return ctx.redirect(f"{payment.url}/{record_id}", toast=Toast(text))


def _payment(ctx: Context, record_id: int) -> Payment:
    record: Payment = service.get(ctx.session, payment, record_id, actor=ctx.actor, lock=True)
    access.require(ctx.session, payment, record, ctx.actor, "update")
    return record


def _amounts(ctx: Context) -> Mapping[int, Decimal]:
    found: dict[int, Decimal] = {}
    for name in ctx.form:
        number = name.removeprefix(PREFIX)
        if name.startswith(PREFIX) and number.isdecimal() and ctx.value(name).strip():
            found[int(number)] = read_amount(name, ctx.value(name))
    if not found:
        raise InvalidError([FieldError("amount", _("Write how much goes to which invoice."), "required")])
    return found


def read_amount(name: str, text: Any) -> Decimal:
    """An amount as it was typed. Raises ``InvalidError``."""
    try:
        return views.AMOUNT.parse(text) or Decimal(0)
    except ValueError as error:
        raise InvalidError([FieldError(name, str(error), "invalid")]) from error


@post("/payments/{record_id:int}/release/{item_id:int}", permission=PAY)
def release(ctx: Context, record_id: FromPath[int], item_id: FromPath[int]) -> Response[bytes]:
    """Take a payment off an invoice."""
    record = _payment(ctx, record_id)
    allocating.release(ctx.session, payment, record, item_id, actor=ctx.actor)
    return ctx.redirect(f"{payment.url}/{record_id}", toast=Toast(_("The payment is taken off the invoice.")))


handlers = (bill, issue, cancel, allocate, release)
