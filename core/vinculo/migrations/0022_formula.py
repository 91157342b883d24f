"""Custom fields that are computed."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    for name, length in (("formula", 500), ("result", 20)):
        column = sa.Column(name, sa.String(length=length), nullable=False, server_default="")
        op.add_column("records_custom_field", column)
    with op.batch_alter_table("records_custom_field") as table:
        table.alter_column("formula", server_default=None)
        table.alter_column("result", server_default=None)


def downgrade() -> None:
    op.drop_column("records_custom_field", "result")
    op.drop_column("records_custom_field", "formula")
