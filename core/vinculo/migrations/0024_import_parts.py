"""Imports of several kinds from one file: which kinds, and what became of their records."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import Json

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("records_import", sa.Column("others", Json, nullable=False, server_default="[]"))
    op.add_column("records_import", sa.Column("parts", Json, nullable=False, server_default="{}"))
    with op.batch_alter_table("records_import") as table:
        table.alter_column("others", server_default=None)
        table.alter_column("parts", server_default=None)


def downgrade() -> None:
    op.drop_column("records_import", "parts")
    op.drop_column("records_import", "others")
