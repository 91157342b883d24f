"""Months tell what came from warehouses of ours, and are read by one index."""

from collections import defaultdict
from datetime import UTC

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Money, UtcDateTime

revision = "0003"
down_revision = "0002"

HOW = {"table_kwargs": {"sqlite_autoincrement": True}, "reflect_kwargs": {"resolve_fks": False}}
INDEX = "ix_warehouse_month_turnover"
OLD = "ix_warehouse_month_month_item_id_warehouse_id"
COLUMNS = ["month", "item_id", "warehouse_id", "came", "went", "from_ours"]
KEYS = ("item_id", "from_warehouse_id", "to_warehouse_id")
MOVE = sa.table(
    "warehouse_move", *(sa.column(one, BigId) for one in KEYS),
    sa.column("quantity", Money()), sa.column("moved_at", UtcDateTime()),
)  # fmt: skip
MONTH = sa.table(
    "warehouse_month", sa.column("item_id", BigId), sa.column("warehouse_id", BigId),
    sa.column("month", sa.Date()), sa.column("from_ours", Money()),
)  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table("warehouse_month", **HOW) as table:
        table.add_column(sa.Column("from_ours", Money(), nullable=False, server_default="0"))
    with op.batch_alter_table("warehouse_month", **HOW) as table:
        table.alter_column("from_ours", server_default=None)
        table.drop_index(OLD)
        table.create_index(INDEX, COLUMNS)
    _count()


def _count() -> None:
    found: defaultdict[tuple[object, ...], int] = defaultdict(int)
    query = sa.select(MOVE.c.item_id, MOVE.c.to_warehouse_id, MOVE.c.moved_at, MOVE.c.quantity)
    query = query.where(MOVE.c.from_warehouse_id != MOVE.c.to_warehouse_id)
    for item_id, warehouse_id, at, quantity in op.get_bind().execute(query):
        found[item_id, warehouse_id, at.astimezone(UTC).date().replace(day=1)] += quantity
    for (item_id, warehouse_id, month), quantity in found.items():
        mine = (MONTH.c.item_id == item_id, MONTH.c.warehouse_id == warehouse_id, MONTH.c.month == month)
        op.execute(sa.update(MONTH).where(*mine).values(from_ours=quantity))


def downgrade() -> None:
    with op.batch_alter_table("warehouse_month", **HOW) as table:
        table.drop_index(INDEX)
        table.drop_column("from_ours")
        table.create_index(OLD, ["month", "item_id", "warehouse_id"])
