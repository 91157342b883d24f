"""Tags, with which a newer version of the notebook begins."""

import sqlalchemy as sa
from alembic import op
from vinculo.db.types import BigId

revision = "0002"
down_revision = "0001"


def upgrade():
    op.create_table(
        "notebook_tag", sa.Column("id", BigId, sa.Identity(), primary_key=True)
    )
