"""Addresses of consents, to be found by."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Key

revision = "0003"
down_revision = "0002"

HOW = {"table_kwargs": {"sqlite_autoincrement": True}, "reflect_kwargs": {"resolve_fks": False}}
consent = sa.table(
    "marketing_consent", sa.column("id", BigId), sa.column("email", sa.String), sa.column("email_key", Key)
)


def upgrade() -> None:
    with op.batch_alter_table("marketing_consent", **HOW) as batch_op:
        batch_op.add_column(sa.Column("email_key", Key, nullable=True))
    connection = op.get_bind()
    rows = connection.execute(sa.select(consent.c.id, consent.c.email)).all()
    change = sa.update(consent).where(consent.c.id == sa.bindparam("at"))
    change = change.values(email_key=sa.bindparam("folded"))
    for start in range(0, len(rows), 1000):
        some = [{"at": row.id, "folded": row.email.casefold()} for row in rows[start : start + 1000]]
        connection.execute(change, some)
    with op.batch_alter_table("marketing_consent", **HOW) as batch_op:
        batch_op.alter_column("email_key", existing_type=Key, nullable=False)
        batch_op.create_index(batch_op.f("ix_marketing_consent_email_key"), ["email_key"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("marketing_consent", **HOW) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marketing_consent_email_key"))
        batch_op.drop_column("email_key")
