"""Who is responsible is told once of what is overdue; not of what is so already."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import UtcDateTime

revision = "0002"
down_revision = "0001"

HOW = {"table_kwargs": {"sqlite_autoincrement": True}, "reflect_kwargs": {"resolve_fks": False}}
TABLE = "complaints_complaint"
PAIRS = (("answer_due_at", "answer_told_at"), ("due_at", "told_at"))
COMPLAINT = sa.table(TABLE, *(sa.column(one, UtcDateTime()) for pair in PAIRS for one in pair))


def upgrade() -> None:
    with op.batch_alter_table(TABLE, **HOW) as table:
        for _due, told in PAIRS:
            table.add_column(sa.Column(told, UtcDateTime(), nullable=True))
    at = datetime.now(UTC)
    for due, told in PAIRS:
        late = sa.update(COMPLAINT).where(COMPLAINT.c[due] <= at)
        op.execute(late.values({told: COMPLAINT.c[due]}))
        where = sa.text(f"{told} is null")
        op.create_index(f"ix_{TABLE}_{due}", TABLE, [due], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for due, _told in PAIRS:
        op.drop_index(f"ix_{TABLE}_{due}", TABLE)
    with op.batch_alter_table(TABLE, **HOW) as table:
        for _due, told in PAIRS:
            table.drop_column(told)
