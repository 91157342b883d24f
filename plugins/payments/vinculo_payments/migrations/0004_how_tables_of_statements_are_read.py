"""how tables of statements are read."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "payments_layout",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("titles", Json, nullable=False),
        sa.Column("outward", sa.Boolean(), nullable=False),
        sa.Column("month_first", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["organization_account.id"],
            name=op.f("fk_payments_layout_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_layout")),
        sa.UniqueConstraint("account_id", name=op.f("uq_payments_layout_account_id")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("payments_layout")
