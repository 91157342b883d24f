"""What is remembered of plugins that are off, what each costs, and which records were merged."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json, UtcDateTime

revision = "0002"
down_revision = "0001"

EMPTY = sa.text("'{}'")
ADDED = ("revision", "reason", "archive", "about")  # the defaults are for the rows that are there


def upgrade() -> None:
    with op.batch_alter_table("plugins_plugin") as batch_op:
        batch_op.add_column(sa.Column("revision", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("archive", Json, nullable=False, server_default=EMPTY))
        batch_op.add_column(sa.Column("about", Json, nullable=False, server_default=EMPTY))
    with op.batch_alter_table("plugins_plugin") as batch_op:
        for name in ADDED:
            batch_op.alter_column(name, server_default=None)
    op.create_table(
        "plugins_cost",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("plugin", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("times", BigId, nullable=False),
        sa.Column("queries", BigId, nullable=False),
        sa.Column("microseconds", BigId, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugins_cost")),
        sa.UniqueConstraint("plugin", "place", "day", name=op.f("uq_plugins_cost_plugin_place_day")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("plugins_cost", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plugins_cost_day"), ["day"], unique=False)
    op.create_table(
        "records_merge",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("old_id", BigId, nullable=False),
        sa.Column("new_id", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", BigId, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_merge")),
        sa.UniqueConstraint("kind", "old_id", name=op.f("uq_records_merge_kind_old_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("records_merge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_records_merge_kind_new_id"), ["kind", "new_id"], unique=False)


def downgrade() -> None:
    op.drop_table("records_merge")
    op.drop_table("plugins_cost")
    with op.batch_alter_table("plugins_plugin") as batch_op:
        for name in ADDED:
            batch_op.drop_column(name)
