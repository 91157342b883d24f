"""Lines that name a product of whoever says what is sold: name, unit, price, tax, and who may give less.

Without such a plugin lines are plain text, and nothing here is called. A record with such lines has
``client_id``, ``currency`` and ``lines``; a line ``product``, ``product_id``, ``quantity``, ``unit``,
``price``, ``price_why``, ``discount`` and, where it is taxed, ``tax_rate``.
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
from vinculo.plugins.contributions import Wanted
from vinculo.plugins.registry import Registry
from vinculo.records.fields import LinkField
from vinculo.records.kind import Collection, FileColumn, RecordKind
from vinculo.web.views import Hint

LINES: Final = "lines"
PRICE_URL: Final = "/lines/price"  # what a price would be filled in with, of a line of a kind
TOLD: Final = ("product_id", "quantity", "unit", "client_id", "currency")


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
        named = [
            _with_product(one, pricer.kind, hint) if one.name == LINES else one for one in kind.collections
        ]
        return replace(kind, collections=tuple(named), rules=rules)

    return found


def _with_product(lines: Collection, kind: str, hint: Hint | None) -> Collection:
    """Rows with a product, by whose name they are called where nothing else is typed."""
    link = LinkField(name="product_id", label=_l("From the catalog"), kind=kind)
    typed = [
        replace(one, required=False, help=_l("Left empty, the name in the catalog."))
        if one.name == "product"
        else replace(one, help=_l("Left empty, by the price lists."), hint=hint)
        if one.name == "price"
        else one
        for one in lines.fields
    ]
    column = FileColumn(key="catalog_product", label=link.label, field=link.name, group="line",
                        aliases=("sku", "product code"))  # fmt: skip
    others = (
        replace(one, beside=(*one.beside, column.key)) if one.beside else one for one in lines.file_columns
    )
    columns = (*others, column) if lines.file_columns else ()
    return replace(lines, fields=(link, *typed), file_columns=columns)


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
        if line.discount > limit and _changed(line, "discount", "price", "product_id")
    ]
    if errors:
        raise InvalidError(errors)


def propose(session: Session, of: Any, actor: Actor, *, registry: Registry) -> None:
    """Fill in what is not typed: name, unit, price and tax of the products that lines name.

    Raises ``InvalidError`` for a line that names nothing at all.
    """
    errors = [*_of_lines(session, registry, of, actor)]
    if errors:
        raise InvalidError(errors)


def _of_lines(session: Session, registry: Registry, of: Any, actor: Actor) -> Iterator[FieldError]:
    for at, line in enumerate(of.lines):
        if line.product_id is not None and _open(line):
            _complete(session, registry, of, line, actor)
        elif line.price_why and _changed(line, "price", "product_id"):
            line.price_why = ""
        if not line.product:
            text = _("Write what it is, or choose it from the catalog.")
            yield FieldError(f"{LINES}[{at}].product", text, "required")


def _open(line: Any) -> bool:
    """Whether something is to be filled in: a new product, or a price that was emptied."""
    return line.price is None or not line.product or _changed(line, "product_id")


def _complete(session: Session, registry: Registry, of: Any, line: Any, actor: Actor) -> None:
    assert registry.pricer is not None
    _forget(line)
    wanted = Wanted(
        product_id=line.product_id or 0, quantity=line.quantity, unit=line.unit, client_id=of.client_id,
        on=today(), currency=of.currency or rates.base_currency(session),
        price=line.price is None,
    )  # fmt: skip
    found = registry.pricer.price(session, registry, wanted, actor)
    line.product = line.product or found.name[:300]
    line.unit = line.unit or found.unit
    if hasattr(line, "tax_rate") and line.tax_rate is None:
        line.tax_rate = found.tax_rate
    if line.price is None:
        line.price, line.price_why = found.price, found.why[:300]


def _forget(line: Any) -> None:
    """What is of another product than before, unless it was typed along with the new one."""
    state: Any = sa.inspect(line)
    was = state.attrs["product_id"].history.deleted
    if state.transient or not was or was[0] is None:
        return
    for name, empty in (("product", ""), ("unit", ""), ("price", None)):
        if not _changed(line, name):
            setattr(line, name, empty)


def _changed(line: Any, *names: str) -> bool:
    state: Any = sa.inspect(line)
    return state.transient or any(state.attrs[name].history.has_changes() for name in names)
