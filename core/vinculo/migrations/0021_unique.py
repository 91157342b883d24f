"""Values of custom fields that no two records share, and fields that count only where another has a value."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "records_unique_key",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("field", sa.String(length=50), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_unique_key")),
        sa.UniqueConstraint("kind", "field", "key", name=op.f("uq_records_unique_key_kind_field_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_records_unique_key_kind_record_id"), "records_unique_key", ["kind", "record_id"])
    unique = sa.Column("unique", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("records_custom_field", unique)
    op.add_column("records_custom_field", sa.Column("shown_when", Json, nullable=True))
    with op.batch_alter_table("records_custom_field") as table:
        table.alter_column("unique", server_default=None)


def downgrade() -> None:
    op.drop_column("records_custom_field", "shown_when")
    op.drop_column("records_custom_field", "unique")
    op.drop_table("records_unique_key")
