"""Reports of many deals: how long stays were, and indexes that hold all that boards and reports add up."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.portable import days_between
from vinculo.db.types import UtcDateTime

revision = "0002"
down_revision = "0001"

OF_DEALS = {
    "ix_deals_deal_funnel": ["pipeline_id", "reached_id", "state", "started_on", "base_amount"],
    "ix_deals_deal_pipeline_id_stage_id_base_amount": ["pipeline_id", "stage_id", "base_amount"],
    "ix_deals_deal_pipeline_id_stage_id_stage_since_id": ["pipeline_id", "stage_id", "stage_since", "id"],
    "ix_deals_deal_stage_since_id": ["stage_since", "id"],
}
VISIT = sa.table(
    "deals_visit",
    sa.column("entered_at", UtcDateTime()),
    sa.column("left_at", UtcDateTime()),
    sa.column("days", sa.Integer()),
)


def upgrade() -> None:
    op.drop_index("ix_deals_deal_pipeline_id_stage_id_id", "deals_deal")
    op.drop_index("ix_deals_deal_pipeline_id_started_on", "deals_deal")
    for name, columns in OF_DEALS.items():
        op.create_index(name, "deals_deal", columns)
    op.add_column("deals_visit", sa.Column("days", sa.Integer(), nullable=True))
    ended = VISIT.c.left_at.is_not(None)
    op.execute(sa.update(VISIT).where(ended).values(days=days_between(VISIT.c.entered_at, VISIT.c.left_at)))
    op.drop_index("ix_deals_visit_stage_id_entered_at", "deals_visit")
    op.create_index("ix_deals_visit_stage_id_days", "deals_visit", ["stage_id", "days"])


def downgrade() -> None:
    op.drop_index("ix_deals_visit_stage_id_days", "deals_visit")
    op.drop_column("deals_visit", "days")
    op.create_index("ix_deals_visit_stage_id_entered_at", "deals_visit", ["stage_id", "entered_at"])
    for name in OF_DEALS:
        op.drop_index(name, "deals_deal")
    op.create_index("ix_deals_deal_pipeline_id_started_on", "deals_deal", ["pipeline_id", "started_on"])
    op.create_index("ix_deals_deal_pipeline_id_stage_id_id", "deals_deal", ["pipeline_id", "stage_id", "id"])
