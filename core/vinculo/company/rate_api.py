"""Files of rates for programs, which fetch one from a bank each day."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from litestar import Response

from vinculo.company import rate_imports
from vinculo.company.models import Quote
from vinculo.company.records import exchange_rate
from vinculo.i18n import gettext as _
from vinculo.records import import_api
from vinculo.records.openapi import operation
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import post

IMPORT: Final = exchange_rate.permission("import")


class RateFile(msgspec.Struct):
    """A file of rates: a date beside a column for each currency, or a row for each currency and date.

    ``base`` is what the figures lead to, the company's currency if left out. ``direct`` figures are what a
    currency costs, ``inverse`` ones what one of the base buys.
    """

    file: Annotated[str, msgspec.Meta(extra_json_schema={"format": "binary"})]
    base: str = ""
    quote: Quote = Quote.DIRECT
    source: str = ""


@post(
    f"{exchange_rate.api_url}/bank",
    permission=IMPORT,
    status_code=202,
    operation_class=operation(
        summary=_("Import rates from a bank's file"),
        tag=str(exchange_rate.label_plural),
        permission=IMPORT,
        body=RateFile,
        body_type="multipart/form-data",
        answer="Import",
        status=202,
        errors=(400, 413, 422),
    ),
)
def take(ctx: Context) -> Response[bytes]:
    """The import as it begins."""
    run = rate_imports.put(ctx, rate_imports.said(ctx))
    where = {"Location": f"{import_api.URL}/{run.id}"}
    return json_answer(import_api.to_import(run), status=202, headers=where)


handlers = [take]
