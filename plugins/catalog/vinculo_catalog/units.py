"""Units: those that everybody needs, and what a quantity of one is in another."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Source, system
from vinculo.db.text import sort_key
from vinculo.errors import ConflictError
from vinculo.i18n import gettext as _
from vinculo.i18n import mark
from vinculo.records import service
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Values
from vinculo_catalog.models import Product, Unit

PIECE: Final = "pcs"
COMMON: Final = (  # code, name, base, how many of the base
    (PIECE, mark("piece"), "", "1"),
    ("dozen", mark("dozen"), PIECE, "12"),
    ("kg", mark("kilogram"), "", "1"),
    ("g", mark("gram"), "kg", "0.001"),
    ("t", mark("tonne"), "kg", "1000"),
    ("l", mark("litre"), "", "1"),
    ("ml", mark("millilitre"), "l", "0.001"),
    ("m", mark("metre"), "", "1"),
    ("cm", mark("centimetre"), "m", "0.01"),
    ("m2", mark("square metre"), "", "1"),
    ("m3", mark("cubic metre"), "", "1"),
    ("h", mark("hour"), "", "1"),
    ("day", mark("day"), "", "1"),
    ("box", mark("box"), "", "1"),
)


def piece(session: Session, kind: RecordKind) -> int:
    """The unit of a product that names none. Where there is no unit at all, the common ones are made."""
    found = session.scalar(sa.select(Unit.id).where(Unit.code_key == sort_key(PIECE)))
    if found is not None:
        return found
    add_common(session, kind)
    return session.scalars(sa.select(Unit.id).where(Unit.code_key == sort_key(PIECE))).one()


def add_common(session: Session, kind: RecordKind) -> int:
    """Add those of the common units whose code is not there; how many."""
    known = {row.code_key: row.id for row in session.execute(sa.select(Unit.code_key, Unit.id))}
    added = 0
    for code, name, base, factor in COMMON:
        if (key := sort_key(code)) in known:
            continue
        base_id = known[sort_key(base)] if base else None
        values = Values({"code": code, "name": _(name), "base_id": base_id, "factor": Decimal(factor)})
        known[key] = service.create(session, kind, values, actor=system(Source.JOB)).id
        added += 1
    return added


def worth(session: Session, product: Product, unit_id: int | None) -> Fraction:
    """How many of the product's own unit are in one of another: by its packs, else by their common base.

    Exact. Raises ``ConflictError`` where neither says so.
    """
    if unit_id is None or unit_id == product.unit_id:
        return Fraction(1)
    for pack in product.packs:
        if pack.unit_id == unit_id:
            return Fraction(pack.factor)
    asked, own = session.get_one(Unit, unit_id), session.get_one(Unit, product.unit_id)
    if (asked.base_id or asked.id) != (own.base_id or own.id):
        text = _(
            "%(unit)s cannot be counted in %(own)s. Say on the product how many %(own)s are in it.",
            unit=asked.code,
            own=own.code,
        )
        raise ConflictError(text, code="units_apart")
    return Fraction(asked.factor) / Fraction(own.factor)
