"""Deals by the group of their products, where a plugin keeps groups of products."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Criterion
from vinculo.records import access
from vinculo.records.criteria import Asked
from vinculo.records.fields import LinkField
from vinculo_deals.models import Line
from vinculo_deals.records import deal

GROUPS: Final = "product_group"
PRODUCTS: Final = "product"


class GroupOfProducts(LinkField):
    """A group, with all that are below it."""

    operators = ("eq", "ne", "in")


def _holds(asked: Asked) -> sa.ColumnElement[bool]:
    """Whether a line of the deal names a product of one of the groups, or of one below."""
    if "lines" in access.hidden(deal, asked.actor):
        return sa.false()
    groups, products = (asked.registry.kinds[name].table for name in (GROUPS, PRODUCTS))
    below = sa.select(groups.c.id).where(groups.c.id.in_(asked.values)).cte("below", recursive=True)
    below = below.union(sa.select(groups.c.id).where(groups.c.parent_id == below.c.id))
    inside = products.c.group_id.in_(sa.select(below.c.id))
    named = Line.product.in_(sa.select(products.c.name).where(inside))
    linked = Line.product_id.in_(sa.select(products.c.id).where(inside))
    return asked.about.in_(sa.select(Line.deal_id).where(sa.or_(named, linked)))


CRITERIA: Final = (
    Criterion(
        deal.name,
        GroupOfProducts(name=GROUPS, label=_l("Product group"), kind=GROUPS),
        _holds,
        deal.permission("read"),
        needs=(GROUPS, PRODUCTS),
    ),
)
