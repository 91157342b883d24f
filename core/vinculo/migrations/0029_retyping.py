"""Custom fields whose type changes."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import Json

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("records_custom_field", sa.Column("former", Json, nullable=False, server_default="[]"))
    op.add_column("records_custom_field", sa.Column("becoming", Json, nullable=True))
    with op.batch_alter_table("records_custom_field") as table:
        table.alter_column("former", server_default=None)


def downgrade() -> None:
    op.drop_column("records_custom_field", "becoming")
    op.drop_column("records_custom_field", "former")
