"""Groups, units, products and variants, and the rules of their prices. None of it is about a person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vinculo.db.base import Base, Customised, Record
from vinculo.db.personal import NOT_PERSONAL
from vinculo.db.types import BigId, Key, Rate

FOLLOW: Final = {"on_merge": "follow"}
ZERO: Final = Decimal("0.00")


class Type(StrEnum):
    """What is sold."""

    GOODS = "goods"
    SERVICE = "service"


class Stage(StrEnum):
    """How a product stands in the assortment."""

    ENTERING = "entering"
    REGULAR = "regular"
    LEAVING = "leaving"


class Formula(StrEnum):
    """How a rule makes a price of its ``amount``."""

    FIXED = "fixed"
    DISCOUNT = "discount"  # percent off the base price
    COST_PLUS = "cost_plus"
    LIST_PLUS = "list_plus"  # the price of another list and so many percent


class Rounding(StrEnum):
    """To what a price is rounded, half up."""

    CENT = "cent"
    FIVE_CENTS = "five_cents"
    TENTH = "tenth"
    WHOLE = "whole"
    TEN = "ten"
    NINETY_NINE = "ninety_nine"  # the nearest price that ends in .99


def _key(to: str, on_delete: str) -> sa.ForeignKey:
    return sa.ForeignKey(to, ondelete=on_delete, info=FOLLOW)


class Group(Record):
    """A group of products. ``path`` are the names from the top down to its own; no two have the same."""

    __tablename__ = "catalog_group"

    name: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, info=NOT_PERSONAL)
    parent_id: Mapped[int | None] = mapped_column(BigId, _key("catalog_group.id", "RESTRICT"), index=True)
    path: Mapped[str] = mapped_column(sa.String(300), info=NOT_PERSONAL)
    path_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)


class Unit(Record):
    """What is counted in. One of them is ``factor`` of its base, which has no base itself."""

    __tablename__ = "catalog_unit"

    code: Mapped[str] = mapped_column(sa.String(20), info=NOT_PERSONAL)
    code_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    name: Mapped[str] = mapped_column(sa.String(100), default="", info=NOT_PERSONAL)
    base_id: Mapped[int | None] = mapped_column(BigId, _key("catalog_unit.id", "RESTRICT"), index=True)
    factor: Mapped[Decimal] = mapped_column(Rate, default=Decimal(1))


class Pack(Base):
    """A unit that counts ``factor`` of the unit of one product: a box of twelve."""

    __tablename__ = "catalog_pack"
    __table_args__ = (sa.UniqueConstraint("product_id", "unit_id"), {"sqlite_autoincrement": True})

    product_id: Mapped[int] = mapped_column(BigId, _key("catalog_product.id", "CASCADE"))
    unit_id: Mapped[int] = mapped_column(BigId, _key("catalog_unit.id", "RESTRICT"), index=True)
    factor: Mapped[Decimal] = mapped_column(Rate)


class Barcode(Base):
    """A barcode of a product, digits only."""

    __tablename__ = "catalog_barcode"

    product_id: Mapped[int] = mapped_column(BigId, _key("catalog_product.id", "CASCADE"), index=True)
    code: Mapped[str] = mapped_column(sa.String(14), unique=True, info=NOT_PERSONAL)


class Product(Customised, Record):
    """A product or a service. ``price`` and ``cost`` are of one ``unit_id``, in ``currency``, without tax.

    ``sku_key`` is null where there is no SKU; no two are the same, variants included.
    """

    __tablename__ = "catalog_product"
    __table_args__ = (sa.Index(None, "name_key", "id"), {"sqlite_autoincrement": True})

    name: Mapped[str] = mapped_column(sa.String(200), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, info=NOT_PERSONAL)
    sku: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    sku_key: Mapped[str | None] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    type: Mapped[Type] = mapped_column(default=Type.GOODS)
    group_id: Mapped[int | None] = mapped_column(BigId, _key("catalog_group.id", "RESTRICT"), index=True)
    unit_id: Mapped[int] = mapped_column(BigId, _key("catalog_unit.id", "RESTRICT"), index=True)
    stage: Mapped[Stage] = mapped_column(default=Stage.REGULAR)
    stage_since: Mapped[date | None]
    active_from: Mapped[date | None]
    active_to: Mapped[date | None]
    price: Mapped[Decimal | None]
    cost: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(sa.String(3), default="", info=NOT_PERSONAL)
    tax_rate: Mapped[Decimal | None]
    description: Mapped[str] = mapped_column(sa.Text, default="", info=NOT_PERSONAL)
    packs: Mapped[list[Pack]] = relationship(
        order_by=Pack.id, cascade="all, delete-orphan", passive_deletes=True
    )
    barcodes: Mapped[list[Barcode]] = relationship(
        order_by=Barcode.id, cascade="all, delete-orphan", passive_deletes=True
    )


class Trait(Base):
    """One attribute of a variant: size S."""

    __tablename__ = "catalog_trait"

    variant_id: Mapped[int] = mapped_column(BigId, _key("catalog_variant.id", "CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    value: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)


class Variant(Record):
    """A product in one size or colour: ``surcharge`` is added to its price, or ``price`` is its own."""

    __tablename__ = "catalog_variant"

    product_id: Mapped[int] = mapped_column(BigId, _key("catalog_product.id", "CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(300), info=NOT_PERSONAL)
    sku: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    sku_key: Mapped[str | None] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    barcode: Mapped[str] = mapped_column(sa.String(14), default="", info=NOT_PERSONAL)
    surcharge: Mapped[Decimal | None]
    price: Mapped[Decimal | None]
    active: Mapped[bool] = mapped_column(default=True)
    traits: Mapped[list[Trait]] = relationship(
        order_by=Trait.id, cascade="all, delete-orphan", passive_deletes=True
    )


class PriceList(Record):
    """Rules of prices in one currency. Of two rules as specific, that of the higher ``priority`` wins."""

    __tablename__ = "catalog_list"

    name: Mapped[str] = mapped_column(sa.String(100), info=NOT_PERSONAL)
    name_key: Mapped[str] = mapped_column(Key, unique=True, info=NOT_PERSONAL)
    currency: Mapped[str] = mapped_column(sa.String(3), default="", info=NOT_PERSONAL)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    priority: Mapped[int] = mapped_column(default=0)
    applies: Mapped[bool] = mapped_column(default=True)  # False: only other lists start from it


class PriceRule(Record):
    """What something costs, for whom and when. ``amount`` is a price or percent, as ``formula`` says.

    ``segment_id`` and ``outlet_id`` name records of plugins that may be off: no key can hold them.
    """

    __tablename__ = "catalog_rule"

    name: Mapped[str] = mapped_column(sa.String(200), default="", info=NOT_PERSONAL)
    list_id: Mapped[int] = mapped_column(BigId, _key("catalog_list.id", "CASCADE"), index=True)
    product_id: Mapped[int | None] = mapped_column(BigId, _key("catalog_product.id", "CASCADE"), index=True)
    variant_id: Mapped[int | None] = mapped_column(BigId, _key("catalog_variant.id", "CASCADE"), index=True)
    group_id: Mapped[int | None] = mapped_column(BigId, _key("catalog_group.id", "CASCADE"), index=True)
    segment_id: Mapped[int | None] = mapped_column(BigId)
    outlet_id: Mapped[int | None] = mapped_column(BigId)
    min_quantity: Mapped[Decimal] = mapped_column(default=ZERO)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    formula: Mapped[Formula] = mapped_column(default=Formula.FIXED)
    amount: Mapped[Decimal]
    other_list_id: Mapped[int | None] = mapped_column(BigId, _key("catalog_list.id", "RESTRICT"), index=True)
    rounding: Mapped[Rounding] = mapped_column(default=Rounding.CENT)


class DiscountLimit(Base):
    """How many percent off those with a role may give."""

    __tablename__ = "catalog_limit"

    role_id: Mapped[int] = mapped_column(BigId, _key("accounts_role.id", "CASCADE"), unique=True)
    percent: Mapped[Decimal]
