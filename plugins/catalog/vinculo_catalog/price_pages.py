"""What a product costs, asked on its card, on a page and by programs; discount limits of roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.params import FromPath

from vinculo.accounts import rights, roles
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, VinculoError
from vinculo.events import log
from vinculo.i18n import format_number, today
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import PanelContent
from vinculo.records import forms
from vinculo.records import service as records
from vinculo.records.fields import AmountField, CurrencyField, DateField, Field, LinkField
from vinculo.records.openapi import operation, parameter
from vinculo.records.reading import Reader
from vinculo.records.text import whole_number
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Input, Toast, Widget
from vinculo_catalog import discounts, prices
from vinculo_catalog.models import Product
from vinculo_catalog.permissions import LIMIT
from vinculo_catalog.prices import Price
from vinculo_catalog.records import product, variant

READ: Final = product.permission("read")
LIMITS: Final = "/catalog/discounts"
QUANTITY: Final = AmountField(name="quantity", label=_l("Quantity"), minimum=Decimal("0.0001"))
DAY: Final = DateField(name="on", label=_l("Day"))
PERCENT: Final = AmountField(name="percent", label="", minimum=Decimal(0), maximum=Decimal(100))
CURRENCY: Final = CurrencyField(name="currency", label=_l("Currency"))
LINKS: Final = (
    LinkField(name="client_id", label=_l("Client"), kind="client"),
    LinkField(name="unit_id", label=_l("Unit"), kind="unit"),
    LinkField(name="variant_id", label=_l("Variant"), kind="variant"),
    LinkField(name="outlet_id", label=_l("Outlet"), kind="outlet"),
)


@get("/products/{record_id:int}/price", permission=READ)
def ask(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """What it costs a client, on a day, and why."""
    of: Product = records.get(ctx.session, product, record_id, actor=ctx.actor)
    found, fault, status = None, "", 200
    try:
        found = _asked(ctx, of)
    except VinculoError as error:
        fault, status = error.message, error.status
    return ctx.render(
        "catalog/price.html",
        status=status,
        crumbs=[
            Crumb(str(product.label_plural), product.url),
            Crumb(of.name, f"{product.url}/{of.id}"),
            Crumb(_("What does it cost?")),
        ],
        title=_("What does it cost?"),
        action=f"{product.url}/{of.id}/price",
        inputs=_inputs(ctx),
        found=found,
        amount=_shown(found) if found else "",
        fault=fault,
    )


class LostRule(msgspec.Struct):
    """A rule that did not make the price."""

    rule_id: int
    name: str
    why: str


class ProductPrice(msgspec.Struct):
    """The price of one unit, without tax; ``rule_id`` is null where the product's own price holds."""

    amount: str | None
    currency: str
    unit: str
    tax_rate: str | None
    rule_id: int | None
    why: str
    lost: list[LostRule]


@get(
    "/api/v1/products/{record_id:int}/price",
    permission=READ,
    operation_class=operation(
        summary=_("What a product costs, and why"),
        tag=str(product.label_plural),
        permission=READ,
        parameters=[
            *(parameter(one.name, {"type": "integer", "minimum": 1}, f"Id of a {one.kind}") for one in LINKS),
            parameter("quantity", {"type": "string"}, "Default: 1"),
            parameter("on", {"type": "string", "format": "date"}, "Default: today"),
            parameter("currency", {"type": "string"}, "Default: that of the product"),
        ],
        answer=ProductPrice,
        errors=(404, 409, 422),
    ),
)
def ask_by_api(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """What it costs: client_id, quantity, unit_id, variant_id, outlet_id, currency and on may be said."""
    found = _asked(ctx, records.get(ctx.session, product, record_id, actor=ctx.actor))
    told: dict[str, Any] = asdict(found)
    for name in ("amount", "tax_rate"):
        told[name] = None if told[name] is None else str(told[name])
    return json_answer(msgspec.convert(told, ProductPrice))


def panel(ctx: Context, record_id: int) -> PanelContent:
    """The price of today, and the question for another client, quantity or day."""
    of = ctx.session.get_one(Product, record_id)
    found, fault = None, ""
    try:
        found = prices.price_for(ctx.session, ctx.registry, of, actor=ctx.actor, on=today())
    except VinculoError as error:
        fault = error.message
    html = ctx.fragment(
        "catalog/price_panel.html",
        action=f"{product.url}/{record_id}/price",
        inputs=_inputs(ctx),
        found=found,
        amount=_shown(found) if found else "",
        fault=fault,
    )
    return PanelContent(html)


def _shown(found: Price) -> str:
    return "" if found.amount is None else f"{format_number(found.amount)} {found.currency}"


def _asked_links(ctx: Context) -> Sequence[LinkField]:
    """What may be named: of plugins that are on, as far as the user may read it."""
    kinds = ctx.registry.kinds
    return [one for one in LINKS if one.kind in kinds and ctx.actor.may(kinds[one.kind].permission("read"))]


def _inputs(ctx: Context) -> list[Input]:
    links = [
        Input(
            one.name, str(one.label), Widget.LINK, ctx.parameter(one.name),
            ctx.parameter(f"{one.name}__text") or _title(ctx, one), lookup=f"/lookup/{one.kind}",
        )
        for one in _asked_links(ctx)
        if one.kind != variant.name
    ]  # fmt: skip
    currency = ctx.parameter(CURRENCY.name)
    return [
        *(one for one in links if one.name == "client_id"),
        Input(QUANTITY.name, str(QUANTITY.label), Widget.MONEY, value=ctx.parameter("quantity", "1")),
        *(one for one in links if one.name == "unit_id"),
        Input(DAY.name, str(DAY.label), Widget.DATE, value=ctx.parameter("on", today().isoformat())),
        Input(
            CURRENCY.name, str(CURRENCY.label), CURRENCY.widget, value=currency,
            options_html=forms.BLANK_OPTION + CURRENCY.options_html(currency),
        ),
        *(one for one in links if one.name == "outlet_id"),
    ]  # fmt: skip


def _title(ctx: Context, link: LinkField) -> str:
    record_id = whole_number(ctx.parameter(link.name))
    return forms.title(ctx, link, record_id) if record_id else ""


def _links(ctx: Context) -> dict[str, int]:
    """What was picked or named. Raises ``InvalidError`` for what there is not, or not for the user."""
    typed = forms.Typed(dict(ctx.parameters()))
    reader = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor)
    found: dict[str, Any] = {}
    errors: list[FieldError] = []
    for link in _asked_links(ctx):
        told = partial(forms.linked, ctx, reader, link, link.name, typed)
        reader.guarded(link, link.name, told, found, errors)
        if found.get(link.name) is not None:
            reader.check_link(link, found[link.name], link.name, errors)
    if errors:
        raise InvalidError(errors)
    return {name: value for name, value in found.items() if value is not None}


