"""A client's open tasks are found by their day, so that SQLite does not go through the days of all clients."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLE = "tasks_task"
BEFORE = "ix_tasks_task_client_id_state_due_at"
NOW = "ix_tasks_task_client_id_state_due_on_due_at"


def upgrade() -> None:
    op.create_index(op.f(NOW), TABLE, ["client_id", "state", "due_on", "due_at"])
    op.drop_index(op.f(BEFORE), table_name=TABLE)


def downgrade() -> None:
    op.create_index(op.f(BEFORE), TABLE, ["client_id", "state", "due_at"])
    op.drop_index(op.f(NOW), table_name=TABLE)
