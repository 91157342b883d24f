"""The table of loyalty cards."""

import sqlalchemy as sa
from alembic import op
from vinculo.db.types import BigId, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "loyalty_card",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_loyalty_card_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["clients_client.id"],
            name=op.f("fk_loyalty_card_client_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_loyalty_card_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_card")),
        sa.UniqueConstraint("client_id", name=op.f("uq_loyalty_card_client_id")),
        sa.UniqueConstraint("external_id", name=op.f("uq_loyalty_card_external_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("loyalty_card", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_loyalty_card_number"), ["number"], unique=False)


def downgrade() -> None:
    op.drop_table("loyalty_card")
