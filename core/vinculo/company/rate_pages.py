"""Taking in a file of rates as a bank publishes it: said how to read it, then imported like any other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from litestar import Response

from vinculo.company import rate_imports, rates
from vinculo.company.models import Quote
from vinculo.company.records import QUOTES, exchange_rate
from vinculo.errors import FieldError, InvalidError, InvalidFileError
from vinculo.i18n import current_language
from vinculo.i18n import gettext as _
from vinculo.records import currencies
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Form, Input, Option, Widget

URL: Final = "/rates/bank"
IMPORT: Final = exchange_rate.permission("import")


@get(URL, permission=IMPORT)
def ask(ctx: Context) -> Response[bytes]:
    """Which file, and how its figures are to be read."""
    return _page(ctx, rates.base_currency(ctx.session), Quote.DIRECT.value)


@post(URL, permission=IMPORT)
def take(ctx: Context) -> Response[bytes]:
    """Put the import of the file; its page follows."""
    try:
        run = rate_imports.put(ctx, rate_imports.said(ctx))
    except InvalidError as error:
        return _again(ctx, error.errors)
    except InvalidFileError as error:
        return _again(ctx, [FieldError("file", error.message)])
    return ctx.redirect(f"/imports/{run.id}")


def _again(ctx: Context, errors: Sequence[FieldError]) -> Response[bytes]:
    return _page(ctx, ctx.value("base"), ctx.value("quote"), ctx.value("source"), errors)


def _page(
    ctx: Context, base: str, quote: str, source: str = "", errors: Sequence[FieldError] = ()
) -> Response[bytes]:
    def faults(name: str) -> list[str]:
        return [error.message for error in errors if error.field == name]

    codes = [Option(code, name) for code, name in currencies.names(current_language())]
    label_of = {name: str(exchange_rate.field(name).label) for name in ("base", "quote", "source")}
    inputs = [
        Input("file", _("File"), Widget.FILE, required=True, errors=faults("file"), help=_file_help()),
        Input("base", label_of["base"], Widget.SELECT, base, options=codes, errors=faults("base"),
              help=_("What the figures lead to. Those of the European Central Bank are about EUR.")),
        Input("quote", label_of["quote"], Widget.SELECT, quote, options=_quotes(),
              help=_("Those of the European Central Bank are what 1 EUR buys.")),
        Input("source", label_of["source"], Widget.TEXT, source, max_length=200, help=_("Who published it.")),
    ]  # fmt: skip
    title = _("Rates from a bank's file")
    return ctx.render(
        "records/form.html",
        status=422 if errors else 200,
        title=title,
        form=Form(URL, inputs, submit=_("Import"), cancel=exchange_rate.url, multipart=True),
        crumbs=[Crumb(str(exchange_rate.label_plural), exchange_rate.url), Crumb(title)],
    )


def _file_help() -> str:
    return _(
        "CSV, XLSX, XLS or ODS: a date beside one column for each currency, or a row for each currency and"
        " date, perhaps for so many units."
    )


def _quotes() -> list[Option]:
    return [Option(value.value, str(label)) for value, label in QUOTES.items()]


handlers = [ask, take]
