"""Postal addresses of people."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "people_address",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column(
            "type",
            sa.Enum("home", "work", "postal", name="personaddresstype", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("street", sa.String(length=300), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("region", sa.String(length=100), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people_person.id"],
            name=op.f("fk_people_address_person_id_people_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_address")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_people_address_person_id"), "people_address", ["person_id"])


def downgrade() -> None:
    op.drop_table("people_address")
