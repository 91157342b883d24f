"""Rates of currencies."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Rate, UtcDateTime

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.create_table(
        "company_rate",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("base", sa.String(3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rate", Rate(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column(
            "quote", sa.Enum("direct", "inverse", name="quote", native_enum=False, length=32), nullable=False
        ),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("external_id", sa.String(100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.CheckConstraint("rate > 0", name=op.f("ck_company_rate_rate")),
        sa.CheckConstraint("units > 0", name=op.f("ck_company_rate_units")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_company_rate_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_company_rate_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_rate")),
        sa.UniqueConstraint("currency", "base", "day", name=op.f("uq_company_rate_currency_base_day")),
        sa.UniqueConstraint("external_id", name=op.f("uq_company_rate_external_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_company_rate_day_id"), "company_rate", ["day", "id"])


def downgrade() -> None:
    op.drop_table("company_rate")
