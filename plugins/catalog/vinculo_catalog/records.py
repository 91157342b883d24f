"""Groups, units, products and variants as kinds of records."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import today
from vinculo.plugins.contributions import Group as Menu
from vinculo.records.fields import (
    AmountField,
    ChoiceField,
    CurrencyField,
    DateField,
    LinkField,
    RateField,
    TextField,
    YesNoField,
)
from vinculo.records.kind import Collection, FileColumn, RecordKind
from vinculo.web.views import Badge
from vinculo_catalog import service, units
from vinculo_catalog.models import Barcode, Group, Pack, Product, Stage, Trait, Type, Unit, Variant

DOMAIN: Final = "catalog"
TYPES: Final = {Type.GOODS: _l("Goods"), Type.SERVICE: _l("Service or work")}
STAGES: Final = {
    Stage.ENTERING: _l("Entering the assortment"),
    Stage.REGULAR: _l("Regular assortment"),
    Stage.LEAVING: _l("Leaving the assortment"),
}
TONES: Final = {Stage.ENTERING: "brand", Stage.REGULAR: "ok", Stage.LEAVING: "warn"}
LEAST_FACTOR: Final = Decimal("0.0000000001")
PERCENT: Final = Decimal(100)


def check_product(session: Session, of: Product, actor: Actor) -> None:
    """Products are counted in pieces where nothing else is said."""
    if of.unit_id is None:
        of.unit_id = units.piece(session, unit)
    service.check_product(session, of, actor)


def badges(of: Product) -> Sequence[Badge]:
    """Its stage, and that it is not sold today."""
    found = [Badge(str(STAGES[of.stage]), TONES[of.stage], field="stage")]
    if of.active_from and of.active_from > today():
        found.append(Badge(_("Not sold yet"), "warn", "active_from"))
    if of.active_to and of.active_to < today():
        found.append(Badge(_("Not sold any more"), "bad", "active_to"))
    return found


product_group = RecordKind(
    name="product_group",
    plural="product-groups",
    domain=DOMAIN,
    model=Group,
    label=_l("Product group"),
    label_plural=_l("Product groups"),
    new_label=_l("Add product group"),
    icon="stack-2",
    title="name",
    fields=(
        TextField(
            name="name", label=_l("Name"), required=True, max_length=100, key="name_key", searchable=True,
            aliases=("category", "category name"),
        ),
        LinkField(name="parent_id", label=_l("Belongs to"), kind="product_group", aliases=("parent",)),
        TextField(name="path", label=_l("Path"), max_length=300, key="path_key", read_only=True),
    ),
    columns=("name", "path"),
    sort="path",
    match=("external_id", "name"),
    keys=("path_key",),
    rules=service.check_group,
    written=service.follow_group,
    scoped=False,
    menu=None,
    summary=_l("A tree: groups of products, and groups within them."),
)  # fmt: skip

unit = RecordKind(
    name="unit",
    plural="units",
    domain=DOMAIN,
    model=Unit,
    label=_l("Unit"),
    label_plural=_l("Units"),
    new_label=_l("Add unit"),
    icon="selector",
    title="code",
    fields=(
        TextField(
            name="code", label=_l("Code"), required=True, max_length=20, key="code_key", searchable=True,
            help=_l("As it stands behind a number: kg."),
        ),
        TextField(name="name", label=_l("Name"), max_length=100, searchable=True),
        LinkField(name="base_id", label=_l("Counted in"), kind="unit", aliases=("base", "base unit")),
        RateField(
            name="factor", label=_l("How many of these"), required=True, default=Decimal(1),
            minimum=LEAST_FACTOR, help=_l("A gram is counted in kg, 0.001 of these."),
        ),
    ),
    columns=("code", "name", "base_id", "factor"),
    match=("external_id", "code"),
    keys=("code_key",),
    rules=service.check_unit,
    scoped=False,
    menu=None,
    summary=_l("What is counted in. The common ones are there with the first product."),
)  # fmt: skip

product = RecordKind(
    name="product",
    plural="products",
    domain=DOMAIN,
    model=Product,
    label=_l("Product"),
    label_plural=_l("Products"),
    new_label=_l("Add product"),
    icon="box",
    title="name",
    fields=(
        TextField(
            name="name", label=_l("Name"), required=True, max_length=200, key="name_key", searchable=True,
            aliases=("product", "product name", "item", "title"),
        ),
        TextField(
            name="sku", label=_l("SKU"), max_length=60, searchable=True,
            aliases=("code", "article", "part number", "product code"),
        ),
        ChoiceField(
            name="type", label=_l("Type"), enum=Type, labels=TYPES, required=True, default=Type.GOODS
        ),
        LinkField(
            name="group_id", label=_l("Group"), kind="product_group",
            aliases=("category", "category id", "product group", "series"),
        ),
        LinkField(
            name="unit_id", label=_l("Unit"), kind="unit", aliases=("unit of measure", "uom"),
            help=_l("Left empty, pieces."),
        ),
        ChoiceField(
            name="stage", label=_l("Assortment"), enum=Stage, labels=STAGES, tones=TONES, required=True,
            default=Stage.REGULAR,
        ),
        DateField(name="stage_since", label=_l("In the assortment so since")),
        DateField(name="active_from", label=_l("Sold from")),
        DateField(name="active_to", label=_l("Sold until"), aliases=("discontinued on",)),
        AmountField(
            name="price", label=_l("Price"), minimum=Decimal(0),
            aliases=("unit price", "sales price", "list price"), help=_l("Of one unit, without tax."),
        ),
        AmountField(name="cost", label=_l("Cost"), minimum=Decimal(0), aliases=("purchase price",)),
        CurrencyField(name="currency", label=_l("Currency"), help=_l("Left empty, that of the company.")),
        AmountField(
            name="tax_rate", label=_l("Tax, %"), minimum=Decimal(0), maximum=PERCENT, aliases=("vat", "tax")
        ),
        TextField(
            name="description", label=_l("Description"), multiline=True, max_length=20_000, searchable=True,
            aliases=("quantity per unit",),
        ),
    ),
    collections=(
        Collection(
            name="packs",
            label=_l("Packs"),
            add_label=_l("Add a pack"),
            model=Pack,
            fields=(
                LinkField(name="unit_id", label=_l("Unit"), kind="unit", required=True),
                RateField(
                    name="factor", label=_l("How many units"), required=True, minimum=LEAST_FACTOR
                ),
            ),
            same=("unit_id",),
            help=_l("A box of twelve: the unit box, and 12."),
        ),
        Collection(
            name="barcodes",
            label=_l("Barcodes"),
            add_label=_l("Add a barcode"),
            model=Barcode,
            fields=(
                TextField(
                    name="code", label=_l("Barcode"), required=True, max_length=40, searchable=True
                ),
            ),
            file_columns=(
                FileColumn(
                    key="barcode", label=_l("Barcode"), field="code", group="barcode",
                    aliases=("ean", "gtin", "upc"),
                ),
            ),
            same=("code",),
        ),
    ),
    columns=("name", "sku", "group_id", "type", "price", "currency", "stage"),
    match=("external_id", "sku", "name"),
    keys=("sku_key",),
    rules=check_product,
    badges=badges,
    scoped=False,
    menu=Menu.SALES,
    weight=40,
    summary=_l("What you sell: goods and services, with units, prices and variants."),
)  # fmt: skip

variant = RecordKind(
    name="variant",
    plural="variants",
    domain=DOMAIN,
    model=Variant,
    label=_l("Variant"),
    label_plural=_l("Variants"),
    new_label=_l("Add variant"),
    icon="copy",
    title="name",
    fields=(
        TextField(
            name="name", label=_l("Name"), max_length=300, searchable=True,
            help=_l("Left empty, product and attributes."),
        ),
        LinkField(name="product_id", label=_l("Product"), kind="product", required=True),
        TextField(name="sku", label=_l("SKU"), max_length=60, searchable=True),
        TextField(name="barcode", label=_l("Barcode"), max_length=40, searchable=True),
        AmountField(
            name="surcharge", label=_l("Surcharge"),
            help=_l("Added to the price of the product; may be negative."),
        ),
        AmountField(name="price", label=_l("Price of its own"), minimum=Decimal(0)),
        YesNoField(name="active", label=_l("In use"), default=True),
    ),
    collections=(
        Collection(
            name="traits",
            label=_l("Attributes"),
            add_label=_l("Add an attribute"),
            model=Trait,
            fields=(
                TextField(name="name", label=_l("Attribute"), required=True, max_length=60),
                TextField(name="value", label=_l("Value"), required=True, max_length=60),
            ),
            same=("name",),
        ),
    ),
    columns=("name", "product_id", "sku", "barcode", "surcharge", "price", "active"),
    match=("external_id", "sku", "name"),
    keys=("sku_key",),
    rules=service.check_variant,
    scoped=False,
    menu=None,
    summary=_l("Products in sizes, colours and other attributes."),
)  # fmt: skip

KINDS: Final = (product_group, unit, product, variant)
