"""Price lists and their rules as kinds of records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.company.rates import base_currency
from vinculo.errors import FieldError
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Group as Menu
from vinculo.plugins.registry import Registry
from vinculo.records.fields import (
    AmountField,
    ChoiceField,
    CurrencyField,
    DateField,
    IntegerField,
    LinkField,
    TextField,
    When,
    YesNoField,
)
from vinculo.records.kind import RecordKind
from vinculo_catalog.models import Formula, PriceList, PriceRule, Rounding
from vinculo_catalog.records import DOMAIN
from vinculo_catalog.service import faults_of_days, refuse

FORMULAS: Final = {
    Formula.FIXED: _l("This price"),
    Formula.DISCOUNT: _l("Price of the product, less percent"),
    Formula.COST_PLUS: _l("Cost, plus percent"),
    Formula.LIST_PLUS: _l("Price of another list, plus percent"),
}
ROUNDINGS: Final = {
    Rounding.CENT: "0.01",
    Rounding.FIVE_CENTS: "0.05",
    Rounding.TENTH: "0.10",
    Rounding.WHOLE: "1",
    Rounding.TEN: "10",
    Rounding.NINETY_NINE: "….99",
}
TARGETS: Final = ("product_id", "variant_id", "group_id")
TOLD: Final = (("product", "cost"),)  # by a price, and what a formula adds to the cost
NEVER_BELOW: Final = Decimal(-100)


def check_list(session: Session, of: PriceList, actor: Actor) -> None:
    """A name of its own, a currency, days in their order."""
    of.currency = of.currency or base_currency(session)
    refuse(_faults_of_list(session, of))


def _faults_of_list(session: Session, of: PriceList) -> Iterator[FieldError]:
    same = sa.select(PriceList.id).where(PriceList.name_key == of.name_key, PriceList.id != (of.id or 0))
    if session.scalar(same.limit(1)) is not None:
        text = _("There is a price list “%(name)s” already; choose another name.", name=of.name)
        yield FieldError("name", text, "duplicate")
    yield from faults_of_days(of.valid_from, of.valid_to, "valid_to")


def check_rule(session: Session, of: PriceRule, actor: Actor) -> None:
    """It is about one thing, its figure fits its formula, and lists lead nowhere in a circle."""
    if of.formula is not Formula.LIST_PLUS:
        of.other_list_id = None
    refuse(_faults_of_rule(session, of))


def _faults_of_rule(session: Session, of: PriceRule) -> Iterator[FieldError]:
    named = [name for name in TARGETS if getattr(of, name) is not None]
    if len(named) > 1:
        text = _("A rule is about a variant, a product, a group or everything; empty the others.")
        yield FieldError(named[1], text, "two_targets")
    yield from faults_of_days(of.valid_from, of.valid_to, "valid_to")
    yield from _faults_of_amount(of)
    if of.formula is not Formula.LIST_PLUS:
        return
    if of.other_list_id is None:
        yield FieldError("other_list_id", _("Say which list its price starts from."), "required")
    elif of.list_id in reached(session, of.other_list_id):
        text = _("That list starts from this one; lists must not lead to each other in a circle.")
        yield FieldError("other_list_id", text, "cycle")


def _faults_of_amount(of: PriceRule) -> Iterator[FieldError]:
    if of.formula is Formula.FIXED and of.amount < 0:
        text = _("The price is %(value)s; a price is never below 0.", value=of.amount)
        yield FieldError("amount", text, "negative")
    if of.formula is Formula.DISCOUNT and of.amount > 100:
        text = _("%(value)s percent less is below 0; write at most 100.", value=of.amount)
        yield FieldError("amount", text, "out_of_range")
    if of.formula in (Formula.COST_PLUS, Formula.LIST_PLUS) and of.amount < NEVER_BELOW:
        text = _("%(value)s percent is below 0; write at least -100.", value=of.amount)
        yield FieldError("amount", text, "out_of_range")


def reached(session: Session, list_id: int) -> set[int]:
    """A list and all that its rules start from."""
    found, new = set[int](), {list_id}
    while new:
        found |= new
        query = sa.select(PriceRule.other_list_id).where(
            PriceRule.list_id.in_(new), PriceRule.other_list_id.is_not(None)
        )
        new = {one for one in session.scalars(query) if one is not None} - found
    return found


price_list = RecordKind(
    name="price_list",
    plural="price-lists",
    domain=DOMAIN,
    model=PriceList,
    label=_l("Price list"),
    label_plural=_l("Price lists"),
    new_label=_l("Add price list"),
    icon="currency-dollar",
    title="name",
    fields=(
        TextField(
            name="name", label=_l("Name"), required=True, max_length=100, key="name_key", searchable=True
        ),
        CurrencyField(name="currency", label=_l("Currency"), help=_l("Left empty, that of the company.")),
        DateField(name="valid_from", label=_l("Holds from")),
        DateField(name="valid_to", label=_l("Holds until")),
        IntegerField(
            name="priority", label=_l("Priority"), required=True, default=0,
            help=_l("Of two rules that are as specific, that of the list with the higher number wins."),
        ),
        YesNoField(
            name="applies", label=_l("Makes prices"), default=True,
            help=_l("Otherwise it is there for other lists to start from."),
        ),
    ),
    columns=("name", "currency", "valid_from", "valid_to", "priority", "applies"),
    match=("external_id", "name"),
    keys=("name_key",),
    rules=check_list,
    scoped=False,
    menu=Menu.SALES,
    weight=42,
    summary=_l("Prices for groups of clients, outlets, quantities and days. The most specific rule wins."),
)  # fmt: skip


def beside(registry: Registry, kind: RecordKind) -> RecordKind:
    """Groups of clients and outlets are asked for where there are such; what a rule holds of others stays."""
    there = [one for one in kind.fields if not isinstance(one, LinkField) or one.kind in registry.kinds]
    return replace(kind, fields=tuple(there))


price_rule = RecordKind(
    name="price_rule",
    plural="price-rules",
    domain=DOMAIN,
    model=PriceRule,
    label=_l("Price rule"),
    label_plural=_l("Price rules"),
    new_label=_l("Add price rule"),
    icon="tag",
    title="name",
    fields=(
        TextField(name="name", label=_l("Name"), max_length=200, searchable=True),
        LinkField(name="list_id", label=_l("Price list"), kind="price_list", required=True),
        LinkField(name="product_id", label=_l("Product"), kind="product"),
        LinkField(name="variant_id", label=_l("Variant"), kind="variant"),
        LinkField(name="group_id", label=_l("Product group"), kind="product_group"),
        LinkField(name="segment_id", label=_l("Group of clients"), kind="segment"),
        LinkField(name="outlet_id", label=_l("Outlet"), kind="outlet"),
        AmountField(
            name="min_quantity", label=_l("From quantity"), required=True, default=Decimal("0.00"),
            minimum=Decimal(0), help=_l("Counted in the unit of the product."),
        ),
        DateField(name="valid_from", label=_l("Holds from")),
        DateField(name="valid_to", label=_l("Holds until")),
        ChoiceField(
            name="formula", label=_l("What it costs"), enum=Formula, labels=FORMULAS, required=True,
            default=Formula.FIXED, tells=TOLD,
        ),
        AmountField(name="amount", label=_l("Price or percent"), required=True, tells=TOLD),
        LinkField(
            name="other_list_id", label=_l("Other list"), kind="price_list",
            shown_when=When("formula", (Formula.LIST_PLUS,), required=True),
        ),
        ChoiceField(
            name="rounding", label=_l("Rounded to"), enum=Rounding, labels=ROUNDINGS, required=True,
            default=Rounding.CENT,
        ),
    ),
    columns=("name", "list_id", "product_id", "group_id", "min_quantity", "formula", "amount"),
    sort="name",
    rules=check_rule,
    beside=beside,
    scoped=False,
    menu=None,
    summary=_l("What a price list says of a variant, a product, a group or everything."),
)  # fmt: skip

KINDS: Final[Sequence[RecordKind]] = (price_list, price_rule)
