"""The parent company of a client."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId

revision = "0017"
down_revision = "0016"

KEY = "fk_clients_client_parent_id"
INDEX = "ix_clients_client_parent_id_name_key_id"


def upgrade() -> None:
    _forget_owners()
    with op.batch_alter_table("clients_client", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.add_column(sa.Column("parent_id", BigId, nullable=True))
        table.create_foreign_key(op.f(KEY), "clients_client", ["parent_id"], ["id"], ondelete="SET NULL")
    _index_owners()
    op.create_index(op.f(INDEX), "clients_client", ["parent_id", "name_key", "id"])


def downgrade() -> None:
    op.drop_index(op.f(INDEX), table_name="clients_client")
    _forget_owners()
    with op.batch_alter_table("clients_client", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.drop_constraint(op.f(KEY), type_="foreignkey")
        table.drop_column("parent_id")
    _index_owners()


def _forget_owners() -> None:
    """SQLite builds the table anew, and an index over an expression would stop it."""
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("ix_clients_client_owner", table_name="clients_client")


def _index_owners() -> None:
    if op.get_bind().dialect.name == "sqlite":
        owner = sa.text("coalesce(responsible_id, created_by_id)")
        op.create_index("ix_clients_client_owner", "clients_client", [owner, "name_key", "id"])
