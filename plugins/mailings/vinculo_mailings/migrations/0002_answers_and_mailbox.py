"""Answers to messages, and how far a mailbox was read."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, UtcDateTime

revision = "0002"
down_revision = "0001"

HOW = {"table_kwargs": {"sqlite_autoincrement": True}, "reflect_kwargs": {"resolve_fks": False}}


def upgrade() -> None:
    op.create_table(
        "mailings_mailbox",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("validity", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailings_mailbox")),
        sa.UniqueConstraint("name", name=op.f("uq_mailings_mailbox_name")),
        sqlite_autoincrement=True,
    )
    op.add_column("mailings_send", sa.Column("answered_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("mailings_send", **HOW) as batch_op:
        batch_op.drop_column("answered_at")
    op.drop_table("mailings_mailbox")
