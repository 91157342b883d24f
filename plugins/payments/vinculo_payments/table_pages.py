"""A statement that is a table: of which account it is, and which column is what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from litestar import Response

from vinculo.errors import FieldError, InvalidError, InvalidFileError
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records.import_runs import FOLDER
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import post
from vinculo.web.views import Crumb, Form, Input, Option, Toast, Widget
from vinculo_payments import layouts
from vinculo_payments.pages import IMPORT
from vinculo_payments.records import payment
from vinculo_payments.statements import tables
from vinculo_payments.statements.tables import Columns, Sample

URL: Final = "/payments/statements"
TITLE: Final = _l("Bank statements")
ROLES: Final = {
    "day": _l("Day"),
    "amount": _l("Amount"),
    "came": _l("What came in"),
    "went": _l("What went out"),
    "currency": _l("Currency"),
    "party": _l("Payer or payee"),
    "party_tax_id": _l("Tax id of theirs"),
    "party_account": _l("Account of theirs"),
    "number": _l("Number"),
    "text": _l("Text"),
    "reference": _l("Id of the line"),
}
_HELP: Final = {
    "amount": _l("Or choose two columns below: what came in and what went out."),
    "reference": _l("The bank's own name of a line, if it gives one: no line with the same is booked twice."),
}
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")


def take(ctx: Context) -> Response[bytes] | None:
    """Ask what the columns of the file ``file`` are; None for what is no table.

    What was said before of the tables of an account that have such columns is filled in.
    """
    sent = ctx.file("file")
    if (received := layouts.receive(ctx.site, sent)) is None:
        return None
    path, shown = received
    account_id, columns = layouts.fitting(ctx.session, shown.header) or (None, tables.guess(shown.header))
    hidden = {"upload": path.name, "name": sent.filename if sent else ""}
    return _page(ctx, shown, hidden, account_id, columns, ())


@post(f"{URL}/table", permission=IMPORT)
def book(ctx: Context) -> Response[bytes]:
    """Book the table ``upload``, whose columns are as the form says."""
    path = _path(ctx)
    shown = tables.sample(path) if path and path.is_file() else None
    if path is None or shown is None:
        return ctx.redirect(
            URL, toast=Toast(_("The file is not here any more. Choose it again."), tone="bad")
        )
    account_id, columns = whole_number(ctx.value("account_id")), _said(ctx, shown)
    try:
        kept = layouts.book(
            ctx.session, path, ctx.value("name"), account_id, columns, actor=ctx.actor
        )  # fmt: skip
    except (InvalidError, InvalidFileError) as error:
        ctx.session.rollback()
        faults = error.errors if isinstance(error, InvalidError) else [FieldError("", error.message)]
        hidden = {name: ctx.value(name) for name in ("upload", "name")}
        return _page(ctx, shown, hidden, account_id, columns, faults)
    path.unlink(missing_ok=True)
    return ctx.redirect(f"{URL}/{kept.id}")


def _path(ctx: Context) -> Path | None:
    token = ctx.value("upload")
    return ctx.site.settings.files.folder / FOLDER / token if _TOKEN.fullmatch(token) else None


def _said(ctx: Context, shown: Sample) -> Columns:
    titles = {role: ctx.value(role) for role in ROLES if ctx.value(role) in shown.header}
    return Columns(titles, bool(ctx.value("outward")), bool(ctx.value("month_first")))


def _page(
    ctx: Context,
    shown: Sample,
    hidden: Mapping[str, str],
    account_id: int | None,
    columns: Columns,
    faults: Sequence[FieldError],
) -> Response[bytes]:
    ours = [Option(str(one.id), one.name) for one in layouts.accounts(ctx.session)]
    chosen = str(account_id or (ours[0].value if len(ours) == 1 else ""))
    titles = [Option("", ""), *(Option(one, one) for one in shown.header)]
    told = [one.message for one in faults if one.field == "account_id"]
    inputs = [
        Input("account_id", _("Bank account"), Widget.SELECT, value=chosen, required=True, errors=told,
              options=[Option("", ""), *ours]),
        *(Input(role, str(label), Widget.SELECT, value=columns.titles.get(role, ""), options=titles,
                required=role == "day", help=str(_HELP.get(role, "")))
          for role, label in ROLES.items()),
        Input("outward", _("Amounts are what went out"), Widget.CHECKBOX,
              value="1" if columns.outward else "", help=_("As in a list of what was spent.")),
        Input("month_first", _("The month comes first"), Widget.CHECKBOX,
              value="1" if columns.month_first else "", help=_("03/02/2026 is the second of March.")),
    ]  # fmt: skip
    title = _("Columns of the statement")
    return ctx.render(
        "payments/table.html",
        status=422 if faults else 200,
        title=title,
        crumbs=[Crumb(str(payment.label_plural), payment.url), Crumb(str(TITLE), URL), Crumb(title)],
        form=Form(f"{URL}/table", inputs, submit=_("Book"), cancel=URL, hidden=hidden,
                  errors=[one.message for one in faults if one.field != "account_id"]),
        shown=shown,
    )  # fmt: skip


handlers = (book,)
