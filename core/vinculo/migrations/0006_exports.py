"""Exports are numbered and limited; large ones are approved."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json, UtcDateTime

revision = "0006"
down_revision = "0005"

STATES = ("waiting", "approved", "declined", "withdrawn", "sent", "cut_off")
SOURCES = ("page", "api", "cli", "import", "job")
LIMITS = ("export_rows_per_day", "export_approval_above")
WAITING = {
    "sqlite_where": sa.text("state = 'waiting'"),
    "postgresql_where": sa.text("state = 'waiting'"),
}


def upgrade() -> None:
    with op.batch_alter_table("accounts_role") as batch_op:
        for name in LIMITS:
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=True))
    op.create_table(
        "records_export",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("query", Json, nullable=False),
        sa.Column("source", sa.Enum(*SOURCES, name="source", native_enum=False, length=32), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("user_name", sa.String(length=200), nullable=False),
        sa.Column(
            "state", sa.Enum(*STATES, name="exportstate", native_enum=False, length=32), nullable=False
        ),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by_id", BigId, nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_export")),
        *(
            sa.ForeignKeyConstraint(
                [name], ["accounts_user.id"], name=op.f(f"fk_records_export_{name}"), ondelete="SET NULL"
            )
            for name in ("user_id", "decided_by_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_records_export_user_id_sent_at", "records_export", ["user_id", "sent_at"])
    op.create_index("ix_records_export_waiting", "records_export", ["id"], **WAITING)


def downgrade() -> None:
    op.drop_table("records_export")
    with op.batch_alter_table("accounts_role") as batch_op:
        for name in LIMITS:
            batch_op.drop_column(name)
