"""Saved views of lists: with whom they are shared, and for whom a list opens with them."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json, UtcDateTime

revision = "0016"
down_revision = "0015"


def _key(table: str, column: str, to: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete
    )


def upgrade() -> None:
    op.create_table(
        "records_view",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", Json, nullable=False),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column(
            "sharing",
            sa.Enum("private", "roles", "everyone", name="sharing", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        _key("records_view", "owner_id", "accounts_user", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_view")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_records_view_kind_owner_id"), "records_view", ["kind", "owner_id"])
    op.create_table(
        "records_view_role",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("view_id", BigId, nullable=False),
        sa.Column("role_id", BigId, nullable=False),
        _key("records_view_role", "view_id", "records_view"),
        _key("records_view_role", "role_id", "accounts_role"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_view_role")),
        sa.UniqueConstraint("view_id", "role_id", name=op.f("uq_records_view_role_view_id_role_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_records_view_role_role_id"), "records_view_role", ["role_id"])
    op.create_table(
        "records_view_default",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("role_id", BigId, nullable=True),
        sa.Column("view_id", BigId, nullable=False),
        _key("records_view_default", "user_id", "accounts_user"),
        _key("records_view_default", "role_id", "accounts_role"),
        _key("records_view_default", "view_id", "records_view"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_view_default")),
        sa.UniqueConstraint("kind", "user_id", name=op.f("uq_records_view_default_kind_user_id")),
        sa.UniqueConstraint("kind", "role_id", name=op.f("uq_records_view_default_kind_role_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_records_view_default_view_id"), "records_view_default", ["view_id"])


def downgrade() -> None:
    op.drop_table("records_view_default")
    op.drop_table("records_view_role")
    op.drop_table("records_view")
