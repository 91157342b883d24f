"""What a product costs a client on a day, and why: the most specific rule wins (``pricing``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.company import rates
from vinculo.errors import ConflictError, FieldError, InvalidError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.registry import Registry
from vinculo.records import access
from vinculo.records.criteria import Asked as AskedCriterion
from vinculo.records.fields.numbers import MAX_AMOUNT
from vinculo_catalog import pricing, units
from vinculo_catalog.models import Formula, PriceList, PriceRule, Product, Unit, Variant
from vinculo_catalog.pricing import Candidate
from vinculo_catalog.service import lineage

NEEDS: Final = {"segment": _l("Groups"), "outlet": _l("Own companies")}  # kinds of plugins that may be off
DEEPEST: Final = 10
WHY: Final = {
    "target": _l("it is less specific about what is sold"),
    "segment": _l("it names no group of clients"),
    "outlet": _l("it names no outlet"),
    "quantity": _l("its least quantity is smaller"),
    "period": _l("its period is longer, or began earlier"),
    "priority": _l("the priority of its list is lower"),
    "currency": _l("its list has another currency"),
    "age": _l("it was made later"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: ``quantity`` of ``unit_id`` (None: the product's own) in ``currency`` on a day."""

    product: Product
    on: date
    quantity: Decimal = Decimal(1)
    unit_id: int | None = None
    currency: str
    variant: Variant | None = None
    client_id: int | None = None
    outlet_id: int | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """A rule that did not make the price, and the reason in words."""

    rule_id: int
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one unit, in the currency that was asked for, without tax; None where there is none.

    ``rule_id`` is None where the product's own price holds. ``lost`` are the rules about this product that
    did not win, the most specific first.
    """

    amount: Decimal | None
    currency: str
    unit: str
    tax_rate: Decimal | None
    rule_id: int | None
    why: str
    lost: Sequence[Lost] = ()


@dataclass(slots=True)
class _Asking:
    """One question on its way through lists that lead to others."""

    session: Session
    registry: Registry
    actor: Actor
    of: Question
    factor: Fraction
    groups: Sequence[int]
    members: dict[int, str] = field(default_factory=dict)


def price_for(
    session: Session,
    registry: Registry,
    product: Product,
    *,
    actor: Actor,
    on: date,
    quantity: Decimal = Decimal(1),
    unit_id: int | None = None,
    currency: str = "",
    variant: Variant | None = None,
    client_id: int | None = None,
    outlet_id: int | None = None,
) -> Price:
    """What one unit costs, and why. Without a currency, in that of the product.

    ``actor`` is who asks: groups of clients that they do not see do not count. Raises ``InvalidError`` for a
    quantity that is not above nothing, ``ConflictError`` (``units_apart``) for a unit that is none of the
    product's, and ``RateMissingError`` where a price in another currency has no rate on the day.
    """
    if not 0 < quantity <= MAX_AMOUNT:
        text = _("The quantity is %(value)s; write a number above 0.", value=quantity)
        raise InvalidError([FieldError("quantity", text, "out_of_range")])
    of = Question(
        product=product, on=on, quantity=quantity, unit_id=unit_id, currency=currency or product.currency,
        variant=variant, client_id=client_id, outlet_id=outlet_id,
    )  # fmt: skip
    factor = units.worth(session, product, unit_id)
    groups = [one.id for one in lineage(session, product.group_id)]
    return _answer(_Asking(session, registry, actor, of, factor, groups))


def _answer(ask: _Asking) -> Price:
    rows, lost = _applying(ask, ask.of.on, None)
    order = pricing.ranked([_candidate(ask, *row) for row in rows])
    by_id = {rule.id: (rule, list_) for rule, list_ in rows}
    found: Fraction | None = None
    winner: Candidate | None = None
    for one in order:
        if winner is not None:
            lost.append(Lost(one.id, _name(*by_id[one.id]), str(WHY[pricing.lost_by(winner, one)])))
            continue
        found = _by_rule(ask, *by_id[one.id], ())
        if found is None:
            lost.append(Lost(one.id, _name(*by_id[one.id]), _("what it starts from is not known")))
        else:
            winner = one
    if winner is None:
        variant = ask.of.variant
        own = variant is not None and (variant.price is not None or variant.surcharge is not None)
        why = _("The price of the variant itself.") if own else _("The price of the product itself.")
        return _price(ask, _base(ask, ask.of.currency), None, why, lost)
    rule, list_ = by_id[winner.id]
    inside = _converted(ask, found, list_.currency, ask.of.currency)
    return _price(ask, inside, rule.id, _("By “%(rule)s”.", rule=_name(rule, list_)), lost)


def _price(ask: _Asking, each: Fraction | None, rule_id: int | None, why: str, lost: Sequence[Lost]) -> Price:
    of = ask.of
    unit = ask.session.get_one(Unit, of.unit_id or of.product.unit_id).code
    amount = None if each is None else pricing.as_amount(each * ask.factor)
    if amount is not None and amount > MAX_AMOUNT:
        raise InvalidError([FieldError("quantity", _("The price is larger than can be kept."), "too_large")])
    told = why if amount is not None else _("No rule applies, and the product has no price.")
    return Price(amount, of.currency, unit, of.product.tax_rate, rule_id, told, lost)


def _name(rule: PriceRule, list_: PriceList) -> str:
    return f"{list_.name}: {rule.name or rule.id}"


# Which rules apply


def _applying(
    ask: _Asking, on: date, list_id: int | None
) -> tuple[list[tuple[PriceRule, PriceList]], list[Lost]]:
    """The rules about the product that hold, and those that do not, with the reason."""
    of = ask.of
    about = sa.or_(
        PriceRule.product_id == of.product.id,
        PriceRule.variant_id == (of.variant.id if of.variant else 0),
        PriceRule.group_id.in_(ask.groups),
        sa.and_(PriceRule.product_id.is_(None), PriceRule.variant_id.is_(None), PriceRule.group_id.is_(None)),
    )
    query = sa.select(PriceRule, PriceList).join(PriceList, PriceList.id == PriceRule.list_id).where(about)
    query = query.where(PriceList.applies if list_id is None else PriceRule.list_id == list_id)
    held, lost = [], []
    for rule, list_ in ask.session.execute(query.order_by(PriceRule.id)):
        if why := _why_not(ask, rule, list_, on):
            lost.append(Lost(rule.id, _name(rule, list_), why))
        else:
            held.append((rule, list_))
    return held, lost


def _why_not(ask: _Asking, rule: PriceRule, list_: PriceList, on: date) -> str:
    for first, last in ((list_.valid_from, list_.valid_to), (rule.valid_from, rule.valid_to)):
        if (first and on < first) or (last and last < on):
            return _("it does not hold on this day")
    if Fraction(ask.of.quantity) * ask.factor < Fraction(rule.min_quantity):
        return _("its least quantity is %(least)s", least=f"{rule.min_quantity:f}")
    if rule.outlet_id is not None:
        if "outlet" not in ask.registry.kinds:
            return _waits("outlet")
        if rule.outlet_id != ask.of.outlet_id:
            return _("it is for another outlet")
    return _why_not_client(ask, rule.segment_id) if rule.segment_id is not None else ""


def _waits(kind: str) -> str:
    return _("it waits for the plugin “%(plugin)s”, which is off", plugin=NEEDS[kind])


def _why_not_client(ask: _Asking, segment_id: int) -> str:
    if segment_id not in ask.members:
        ask.members[segment_id] = _membership(ask, segment_id)
    return ask.members[segment_id]


def _membership(ask: _Asking, segment_id: int) -> str:
    """Why a client does not count as one of a group; "" if it does."""
    owned = next((o.item for o in ask.registry.criteria.get("client", ()) if o.item.field.name == "segment"),
                 None)  # fmt: skip
    if owned is None:
        return _waits("segment")
    if ask.of.client_id is None:
        return _("it is for a group of clients, and no client is named")
    client = ask.registry.kinds["client"]
    table = client.table
    try:
        asked = AskedCriterion(ask.session, ask.registry, ask.actor, table.c.id, [segment_id])
        query = access.within(sa.select(table.c.id), client, ask.actor, few=True)
        query = query.where(table.c.id == ask.of.client_id, owned.holds(asked))
        inside = ask.session.scalar(query) is not None
    except VinculoError as error:
        return _("its group cannot be asked: %(reason)s", reason=error.message)
    return "" if inside else _("the client is not in its group")


def _candidate(ask: _Asking, rule: PriceRule, list_: PriceList) -> Candidate:
    target, distance = pricing.ALL, 0
    if rule.variant_id is not None:
        target = pricing.VARIANT
    elif rule.product_id is not None:
        target = pricing.PRODUCT
    elif rule.group_id is not None:
        target, distance = pricing.GROUP, ask.groups.index(rule.group_id)
    return Candidate(
        rule.id, target, distance, rule.segment_id is not None, rule.outlet_id is not None,
        rule.min_quantity, rule.valid_from or list_.valid_from, rule.valid_to or list_.valid_to,
        list_.priority, list_.currency == ask.of.currency,
    )  # fmt: skip


# What a rule makes of it


def _by_rule(ask: _Asking, rule: PriceRule, list_: PriceList, through: tuple[int, ...]) -> Fraction | None:
    """The price of the product's own unit in the currency of the list."""
    cost = ask.of.product.cost
    found = pricing.computed(
        rule.formula,
        rule.amount,
        base=_base(ask, list_.currency) if rule.formula is Formula.DISCOUNT else None,
        cost=_converted(ask, Fraction(cost), ask.of.product.currency, list_.currency)
        if cost is not None and rule.formula is Formula.COST_PLUS
        else None,
        other=lambda: _by_list(ask, rule.other_list_id, list_.currency, (*through, rule.list_id)),
    )
    return None if found is None else pricing.rounded(found, rule.rounding)


