"""Moving a counterparty from one client to another."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Response
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.counterparties import links
from vinculo.counterparties.models import Counterparty
from vinculo.counterparties.records import counterparty
from vinculo.errors import FieldError, InvalidError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import today
from vinculo.records import access, service, short_forms
from vinculo.records.fields import DateField, LinkField, TextField
from vinculo.records.forms import Typed, linked
from vinculo.records.openapi import operation
from vinculo.records.reading import Reader
from vinculo.records.schemas import schemas, to_record
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Form, Input, Toast, Widget

SCHEMAS = schemas(counterparty)
CLIENT = LinkField(name="client_id", label=_l("Client"), kind="client", required=True)
MOVE_FIELDS = (
    CLIENT,
    DateField(name="on", label=_l("From"), required=True),
    TextField(name="reason", label=_l("Reason")),
)


@get("/counterparties/{record_id:int}/move", permission=counterparty.permission("update"))
def move_form(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Ask for the new client and the day."""
    found = service.get(ctx.session, counterparty, record_id, actor=ctx.actor)
    access.require(ctx.session, counterparty, found, ctx.actor, "update")
    return _render(ctx, found, {"on": f"{today()}"})


@post("/counterparties/{record_id:int}/move", permission=counterparty.permission("update"))
def move_by_form(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Move it, or say what stands against it."""
    found = service.get(ctx.session, counterparty, record_id, actor=ctx.actor, lock=True)
    texts = {name: ctx.value(name) for name in ctx.form}
    try:
        values = _typed(ctx, texts)
        links.move(
            ctx.session, counterparty, found, values["client_id"],
            on=values["on"], reason=values["reason"], actor=ctx.actor,
        )  # fmt: skip
    except VinculoError as error:
        ctx.session.rollback()
        found = service.get(ctx.session, counterparty, record_id, actor=ctx.actor)
        return _render(ctx, found, texts, error)
    toast = Toast(_("%(record)s was moved.", record=found.legal_name))
    return ctx.redirect(f"/counterparties/{record_id}", toast=toast)


class Move(msgspec.Struct, forbid_unknown_fields=True):
    """A counterparty belongs to ``client_id`` from the day ``on``."""

    client_id: int
    on: date
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


@post(
    "/api/v1/counterparties/{record_id:int}/move",
    permission=counterparty.permission("update"),
    status_code=200,
    operation_class=operation(
        summary="Move a counterparty to another client",
        tag=str(counterparty.label_plural),
        permission=counterparty.permission("update"),
        body=Move,
        answer=SCHEMAS.record.__name__,
        etag=True,
        errors=(400, 404, 409, 413, 422),
    ),
)
def move_by_api(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Move a counterparty to another client: the present link ends the day before."""
    found = service.get(ctx.session, counterparty, record_id, actor=ctx.actor, lock=True)
    values = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor).json_object(MOVE_FIELDS, ctx.json())
    links.move(
        ctx.session, counterparty, found, values["client_id"],
        on=values["on"], reason=values["reason"], actor=ctx.actor.by(Source.API),
    )  # fmt: skip
    hidden = access.hidden(counterparty, ctx.actor)
    return json_answer(to_record(counterparty, SCHEMAS, found, hidden=hidden), etag=found.version)


def _typed(ctx: Context, texts: dict[str, str]) -> dict[str, Any]:
    reader = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor)
    _client, on, reason = MOVE_FIELDS
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    typed = Typed(texts)
    reader.guarded(
        CLIENT, "client_id", lambda: linked(ctx, reader, CLIENT, "client_id", typed), values, errors
    )
    reader.guarded(on, "on", lambda: on.parse(texts.get("on", "")), values, errors)
    reader.guarded(reason, "reason", lambda: reason.parse(texts.get("reason", "")), values, errors)
    _check_client(reader, values, errors)
    return values


def _check_client(reader: Reader, values: dict[str, Any], errors: list[FieldError]) -> None:
    if isinstance(values.get("client_id"), int):
        reader.check_link(CLIENT, values["client_id"], "client_id", errors)
    if errors:
        raise InvalidError(errors)


def _render(
    ctx: Context, found: Counterparty, texts: dict[str, str], error: VinculoError | None = None
) -> Response[bytes]:
    faults = error.errors if isinstance(error, InvalidError) else []
    by_field = {fault.field: [fault.message] for fault in faults}
    general = [error.message] if error and not faults else []
    form = Form(
        action=f"/counterparties/{found.id}/move",
        inputs=[
            Input(
                "client_id", _("Client"), Widget.LINK, texts.get("client_id", ""),
                texts.get("client_id__text", ""), lookup="/lookup/client", required=True, autofocus=True,
                errors=by_field.get("client_id", ()),
            ),
            Input(
                "on", _("From"), Widget.DATE, texts.get("on", ""), required=True,
                errors=by_field.get("on", ()),
            ),
            Input("reason", _("Reason"), value=texts.get("reason", ""), errors=by_field.get("reason", ())),
        ],
        submit=_("Move"),
        cancel=f"/counterparties/{found.id}",
        errors=general,
    )  # fmt: skip
    crumbs = [
        Crumb(str(counterparty.label_plural), counterparty.url),
        Crumb(found.legal_name, f"/counterparties/{found.id}"),
        Crumb(_("Move")),
    ]
    title = _("Move %(record)s to another client", record=found.legal_name)
    status = error.status if error else 200
    return short_forms.answer(ctx, title, form, crumbs, status=status, heading=_("Move to another client"))
