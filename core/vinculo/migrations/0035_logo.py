"""The company's logo."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.create_table(
        "company_logo",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_logo")),
        sa.UniqueConstraint("key", name=op.f("uq_company_logo_key")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("company_logo")
