"""The table of jottings."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "notebook_jotting",
        sa.Column("id", BigId, sa.Identity(), nullable=False),
        sa.Column("client_id", BigId),
        sa.Column("text", sa.String(300), nullable=False),
        sa.Column("external_id", sa.String(100)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("created_by_id", BigId),
        sa.Column("changed_by_id", BigId),
        sa.PrimaryKeyConstraint("id", name="pk_notebook_jotting"),
        sa.UniqueConstraint("external_id", name="uq_notebook_jotting_external_id"),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients_client.id"], "fk_notebook_jotting_client_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["accounts_user.id"], "fk_notebook_jotting_created_by_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["accounts_user.id"], "fk_notebook_jotting_changed_by_id", ondelete="SET NULL"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notebook_jotting_client_id", "notebook_jotting", ["client_id"])


def downgrade() -> None:
    op.drop_table("notebook_jotting")
