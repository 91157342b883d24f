"""Notices of users, and whether they want them by mail."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, UtcDateTime

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    mailing = sa.Enum("none", "waiting", "sent", "failed", name="mailing", native_enum=False, length=32)
    op.create_table(
        "events_notice",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("client_id", BigId, nullable=True),
        sa.Column("about_kind", sa.String(length=60), nullable=False),
        sa.Column("about_id", BigId, nullable=True),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("icon", sa.String(length=40), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("mailing", mailing, nullable=False),
        sa.Column("mail_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients_client.id"], name=op.f("fk_events_notice_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["accounts_user.id"], name=op.f("fk_events_notice_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events_notice")),
        sqlite_autoincrement=True,
    )
    for names in (("user_id", "id"), ("client_id",), ("about_kind", "about_id")):
        op.create_index(op.f("ix_events_notice_" + "_".join(names)), "events_notice", [*names])
    for name, column, where in (
        ("unread", "user_id", "read_at is null"),
        ("unmailed", "id", "mailing = 'waiting'"),
    ):
        op.create_index(
            f"ix_events_notice_{name}",
            "events_notice",
            [column],
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    column = sa.Column("notice_mail", sa.Boolean(), nullable=False, server_default=sa.true())
    op.add_column("accounts_user", column)
    with op.batch_alter_table("accounts_user") as table:
        table.alter_column("notice_mail", server_default=None)


def downgrade() -> None:
    op.drop_column("accounts_user", "notice_mail")
    op.drop_table("events_notice")
