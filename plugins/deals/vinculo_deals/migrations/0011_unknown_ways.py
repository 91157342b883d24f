"""Deals that a file brought skipped no stages: which way they came there is unknown, also once they move on."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

DEAL = sa.table("deals_deal", *map(sa.column, ("id", "skipped")))
EVENT = sa.table("events_event", *map(sa.column, ("kind", "record_id", "action", "source")))


def upgrade() -> None:
    by_file = sa.select(EVENT.c.record_id).where(
        EVENT.c.kind == "deal", EVENT.c.action == "created", EVENT.c.source == "import"
    )
    counted = DEAL.c.skipped.is_not(None)
    op.execute(sa.update(DEAL).where(counted, DEAL.c.id.in_(by_file)).values(skipped=None))


def downgrade() -> None:
    pass  # what was counted of them said nothing
