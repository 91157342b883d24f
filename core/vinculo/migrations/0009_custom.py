"""Fields that a company adds: their definitions, and a column for their values beside each record."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json, UtcDateTime

revision = "0009"
down_revision = "0008"

TABLES = ("clients_client", "counterparties_counterparty", "people_person")


def upgrade() -> None:
    op.create_table(
        "records_custom_field",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "text", "long_text", "number", "date", "yes_no", "choice", "url",
                name="customtype", native_enum=False, length=32,
            ),
            nullable=False,
        ),
        sa.Column("options", Json, nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("help", sa.String(length=500), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_custom_field")),
        sa.UniqueConstraint("kind", "name", name=op.f("uq_records_custom_field_kind_name")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    for table in TABLES:
        op.add_column(table, sa.Column("custom", Json, nullable=True))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "custom")
    op.drop_table("records_custom_field")
