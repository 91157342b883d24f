"""Settings of the company that are changed while everything runs."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, UtcDateTime

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "company_setting",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_company_setting_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_setting")),
        sa.UniqueConstraint("key", name=op.f("uq_company_setting_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_company_setting_changed_by_id"), "company_setting", ["changed_by_id"])


def downgrade() -> None:
    op.drop_table("company_setting")
