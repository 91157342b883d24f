"""Entries that stay on top of a client's timeline."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "clients_pin",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("pinned_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients_client.id"], name=op.f("fk_clients_pin_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["accounts_user.id"], name=op.f("fk_clients_pin_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients_pin")),
        sa.UniqueConstraint(
            "client_id", "kind", "record_id", name=op.f("uq_clients_pin_client_id_kind_record_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_clients_pin_user_id"), "clients_pin", ["user_id"])


def downgrade() -> None:
    op.drop_table("clients_pin")
