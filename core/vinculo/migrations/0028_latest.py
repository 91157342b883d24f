"""Indexes for lists by the day of creation or of the last change, as which people ask for what is new."""

from itertools import product

from alembic import op

revision = "0028"
down_revision = "0027"

TABLES = ("clients_client", "counterparties_counterparty", "people_person")
COLUMNS = ("created_at", "changed_at")


def upgrade() -> None:
    for table, column in product(TABLES, COLUMNS):
        op.create_index(op.f(f"ix_{table}_{column}_id"), table, [column, "id"])


def downgrade() -> None:
    for table, column in product(TABLES, COLUMNS):
        op.drop_index(op.f(f"ix_{table}_{column}_id"), table_name=table)
