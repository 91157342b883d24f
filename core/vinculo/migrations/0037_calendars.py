"""Calendars of working hours: their week, the days that differ, and who works by them."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Key, UtcDateTime

revision = "0037"
down_revision = "0036"
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def upgrade() -> None:
    op.create_table(
        "company_calendar",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_key", Key, nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        *(sa.Column(day, sa.String(100), nullable=False) for day in WEEK),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("subdivision", sa.String(10), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("external_id", sa.String(100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column],
                ["accounts_user.id"],
                name=op.f(f"fk_company_calendar_{column}"),
                ondelete="SET NULL",
            )
            for column in ("created_by_id", "changed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_calendar")),
        sa.UniqueConstraint("external_id", name=op.f("uq_company_calendar_external_id")),
        sa.UniqueConstraint("name_key", name=op.f("uq_company_calendar_name_key")),
        sqlite_autoincrement=True,
    )
    _part(
        "company_calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hours", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
    )
    for table, column, of in (
        ("company_calendar_user", "user_id", "accounts_user"),
        ("company_calendar_department", "department_id", "accounts_department"),
    ):
        _part(
            table,
            sa.Column(column, BigId, nullable=False),
            sa.ForeignKeyConstraint(
                [column], [f"{of}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"
            ),
        )
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _part(table: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("calendar_id", BigId, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["company_calendar.id"],
            name=op.f(f"fk_{table}_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f(f"ix_{table}_calendar_id"), table, ["calendar_id"])


def downgrade() -> None:
    for table in ("department", "user", "day"):
        op.drop_table(f"company_calendar_{table}")
    op.drop_table("company_calendar")
