"""Lines name variants of their products."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId

revision = "0012"
down_revision = "0011"

HOW = {"table_kwargs": {"sqlite_autoincrement": True}, "reflect_kwargs": {"resolve_fks": False}}
TABLES = ("deals_line", "deals_quotation_line")


def upgrade() -> None:
    for name in TABLES:
        with op.batch_alter_table(name, **HOW) as table:
            table.add_column(sa.Column("variant_id", BigId, nullable=True))


def downgrade() -> None:
    for name in TABLES:
        with op.batch_alter_table(name, **HOW) as table:
            table.drop_column("variant_id")
