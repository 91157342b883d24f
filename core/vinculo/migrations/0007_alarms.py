"""Alarms, what users did on each day, canaries."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json, UtcDateTime

revision = "0007"
down_revision = "0006"

MEASURES = ("cards", "reveals", "rows")
USERS = "accounts_user.id"


def upgrade() -> None:
    _usage()
    _alarms()
    _canaries()


def _usage() -> None:
    op.create_table(
        "protection_usage",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("measure", _enum("measure", *MEASURES), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], [USERS], name=op.f("fk_protection_usage_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protection_usage")),
        sa.UniqueConstraint(
            "user_id", "measure", "day", name=op.f("uq_protection_usage_user_id_measure_day")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_protection_usage_day"), "protection_usage", ["day"])


def _alarms() -> None:
    op.create_table(
        "protection_alarm",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("kind", _enum("alarmkind", *MEASURES, "canary"), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("count", BigId, nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("state", _enum("alarmstate", "new", "acknowledged"), nullable=False),
        sa.Column("mailed_at", UtcDateTime(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("settled_by_id", BigId, nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], [USERS], name=op.f("fk_protection_alarm_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], [USERS], name=op.f("fk_protection_alarm_settled_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protection_alarm")),
        sa.UniqueConstraint(
            "user_id", "kind", "subject", "day", "step",
            name=op.f("uq_protection_alarm_user_id_kind_subject_day_step"),
        ),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index(op.f("ix_protection_alarm_state_id"), "protection_alarm", ["state", "id"])
    op.create_index(op.f("ix_protection_alarm_settled_by_id"), "protection_alarm", ["settled_by_id"])


def _canaries() -> None:
    op.create_table(
        "protection_canary",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients_client.id"], name=op.f("fk_protection_canary_client_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], [USERS], name=op.f("fk_protection_canary_created_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protection_canary")),
        sa.UniqueConstraint("client_id", name=op.f("uq_protection_canary_client_id")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index(op.f("ix_protection_canary_created_by_id"), "protection_canary", ["created_by_id"])


def downgrade() -> None:
    for name in ("canary", "alarm", "usage"):
        op.drop_table(f"protection_{name}")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)
