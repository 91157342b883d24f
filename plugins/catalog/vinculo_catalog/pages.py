"""Variants made in one step, and the common units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from litestar import Response
from litestar.params import FromPath

from vinculo.errors import FieldError, InvalidError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.records import service as records
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Toast
from vinculo_catalog import service, units
from vinculo_catalog.models import Product
from vinculo_catalog.records import product, unit, variant

UNITS: Final = "/catalog/units"
SHORTEST: Final = 1
LONGEST: Final = 60


def variants_url(product_id: int) -> str:
    """Where variants of a product are made."""
    return f"{product.url}/{product_id}/variants"


@get("/products/{record_id:int}/variants", permission=variant.permission("create"))
def ask_variants(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Which attributes have which values."""
    return _render(ctx, records.get(ctx.session, product, record_id, actor=ctx.actor))


@post("/products/{record_id:int}/variants", permission=variant.permission("create"))
def make_variants(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Make a variant for each combination."""
    of = records.get(ctx.session, product, record_id, actor=ctx.actor)
    typed = ctx.value("traits")
    try:
        made = service.make_variants(ctx.session, variant, of, read_traits(typed), actor=ctx.actor)
    except VinculoError as error:
        ctx.session.rollback()
        return _render(ctx, records.get(ctx.session, product, record_id, actor=ctx.actor), typed, error)
    text = ngettext("%(n)s variant was made.", "%(n)s variants were made.", len(made))
    return ctx.redirect(f"{product.url}/{record_id}", toast=Toast(text))


def read_traits(text: str) -> Mapping[str, Sequence[str]]:
    """Lines such as “Size: S, M, L”. Raises ``InvalidError`` that names the line."""
    found: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _colon, rest = line.partition(":")
        name = name.strip()
        values = [*dict.fromkeys(filter(None, map(str.strip, rest.split(","))))]
        if not name or not values or name in found or max(map(len, [name, *values])) > LONGEST:
            words = _("“%(line)s” cannot be read; write each attribute once, as “Size: S, M, L”.",
                      line=line[:80])  # fmt: skip
            raise InvalidError([FieldError("traits", words, "unreadable")])
        found[name] = values
    if not found:
        raise InvalidError([FieldError("traits", _("Write an attribute, as “Size: S, M, L”."), "required")])
    return found


def _render(ctx: Context, of: Product, typed: str = "", error: VinculoError | None = None) -> Response[bytes]:
    return ctx.render(
        "catalog/variants.html",
        status=error.status if error else 200,
        crumbs=[
            Crumb(str(product.label_plural), product.url),
            Crumb(of.name, f"{product.url}/{of.id}"),
            Crumb(_("Make variants")),
        ],
        title=_("Variants of %(product)s", product=of.name),
        action=variants_url(of.id),
        typed=typed,
        fault=error.message if error else "",
        back=f"{product.url}/{of.id}",
    )


@get(UNITS, permission=unit.permission("create"))
def ask_units(ctx: Context) -> Response[bytes]:
    """Which units there are in common."""
    codes = ", ".join(code for code, *_rest in units.COMMON)
    return ctx.render(
        "catalog/units.html",
        crumbs=[Crumb(str(unit.label_plural), unit.url), Crumb(_("Common units"))],
        title=_("Common units"), codes=codes, action=UNITS, back=unit.url,
    )  # fmt: skip


@post(UNITS, permission=unit.permission("create"))
def add_units(ctx: Context) -> Response[bytes]:
    """Add those that are missing."""
    added = units.add_common(ctx.session, unit)
    text = ngettext("%(n)s unit was added.", "%(n)s units were added.", added)
    return ctx.redirect(unit.url, toast=Toast(text))


handlers = (ask_variants, make_variants, ask_units, add_units)