def _by_list(ask: _Asking, list_id: int | None, currency: str, through: tuple[int, ...]) -> Fraction | None:
    """The price by one list alone, else that of the product itself."""
    if list_id in through or len(through) > DEEPEST:
        names = [ask.session.get_one(PriceList, one).name for one in (*through, list_id or 0)]
        text = _("Price lists lead to each other in a circle: %(chain)s.", chain=" → ".join(names))
        raise ConflictError(text, code="circle_of_lists")
    rows = _applying(ask, ask.of.on, list_id)[0]
    by_id: Mapping[int, tuple[PriceRule, PriceList]] = {row[0].id: row for row in rows}
    for one in pricing.ranked([_candidate(ask, *row) for row in rows]):
        rule, list_ = by_id[one.id]
        if (found := _by_rule(ask, rule, list_, through)) is not None:
            return _converted(ask, found, list_.currency, currency)
    return _base(ask, currency)


def _base(ask: _Asking, currency: str) -> Fraction | None:
    """The price of the product itself, or of its variant, never below nothing."""
    product, variant = ask.of.product, ask.of.variant
    price = product.price
    if variant is not None and variant.price is not None:
        price = variant.price
    elif variant is not None and price is not None:
        price = max(price + (variant.surcharge or 0), Decimal(0))
    return None if price is None else _converted(ask, Fraction(price), product.currency, currency)


def _converted(ask: _Asking, amount: Fraction | None, currency: str, into: str) -> Fraction | None:
    if amount is None or currency == into:
        return amount
    rate = rates.rate_at(ask.session, currency, ask.of.on, base=into)
    return Fraction(rates.rounded(amount * rate.exact, into))
