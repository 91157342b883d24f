"""What texts of a column mean in an import, kept in its templates, too."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import Json

revision = "0026"
down_revision = "0025"

TABLES = {"records_import": {}, "records_import_template": {"sqlite_autoincrement": True}}


def upgrade() -> None:
    for name, how in TABLES.items():
        op.add_column(name, sa.Column("meanings", Json, nullable=False, server_default="{}"))
        with op.batch_alter_table(name, table_kwargs=how) as table:
            table.alter_column("meanings", server_default=None)


def downgrade() -> None:
    for name in TABLES:
        op.drop_column(name, "meanings")
