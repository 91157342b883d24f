"""Notes, and who is mentioned in them."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "notes_note",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("client_id", BigId, nullable=True),
        sa.Column("counterparty_id", BigId, nullable=True),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column("about_kind", sa.String(length=60), nullable=False),
        sa.Column("about_id", BigId, nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_notes_note_{column}"), ondelete=rule)
            for column, target, rule in (
                ("client_id", "clients_client.id", "CASCADE"),
                ("counterparty_id", "counterparties_counterparty.id", "CASCADE"),
                ("person_id", "people_person.id", "CASCADE"),
                ("created_by_id", "accounts_user.id", "SET NULL"),
                ("changed_by_id", "accounts_user.id", "SET NULL"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes_note")),
        sa.UniqueConstraint("external_id", name=op.f("uq_notes_note_external_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_notes_note_client_id_id"), "notes_note", ["client_id", "id"])
    op.create_index(op.f("ix_notes_note_about_kind_about_id"), "notes_note", ["about_kind", "about_id"])
    op.create_index(op.f("ix_notes_note_created_at_id"), "notes_note", ["created_at", "id"])
    op.create_index(op.f("ix_notes_note_counterparty_id"), "notes_note", ["counterparty_id"])
    op.create_index(op.f("ix_notes_note_person_id"), "notes_note", ["person_id"])
    op.create_table(
        "notes_mention",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("note_id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("mark", sa.String(length=200), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("mailed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["note_id"], ["notes_note.id"], name=op.f("fk_notes_mention_note_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["accounts_user.id"], name=op.f("fk_notes_mention_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes_mention")),
        sa.UniqueConstraint("note_id", "user_id", name=op.f("uq_notes_mention_note_id_user_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_notes_mention_user_id_seen_at"), "notes_mention", ["user_id", "seen_at"])
    op.create_index(
        "ix_notes_mention_unmailed",
        "notes_mention",
        ["id"],
        sqlite_where=sa.text("mailed_at is null"),
        postgresql_where=sa.text("mailed_at is null"),
    )


def downgrade() -> None:
    op.drop_table("notes_mention")
    op.drop_table("notes_note")
