"""By what records meet that may be two of one, and the pairs that were found."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, UtcDateTime

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "records_match_key",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("key", BigId, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_match_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_records_match_key_kind_key_record_id"), "records_match_key", ["kind", "key", "record_id"]
    )
    op.create_index(op.f("ix_records_match_key_kind_record_id"), "records_match_key", ["kind", "record_id"])
    op.create_table(
        "records_similar",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("first_id", BigId, nullable=False),
        sa.Column("second_id", BigId, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("dismissed_at", UtcDateTime(), nullable=True),
        sa.Column("dismissed_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["dismissed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_records_similar_dismissed_by_id_accounts_user"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_similar")),
        sa.UniqueConstraint(
            "kind", "first_id", "second_id", name=op.f("uq_records_similar_kind_first_id_second_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_records_similar_kind_second_id"), "records_similar", ["kind", "second_id"])
    op.create_index(op.f("ix_records_similar_kind_score_id"), "records_similar", ["kind", "score", "id"])


def downgrade() -> None:
    op.drop_table("records_similar")
    op.drop_table("records_match_key")
