"""A column for the values of fields that a company adds."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import Json

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("interactions_interaction", sa.Column("custom", Json, nullable=True))


def downgrade() -> None:
    op.drop_column("interactions_interaction", "custom")
