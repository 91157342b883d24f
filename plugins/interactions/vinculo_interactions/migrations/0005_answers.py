"""What came in and waits for an answer, and the numbers of the response clock."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, UtcDateTime

revision = "0005"
down_revision = "0004"

TABLE = "interactions_interaction"
KEY = "fk_interactions_interaction_answer_id"
# Tables that this one points to stay unread: SQLite's indexes over expressions cannot be reflected.
HOW = {"table_kwargs": {"sqlite_autoincrement": True}, "reflect_kwargs": {"resolve_fks": False}}
COLUMNS: dict[str, Any] = {
    "answer": sa.String(32),
    "answer_target": sa.Integer(),
    "answer_due_at": UtcDateTime(),
    "answered_at": UtcDateTime(),
    "answer_seconds": BigId,
    "answer_id": BigId,
    "answer_told_at": UtcDateTime(),
}
INDEXES = {
    "client_id_answer": ["client_id", "answer"],
    "answer_answer_due_at": ["answer", "answer_due_at"],
    "answer_id": ["answer_id"],
}


def upgrade() -> None:
    op.create_table(
        "interactions_limit",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactions_limit")),
        sa.UniqueConstraint("key", name=op.f("uq_interactions_limit_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table(TABLE, **HOW) as table:
        table.add_column(sa.Column("priority", sa.String(32), nullable=False, server_default="normal"))
        table.add_column(sa.Column("no_answer", sa.Boolean(), nullable=False, server_default=sa.false()))
        for name, of in COLUMNS.items():
            table.add_column(sa.Column(name, of, nullable=True))
        table.create_foreign_key(op.f(KEY), TABLE, ["answer_id"], ["id"], ondelete="SET NULL")
    with op.batch_alter_table(TABLE, **HOW) as table:
        table.alter_column("priority", server_default=None)
        table.alter_column("no_answer", server_default=None)
    for name, columns in INDEXES.items():
        op.create_index(op.f(f"ix_{TABLE}_{name}"), TABLE, columns)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(op.f(f"ix_{TABLE}_{name}"), table_name=TABLE)
    with op.batch_alter_table(TABLE, **HOW) as table:
        table.drop_constraint(op.f(KEY), type_="foreignkey")
        for name in ("priority", "no_answer", *COLUMNS):
            table.drop_column(name)
    op.drop_table("interactions_limit")
