"""What holds for groups, units, products and variants, by whatever door they come."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session
from stdnum import ean
from stdnum.exceptions import ValidationError

from vinculo.actor import Actor
from vinculo.company.rates import base_currency
from vinculo.db.locking import hold
from vinculo.db.text import sort_key
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.i18n import today
from vinculo.records import service as records
from vinculo.records.kind import RecordKind
from vinculo.records.reading import RowValues, Values
from vinculo_catalog.models import Barcode, Group, Product, Stage, Trait, Unit, Variant

SEPARATOR: Final = " / "
LONGEST: Final = 300
DEEPEST: Final = 20
MOST_VARIANTS: Final = 200


def refuse(faults: Iterable[FieldError]) -> None:
    """Raise ``InvalidError`` if there is any."""
    if errors := [*faults]:
        raise InvalidError(errors)


# Groups


def check_group(session: Session, group: Group, actor: Actor) -> None:
    """No group is below itself, and no two of one place have the same name."""
    if group.id is not None and group.parent_id is not None:
        hold(session, "catalog.groups")  # two that close a circle together wait for each other
    above = lineage(session, group.parent_id)
    if group.id is not None and group.id in (one.id for one in above):
        between = " → ".join(one.name for one in above)
        text = _("It would belong to itself: %(chain)s. Choose another group.", chain=between)
        refuse([FieldError("parent_id", text, "cycle")])
    if len(above) >= DEEPEST:
        text = _("Groups may stand %(most)s deep at most; choose another group.", most=DEEPEST)
        refuse([FieldError("parent_id", text, "too_deep")])
    group.path = SEPARATOR.join([*(one.name for one in reversed(above)), group.name])
    group.path_key = sort_key(group.path)
    refuse(_faults_of_path(session, group))


def _faults_of_path(session: Session, group: Group) -> Iterator[FieldError]:
    if len(group.path) > LONGEST or len(group.path_key) > LONGEST:
        text = _(
            "“%(path)s” is longer than %(most)s characters; shorten the names.",
            path=group.path[:80],
            most=LONGEST,
        )
        yield FieldError("name", text, "too_long")
        return
    same = sa.select(Group.id).where(Group.path_key == group.path_key, Group.id != (group.id or 0))
    if session.scalar(same.limit(1)) is not None:
        text = _("There is a group “%(path)s” already; choose another name.", path=group.path)
        yield FieldError("name", text, "duplicate")


def lineage(session: Session, group_id: int | None) -> Sequence[Group]:
    """A group and those above it, nearest first; it ends where one comes again."""
    found: list[Group] = []
    while group_id is not None and len(found) <= DEEPEST:
        one = session.get(Group, group_id)
        if one is None or one in found:
            break
        found.append(one)
        group_id = one.parent_id
    return found


def follow_group(session: Session, group: Group, changes: Mapping[str, Any], actor: Actor) -> None:
    """What is below a group that was renamed or moved is called by its new path."""
    if changes.keys().isdisjoint({"name", "parent_id"}):
        return
    below = session.scalars(sa.select(Group).where(Group.parent_id == group.id)).all()
    for one in below:
        path = f"{group.path}{SEPARATOR}{one.name}"
        if len(path) > LONGEST or len(sort_key(path)) > LONGEST:
            text = _("“%(path)s” is longer than %(most)s characters; shorten the names.", path=path[:80],
                     most=LONGEST)  # fmt: skip
            refuse([FieldError("name", text, "too_long")])
        values = {"path": path, "path_key": sort_key(path)}
        session.execute(sa.update(Group).where(Group.id == one.id).values(values))
        session.refresh(one)
        follow_group(session, one, {"name": None}, actor)


# Units


def check_unit(session: Session, unit: Unit, actor: Actor) -> None:
    """A code of its own, a factor above nothing, and a base that is none of another."""
    refuse(_faults_of_unit(session, unit))


def _faults_of_unit(session: Session, unit: Unit) -> Iterator[FieldError]:
    same = sa.select(Unit.id).where(Unit.code_key == unit.code_key, Unit.id != (unit.id or 0))
    if session.scalar(same.limit(1)) is not None:
        text = _("There is a unit “%(code)s” already; choose another code.", code=unit.code)
        yield FieldError("code", text, "duplicate")
    if unit.base_id is None:
        unit.factor = Decimal(1)
        return
    base = session.get(Unit, unit.base_id)
    if base is not None and (base.base_id is not None or base.id == unit.id):
        text = _("%(code)s is counted in another unit itself; choose the one it is counted in.",
                 code=base.code)  # fmt: skip
        yield FieldError("base_id", text, "not_a_base")
    leads = sa.select(Unit.code).where(Unit.base_id == (unit.id or 0), Unit.id != (unit.id or 0))
    if (below := session.scalar(leads.limit(1))) is not None:
        text = _("%(code)s is counted in this unit, so it is a base and has none.", code=below)
        yield FieldError("base_id", text, "is_a_base")


# Products and variants


def check_product(session: Session, product: Product, actor: Actor) -> None:
    """SKU and barcodes that are right and of no other, days in their order; the currency is completed."""
    product.sku_key = sort_key(product.sku) or None
    product.currency = product.currency or base_currency(session)
    if product.stage_since is None and product.stage is not Stage.REGULAR:
        product.stage_since = today()
    refuse(_faults_of_product(session, product))


def _faults_of_product(session: Session, product: Product) -> Iterator[FieldError]:
    yield from _faults_of_sku(session, product)
    yield from faults_of_days(product.active_from, product.active_to, "active_to")
    seen: set[str] = set()
    for index, barcode in enumerate(product.barcodes):
        name = f"barcodes[{index}].code"
        code, fault = checked(barcode.code)
        barcode.code = code
        if fault:
            yield FieldError(name, fault, "invalid_barcode")
        elif code in seen:
            yield FieldError(name, _("“%(code)s” stands here twice; remove one.", code=code), "duplicate")
        else:
            yield from _faults_of_barcode(session, code, name, product_id=product.id)
        seen.add(code)
    units = [pack.unit_id for pack in product.packs]
    for index, pack in enumerate(product.packs):
        if pack.unit_id == product.unit_id or pack.unit_id in units[:index]:
            text = _("This unit is there already; change its row, or remove it.")
            yield FieldError(f"packs[{index}].unit_id", text, "duplicate")


def faults_of_days(first: date | None, last: date | None, name: str) -> Iterator[FieldError]:
    """A last day is not before the first."""
    if first is not None and last is not None and last < first:
        yield FieldError(name, _("It ends before it begins; correct one of the two days."), "ends_before")


def checked(text: str) -> tuple[str, str]:
    """A barcode without spaces and hyphens, and what is wrong with it: EAN-8, UPC, EAN-13 or ITF-14."""
    code = ean.compact(text)[:14]
    try:
        ean.validate(text)
    except ValidationError:
        wrong = _("“%(code)s” is no EAN-8, UPC, EAN-13 or ITF-14, whose last digit checks the others. "
                  "Compare it with what is printed.", code=text[:40])  # fmt: skip
        return code, wrong
    return code, ""


def _faults_of_sku(session: Session, of: Product | Variant) -> Iterator[FieldError]:
    if of.sku_key is None:
        return
    for model in (Product, Variant):
        query = sa.select(model.name).where(model.sku_key == of.sku_key)
        if isinstance(of, model):
            query = query.where(model.id != (of.id or 0))
        if (name := session.scalar(query.limit(1))) is not None:
            text = _("“%(sku)s” is the SKU of %(name)s; choose another.", sku=of.sku, name=name)
            yield FieldError("sku", text, "duplicate")
            return


def _faults_of_barcode(
    session: Session, code: str, field: str, *, product_id: int | None = None, variant_id: int | None = None
) -> Iterator[FieldError]:
    query = sa.select(Product.name).join(Barcode, Barcode.product_id == Product.id)
    name = session.scalar(query.where(Barcode.code == code, Product.id != (product_id or 0)).limit(1))
    if name is None:
        others = sa.select(Variant.name).where(Variant.barcode == code, Variant.id != (variant_id or 0))
        name = session.scalar(others.limit(1))
    if name is not None:
        text = _("“%(code)s” is the barcode of %(name)s; choose another.", code=code, name=name)
        yield FieldError(field, text, "duplicate")


def check_variant(session: Session, variant: Variant, actor: Actor) -> None:
    """A name from its attributes, SKU and barcode as products have them, one way to its price."""
    product = session.get(Product, variant.product_id)
    if not variant.name and product is not None:
        variant.name = name_of(product, [trait.value for trait in variant.traits])
    variant.sku_key = sort_key(variant.sku) or None
    refuse(_faults_of_variant(session, variant))


def name_of(product: Product, values: Sequence[str]) -> str:
    """What a variant is called: “Shirt, S, red”."""
    return ", ".join([product.name, *values])[:LONGEST]


def _faults_of_variant(session: Session, variant: Variant) -> Iterator[FieldError]:
    yield from _faults_of_sku(session, variant)
    if variant.price is not None and variant.surcharge is not None:
        text = _("A variant has a price of its own or a surcharge; empty one of the two.")
        yield FieldError("surcharge", text, "two_prices")
    if variant.barcode:
        variant.barcode, fault = checked(variant.barcode)
        if fault:
            yield FieldError("barcode", fault, "invalid_barcode")
        else:
            yield from _faults_of_barcode(session, variant.barcode, "barcode", variant_id=variant.id)


def make_variants(
    session: Session, kind: RecordKind, product: Product, traits: Mapping[str, Sequence[str]], *, actor: Actor
) -> list[Variant]:
    """A variant for each combination of values that there is not yet: {"Size": ["S", "M"], "Colour": …}.

    SKUs are that of the product with the values behind it. Raises ``InvalidError`` for more than 200.
    """
    combinations = list(itertools.islice(itertools.product(*traits.values()), MOST_VARIANTS + 1))
    if len(combinations) > MOST_VARIANTS:
        text = _("That makes more than %(most)s variants; leave out some values.", most=MOST_VARIANTS)
        refuse([FieldError("traits", text, "too_many")])
    query = sa.select(Variant.id, Trait.name, Trait.value).join(Trait).where(Variant.product_id == product.id)
    known: dict[int, set[tuple[str, str]]] = {}
    for row in session.execute(query):
        known.setdefault(row[0], set()).add((sort_key(row.name), sort_key(row.value)))
    made = []
    for values in combinations:
        pairs = [*zip(traits, values, strict=True)]
        if {(sort_key(name), sort_key(value)) for name, value in pairs} in known.values():
            continue
        rows = [RowValues({"name": name, "value": value}) for name, value in pairs]
        sku = "-".join([product.sku, *values])[:60] if product.sku else ""
        fields = {"product_id": product.id, "name": name_of(product, values), "sku": sku}
        made.append(records.create(session, kind, Values(fields, collections={"traits": rows}), actor=actor))
    return made
