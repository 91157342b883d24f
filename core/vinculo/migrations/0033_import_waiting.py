"""Rows of imports that wait for records which their file makes further down."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.add_column("records_import", sa.Column("waiting", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("records_import") as table:
        table.alter_column("waiting", server_default=None)
    op.create_table(
        "records_import_waiting",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("row", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["records_import.id"],
            name="fk_records_import_waiting_run_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_records_import_waiting"),
        sa.UniqueConstraint("run_id", "row", name="uq_records_import_waiting_run_id_row"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("records_import_waiting")
    op.drop_column("records_import", "waiting")
