"""The register of erasures."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json, UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "privacy_erasure",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", BigId, nullable=True),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("subjects", Json, nullable=False),
        sa.Column("certificate", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_erasure")),
        sa.UniqueConstraint("key", name=op.f("uq_privacy_erasure_key")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("privacy_erasure")
