"""Lines name variants of their products."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId

revision = "0002"
down_revision = "0001"

HOW = {"table_kwargs": {"sqlite_autoincrement": True}, "reflect_kwargs": {"resolve_fks": False}}


def upgrade() -> None:
    with op.batch_alter_table("orders_line", **HOW) as table:
        table.add_column(sa.Column("variant_id", BigId, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("orders_line", **HOW) as table:
        table.drop_column("variant_id")
