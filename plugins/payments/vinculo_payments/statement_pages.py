"""Statements of banks: a file is read, its lines are booked, and for each is proposed what it pays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from litestar import Response
from litestar.params import FromPath

from vinculo.errors import FieldError, InvalidFileError, NotFoundError
from vinculo.i18n import format_date, format_datetime
from vinculo.i18n import gettext as _
from vinculo.records import access, service
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Form, Input, Toast, Widget
from vinculo_payments import booking, proposing, queries, table_pages, views
from vinculo_payments.models import Payment, Statement
from vinculo_payments.pages import IMPORT, PAY
from vinculo_payments.records import invoice, payment
from vinculo_payments.statements import reading
from vinculo_payments.statements.reading import LARGEST
from vinculo_payments.table_pages import TITLE, URL

RECENT: Final = 20
SHOWN: Final = 200


@get(URL, permission=IMPORT)
def ask(ctx: Context) -> Response[bytes]:
    """Which file, and the files that were read before."""
    return _page(ctx)


@post(URL, permission=IMPORT, request_max_body_size=LARGEST + 100_000)
def read(ctx: Context) -> Response[bytes]:
    """Book what is new in the file ``file``."""
    sent = ctx.file("file")
    if sent is None:
        return _page(ctx, _("Choose a file."))
    sent.file.seek(0)
    content = sent.file.read()
    if not reading.knows(content) and (asked := table_pages.take(ctx)) is not None:
        return asked
    try:
        kept = booking.book(ctx.session, content, sent.filename, actor=ctx.actor)
    except InvalidFileError as error:
        ctx.session.rollback()
        return _page(ctx, error.message)
    return ctx.redirect(f"{URL}/{kept.id}")


def _page(ctx: Context, fault: str = "") -> Response[bytes]:
    errors = [FieldError("file", fault)] if fault else []
    help_text = _(
        "1C (kl_to_1c.txt), camt.052 to 054, MT940, MT942, OFX, or a table as CSV or XLSX; "
        "the content says which."
    )
    wanted = Input("file", _("File"), Widget.FILE, required=True, errors=[one.message for one in errors],
                   help=help_text)  # fmt: skip
    return ctx.render(
        "payments/statements.html",
        status=422 if errors else 200,
        title=str(TITLE),
        crumbs=[Crumb(str(payment.label_plural), payment.url), Crumb(str(TITLE))],
        form=Form(URL, [wanted], submit=_("Read"), cancel=payment.url, multipart=True),
        rows=[_row(one) for one in queries.statements(ctx.session, RECENT)],
    )


def _row(one: Statement) -> tuple[str, str, str, str]:
    return one.name, f"{URL}/{one.id}", f"{one.format} · {one.accounts}", _said(one)


def _said(one: Statement) -> str:
    days = f"{format_date(one.since)} … {format_date(one.until)}" if one.since and one.until else ""
    counts = _("%(booked)s new, %(known)s known", booked=one.booked, known=one.known)
    return " · ".join(filter(None, (days, counts, format_datetime(one.read_at))))


@get(f"{URL}/{{item_id:int}}", permission=IMPORT)
def show(ctx: Context, item_id: FromPath[int]) -> Response[bytes]:
    """What was booked of a file, and what of it would pay what."""
    one = _statement(ctx, item_id)
    payments = _payments(ctx, item_id)
    proposed = proposing.propose(ctx.session, invoice, payments, actor=ctx.actor)
    rows = [
        (
            views.paying(each, each.amount),
            each.flow == "in",
            [(views.paid(p.invoice, p.amount), p.reasons, p.is_sure) for p in some],
        )
        for each, some in zip(payments, proposed, strict=True)
    ]
    sure = sum(any(each[2] for each in proposals) for _row_, _in, proposals in rows)
    return ctx.render(
        "payments/statement.html",
        title=one.name,
        crumbs=[Crumb(str(payment.label_plural), payment.url), Crumb(str(TITLE), URL), Crumb(one.name)],
        said=_said(one),
        left_out=one.left_out,
        known=one.known,
        rows=rows,
        allocate=f"{URL}/{item_id}/allocate" if sure and ctx.actor.may(PAY) else "",
        sure=sure,
    )


def _statement(ctx: Context, record_id: int) -> Statement:
    found = ctx.session.get(Statement, record_id)
    if found is None:
        raise NotFoundError
    return found


def _payments(ctx: Context, record_id: int) -> Sequence[Payment]:
    query = access.within(sa.select(Payment), payment, ctx.actor).where(Payment.statement_id == record_id)
    return ctx.session.scalars(query.order_by(Payment.paid_on, Payment.id).limit(SHOWN)).all()


@post(f"{URL}/{{item_id:int}}/allocate", permission=PAY)
def allocate(ctx: Context, item_id: FromPath[int]) -> Response[bytes]:
    """Allocate what is without a doubt: the number in the text and the amount to the penny."""
    _statement(ctx, item_id)
    count = 0
    for each in _payments(ctx, item_id):
        locked: Payment = service.get(ctx.session, payment, each.id, actor=ctx.actor, lock=True)
        access.require(ctx.session, payment, locked, ctx.actor, "update")
        count += proposing.settle(ctx.session, (invoice, payment), locked, actor=ctx.actor)
    return ctx.redirect(f"{URL}/{item_id}", toast=Toast(_("%(count)s payments are allocated.", count=count)))


handlers = (ask, read, show, allocate, *table_pages.handlers)
