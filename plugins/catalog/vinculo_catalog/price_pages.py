"""What a product costs, asked on its card, on a page and by programs; discount limits of roles."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any, Final

from litestar import Response
from litestar.params import FromPath

from vinculo.accounts import rights, roles
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, VinculoError
from vinculo.events import log
from vinculo.i18n import format_number
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.records import service as records
from vinculo.records.fields import AmountField, CurrencyField, DateField, Field, LinkField
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Input, Toast, Widget
from vinculo_catalog import discounts, prices
from vinculo_catalog.models import Product
from vinculo_catalog.permissions import LIMIT
from vinculo_catalog.prices import Price
from vinculo_catalog.records import product, unit, variant
from vinculo_catalog.service import today

READ: Final = product.permission("read")
LIMITS: Final = "/catalog/discounts"
QUANTITY: Final = AmountField(name="quantity", label="", minimum=Decimal("0.0001"))
DAY: Final = DateField(name="on", label="")
PERCENT: Final = AmountField(name="percent", label="", minimum=Decimal(0), maximum=Decimal(100))
CURRENCY: Final = CurrencyField(name="currency", label="")
LINKS: Final = tuple(
    LinkField(name=f"{name}_id", label="", kind=name) for name in ("client", "unit", "variant", "outlet")
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


@get("/api/v1/products/{record_id:int}/price", permission=READ)
def ask_by_api(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """What it costs: client_id, quantity, unit_id, variant_id, outlet_id, currency and on may be said."""
    found = _asked(ctx, records.get(ctx.session, product, record_id, actor=ctx.actor))
    told: dict[str, Any] = asdict(found)
    for name in ("amount", "tax_rate"):
        told[name] = None if told[name] is None else str(told[name])
    return json_answer(told)


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


def _inputs(ctx: Context) -> list[Input]:
    client = ctx.registry.kinds["client"]
    shown = [
        Input("quantity", _("Quantity"), Widget.MONEY, value=ctx.parameter("quantity", "1")),
        Input("on", _("Day"), Widget.DATE, value=ctx.parameter("on", today().isoformat())),
    ]
    if not ctx.actor.may(client.permission("read")):
        return shown
    typed = ctx.parameter("client_id")
    asked = Input(
        "client_id", _("Client"), Widget.LINK, value=typed, display=ctx.parameter("client_id__text", typed),
        lookup=f"{client.url}/suggest",
    )  # fmt: skip
    return [asked, *shown]


def _asked(ctx: Context, of: Product) -> Price:
    ids = {link.name: _read(ctx, link) for link in LINKS}
    if ids["client_id"] is not None:
        client = ctx.registry.kinds["client"]
        ctx.actor.require(client.permission("read"))
        records.get(ctx.session, client, ids["client_id"], actor=ctx.actor)
    if ids["unit_id"] is not None:
        records.get(ctx.session, unit, ids["unit_id"], actor=ctx.actor)
    chosen = None
    if ids["variant_id"] is not None:
        chosen = records.get(ctx.session, variant, ids["variant_id"], actor=ctx.actor)
        if chosen.product_id != of.id:
            text = _("There is no %(kind)s %(id)s.", kind=variant.label, id=chosen.id)
            raise InvalidError([FieldError("variant_id", text, "not_found")])
    quantity, on = _read(ctx, QUANTITY), _read(ctx, DAY)
    return prices.price_for(
        ctx.session, ctx.registry, of, actor=ctx.actor,
        on=on if isinstance(on, date) else today(),
        quantity=Decimal(1) if quantity is None else quantity,
        currency=_read(ctx, CURRENCY) or "", variant=chosen,
        unit_id=ids["unit_id"], client_id=ids["client_id"], outlet_id=ids["outlet_id"],
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