def _asked(ctx: Context, of: Product) -> Price:
    ids = _links(ctx)
    chosen = None
    if variant_id := ids.pop("variant_id", None):
        chosen = records.get(ctx.session, variant, variant_id, actor=ctx.actor)
        if chosen.product_id != of.id:
            text = _("There is no %(kind)s %(id)s.", kind=variant.label, id=chosen.id)
            raise InvalidError([FieldError("variant_id", text, "not_found")])
    quantity, on = _read(ctx, QUANTITY), _read(ctx, DAY)
    return prices.price_for(
        ctx.session, ctx.registry, of, actor=ctx.actor,
        on=on if isinstance(on, date) else today(),
        quantity=Decimal(1) if quantity is None else quantity,
        currency=_read(ctx, CURRENCY) or "", variant=chosen, **ids,
    )  # fmt: skip


def _read(ctx: Context, field: Field) -> Any:
    text = ctx.parameter(field.name)
    try:
        return field.parse(text)
    except (ValueError, TypeError) as error:
        words = _("“%(value)s” does not fit: %(reason)s", value=text[:60], reason=str(error))
        raise InvalidError([FieldError(field.name, words)]) from None


# Discount limits


@get(LIMITS, permission=LIMIT)
def ask_limits(ctx: Context) -> Response[bytes]:
    """How much off each role may give."""
    said = discounts.limits(ctx.session)
    texts = {role_id: PERCENT.text(percent) for role_id, percent in said.items()}
    return _render_limits(ctx, texts)


@post(LIMITS, permission=LIMIT)
def save_limits(ctx: Context) -> Response[bytes]:
    """Keep what was typed, all of it or nothing."""
    texts, wanted, faults = {}, {}, {}
    for role in roles.list_roles(ctx.session):
        texts[role.id] = text = ctx.value(f"role-{role.id}")
        try:
            wanted[role.id] = PERCENT.parse(text)
        except ValueError:
            faults[role.id] = _(
                "“%(value)s” is no percentage; write a number from 0 to 100, or nothing.", value=text[:40]
            )
    if faults:
        return _render_limits(ctx, texts, faults)
    _note(ctx, discounts.set_limits(ctx.session, wanted))
    return ctx.redirect(LIMITS, toast=Toast(_("The discount limits were saved.")))


def _note(ctx: Context, changed: Any) -> None:
    names = {role.id: role.name for role in roles.list_roles(ctx.session)}
    for role_id, pair in changed.items():
        log.write(
            ctx.session, actor=ctx.actor, action="changed", kind="discount_limit", record_id=role_id,
            title=names[role_id], changes={"percent": pair}, at=now(),
        )  # fmt: skip


def _render_limits(
    ctx: Context, texts: dict[int, str], faults: dict[int, str] | None = None
) -> Response[bytes]:
    wrong = faults or {}
    inputs = [
        Input(
            f"role-{role.id}", rights.role_label(role.name), Widget.MONEY, value=texts.get(role.id, ""),
            errors=[wrong[role.id]] if role.id in wrong else (),
        )
        for role in roles.list_roles(ctx.session)
        if not role.administrator
    ]  # fmt: skip
    return ctx.render(
        "catalog/limits.html",
        status=422 if wrong else 200,
        crumbs=[Crumb(str(product.label_plural), product.url), Crumb(_("Discount limits"))],
        title=_("Discount limits"), inputs=inputs, action=LIMITS, back=product.url,
    )  # fmt: skip


handlers = (ask, ask_by_api, ask_limits, save_limits)
