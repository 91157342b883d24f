"""How far promises were followed is kept by the kernel, for each who is told of events."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId

revision = "0002"
down_revision = "0001"

CURSOR = sa.table("warehouse_cursor", sa.column("event_id"))
LISTENER = sa.table("events_listener", sa.column("name"), sa.column("event_id"))
NAME = "warehouse.promises"


def upgrade() -> None:
    known = sa.select(sa.literal(NAME), sa.func.max(CURSOR.c.event_id)).having(sa.func.count() > 0)
    op.execute(sa.insert(LISTENER).from_select(["name", "event_id"], known))
    op.drop_table("warehouse_cursor")


def downgrade() -> None:
    op.create_table(
        "warehouse_cursor",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("event_id", BigId, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouse_cursor")),
        sqlite_autoincrement=True,
    )
    mine = sa.select(LISTENER.c.event_id).where(LISTENER.c.name == NAME)
    op.execute(sa.insert(CURSOR).from_select(["event_id"], mine))
    op.execute(sa.delete(LISTENER).where(LISTENER.c.name == NAME))
