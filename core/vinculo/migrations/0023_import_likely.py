"""What an import does with rows that look like a record, and which they were."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import Json

revision = "0023"
down_revision = "0022"
NAMES = ("duplicates", "skipped", "likely")


def upgrade() -> None:
    text, number = sa.String(length=10), sa.Integer()
    for name, kind, default in zip(NAMES, (text, number, Json), ("create", "0", "[]"), strict=True):
        op.add_column("records_import", sa.Column(name, kind, nullable=False, server_default=default))
    with op.batch_alter_table("records_import") as table:
        for name in NAMES:
            table.alter_column(name, server_default=None)


def downgrade() -> None:
    for name in NAMES:
        op.drop_column("records_import", name)
