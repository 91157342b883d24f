"""What is counted of a client's interactions is found in the index, without the rows."""

from alembic import op

revision = "0004"
down_revision = "0003"

TABLE = "interactions_interaction"
BEFORE = "ix_interactions_interaction_client_id_happened_at_id"
NOW = f"{BEFORE}_type"
COLUMNS = ["client_id", "happened_at", "id"]


def upgrade() -> None:
    op.create_index(op.f(NOW), TABLE, [*COLUMNS, "type"])
    op.drop_index(op.f(BEFORE), table_name=TABLE)


def downgrade() -> None:
    op.create_index(op.f(BEFORE), TABLE, COLUMNS)
    op.drop_index(op.f(NOW), table_name=TABLE)
