"""Mappings of imports, kept under a name for files with the same titles."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json, UtcDateTime

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "records_import_template",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("titles", sa.String(length=64), nullable=False),
        sa.Column("others", Json, nullable=False),
        sa.Column("mapping", Json, nullable=False),
        sa.Column("match", Json, nullable=False),
        sa.Column("layout", Json, nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["accounts_user.id"],
            name=op.f("fk_records_import_template_owner_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_import_template")),
        sa.UniqueConstraint(
            "kind", "owner_id", "name", name=op.f("uq_records_import_template_kind_owner_id_name")
        ),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("records_import_template")
