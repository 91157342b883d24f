"""What reports add up of deals; a job counts it, and until then reports look at the rows themselves."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, UtcDateTime

revision = "0008"
down_revision = "0007"

DEAL = sa.table("deals_deal", sa.column("id"))
TALLY = sa.table(
    "deals_tally",
    *(sa.column(name) for name in ("id", "stays", "kept", "done", "due", "until")),
)
EMPTY = sa.literal("")
DUE = "ix_deals_duty_due_at_required"
NOT_ON_TIME = {
    "ix_deals_duty_missing": "done_at IS NULL AND approved_at IS NULL",
    "ix_deals_duty_late": "due_at < coalesce(done_at, "
    "CASE WHEN (approved_at IS NOT NULL) THEN skipped_at END)",
}


def upgrade() -> None:
    op.create_table(
        "deals_tally",
        sa.Column("id", BigId, nullable=False),
        sa.Column("stays", sa.Text(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["deals_deal.id"], name=op.f("fk_deals_tally_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deals_tally")),
    )
    with op.batch_alter_table("deals_tally", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deals_tally_due"), ["due"], unique=False)
        batch_op.create_index(batch_op.f("ix_deals_tally_until"), ["until"], unique=False)
    stale = sa.literal(datetime(1970, 1, 1, tzinfo=UTC), UtcDateTime())
    every = sa.select(DEAL.c.id, EMPTY, EMPTY, EMPTY, sa.literal(0), stale)
    op.drop_index(DUE, "deals_duty")
    required = "required IS 1" if op.get_bind().dialect.name == "sqlite" else "required IS true"
    for name, condition in NOT_ON_TIME.items():
        where = sa.text(f"{required} AND {condition}")
        op.create_index(name, "deals_duty", ["due_at", "id"], sqlite_where=where, postgresql_where=where)
    op.execute(sa.insert(TALLY).from_select([one.name for one in TALLY.c], every))


def downgrade() -> None:
    for name in NOT_ON_TIME:
        op.drop_index(name, "deals_duty")
    op.create_index(DUE, "deals_duty", ["due_at", "required"])
    op.drop_table("deals_tally")
