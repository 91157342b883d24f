"""Working hours of stays, beside their days; a job counts them where the company has a calendar."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("deals_tally", sa.Column("hours", sa.Text(), nullable=True))
    op.add_column("deals_tally", sa.Column("calendar", sa.String(length=16), nullable=True))
    op.create_index("ix_deals_tally_calendar", "deals_tally", ["calendar"])


def downgrade() -> None:
    op.drop_index("ix_deals_tally_calendar", "deals_tally")
    op.drop_column("deals_tally", "calendar")
    op.drop_column("deals_tally", "hours")
