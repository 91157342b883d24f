"""Changes of many records at once, kept so that they can be taken back."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json, UtcDateTime

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    _create_changes()
    op.create_table(
        "records_bulk_item",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("bulk_id", BigId, nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("given", BigId, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulk_id"],
            ["records_bulk_change.id"],
            name=op.f("fk_records_bulk_item_bulk_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_bulk_item")),
        sqlite_autoincrement=True,
    )
    columns = ["bulk_id", "outcome", "id"]
    op.create_index(op.f("ix_records_bulk_item_bulk_id_outcome_id"), "records_bulk_item", columns)


def _create_changes() -> None:
    op.create_table(
        "records_bulk_change",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("values", Json, nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("undoing", sa.Boolean(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["accounts_user.id"],
            name=op.f("fk_records_bulk_change_user_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_bulk_change")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_records_bulk_change_created_at"), "records_bulk_change", ["created_at"])


def downgrade() -> None:
    op.drop_table("records_bulk_item")
    op.drop_table("records_bulk_change")
