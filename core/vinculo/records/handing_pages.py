"""Handing over all records of a list: a page, and the same for programs."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler

from vinculo.actor import Source
from vinculo.errors import FieldError, ForbiddenError, InvalidError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.records import bulk_pages, forms, handing
from vinculo.records.fields import LinkField
from vinculo.records.kind import RecordKind
from vinculo.records.openapi import filter_parameters, operation
from vinculo.records.reading import Reader
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Form, Input, Toast, Widget

_NOT_FILTERS = frozenset({"cursor", "limit", "fields", "columns", "sort"})


class HandOver(msgspec.Struct, forbid_unknown_fields=True):
    """The user who is responsible from now on."""

    to: int


class HandedOver(msgspec.Struct):
    """How many records the list had, and how many of them were somebody else's."""

    found: int
    changed: int


HANDING_STRUCTS = (HandOver, HandedOver)


def handing_routers(kind: RecordKind) -> list[HTTPRouteHandler]:
    """The routes of a kind whose records somebody is responsible for."""
    return [_page(kind), _hand_over(kind), _api(kind)] if kind.owner else []


def _page(kind: RecordKind) -> HTTPRouteHandler:
    @get(f"{kind.url}/hand-over", permission=kind.permission("update"), name=f"{kind.name}.hand_over")
    def page(ctx: Context) -> Response[bytes]:
        return _render(ctx, kind)

    return page


def _hand_over(kind: RecordKind) -> HTTPRouteHandler:
    @post(f"{kind.url}/hand-over", permission=kind.permission("update"), name=f"{kind.name}.handed_over")
    def hand_over(ctx: Context) -> Response[bytes]:
        try:
            ids = _asked_for(ctx, kind, typed=False)
            to = _chosen(ctx, kind)
            count = handing.hand_over(ctx.session, kind, ctx.registry.kinds, ids, to=to, actor=ctx.actor)
        except (InvalidError, ForbiddenError) as error:
            ctx.session.rollback()
            return _render(ctx, kind, error)
        text = ngettext("%(n)s record was handed over.", "%(n)s records were handed over.", count)
        return ctx.redirect(kind.url, toast=Toast(text))

    return hand_over


def _api(kind: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.api_url}/hand-over",
        permission=kind.permission("update"),
        name=f"api.{kind.name}.hand_over",
        status_code=200,
        operation_class=operation(
            summary=_("Hand over all %(kind)s of a list", kind=kind.label_plural),
            tag=str(kind.label_plural),
            permission=kind.permission("update"),
            parameters=lambda: filter_parameters(kind),
            body=HandOver.__name__,
            answer=HandedOver.__name__,
            errors=(400, 403, 404, 409, 413, 422),
        ),
    )
    def hand_over(ctx: Context) -> Response[bytes]:
        asked = ctx.json_as(HandOver, field="to")
        actor = ctx.actor.by(Source.API)
        ids = _asked_for(ctx, kind, typed=True)
        count = handing.hand_over(ctx.session, kind, ctx.registry.kinds, ids, to=asked.to, actor=actor)
        return json_answer(HandedOver(len(ids), count))

    return hand_over


def _asked_for(ctx: Context, kind: RecordKind, *, typed: bool) -> Sequence[int]:
    seen, query = bulk_pages.asked(ctx, kind, typed=typed)
    return handing.asked_for(ctx.session, seen, query, actor=ctx.actor)


def _chosen(ctx: Context, kind: RecordKind) -> int:
    owner = kind.field(kind.owner)
    assert isinstance(owner, LinkField)
    reader = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor)
    typed = forms.Typed({name: ctx.value(name) for name in ("to", "to__text")})
    try:
        found = forms.linked(ctx, reader, owner, "to", typed)
    except ValueError as fault:
        raise InvalidError([FieldError("to", f"{owner.label}: {fault}")]) from fault
    if found is None:
        raise InvalidError([FieldError("to", _("Say who is responsible from now on."), "required")])
    return found


def _render(ctx: Context, kind: RecordKind, error: VinculoError | None = None) -> Response[bytes]:
    count = len(_asked_for(ctx, kind, typed=False))
    filters = urlencode([(n, v) for n, v in ctx.parameters() if n not in _NOT_FILTERS])
    faults = error.errors if isinstance(error, InvalidError) else []
    general = [error.message] if error and not faults else []
    chooser = Input(
        "to",
        _("New responsible"),
        Widget.LINK,
        ctx.value("to"),
        ctx.value("to__text"),
        lookup="/lookup/user",
        required=True,
        autofocus=True,
        errors=[fault.message for fault in faults],
        help=ngettext(
            "%(n)s record changes its responsible user; the history of each says so.",
            "%(n)s records change their responsible user; the history of each says so.",
            count,
        ),
    )
    title = _("Hand over: %(kind)s", kind=kind.label_plural)
    form = Form(
        f"{kind.url}/hand-over?{filters}",
        [chooser],
        submit=_("Hand over"),
        cancel=f"{kind.url}?{filters}" if filters else kind.url,
        errors=general,
    )
    crumbs = [Crumb(str(kind.label_plural), kind.url), Crumb(_("Hand over"))]
    status = error.status if error else 200
    return ctx.render("records/form.html", status=status, title=title, form=form, crumbs=crumbs)
