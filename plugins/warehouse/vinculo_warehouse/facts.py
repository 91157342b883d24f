"""What the warehouse tells of its items, and of clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from vinculo.db.portable import day_of
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Fact
from vinculo.records.facts import Told
from vinculo.records.fields import AmountField, DateField, IntegerField
from vinculo_warehouse import queries
from vinculo_warehouse.models import State, Type
from vinculo_warehouse.permissions import STOCK
from vinculo_warehouse.records import document, item

FIGURES: Final = {
    "on_hand": (_l("On hand"), _l("What is in all warehouses together.")),
    "reserved": (_l("Reserved"), _l("What reservations want, be it there or not.")),
    "available": (_l("Available"), _l("On hand less reserved: what may be promised.")),
    "ordered": (_l("On order"), _l("The lines of planned receipts.")),
}


def _of_item(name: str) -> Fact:
    label, text = FIGURES[name]

    def expression(told: Told) -> sa.ColumnElement[Any]:
        return queries.figure(name, told.about)

    field = AmountField(name=f"warehouse_{name}", label=label, help=text, read_only=True)
    header = 10 * (1 + [*FIGURES].index(name))
    return Fact("stock_item", field, item, expression, tells=(), link="id", permission=STOCK, header=header)


def _of_client(told: Told, what: Any, *conditions: Any) -> sa.ColumnElement[Any]:
    query = sa.select(what).select_from(document.table).where(told.rows(), *conditions)
    return query.scalar_subquery()


def last_shipment(told: Told) -> sa.ColumnElement[Any]:
    """The day on which something was shipped last."""
    table = document.table
    shipped = (table.c.type == Type.SHIPMENT, table.c.state == State.POSTED, table.c.reverses_id.is_(None))
    return _of_client(told, day_of(sa.func.max(table.c.happened_at)), *shipped)


def reservations(told: Told) -> sa.ColumnElement[Any]:
    """How many reservations wait for their shipment."""
    table = document.table
    return _of_client(told, sa.func.count(), table.c.type == Type.RESERVATION, table.c.state == State.POSTED)


def _rows(kind: Type) -> Any:
    def rows(client_id: int, value: Any) -> Mapping[str, str]:
        return {"client_id": str(client_id), "type": kind, "state": State.POSTED}

    return rows


FACTS: Final = (
    *(_of_item(name) for name in FIGURES),
    Fact(
        "client",
        DateField(
            name="warehouse_last_shipment", label=_l("Last shipment"), read_only=True,
            help=_l("The day on which goods were shipped to the client last."),
        ),
        document,
        last_shipment,
        tells=("client_id", "type", "state", "happened_at"),
        rows=_rows(Type.SHIPMENT),
    ),
    Fact(
        "client",
        IntegerField(
            name="warehouse_reservations", label=_l("Open reservations"), read_only=True,
            help=_l("Reservations whose goods were not shipped yet."),
        ),
        document,
        reservations,
        tells=("client_id", "type", "state"),
        rows=_rows(Type.RESERVATION),
    ),
)  # fmt: skip
