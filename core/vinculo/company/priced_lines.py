"""Lines that name a product of whoever says what is sold: name, unit, price, tax, and who may give less.

Without such a plugin lines are plain text, and nothing here is called. A record with such lines has
``client_id``, ``currency`` and ``lines``; a line ``product``, ``product_id``, ``variant_id``, ``quantity``,
``unit``, ``price``, ``price_why``, ``discount`` and, where it is taxed, ``tax_rate``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.company import rates
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import today
from vinculo.plugins.contributions import Pricer, Wanted
from vinculo.plugins.registry import Registry
from vinculo.records.fields import LinkField
from vinculo.records.kind import Collection, FileColumn, RecordKind
from vinculo.web.views import Hint

LINES: Final = "lines"
PRODUCT: Final = "product_id"
VARIANT: Final = "variant_id"
COLUMNS: Final = (("catalog_product", ("sku", "product code")), ("catalog_variant", ("variant code",)))
PRICE_URL: Final = "/lines/price"  # what a price would be filled in with, of a line of a kind
TOLD: Final = (PRODUCT, VARIANT, "quantity", "unit", "client_id", "currency")


def nothing(session: Session, of: Any, actor: Actor) -> None:
    """What is to be filled in where nobody says what is sold."""


def beside(check: Callable[..., None]) -> Callable[[Registry, RecordKind], RecordKind]:
    """How a kind with lines is where somebody says what is sold: they name products.

    ``check(session, record, actor, complete=…)`` are its rules; they call ``complete`` once lines are there.
    """

    def found(registry: Registry, kind: RecordKind) -> RecordKind:
        pricer = registry.pricer
        if pricer is None:
            return kind

        def rules(session: Session, of: Any, actor: Actor) -> None:
            if any(line.discount for line in of.lines):
                refuse_discounts(of.lines, pricer.limit(session, actor))
            check(session, of, actor, complete=partial(propose, registry=registry))

        told = not kind.field("client_id").read_only  # else nobody knows the client while lines are typed
        hint = Hint(f"{PRICE_URL}/{kind.name}", TOLD) if told else None
        named = [_with_product(one, pricer, hint) if one.name == LINES else one for one in kind.collections]
        return replace(kind, collections=tuple(named), rules=rules)

    return found


def _with_product(lines: Collection, pricer: Pricer, hint: Hint | None) -> Collection:
    """Rows with a product, by whose name they are called where nothing else is typed, and its variant."""
    link = LinkField(name=PRODUCT, label=_l("From the catalog"), kind=pricer.kind)
    variant = LinkField(name=VARIANT, label=_l("Variant"), kind=pricer.variants, within=PRODUCT)
    links = (link, variant) if pricer.variants else (link,)
    typed = [
        replace(one, required=False, help=_l("Left empty, the name in the catalog."))
        if one.name == "product"
        else replace(one, help=_l("Left empty, by the price lists."), hint=hint)
        if one.name == "price"
        else one
        for one in lines.fields
    ]
    columns = [
        FileColumn(key=key, label=one.label, field=one.name, group="line", aliases=aliases)
        for one, (key, aliases) in zip(links, COLUMNS, strict=False)
    ]
    keys = [one.key for one in columns]
    others = (replace(one, beside=(*one.beside, *keys)) if one.beside else one for one in lines.file_columns)
    return replace(
        lines, fields=(*links, *typed), file_columns=(*others, *columns) if lines.file_columns else ()
    )


def refuse_discounts(lines: Sequence[Any], limit: Decimal | None) -> None:
    """Raise ``InvalidError`` for discounts that are new and larger than one may give."""
    if limit is None:
        return
    text = _("%(percent)s percent is more than the %(limit)s percent that your roles allow.")
    errors = [
        FieldError(
            f"{LINES}[{at}].discount",
            text % {"percent": f"{line.discount.normalize():f}", "limit": f"{limit.normalize():f}"},
            "discount_limit",
        )
        for at, line in enumerate(lines)
        if line.discount > limit and _changed(line, "discount", "price", PRODUCT, VARIANT)
    ]
    if errors:
        raise InvalidError(errors)


def propose(session: Session, of: Any, actor: Actor, *, registry: Registry) -> None:
    """Fill in what is not typed: name, unit, price and tax of the products that lines name.

    Raises ``InvalidError`` for a line that names nothing at all, or a variant of something else.
    """
    errors = [*_of_lines(session, registry, of, actor)]
    if errors:
        raise InvalidError(errors)


def _of_lines(session: Session, registry: Registry, of: Any, actor: Actor) -> Iterator[FieldError]:
    for at, line in enumerate(of.lines):
        if _was(line, PRODUCT) is not None and not _changed(line, VARIANT):
            line.variant_id = None  # it was of another product
        if (line.product_id or line.variant_id) is not None and _open(line):
            _forget(line)
            if fault := _fault_of_variant(session, registry, line):
                yield FieldError(f"{LINES}[{at}].{VARIANT}", *fault)
                continue
            _complete(session, registry, of, line, actor)
        elif line.price_why and _changed(line, "price", PRODUCT, VARIANT):
            line.price_why = ""
        if not line.product:
            text = _("Write what it is, or choose it from the catalog.")
            yield FieldError(f"{LINES}[{at}].product", text, "required")


def _open(line: Any) -> bool:
    """Whether something is to be filled in: a new product or variant, or a price that was emptied."""
    return line.price is None or not line.product or _changed(line, PRODUCT, VARIANT)


def _fault_of_variant(session: Session, registry: Registry, line: Any) -> tuple[str, str] | None:
    """What is wrong with the variant that a line names, and the code of it; alone, it says the product.

    One that is gone is missed where the line is to be told something of it.
    """
    assert registry.pricer is not None
    kind = registry.kinds.get(registry.pricer.variants)
    if line.variant_id is None or kind is None:
        return None
    columns = sa.select(kind.column(PRODUCT), kind.column(kind.title))
    found = session.execute(columns.where(kind.table.c.id == line.variant_id)).first()
    if found is None:
        if line.product and line.price is not None:
            return None
        text = _("Variant %(id)s is not in the catalog any more; choose another, or empty the field.")
        return text % {"id": line.variant_id}, "variant_gone"
    line.product_id = line.product_id or found[0]
    if line.product_id == found[0]:
        return None
    text = _("“%(variant)s” is no variant of this product; choose one of its own, or empty the field.")
    return text % {"variant": found[1]}, "other_product"


def _complete(session: Session, registry: Registry, of: Any, line: Any, actor: Actor) -> None:
    assert registry.pricer is not None
    wanted = Wanted(
        product_id=line.product_id or 0, variant_id=line.variant_id, quantity=line.quantity,
        unit=line.unit, client_id=of.client_id, on=today(),
        currency=of.currency or rates.base_currency(session), price=line.price is None,
    )  # fmt: skip
    found = registry.pricer.price(session, registry, wanted, actor)
    line.product = line.product or found.name[:300]
    line.unit = line.unit or found.unit
    if hasattr(line, "tax_rate") and line.tax_rate is None:
        line.tax_rate = found.tax_rate
    if line.price is None:
        line.price, line.price_why = found.price, found.why[:300]


def _forget(line: Any) -> None:
    """What is of another product or variant than before, unless it was typed along with the new one."""
    other = _was(line, PRODUCT) is not None
    if not other and (_changed(line, PRODUCT) or not _changed(line, VARIANT)):
        return
    for name, empty in (("product", ""), ("price", None), *([("unit", "")] if other else [])):
        if not _changed(line, name):
            setattr(line, name, empty)


def _was(line: Any, name: str) -> Any:
    """The other value that a line had before; None for what is new, too."""
    state: Any = sa.inspect(line)
    was = state.attrs[name].history.deleted
    return was[0] if was and not state.transient else None


def _changed(line: Any, *names: str) -> bool:
    state: Any = sa.inspect(line)
    return state.transient or any(state.attrs[name].history.has_changes() for name in names)
