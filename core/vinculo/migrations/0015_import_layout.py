"""How the file of an import is read: encoding, separator, sheet, and the row of its titles."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import Json

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("records_import", sa.Column("layout", Json, nullable=False, server_default="{}"))
    with op.batch_alter_table("records_import") as table:
        table.alter_column("layout", server_default=None)


def downgrade() -> None:
    op.drop_column("records_import", "layout")
