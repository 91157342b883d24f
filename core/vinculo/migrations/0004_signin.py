"""What people sign in with beside a password; how long a session lasts at most; what a token may do."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json, UtcDateTime

revision = "0004"
down_revision = "0003"

STAGES = ("password", "second_factor", "reset")
PURPOSES = ("second_factor", "passkey", "new_passkey", "oidc", "reset")


def upgrade() -> None:
    _sessions()
    _failures()
    _tokens()
    _one_time_keys()
    _factors()
    _identities()


def _sessions() -> None:
    """Those that are open end when they would have ended without further use."""
    with op.batch_alter_table("accounts_session") as batch_op:
        batch_op.add_column(sa.Column("ends_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("proved_at", UtcDateTime(), nullable=True))
        batch_op.add_column(
            sa.Column("second_factor", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.execute("update accounts_session set ends_at = expires_at, proved_at = created_at")
    with op.batch_alter_table("accounts_session") as batch_op:
        batch_op.alter_column("ends_at", nullable=False)
        batch_op.alter_column("proved_at", nullable=False)
        batch_op.alter_column("second_factor", server_default=None)


def _failures() -> None:
    stage = sa.Enum(*STAGES, name="stage", native_enum=False, length=32)
    with op.batch_alter_table("accounts_signin_failure") as batch_op:
        batch_op.add_column(sa.Column("stage", stage, nullable=False, server_default="password"))
    with op.batch_alter_table("accounts_signin_failure") as batch_op:
        batch_op.alter_column("stage", server_default=None)


def _tokens() -> None:
    """Those that are there may what their users may, as before."""
    with op.batch_alter_table("accounts_token") as batch_op:
        batch_op.add_column(sa.Column("scopes", Json, nullable=False, server_default=sa.text("""'["*"]'""")))
    with op.batch_alter_table("accounts_token") as batch_op:
        batch_op.alter_column("scopes", server_default=None)


def _one_time_keys() -> None:
    op.create_table(
        "accounts_one_time_key",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column(
            "purpose", sa.Enum(*PURPOSES, name="purpose", native_enum=False, length=32), nullable=False
        ),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("data", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        _user_key("accounts_one_time_key"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_one_time_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_accounts_one_time_key_token_hash")),
        sqlite_autoincrement=True,
    )
    for column in ("expires_at", "user_id"):
        op.create_index(op.f(f"ix_accounts_one_time_key_{column}"), "accounts_one_time_key", [column])


def _factors() -> None:
    op.create_table(
        "accounts_totp",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("last_step", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        _user_key("accounts_totp"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_totp")),
        sa.UniqueConstraint("user_id", name=op.f("uq_accounts_totp_user_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "accounts_passkey",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        _user_key("accounts_passkey"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_accounts_passkey_credential_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_accounts_passkey_user_id"), "accounts_passkey", ["user_id"])
    op.create_table(
        "accounts_recovery_code",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        _user_key("accounts_recovery_code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_recovery_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_accounts_recovery_code_code_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_accounts_recovery_code_user_id"), "accounts_recovery_code", ["user_id"])


def _identities() -> None:
    table = "accounts_external_identity"
    op.create_table(
        table,
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        _user_key(table),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("issuer", "subject", name=op.f(f"uq_{table}_issuer_subject")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f(f"ix_{table}_user_id"), table, ["user_id"])


def _user_key(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_user_id")
    return sa.ForeignKeyConstraint(["user_id"], ["accounts_user.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    for name in ("external_identity", "recovery_code", "passkey", "totp", "one_time_key"):
        op.drop_table(f"accounts_{name}")
    with op.batch_alter_table("accounts_token") as batch_op:
        batch_op.drop_column("scopes")
    op.execute("delete from accounts_signin_failure where stage <> 'password'")
    with op.batch_alter_table("accounts_signin_failure") as batch_op:
        batch_op.drop_column("stage")
    with op.batch_alter_table("accounts_session") as batch_op:
        for name in ("ends_at", "proved_at", "second_factor"):
            batch_op.drop_column(name)
