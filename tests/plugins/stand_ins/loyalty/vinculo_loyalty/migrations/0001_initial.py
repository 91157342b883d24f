"""The table of cards."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "loyalty_card",
        sa.Column("id", BigId, sa.Identity(), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("external_id", sa.String(100)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("created_by_id", BigId),
        sa.Column("changed_by_id", BigId),
        sa.PrimaryKeyConstraint("id", name="pk_loyalty_card"),
        sa.UniqueConstraint("external_id", name="uq_loyalty_card_external_id"),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients_client.id"], "fk_loyalty_card_client_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["accounts_user.id"], "fk_loyalty_card_created_by_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["accounts_user.id"], "fk_loyalty_card_changed_by_id", ondelete="SET NULL"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_loyalty_card_client_id", "loyalty_card", ["client_id"])


def downgrade() -> None:
    op.drop_table("loyalty_card")
