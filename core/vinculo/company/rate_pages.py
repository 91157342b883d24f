"""Taking in a file of rates as a bank publishes it: said how to read it, then imported like any other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from litestar import Response

from vinculo.company import rate_files, rates
from vinculo.company.models import Quote
from vinculo.company.rate_files import COLUMNS, Writing
from vinculo.company.records import QUOTES, exchange_rate
from vinculo.errors import FieldError, InvalidError, InvalidFileError
from vinculo.i18n import current_language
from vinculo.i18n import gettext as _
from vinculo.records import currencies, import_parts, import_runs, import_uploads, importing
from vinculo.records.import_values import Mapped
from vinculo.records.models import ImportRun
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Form, Input, Option, Widget

URL: Final = "/rates/bank"
IMPORT: Final = exchange_rate.permission("import")


@get(URL, permission=IMPORT)
def ask(ctx: Context) -> Response[bytes]:
    """Which file, and how its figures are to be read."""
    return _page(ctx, base=rates.base_currency(ctx.session), quote=Quote.DIRECT.value)


@post(URL, permission=IMPORT)
def take(ctx: Context) -> Response[bytes]:
    """Rewrite the file and put its import; the page of the import follows."""
    base, quote, source = ctx.value("base"), ctx.value("quote"), ctx.value("source").strip()
    try:
        how = Writing(currencies.currency_code(base), Quote(quote), source[:200])
    except ValueError as error:
        return _page(ctx, base, quote, source, [FieldError("base", str(error))])
    ctx.session.rollback()  # nobody has to wait while the file is read
    try:
        run = _put(ctx, how)
    except InvalidError as error:
        return _page(ctx, base, quote, source, error.errors)
    except InvalidFileError as error:
        return _page(ctx, base, quote, source, [FieldError("file", error.message)])
    return ctx.redirect(f"/imports/{run.id}")


def _put(ctx: Context, how: Writing) -> ImportRun:
    sent = ctx.file("file")
    given = import_uploads.store(ctx.site, sent)
    path = given.with_name(f"{given.name}0")
    try:
        rate_files.rewrite(given, path, how)
        seen = importing.count_rows(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        given.unlink()
    run = import_runs.create(
        ctx.session, exchange_rate, path, seen, file_name=sent.filename if sent else "", actor=ctx.actor
    )
    parts = import_parts.of(ctx.site.registry.kinds, exchange_rate, (), ctx.actor)
    mapped = Mapped(parts, {name: name for name in COLUMNS}, ["external_id"])
    return import_runs.submit(ctx.site, ctx.session, run, mapped=mapped, dry_run=False, seen=seen)


def _page(
    ctx: Context, base: str, quote: str, source: str = "", errors: Sequence[FieldError] = ()
) -> Response[bytes]:
    def faults(name: str) -> list[str]:
        return [error.message for error in errors if error.field == name]

    codes = [Option(code, name) for code, name in currencies.names(current_language())]
    inputs = [
        Input("file", _("File"), Widget.FILE, required=True, errors=faults("file"), help=_file_help()),
        Input("base", _("In the currency"), Widget.SELECT, base, options=codes, errors=faults("base"),
              help=_("What the figures lead to. Those of the European Central Bank are about EUR.")),
        Input("quote", _("A figure says"), Widget.SELECT, quote, options=_quotes(),
              help=_("Those of the European Central Bank say what one euro buys.")),
        Input("source", _("Source"), Widget.TEXT, source, max_length=200, help=_("Who published it.")),
    ]  # fmt: skip
    title = _("Rates from a bank's file")
    return ctx.render(
        "records/import_upload.html",
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
