"""What programs do: read a statement, pay invoices with a payment, take it off, issue and cancel."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import access, service
from vinculo.records.text import whole_number
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import post
from vinculo_payments import allocating, booking, layouts
from vinculo_payments.models import Payment
from vinculo_payments.records import invoice, payment
from vinculo_payments.statements import reading, tables
from vinculo_payments.statements.reading import LARGEST
from vinculo_payments.statements.tables import Columns, Sample
from vinculo_payments.views import AMOUNT

PAY: Final = payment.permission("update")
IMPORT: Final = payment.permission("import")
URL: Final = "/api/v1/payments/{record_id:int}"


class Part(msgspec.Struct, forbid_unknown_fields=True):
    """So much of the payment pays an invoice."""

    invoice_id: int
    amount: str


class Parts(msgspec.Struct, forbid_unknown_fields=True):
    """What a payment pays."""

    invoices: list[Part]


class Titles(msgspec.Struct, forbid_unknown_fields=True):
    """Which column of a table is what: titles by roles, which are those of ``tables.KNOWN``."""

    titles: dict[str, str]
    outward: bool = False
    month_first: bool = False


@post("/api/v1/payments/statements", permission=IMPORT, request_max_body_size=LARGEST + 100_000)
def read(ctx: Context) -> Response[bytes]:
    """Book what is new in a statement, sent as the part ``file`` of a form.

    A table, as CSV or XLSX, needs the part ``account_id``, and ``columns`` as JSON unless such a table of the
    account was read before: {"titles": {"day": "Date", "amount": "Sum"}, "outward": false}.
    """
    sent = ctx.file("file")
    if sent is None:
        raise InvalidError([FieldError("file", _("Send the statement as the part “file”."), "required")])
    sent.file.seek(0)
    content, actor = sent.file.read(), ctx.actor.by(Source.API)
    received = None if reading.knows(content) else layouts.receive(ctx.site, sent)
    if received is None:
        kept = booking.book(ctx.session, content, sent.filename, actor=actor)
    else:
        path, shown = received
        try:
            account_id = whole_number(ctx.value("account_id"))
            columns = _columns(ctx, account_id, shown)
            kept = layouts.book(ctx.session, path, sent.filename, account_id, columns, actor=actor)
        finally:
            path.unlink()
    told = {"id": kept.id, "format": kept.format, "booked": kept.booked, "known": kept.known,
            "left_out": kept.left_out}  # fmt: skip
    return json_answer(told, status=201)


def _columns(ctx: Context, account_id: int | None, shown: Sample) -> Columns:
    """What was said, else what was said before, else what the titles say by themselves."""
    if text := ctx.value("columns"):
        try:
            said = msgspec.json.decode(text, type=Titles)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise InvalidError([FieldError("columns", str(error), "invalid")]) from error
        if unknown := said.titles.keys() - tables.KNOWN.keys():
            fault = _("“%(value)s” is no choice; write one of %(known)s.", value=min(unknown)[:20],
                      known=", ".join(tables.KNOWN))  # fmt: skip
            raise InvalidError([FieldError("columns", fault, "invalid")])
        return Columns(said.titles, said.outward, said.month_first)
    return layouts.of(ctx.session, account_id or 0) or tables.guess(shown.header)


@post(f"{URL}/allocations", permission=PAY)
def allocate(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Pay invoices with a payment."""
    record = _locked(ctx, record_id)
    asked = ctx.json_as(Parts, field="body")
    amounts = {one.invoice_id: _amount(one) for one in asked.invoices}
    for invoice_id in amounts:
        service.get(ctx.session, invoice, invoice_id, actor=ctx.actor)
    allocating.allocate(ctx.session, payment, record, amounts, actor=ctx.actor.by(Source.API))
    return json_answer(_told(record))


def _amount(one: Part) -> Decimal:
    try:
        return AMOUNT.read(one.amount)
    except (ValueError, TypeError) as error:
        raise InvalidError([FieldError("amount", str(error), "invalid")]) from error


@post(f"{URL}/allocations/{{item_id:int}}/release", permission=PAY)
def release(ctx: Context, record_id: FromPath[int], item_id: FromPath[int]) -> Response[bytes]:
    """Take a payment off an invoice."""
    record = _locked(ctx, record_id)
    allocating.release(ctx.session, payment, record, item_id, actor=ctx.actor.by(Source.API))
    return json_answer(_told(record))


def _locked(ctx: Context, record_id: int) -> Payment:
    record: Payment = service.get(ctx.session, payment, record_id, actor=ctx.actor, lock=True)
    access.require(ctx.session, payment, record, ctx.actor, "update")
    return record


def _told(one: Payment) -> dict[str, Any]:
    return {"id": one.id, "free_amount": AMOUNT.dump(one.free_amount)}


handlers = (read, allocate, release)
