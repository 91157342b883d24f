"""What a line of a deal, a quotation or an order is told of the product, or the variant, that it names."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db import keeping
from vinculo.db.text import sort_key
from vinculo.errors import ConflictError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import Priced, Pricer, Wanted
from vinculo.plugins.registry import Registry
from vinculo_catalog import discounts, prices, units
from vinculo_catalog.models import Product, Unit, Variant
from vinculo_catalog.records import product, variant


def price(session: Session, registry: Registry, wanted: Wanted, actor: Actor) -> Priced:
    """The price by the lists; where there is none, the reason."""
    of = keeping.get(session, Product, wanted.product_id)
    if of is None:
        return Priced("", wanted.unit, None, None, _("The product is not in the catalog any more."))
    one = keeping.get(session, Variant, wanted.variant_id)
    name = _name(of, one)
    if not wanted.price:
        return Priced(name, wanted.unit or _own_unit(session, of), None, of.tax_rate, "")
    unit_id = _unit(session, wanted.unit)
    if wanted.unit and unit_id is None:
        why = _("“%(unit)s” is no unit of the catalog.", unit=wanted.unit)
        return Priced(name, wanted.unit, None, of.tax_rate, why)
    try:
        found = prices.price_for(
            session, registry, of, actor=actor, on=wanted.on, quantity=wanted.quantity, unit_id=unit_id,
            currency=wanted.currency, variant=one, client_id=wanted.client_id,
        )  # fmt: skip
    except VinculoError as error:
        return Priced(name, wanted.unit or _own_unit(session, of), None, of.tax_rate, error.message)
    return Priced(name, found.unit, found.amount, found.tax_rate, found.why)


def ratio(session: Session, product_id: int, unit: str, into: str) -> Fraction | None:
    """How many of one unit of a product are in another: by its packs, else by the common base of both."""
    of = keeping.get(session, Product, product_id)
    if of is None:
        return None
    ids = [_unit(session, code) if code else of.unit_id for code in (unit, into)]
    if None in ids:
        return None
    try:
        return units.worth(session, of, ids[0]) / units.worth(session, of, ids[1])
    except ConflictError:
        return None


def _name(of: Product, one: Variant | None) -> str:
    """“Shirt, S, red”; a variant that is called but “S, red” is told with its product."""
    if one is None:
        return of.name
    return one.name if sort_key(one.name).startswith(of.name_key) else f"{of.name}, {one.name}"


def _unit(session: Session, code: str) -> int | None:
    return session.scalar(sa.select(Unit.id).where(Unit.code_key == sort_key(code))) if code else None


def _own_unit(session: Session, of: Product) -> str:
    return keeping.get_one(session, Unit, of.unit_id).code


PRICER: Final = Pricer(product.name, price, discounts.limit_of, ratio, variant.name)
