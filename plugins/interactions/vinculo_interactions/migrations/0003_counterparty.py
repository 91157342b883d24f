"""The counterparty with which one was in touch."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId

revision = "0003"
down_revision = "0002"

TABLE = "interactions_interaction"
KEY = "fk_interactions_interaction_counterparty_id"
INDEX = "ix_interactions_interaction_counterparty_id_happened_at"
# Tables that this one points to stay unread: SQLite's indexes over expressions cannot be reflected.
HOW = {"table_kwargs": {"sqlite_autoincrement": True}, "reflect_kwargs": {"resolve_fks": False}}


def upgrade() -> None:
    with op.batch_alter_table(TABLE, **HOW) as table:
        table.add_column(sa.Column("counterparty_id", BigId, nullable=True))
        table.create_foreign_key(
            op.f(KEY), "counterparties_counterparty", ["counterparty_id"], ["id"], ondelete="SET NULL"
        )
    op.create_index(op.f(INDEX), TABLE, ["counterparty_id", "happened_at"])


def downgrade() -> None:
    op.drop_index(op.f(INDEX), table_name=TABLE)
    with op.batch_alter_table(TABLE, **HOW) as table:
        table.drop_constraint(op.f(KEY), type_="foreignkey")
        table.drop_column("counterparty_id")
