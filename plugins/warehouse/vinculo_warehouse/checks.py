"""Whether the books are sound: balances are the sum of the moves, and so are the months."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.i18n import gettext as _
from vinculo_warehouse.models import COUNTED, Balance, Document, Item, Month, Move, StockLine, Type, Warehouse

FEW: Final = 5


def books(session: Session) -> Sequence[str]:
    """What is wrong, in words; the first few of each fault."""
    faults = []
    for query, text in (
        (_balances(), _("the balance of “%(item)s” (number %(id)s) is not the sum of its moves")),
        (_months(), _("the months of “%(item)s” (number %(id)s) are not the sum of its moves")),
        (_negative(), _("there is less than nothing of “%(item)s” (number %(id)s)")),
        (_held(), _("more is held or shipped of “%(item)s” (number %(id)s) than was reserved")),
    ):
        wrong = query.subquery().c.item_id
        named = (
            sa.select(Item.id, Item.name).where(Item.id.in_(sa.select(wrong))).order_by(Item.id).limit(FEW)
        )
        faults += [text % {"item": row.name, "id": row.id} for row in session.execute(named)]
    return faults


def _balances() -> sa.Select[int]:
    """Items whose balances and moves at some location, of some batch and serial number, do not cancel out."""
    own = (Move.item_id, Move.batch, Move.serial)
    parts = sa.union_all(
        sa.select(Move.to_id.label("place"), *own, Move.quantity).where(Move.to_id.is_not(None)),
        sa.select(Move.from_id, *own, -Move.quantity).where(Move.from_id.is_not(None)),
        sa.select(Balance.location_id, Balance.item_id, Balance.batch, Balance.serial, -Balance.quantity),
    ).subquery()
    keys = (parts.c.item_id, parts.c.place, parts.c.batch, parts.c.serial)
    return sa.select(parts.c.item_id).group_by(*keys).having(sa.func.sum(parts.c.quantity) != 0)


def _months() -> sa.Select[int]:
    """Items of which a warehouse counted more or less than came or went."""
    apart, none = Move.from_warehouse_id.is_distinct_from(Move.to_warehouse_id), Move.quantity - Move.quantity
    ours = sa.case((Move.from_warehouse_id.is_not(None), -Move.quantity), else_=none)
    parts = sa.union_all(
        sa.select(Month.item_id, Month.warehouse_id, Month.came, Month.went, Month.from_ours),
        sa.select(Move.item_id, Move.to_warehouse_id, -Move.quantity, none, ours).where(apart),
        sa.select(Move.item_id, Move.from_warehouse_id, none, -Move.quantity, none).where(apart),
    ).subquery()
    query = sa.select(parts.c.item_id).where(parts.c.warehouse_id.is_not(None))
    wrong = sa.or_(*(sa.func.sum(parts.c[one]) != 0 for one in COUNTED))
    return query.group_by(parts.c.item_id, parts.c.warehouse_id).having(wrong)


def _negative() -> sa.Select[int]:
    query = sa.select(Balance.item_id).join(Warehouse, Warehouse.id == Balance.warehouse_id)
    return query.where(Balance.quantity < 0, Warehouse.negative.is_(False))


def _held() -> sa.Select[int]:
    query = sa.select(StockLine.item_id).join(Document, Document.id == StockLine.document_id)
    wrong = sa.or_(StockLine.held > StockLine.quantity, StockLine.shipped > StockLine.held)
    return query.where(Document.type == Type.RESERVATION, wrong)
