"""Working time of outlets."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId

revision = "0002"
down_revision = "0001"

KEY = "fk_organization_outlet_calendar_id"
INDEX = "ix_organization_outlet_calendar_id"


def upgrade() -> None:
    with op.batch_alter_table("organization_outlet") as table:
        table.add_column(sa.Column("calendar_id", BigId, nullable=True))
        table.create_foreign_key(KEY, "company_calendar", ["calendar_id"], ["id"], ondelete="SET NULL")
    op.create_index(INDEX, "organization_outlet", ["calendar_id"])


def downgrade() -> None:
    op.drop_index(INDEX, "organization_outlet")
    with op.batch_alter_table("organization_outlet") as table:
        table.drop_constraint(KEY, type_="foreignkey")
        table.drop_column("calendar_id")
