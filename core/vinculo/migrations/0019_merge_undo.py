"""What merges changed, kept so that they can be taken back."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json, UtcDateTime

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "records_merge_undo",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", BigId, nullable=True),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("others", Json, nullable=False),
        sa.Column("rows", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_merge_undo")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_records_merge_undo_at"), "records_merge_undo", ["at"])


def downgrade() -> None:
    op.drop_table("records_merge_undo")
