"""Exporting and erasing a person for programs."""

from __future__ import annotations

import msgspec
from litestar import Response
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.i18n import gettext as _
from vinculo.privacy import asking, erasing, pages
from vinculo.privacy.certificate import Certificate
from vinculo.privacy.permissions import ERASE, EXPORT
from vinculo.records.openapi import operation
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get, post

JSON = "application/json"
PATH = "/api/v1/people/{record_id:int}/privacy"


class EraseRequest(msgspec.Struct, forbid_unknown_fields=True):
    """``confirmation`` is the name of the person, not needed for a ``dry_run``.

    ``clients`` and ``counterparties`` are nobody but this person.
    """

    confirmation: str = ""
    dry_run: bool = False
    clients: list[int] = []
    counterparties: list[int] = []


PRIVACY_STRUCTS = (EraseRequest, Certificate)


@post(
    f"{PATH}/export",
    permission=EXPORT,
    own_transactions=True,
    status_code=200,
    operation_class=operation(
        summary=_("Export all that is known of a person"),
        tag=_("Personal data"),
        permission=EXPORT,
        answer="binary",
        answer_type=pages.ZIP,
        errors=(404, 413),
    ),
)
def export(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """A ZIP: person.json, person.txt and files."""
    return pages.send(ctx, record_id, Source.API)


@post(
    f"{PATH}/erase",
    permission=ERASE,
    own_transactions=True,
    status_code=200,
    operation_class=operation(
        summary=_("Erase a person everywhere, or say what that would come to"),
        tag=_("Personal data"),
        permission=ERASE,
        body="EraseRequest",
        answer="Certificate",
        errors=(400, 404, 409, 413, 422),
    ),
)
def erase(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """The certificate, or the plan."""
    name = asking.called(ctx, record_id)
    asked = ctx.json_as(EraseRequest) if ctx.body.strip() else EraseRequest()
    if asked.dry_run:
        subject = asking.subject(ctx, record_id, asked.clients, asked.counterparties)
        return json_answer(erasing.plan(ctx.session, asking.house(ctx), subject))
    asking.require_confirmed(name, asked.confirmation)
    return json_answer(pages.carry_out(ctx, record_id, asked.clients, asked.counterparties, Source.API))


@get(
    f"{PATH}/certificate",
    permission=ERASE,
    operation_class=operation(
        summary=_("The certificate of an erasure"),
        tag=_("Personal data"),
        permission=ERASE,
        answer="Certificate",
        errors=(404, 409),
    ),
)
def certificate(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """What was erased."""
    return json_answer(pages.certificate_of(ctx, record_id))
