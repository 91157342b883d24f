"""Which counterparties a client has, which clients a counterparty had, and moving one to another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from litestar import Response
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.counterparties import links
from vinculo.counterparties.models import Counterparty, Identifier, Link
from vinculo.counterparties.records import SCHEMES, counterparty
from vinculo.errors import FieldError, InvalidError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access, service
from vinculo.records.fields import DateField, LinkField, TextField
from vinculo.records.forms import Typed, linked
from vinculo.records.openapi import operation
from vinculo.records.reading import Reader
from vinculo.records.schemas import schemas, to_record
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


def of_client(ctx: Context, client_id: int) -> PanelContent | None:
    """The legal entities of a client, present ones first, with their period."""
    hidden = access.hidden(counterparty, ctx.actor)
    if "links" in hidden:
        return None
    rows = _links_of(ctx, client_id)
    shown = [
        {
            "url": f"/counterparties/{link.counterparty_id}",
            "name": name,
            "number": f"{SCHEMES[scheme]} {value}" if scheme and "identifiers" not in hidden else "",
            "period": links.period(link),
            "reason": link.reason,
            "past": link.valid_to is not None and link.valid_to < date.today(),  # noqa: DTZ011
            "move": f"/counterparties/{link.counterparty_id}/move"
            if ctx.actor.may(counterparty.permission("update"))
            else "",
        }
        for link, name, scheme, value in rows
    ]
    add = ""
    if ctx.actor.may(counterparty.permission("create")):
        add = f"/counterparties/new?links-0-client_id={client_id}&back=/clients/{client_id}"
    html = ctx.fragment("counterparties/of_client.html", rows=shown, add=add)
    return PanelContent(html, count=len(shown))


def _links_of(ctx: Context, client_id: int) -> Sequence[Any]:
    """(link, legal name, scheme and value of the first number) of what the user sees."""
    first = sa.select(sa.func.min(Identifier.id)).where(Identifier.counterparty_id == Counterparty.id)
    query = (
        sa.select(Link, Counterparty.legal_name, Identifier.scheme, Identifier.value)
        .join(Counterparty, Counterparty.id == Link.counterparty_id)
        .outerjoin(Identifier, Identifier.id == first.correlate(Counterparty).scalar_subquery())
        .where(Link.client_id == client_id)
        .order_by(Link.valid_to.is_not(None), Link.valid_to.desc(), Counterparty.legal_name_key)
    )
    return ctx.session.execute(access.within(query, counterparty, ctx.actor, few=True).limit(50)).all()


def of_counterparty(ctx: Context, counterparty_id: int) -> PanelContent | None:
    """The clients a counterparty belongs or belonged to."""
    if "links" in access.hidden(counterparty, ctx.actor):
        return None
    rows = ctx.session.execute(
        access.within(sa.select(Link, Client.name), client, ctx.actor, few=True)
        .join(Client, Client.id == Link.client_id)
        .where(Link.counterparty_id == counterparty_id)
        .order_by(Link.valid_from.is_(None).desc(), Link.valid_from)
    ).all()
    shown = [
        {
            "url": f"/clients/{link.client_id}",
            "name": name,
            "period": links.period(link),
            "reason": link.reason,
        }
        for link, name in rows
    ]
    may_move = ctx.actor.may(counterparty.permission("update"))
    move = f"/counterparties/{counterparty_id}/move" if may_move else ""
    html = ctx.fragment("counterparties/clients.html", rows=shown, move=move)
    return PanelContent(html, count=len(shown))


@get("/counterparties/{record_id:int}/move", permission=counterparty.permission("update"))
def move_form(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Ask for the new client and the day."""
    found = service.get(ctx.session, counterparty, record_id, actor=ctx.actor)
    access.require(ctx.session, counterparty, found, ctx.actor, "update")
    return _render(ctx, found, {"on": date.today().isoformat()})  # noqa: DTZ011 -- a day, not a moment


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
    body = msgspec.json.encode(to_record(counterparty, SCHEMAS, found, hidden=hidden))
    return Response(body, media_type="application/json", headers={"ETag": f'"{found.version}"'})


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
    return ctx.render("records/form.html", title=title, form=form, crumbs=crumbs, status=status)
