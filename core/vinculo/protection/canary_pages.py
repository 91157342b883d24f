"""The page of canary clients, for who keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from litestar import Response
from litestar.params import FromPath
from markupsafe import Markup

from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.i18n import format_datetime
from vinculo.i18n import gettext as _
from vinculo.protection import canaries
from vinculo.protection.permissions import MANAGE_CANARIES, READ
from vinculo.records import forms
from vinculo.records.fields import LinkField
from vinculo.records.reading import Reader
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Action, Column, Crumb, Form, Input, Row, Table, Toast, Widget

URL: Final = "/settings/canaries"
CLIENT: Final = "client_id"


@get(URL, permission=MANAGE_CANARIES)
def list_page(ctx: Context) -> Response[bytes]:
    """All of them, and a form to add one."""
    return _render(ctx)


@post(URL, permission=MANAGE_CANARIES)
def add(ctx: Context) -> Response[bytes]:
    """Make a client one."""
    try:
        canaries.add(ctx.session, _chosen(ctx), actor=ctx.actor)
    except InvalidError as error:
        ctx.session.rollback()
        return _render(ctx, error.errors)
    except ConflictError as error:
        ctx.session.rollback()
        return _render(ctx, [FieldError(CLIENT, error.message, error.code)])
    return ctx.redirect(URL, toast=Toast(_("The client is a canary now.")))


@post(f"{URL}/{{canary_id:int}}/remove", permission=MANAGE_CANARIES)
def remove(ctx: Context, canary_id: FromPath[int]) -> Response[bytes]:
    """Make it a client like all others."""
    canaries.remove(ctx.session, canary_id, actor=ctx.actor)
    return ctx.redirect(URL, toast=Toast(_("The client is no canary any more.")))


def _chosen(ctx: Context) -> int:
    field = LinkField(name=CLIENT, label=_("Client"), kind="client", required=True)
    reader = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor)
    names = [name for name in (CLIENT, f"{CLIENT}__text") if name in ctx.form]
    typed = forms.Typed({name: ctx.value(name) for name in names})
    try:
        found = forms.linked(ctx, reader, field, CLIENT, typed)
    except ValueError as fault:
        raise InvalidError([FieldError(CLIENT, f"{field.label}: {fault}")]) from fault
    if found is None:
        raise InvalidError([FieldError(CLIENT, _("Choose a client."), "required")])
    return found


def _render(ctx: Context, errors: Sequence[FieldError] = ()) -> Response[bytes]:
    chooser = Input(
        CLIENT,
        _("Client"),
        Widget.LINK,
        ctx.value(CLIENT),
        ctx.value(f"{CLIENT}__text"),
        lookup="/lookup/client",
        required=True,
        errors=[one.message for one in errors],
        help=_(
            "Add one that looks like all others, with a name that nobody searches for, and choose it here."
        ),
    )
    found = canaries.every(ctx.session)
    return ctx.render(
        "protection/canaries.html",
        status=422 if errors else 200,
        crumbs=[Crumb(_("Alarms"), "/settings/alarms"), Crumb(_("Canary clients"))]
        if ctx.actor.may(READ)
        else [Crumb(_("Canary clients"))],
        title=_("Canary clients"),
        table=_table(ctx, found),
        form=Form(URL, [chooser], submit=_("Make it a canary"), cancel=""),
    )


def _table(ctx: Context, found: Sequence[canaries.Kept]) -> Table:
    columns = [Column("client", _("Client")), Column("since", _("Since")), Column("remove", "")]
    rows = [
        Row(one.id, "", [one.client, format_datetime(one.since), _button(ctx, one)]) for one in found
    ]  # fmt: skip
    return Table(columns, rows, caption=_("Canary clients"))


def _button(ctx: Context, one: canaries.Kept) -> Markup:
    return ctx.fragment(
        "protection/button.html", action=Action(_("Remove"), f"{URL}/{one.id}/remove", "trash", post=True)
    )


handlers = (list_page, add, remove)
