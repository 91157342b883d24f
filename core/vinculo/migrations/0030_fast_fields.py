"""Custom fields that lists find and order by fast."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    column = sa.Column("indexed", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("records_custom_field", column)
    with op.batch_alter_table("records_custom_field") as table:
        table.alter_column("indexed", server_default=None)


def downgrade() -> None:
    op.drop_column("records_custom_field", "indexed")
