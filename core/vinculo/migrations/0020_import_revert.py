"""What imports changed, kept so that they can be taken back, and how far that is."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json, UtcDateTime

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "records_import_change",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["records_import.id"],
            name=op.f("fk_records_import_change_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_import_change")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_records_import_change_run_id_kept_kind_record_id"),
        "records_import_change",
        ["run_id", "kept", "kind", "record_id"],
    )
    op.create_table(
        "records_import_revert",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("overwrite", Json, nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.Column("restored", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["records_import.id"],
            name=op.f("fk_records_import_revert_run_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["accounts_user.id"],
            name=op.f("fk_records_import_revert_user_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_import_revert")),
        sa.UniqueConstraint("run_id", name=op.f("uq_records_import_revert_run_id")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("records_import_revert")
    op.drop_table("records_import_change")
