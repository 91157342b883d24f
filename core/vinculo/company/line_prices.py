"""What a line that is being typed would cost by the price lists, and why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from litestar import MediaType, Response
from litestar.params import FromPath

from vinculo.company import rates
from vinculo.company.priced_lines import LINES, PRICE_URL, PRODUCT, VARIANT
from vinculo.errors import NotFoundError
from vinculo.i18n import format_number, today
from vinculo.plugins.contributions import Wanted
from vinculo.records import access, service
from vinculo.records.kind import RecordKind
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get


@get(f"{PRICE_URL}/{{name:str}}", permission=SIGNED_IN)
def line_price(ctx: Context, name: FromPath[str]) -> Response[bytes]:
    """A price with its reason, for those who may write such records; nothing while it cannot be told."""
    kind = _kind(ctx, name)
    if not ctx.actor.may(kind.permission("update")):
        ctx.actor.require(kind.permission("create"))
    text = _said(ctx, kind) if LINES not in access.hidden(kind, ctx.actor) else ""
    html = ctx.fragment("fragments/line_price.html", text=text)
    return Response(html.encode(), media_type=MediaType.HTML)


def _kind(ctx: Context, name: str) -> RecordKind:
    """A kind whose lines name products. Raises ``NotFoundError``."""
    kind = ctx.registry.kinds.get(name)
    lines = [one for one in kind.collections if one.name == LINES] if kind else []
    if kind is None or not any(field.name == PRODUCT for one in lines for field in one.fields):
        raise NotFoundError
    return kind


def _said(ctx: Context, kind: RecordKind) -> str:
    """What the price lists say, of a product or its variant and for a client that the reader may see."""
    wanted, pricer = _wanted(ctx, kind), ctx.registry.pricer
    if wanted is None or pricer is None:
        return ""
    try:
        service.get(ctx.session, ctx.registry.kinds[pricer.kind], wanted.product_id, actor=ctx.actor)
        if pricer.variants and wanted.variant_id is not None:
            one = service.get(ctx.session, ctx.registry.kinds[pricer.variants], wanted.variant_id,
                              actor=ctx.actor)  # fmt: skip
            if getattr(one, PRODUCT) != wanted.product_id:
                return ""
        if wanted.client_id is not None:
            service.get(ctx.session, ctx.registry.kinds["client"], wanted.client_id, actor=ctx.actor)
    except NotFoundError:
        return ""
    found = pricer.price(ctx.session, ctx.registry, wanted, ctx.actor)
    if found.price is None:
        return found.why
    return " · ".join(filter(None, (f"{format_number(found.price)} {wanted.currency}", found.why)))


def _wanted(ctx: Context, kind: RecordKind) -> Wanted | None:
    """What is typed so far; None while no product is chosen, or the quantity is none."""
    quantity = _quantity(kind, ctx.parameter("quantity"))
    product = whole_number(ctx.parameter(PRODUCT))
    if not product or quantity is None:
        return None
    return Wanted(
        product_id=product, variant_id=whole_number(ctx.parameter(VARIANT)) or None, quantity=quantity,
        unit=ctx.parameter("unit").strip(),
        client_id=whole_number(ctx.parameter("client_id")) or None, on=today(),
        currency=ctx.parameter("currency").strip().upper() or rates.base_currency(ctx.session),
    )  # fmt: skip


def _quantity(kind: RecordKind, text: str) -> Decimal | None:
    (lines,) = (one for one in kind.collections if one.name == LINES)
    field: Any = lines.field("quantity")
    try:
        found: Decimal | None = field.parse(text) if text.strip() else field.initial
    except ValueError:  # saving says what is wrong with it
        return None
    return found
