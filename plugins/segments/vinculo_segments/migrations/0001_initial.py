"""Groups, their members and refreshes, and goals."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json, Money, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "segments_segment",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column(
            "way",
            sa.Enum("manual", "live", "stored", name="way", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("rule", Json, nullable=False),
        sa.Column(
            "every",
            sa.Enum("hour", "day", "week", "never", name="every", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("refreshed_at", UtcDateTime(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_segments_segment_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_segments_segment_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["accounts_user.id"], name=op.f("fk_segments_segment_owner_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments_segment")),
        sa.UniqueConstraint("external_id", name=op.f("uq_segments_segment_external_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("segments_segment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_segments_segment_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "segments_goal",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("client_id", BigId, nullable=True),
        sa.Column("segment_id", BigId, nullable=True),
        sa.Column("metric", sa.String(length=100), nullable=False),
        sa.Column(
            "measure", sa.Enum("sum", "average", name="measure", native_enum=False, length=32), nullable=False
        ),
        sa.Column("target", Money(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("base", Money(), nullable=False),
        sa.Column("base_on", sa.Date(), nullable=False),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_segments_goal_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients_client.id"], name=op.f("fk_segments_goal_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_segments_goal_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["accounts_user.id"], name=op.f("fk_segments_goal_owner_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"],
            ["segments_segment.id"],
            name=op.f("fk_segments_goal_segment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments_goal")),
        sa.UniqueConstraint("external_id", name=op.f("uq_segments_goal_external_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("segments_goal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_segments_goal_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_segments_goal_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_segments_goal_segment_id"), ["segment_id"], unique=False)

    op.create_table(
        "segments_refresh",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("segment_id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("joined", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["segment_id"],
            ["segments_segment.id"],
            name=op.f("fk_segments_refresh_segment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["accounts_user.id"], name=op.f("fk_segments_refresh_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments_refresh")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("segments_refresh", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_segments_refresh_segment_id"), ["segment_id"], unique=False)

    op.create_table(
        "segments_membership",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("segment_id", BigId, nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.Column("joined_by_id", BigId, nullable=True),
        sa.Column("left_by_id", BigId, nullable=True),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_segments_membership_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["clients_client.id"],
            name=op.f("fk_segments_membership_client_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_segments_membership_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["joined_by_id"],
            ["segments_refresh.id"],
            name=op.f("fk_segments_membership_joined_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["left_by_id"],
            ["segments_refresh.id"],
            name=op.f("fk_segments_membership_left_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"],
            ["segments_segment.id"],
            name=op.f("fk_segments_membership_segment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments_membership")),
        sa.UniqueConstraint("external_id", name=op.f("uq_segments_membership_external_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("segments_membership", schema=None) as batch_op:
        batch_op.create_index("ix_segments_membership_client", ["client_id", "segment_id"], unique=False)
        batch_op.create_index(
            "ix_segments_membership_group", ["segment_id", "left_at", "client_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("segments_membership", schema=None) as batch_op:
        batch_op.drop_index("ix_segments_membership_group")
        batch_op.drop_index("ix_segments_membership_client")

    op.drop_table("segments_membership")
    with op.batch_alter_table("segments_refresh", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_segments_refresh_segment_id"))

    op.drop_table("segments_refresh")
    with op.batch_alter_table("segments_goal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_segments_goal_segment_id"))
        batch_op.drop_index(batch_op.f("ix_segments_goal_owner_id"))
        batch_op.drop_index(batch_op.f("ix_segments_goal_client_id"))

    op.drop_table("segments_goal")
    with op.batch_alter_table("segments_segment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_segments_segment_owner_id"))

    op.drop_table("segments_segment")
