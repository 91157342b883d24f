"""The tables of vouchers and of what was redeemed."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "vouchers_voucher",
        sa.Column("id", BigId, sa.Identity(), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("giver_id", BigId),
        sa.Column("card_id", BigId),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("external_id", sa.String(100)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("created_by_id", BigId),
        sa.Column("changed_by_id", BigId),
        sa.PrimaryKeyConstraint("id", name="pk_vouchers_voucher"),
        sa.UniqueConstraint("external_id", name="uq_vouchers_voucher_external_id"),
        link("voucher", "client_id", "clients_client", "CASCADE"),
        link("voucher", "giver_id", "clients_client", "SET NULL"),
        link("voucher", "card_id", "loyalty_card", "SET NULL"),
        link("voucher", "created_by_id", "accounts_user", "SET NULL"),
        link("voucher", "changed_by_id", "accounts_user", "SET NULL"),
        sqlite_autoincrement=True,
    )
    for column in ("client_id", "giver_id", "card_id"):
        op.create_index(f"ix_vouchers_voucher_{column}", "vouchers_voucher", [column])
    op.create_table(
        "vouchers_redemption",
        sa.Column("id", BigId, sa.Identity(), nullable=False),
        sa.Column("voucher_id", BigId, nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("card_id", BigId),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vouchers_redemption"),
        link("redemption", "voucher_id", "vouchers_voucher", "CASCADE"),
        link("redemption", "client_id", "clients_client", "RESTRICT"),
        link("redemption", "card_id", "loyalty_card", "RESTRICT"),
        sqlite_autoincrement=True,
    )
    for column in ("voucher_id", "client_id", "card_id"):
        op.create_index(f"ix_vouchers_redemption_{column}", "vouchers_redemption", [column])


def link(table: str, column: str, target: str, on_delete: str) -> sa.ForeignKeyConstraint:
    name = f"fk_vouchers_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name, ondelete=on_delete)


def downgrade() -> None:
    op.drop_table("vouchers_redemption")
    op.drop_table("vouchers_voucher")
