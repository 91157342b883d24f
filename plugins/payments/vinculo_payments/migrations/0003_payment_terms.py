"""Payment terms."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, UtcDateTime

revision = "0003"
down_revision = "0002"
LINKS = {
    "client_id": ("clients_client.id", "CASCADE"),
    "company_id": ("organization_company.id", "CASCADE"),
    "counterparty_id": ("counterparties_counterparty.id", "CASCADE"),
    "created_by_id": ("accounts_user.id", "SET NULL"),
    "changed_by_id": ("accounts_user.id", "SET NULL"),
}


def upgrade() -> None:
    op.create_table(
        "payments_term",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("company_id", BigId, nullable=True),
        sa.Column("client_id", BigId, nullable=True),
        sa.Column("counterparty_id", BigId, nullable=True),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        *(
            sa.ForeignKeyConstraint([name], [to], name=f"fk_payments_term_{name}", ondelete=then)
            for name, (to, then) in LINKS.items()
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payments_term"),
        sa.UniqueConstraint("external_id", name="uq_payments_term_external_id"),
        sqlite_autoincrement=True,
    )
    for name in ("client_id", "company_id", "counterparty_id"):
        op.create_index(f"ix_payments_term_{name}", "payments_term", [name])


def downgrade() -> None:
    op.drop_table("payments_term")
