"""Which clients are asked to buy again, and after which purchase."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "deals_follow_up",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["clients_client.id"],
            name=op.f("fk_deals_follow_up_client_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deals_follow_up")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("deals_follow_up", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_deals_follow_up_client_id_last_on"), ["client_id", "last_on"], unique=False
        )


def downgrade() -> None:
    op.drop_table("deals_follow_up")
