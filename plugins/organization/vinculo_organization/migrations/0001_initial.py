"""Own companies."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.custom import CustomValues
from vinculo.db.types import BigId, Key, Money, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "organization_company",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("legal_name", sa.String(length=300), nullable=False),
        sa.Column("tax_id", sa.String(length=60), nullable=False),
        sa.Column("vat_id", sa.String(length=60), nullable=False),
        sa.Column("registration_number", sa.String(length=60), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("number_prefix", sa.String(length=20), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", Key, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("street", sa.String(length=300), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("region", sa.String(length=100), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.Column("custom", CustomValues(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_organization_company_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_organization_company_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_company")),
        sa.UniqueConstraint("external_id", name=op.f("uq_organization_company_external_id")),
        sa.UniqueConstraint("name_key", name=op.f("uq_organization_company_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "organization_account",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("bank_name", sa.String(length=200), nullable=False),
        sa.Column("bank_code", sa.String(length=30), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opening_balance", Money(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", Key, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.Column("custom", CustomValues(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_organization_account_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["organization_company.id"],
            name=op.f("fk_organization_account_company_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_organization_account_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_account")),
        sa.UniqueConstraint("external_id", name=op.f("uq_organization_account_external_id")),
        sa.UniqueConstraint("name_key", name=op.f("uq_organization_account_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_organization_account_company_id"), "organization_account", ["company_id"])

    op.create_table(
        "organization_outlet",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("department_id", BigId, nullable=True),
        sa.Column("phone", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", Key, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("street", sa.String(length=300), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("region", sa.String(length=100), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.Column("custom", CustomValues(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_organization_outlet_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["organization_company.id"],
            name=op.f("fk_organization_outlet_company_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_organization_outlet_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["accounts_department.id"],
            name=op.f("fk_organization_outlet_department_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_outlet")),
        sa.UniqueConstraint("external_id", name=op.f("uq_organization_outlet_external_id")),
        sa.UniqueConstraint("name_key", name=op.f("uq_organization_outlet_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_organization_outlet_company_id"), "organization_outlet", ["company_id"])
    op.create_index(op.f("ix_organization_outlet_department_id"), "organization_outlet", ["department_id"])

    op.create_table(
        "organization_desk",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("outlet_id", BigId, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opening_balance", Money(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", Key, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.Column("custom", CustomValues(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_organization_desk_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["organization_company.id"],
            name=op.f("fk_organization_desk_company_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_organization_desk_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"],
            ["organization_outlet.id"],
            name=op.f("fk_organization_desk_outlet_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_desk")),
        sa.UniqueConstraint("external_id", name=op.f("uq_organization_desk_external_id")),
        sa.UniqueConstraint("name_key", name=op.f("uq_organization_desk_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_organization_desk_company_id"), "organization_desk", ["company_id"])
    op.create_index(op.f("ix_organization_desk_outlet_id"), "organization_desk", ["outlet_id"])


def downgrade() -> None:
    for name in ("desk", "outlet", "account", "company"):
        op.drop_table(f"organization_{name}")
