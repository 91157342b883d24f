"""Lines name products of whoever says what is sold, and where their price comes from."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId

revision = "0006"
down_revision = "0005"

HOW = {"table_kwargs": {"sqlite_autoincrement": True}, "reflect_kwargs": {"resolve_fks": False}}
TEXTS = {"deals_line": {"unit": 30, "price_why": 300}, "deals_quotation_line": {"price_why": 300}}


def upgrade() -> None:
    for name, texts in TEXTS.items():
        with op.batch_alter_table(name, **HOW) as table:
            table.add_column(sa.Column("product_id", BigId, nullable=True))
            for text, length in texts.items():
                table.add_column(sa.Column(text, sa.String(length), nullable=False, server_default=""))
        with op.batch_alter_table(name, **HOW) as table:
            for text in texts:
                table.alter_column(text, server_default=None)


def downgrade() -> None:
    for name, texts in TEXTS.items():
        with op.batch_alter_table(name, **HOW) as table:
            for column in ("product_id", *texts):
                table.drop_column(column)
