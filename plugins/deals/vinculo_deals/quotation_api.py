"""What programs do with quotations beside making them: send, accept, decline, read the PDF."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec
from litestar import Response
from litestar.params import FromPath

from vinculo import printing
from vinculo.actor import Actor, Source
from vinculo.i18n import gettext as _
from vinculo.records import access, service
from vinculo.records.openapi import operation
from vinculo.records.schemas import Schemas, schemas, to_record
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo_deals import quotation_pages
from vinculo_deals import quotation_steps as steps
from vinculo_deals.models import Quotation
from vinculo_deals.quotation_records import quotation

READ: Final = quotation.permission("read")
UPDATE: Final = quotation.permission("update")
URL: Final = f"{quotation.api_url}/{{record_id:int}}"
SCHEMAS: Final[Schemas] = schemas(quotation)


class Declined(msgspec.Struct, forbid_unknown_fields=True):
    """What the client said."""

    answer: Annotated[str, msgspec.Meta(max_length=300)] = ""


class Accepted(msgspec.Struct, forbid_unknown_fields=True):
    """What the client said; whether the deal takes the lines over, and to which stage it goes."""

    answer: Annotated[str, msgspec.Meta(max_length=300)] = ""
    take: bool = False
    stage_id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None


def _operation(summary: str, **options: Any) -> Any:
    return operation(
        summary=summary, tag=str(quotation.label_plural), permission=UPDATE,
        answer=SCHEMAS.record.__name__, etag=True, **options,
    )  # fmt: skip


def _done(ctx: Context, record_id: int, change: Callable[[Quotation, Actor], None]) -> Response[bytes]:
    """Do it to the one that was read for it; as it is then."""
    record: Quotation = service.get(ctx.session, quotation, record_id, actor=ctx.actor, lock=True)
    change(record, ctx.actor.by(Source.API))
    shown = to_record(quotation, SCHEMAS, record, hidden=access.hidden(quotation, ctx.actor))
    return json_answer(shown, etag=record.version)


@post(
    f"{URL}/send",
    permission=UPDATE,
    operation_class=_operation(_("Mark a quotation as sent, and keep its PDF"), errors=(404, 409, 422)),
)
def send(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Say that it is with the client."""
    settings = ctx.site.settings
    return _done(ctx, record_id, lambda of, actor: steps.send(ctx.session, settings, of, actor=actor))


@post(
    f"{URL}/accept",
    permission=UPDATE,
    operation_class=_operation(
        _("Say that the client accepted a quotation"), body=Accepted, errors=(400, 404, 409, 413, 422)
    ),
)
def accept(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """The client agreed."""

    def change(of: Quotation, actor: Actor) -> None:
        asked = ctx.json_as(Accepted, field="body")
        steps.accept(
            ctx.session,
            ctx.registry.kinds,
            of,
            actor=actor,
            answer=asked.answer,
            take=asked.take,
            stage_id=asked.stage_id,
        )

    return _done(ctx, record_id, change)


@post(
    f"{URL}/decline",
    permission=UPDATE,
    operation_class=_operation(
        _("Say that the client declined a quotation"), body=Declined, errors=(400, 404, 409, 413, 422)
    ),
)
def decline(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """The client did not want it."""

    def change(of: Quotation, actor: Actor) -> None:
        asked = ctx.json_as(Declined, field="body")
        steps.decline(ctx.session, of, actor=actor, answer=asked.answer)

    return _done(ctx, record_id, change)


@get(
    f"{URL}/pdf",
    permission=READ,
    operation_class=operation(
        summary=_("The PDF of a quotation"),
        tag=str(quotation.label_plural),
        permission=READ,
        answer="binary",
        answer_type=printing.MEDIA_TYPE,
        errors=(404,),
    ),
)
def pdf(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """The PDF: as it was sent, else as it would be."""
    return quotation_pages.answer_pdf(ctx, record_id)


handlers = (send, accept, decline, pdf)
