"""Files that hang on records."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, UtcDateTime

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "files_file",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("client_id", BigId, nullable=True),
        sa.Column("counterparty_id", BigId, nullable=True),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column("about_kind", sa.String(length=60), nullable=False),
        sa.Column("about_id", BigId, nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size", BigId, nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=100), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_files_file_{column}"), ondelete=rule)
            for column, target, rule in (
                ("client_id", "clients_client.id", "CASCADE"),
                ("counterparty_id", "counterparties_counterparty.id", "CASCADE"),
                ("person_id", "people_person.id", "CASCADE"),
                ("created_by_id", "accounts_user.id", "SET NULL"),
                ("changed_by_id", "accounts_user.id", "SET NULL"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files_file")),
        sa.UniqueConstraint("external_id", name=op.f("uq_files_file_external_id")),
        sqlite_autoincrement=True,
    )
    for columns in (
        ("client_id", "id"),
        ("about_kind", "about_id"),
        ("created_at", "id"),
        ("digest",),
        ("counterparty_id",),
        ("person_id",),
    ):
        op.create_index(op.f(f"ix_files_file_{'_'.join(columns)}"), "files_file", list(columns))


def downgrade() -> None:
    op.drop_table("files_file")
