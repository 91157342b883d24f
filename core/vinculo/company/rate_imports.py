"""Putting the import of a file of rates: rewritten as records, found by their keys, in the background."""

from __future__ import annotations

from vinculo.company import rate_files, rates
from vinculo.company.models import Quote
from vinculo.company.rate_files import COLUMNS, Writing
from vinculo.company.records import exchange_rate
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import currencies, import_parts, import_runs, import_uploads, importing
from vinculo.records.import_values import Mapped
from vinculo.records.models import ImportRun
from vinculo.web.context import Context


def said(ctx: Context) -> Writing:
    """How the figures of the file are to be read, as it was sent. Raises ``InvalidError``."""
    base, quote = ctx.value("base"), ctx.value("quote").strip() or Quote.DIRECT.value
    try:
        code = currencies.currency_code(base) if base else rates.base_currency(ctx.session)
    except ValueError as error:
        raise InvalidError([FieldError("base", str(error))]) from None
    if quote not in [one.value for one in Quote]:
        text = _(
            "“%(value)s” is no choice; write one of %(known)s.", value=quote[:20], known=", ".join(Quote)
        )
        raise InvalidError([FieldError("quote", text)])
    return Writing(code, Quote(quote), ctx.value("source").strip()[:200])


def put(ctx: Context, how: Writing) -> ImportRun:
    """Begin to import the file that was sent. Raises ``InvalidError`` and ``InvalidFileError``."""
    ctx.session.rollback()  # nothing was written; nobody has to wait while the file is read
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
    name = sent.filename if sent else ""
    run = import_runs.create(ctx.session, exchange_rate, path, seen, file_name=name, actor=ctx.actor)
    parts = import_parts.of(ctx.site.registry.kinds, exchange_rate, (), ctx.actor)
    mapped = Mapped(parts, {name: name for name in COLUMNS}, ["external_id"])
    return import_runs.submit(ctx.site, ctx.session, run, mapped=mapped, dry_run=False, seen=seen)
