"""Days that are counted in working days, and tasks that are due on such days alone."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

FLAGS = {"tasks_task": "workdays", "tasks_type": "lead_working", "tasks_step": "working"}
# Tables that these point to stay unread: SQLite's indexes over expressions cannot be reflected.
HOW = {"table_kwargs": {"sqlite_autoincrement": True}, "reflect_kwargs": {"resolve_fks": False}}


def upgrade() -> None:
    for name, flag in FLAGS.items():
        with op.batch_alter_table(name, **HOW) as table:
            table.add_column(sa.Column(flag, sa.Boolean(), nullable=False, server_default=sa.false()))
            if name == "tasks_task":
                table.add_column(sa.Column("planned_on", sa.Date(), nullable=True))
        with op.batch_alter_table(name, **HOW) as table:
            table.alter_column(flag, server_default=None)


def downgrade() -> None:
    for name, flag in FLAGS.items():
        with op.batch_alter_table(name, **HOW) as table:
            table.drop_column(flag)
            if name == "tasks_task":
                table.drop_column("planned_on")
