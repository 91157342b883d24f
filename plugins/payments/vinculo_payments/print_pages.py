"""Invoices and credit notes as PDF: by page and by program."""

from __future__ import annotations

from typing import Final

from litestar import Response
from litestar.params import FromPath

from vinculo import printing
from vinculo.errors import FieldError, ForbiddenError, InvalidError
from vinculo.files.pages import disposition
from vinculo.i18n import LANGUAGES, current_language
from vinculo.i18n import gettext as _
from vinculo.records import access, noting, service
from vinculo.records.openapi import operation
from vinculo.web.context import Context
from vinculo.web.routes import get
from vinculo_payments import invoice_pdf
from vinculo_payments.invoice_pdf import Printed
from vinculo_payments.models import CreditNote, Invoice
from vinculo_payments.records import credit_note, invoice

READ: Final = invoice.permission("read")
READ_CREDITS: Final = credit_note.permission("read")
SHOWN: Final = ("number", "amount", "lines", "tax_amount", "paid", "credited", "open_amount", "issued_on")


def links(url: str) -> list[tuple[str, str]]:
    """(language, address) of the PDF of a record, the user's language first."""
    ordered = sorted(LANGUAGES, key=lambda one: one != current_language())
    return [(LANGUAGES[one], f"{url}/pdf?language={one}") for one in ordered]


@get("/invoices/{record_id:int}/pdf", permission=READ)
def of_invoice(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """An invoice as PDF, in the ``language`` that is asked for, else in the user's."""
    return answer(ctx, record_id)


def answer(ctx: Context, record_id: int) -> Response[bytes]:
    """The same, by whatever door. Raises ``ForbiddenError`` for who does not see its figures."""
    record: Invoice = service.get(ctx.session, invoice, record_id, actor=ctx.actor)
    if not access.hidden(invoice, ctx.actor).isdisjoint(SHOWN):
        raise ForbiddenError(_("You may not see the figures of invoices."))
    noting.view(ctx, invoice, record)
    return _answer(invoice_pdf.of_invoice(ctx.session, record, _language(ctx), actor=ctx.actor))


@get("/credit-notes/{record_id:int}/pdf", permission=READ_CREDITS)
def of_credit(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """The same of a credit note."""
    record: CreditNote = service.get(ctx.session, credit_note, record_id, actor=ctx.actor)
    if not access.hidden(credit_note, ctx.actor).isdisjoint(("number", "amount", "reason", "issued_on")):
        raise ForbiddenError(_("You may not see the figures of credit notes."))
    noting.view(ctx, credit_note, record)
    return _answer(invoice_pdf.of_credit(ctx.session, record, _language(ctx), actor=ctx.actor))


def _language(ctx: Context) -> str:
    asked = ctx.parameter("language") or current_language()
    if asked not in LANGUAGES:
        text = _("“%(value)s” is no language; write one of %(known)s.")
        text %= {"value": asked[:20], "known": ", ".join(LANGUAGES)}
        raise InvalidError([FieldError("language", text, "unknown_language")])
    return asked


def _answer(printed: Printed) -> Response[bytes]:
    headers = {"Content-Disposition": disposition(printed.name, inline=False)}
    return Response(printed.content, media_type=printing.MEDIA_TYPE, headers=headers)


@get(
    "/api/v1/invoices/{record_id:int}/pdf",
    permission=READ,
    operation_class=operation(
        summary=_("The PDF of an invoice"), tag=str(invoice.label_plural), permission=READ,
        answer="binary", answer_type=printing.MEDIA_TYPE, errors=(404,),
    ),
)  # fmt: skip
def by_program(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """An invoice as PDF, in the ``language`` that is asked for, else in the user's."""
    return answer(ctx, record_id)


handlers = (of_invoice, of_credit, by_program)
