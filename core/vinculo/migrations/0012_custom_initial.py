"""What new records get in a field that a company added."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    column = sa.Column("initial", sa.String(length=500), nullable=False, server_default="")
    op.add_column("records_custom_field", column)
    with op.batch_alter_table("records_custom_field") as table:
        table.alter_column("initial", server_default=None)


def downgrade() -> None:
    op.drop_column("records_custom_field", "initial")
