"""The first tables of the kernel, its search index, and the roles people commonly have."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json, Key, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "accounts_signin_failure",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("login_key", Key, nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_signin_failure")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("accounts_signin_failure", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_accounts_signin_failure_address_at"), ["address", "at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_accounts_signin_failure_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_accounts_signin_failure_login_key_at"), ["login_key", "at"], unique=False
        )

    op.create_table(
        "accounts_user",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("login_key", Key, nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.String(length=300), nullable=False),
        sa.Column(
            "role",
            sa.Enum("administrator", "member", name="role", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("theme", sa.String(length=8), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_accounts_user_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_accounts_user_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_user")),
        sa.UniqueConstraint("external_id", name=op.f("uq_accounts_user_external_id")),
        sa.UniqueConstraint("login_key", name=op.f("uq_accounts_user_login_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "events_event",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", BigId, nullable=True),
        sa.Column(
            "source",
            sa.Enum("page", "api", "cli", "import", "job", name="source", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("client_id", BigId, nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("changes", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events_event")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("events_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_events_event_client_id_id"), ["client_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_events_event_kind_record_id_id"), ["kind", "record_id", "id"], unique=False
        )

    op.create_table(
        "events_trash",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", BigId, nullable=True),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("rows", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events_trash")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("events_trash", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_events_trash_record_id"), ["record_id"], unique=False)

    op.create_table(
        "accounts_session",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["accounts_user.id"], name=op.f("fk_accounts_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_accounts_session_token_hash")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("accounts_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_session_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_accounts_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "accounts_token",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("prefix", sa.String(length=8), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["accounts_user.id"], name=op.f("fk_accounts_token_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_accounts_token_token_hash")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("accounts_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_token_user_id"), ["user_id"], unique=False)

    op.create_table(
        "clients_client",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", Key, nullable=False),
        sa.Column(
            "stage",
            sa.Enum("potential", "active", "permanent", "lost", name="stage", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("responsible_id", BigId, nullable=True),
        sa.Column("industry", sa.String(length=100), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("website", sa.String(length=500), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_clients_client_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_clients_client_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["responsible_id"],
            ["accounts_user.id"],
            name=op.f("fk_clients_client_responsible_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients_client")),
        sa.UniqueConstraint("external_id", name=op.f("uq_clients_client_external_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("clients_client", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clients_client_name_key_id"), ["name_key", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_clients_client_responsible_id_name_key_id"),
            ["responsible_id", "name_key", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_clients_client_stage_name_key_id"), ["stage", "name_key", "id"], unique=False
        )

    op.create_table(
        "counterparties_counterparty",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("legal_name", sa.String(length=300), nullable=False),
        sa.Column("legal_name_key", Key, nullable=False),
        sa.Column("legal_form", sa.String(length=60), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_counterparties_counterparty_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_counterparties_counterparty_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counterparties_counterparty")),
        sa.UniqueConstraint("external_id", name=op.f("uq_counterparties_counterparty_external_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("counterparties_counterparty", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_counterparties_counterparty_legal_name_key_id"),
            ["legal_name_key", "id"],
            unique=False,
        )

    op.create_table(
        "people_person",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", Key, nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_people_person_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_people_person_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_person")),
        sa.UniqueConstraint("external_id", name=op.f("uq_people_person_external_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("people_person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_people_person_name_key_id"), ["name_key", "id"], unique=False)

    op.create_table(
        "people_role_type",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", Key, nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_people_role_type_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_people_role_type_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_role_type")),
        sa.UniqueConstraint("external_id", name=op.f("uq_people_role_type_external_id")),
        sa.UniqueConstraint("name_key", name=op.f("uq_people_role_type_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "plugins_plugin",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("state", sa.Enum("on", "off", name="state", native_enum=False, length=32), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_plugins_plugin_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugins_plugin")),
        sa.UniqueConstraint("name", name=op.f("uq_plugins_plugin_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "records_idempotency",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", Json, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["accounts_user.id"], name=op.f("fk_records_idempotency_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_idempotency")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_records_idempotency_user_id_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("records_idempotency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_records_idempotency_created_at"), ["created_at"], unique=False)

    op.create_table(
        "records_import",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("mapping", Json, nullable=False),
        sa.Column("match", Json, nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column(
            "state",
            sa.Enum("waiting", "running", "done", "failed", name="runstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("errors", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["accounts_user.id"], name=op.f("fk_records_import_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_import")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "counterparties_address",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("counterparty_id", BigId, nullable=False),
        sa.Column(
            "type",
            sa.Enum("legal", "postal", "delivery", name="addresstype", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("street", sa.String(length=300), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("region", sa.String(length=100), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["counterparty_id"],
            ["counterparties_counterparty.id"],
            name=op.f("fk_counterparties_address_counterparty_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counterparties_address")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("counterparties_address", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_counterparties_address_counterparty_id"), ["counterparty_id"], unique=False
        )

    op.create_table(
        "counterparties_bank_account",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("counterparty_id", BigId, nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("key", Key, nullable=False),
        sa.Column("bank_name", sa.String(length=200), nullable=False),
        sa.Column("bank_code", sa.String(length=30), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["counterparty_id"],
            ["counterparties_counterparty.id"],
            name=op.f("fk_counterparties_bank_account_counterparty_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counterparties_bank_account")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("counterparties_bank_account", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_counterparties_bank_account_counterparty_id"), ["counterparty_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_counterparties_bank_account_key"), ["key"], unique=False)

    op.create_table(
        "counterparties_identifier",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("counterparty_id", BigId, nullable=False),
        sa.Column(
            "scheme",
            sa.Enum(
                "tax", "vat", "registration", "lei", "other", name="scheme", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.Column("key", Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["counterparty_id"],
            ["counterparties_counterparty.id"],
            name=op.f("fk_counterparties_identifier_counterparty_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counterparties_identifier")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("counterparties_identifier", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_counterparties_identifier_counterparty_id"), ["counterparty_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_counterparties_identifier_key"), ["key"], unique=False)

    op.create_table(
        "counterparties_link",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("counterparty_id", BigId, nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to",
            name=op.f("ck_counterparties_link_period"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["clients_client.id"],
            name=op.f("fk_counterparties_link_client_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["counterparty_id"],
            ["counterparties_counterparty.id"],
            name=op.f("fk_counterparties_link_counterparty_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counterparties_link")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("counterparties_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_counterparties_link_client_id"), ["client_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_counterparties_link_counterparty_id"), ["counterparty_id"], unique=False
        )

    op.create_table(
        "events_search",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("client_id", BigId, nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("title_key", Key, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients_client.id"], name=op.f("fk_events_search_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events_search")),
        sa.UniqueConstraint("kind", "record_id", name=op.f("uq_events_search_kind_record_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("events_search", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_events_search_client_id"), ["client_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_events_search_kind_title_key"), ["kind", "title_key"], unique=False
        )

    op.create_table(
        "events_timeline",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("happened_at", UtcDateTime(), nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("icon", sa.String(length=40), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["clients_client.id"],
            name=op.f("fk_events_timeline_client_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events_timeline")),
        sa.UniqueConstraint("kind", "record_id", name=op.f("uq_events_timeline_kind_record_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("events_timeline", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_events_timeline_client_id_happened_at_id"),
            ["client_id", "happened_at", "id"],
            unique=False,
        )

    op.create_table(
        "people_contact_point",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("client_id", BigId, nullable=True),
        sa.Column("counterparty_id", BigId, nullable=True),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column(
            "type",
            sa.Enum("phone", "email", "messenger", name="contacttype", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.Column("key", Key, nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "work", "mobile", "private", "billing", "fax", name="purpose", native_enum=False, length=32
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "CASE WHEN client_id IS NULL THEN 0 ELSE 1 END + CASE WHEN counterparty_id IS NULL THEN 0 ELSE 1 END + CASE WHEN person_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_people_contact_point_one_owner"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["clients_client.id"],
            name=op.f("fk_people_contact_point_client_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["counterparty_id"],
            ["counterparties_counterparty.id"],
            name=op.f("fk_people_contact_point_counterparty_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people_person.id"],
            name=op.f("fk_people_contact_point_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_contact_point")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("people_contact_point", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_people_contact_point_client_id"), ["client_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_people_contact_point_counterparty_id"), ["counterparty_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_people_contact_point_key"), ["key"], unique=False)
        batch_op.create_index(batch_op.f("ix_people_contact_point_person_id"), ["person_id"], unique=False)

    op.create_table(
        "people_role",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("client_id", BigId, nullable=True),
        sa.Column("counterparty_id", BigId, nullable=True),
        sa.Column("role_id", BigId, nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "client_id IS NOT NULL OR counterparty_id IS NOT NULL", name=op.f("ck_people_role_somewhere")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients_client.id"], name=op.f("fk_people_role_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["counterparty_id"],
            ["counterparties_counterparty.id"],
            name=op.f("fk_people_role_counterparty_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people_person.id"], name=op.f("fk_people_role_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["people_role_type.id"], name=op.f("fk_people_role_role_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_role")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("people_role", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_people_role_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_people_role_counterparty_id"), ["counterparty_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_people_role_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_people_role_role_id"), ["role_id"], unique=False)

    _search_index()
    _common_roles()


def _search_index() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        op.execute("CREATE INDEX ix_events_search_body_trgm ON events_search USING gin (body gin_trgm_ops)")
        return
    op.execute(
        "CREATE VIRTUAL TABLE events_search_fts USING fts5"
        " (body, content='events_search', content_rowid='id', tokenize='trigram')"
    )
    op.execute(
        "CREATE TRIGGER events_search_insert AFTER INSERT ON events_search BEGIN"
        " INSERT INTO events_search_fts (rowid, body) VALUES (new.id, new.body); END"
    )
    op.execute(
        "CREATE TRIGGER events_search_delete AFTER DELETE ON events_search BEGIN"
        " INSERT INTO events_search_fts (events_search_fts, rowid, body)"
        " VALUES ('delete', old.id, old.body); END"
    )
    op.execute(
        "CREATE TRIGGER events_search_update AFTER UPDATE OF body ON events_search BEGIN"
        " INSERT INTO events_search_fts (events_search_fts, rowid, body)"
        " VALUES ('delete', old.id, old.body);"
        " INSERT INTO events_search_fts (rowid, body) VALUES (new.id, new.body); END"
    )


def _common_roles() -> None:
    roles = sa.table(
        "people_role_type",
        *(sa.column(name) for name in ("name", "name_key", "external_id", "version")),
        sa.column("created_at", UtcDateTime()),
        sa.column("changed_at", UtcDateTime()),
    )
    at = datetime.now(UTC)
    common = {"decision_maker": "Decision-maker", "user": "User", "payer": "Payer"}
    op.bulk_insert(
        roles,
        [
            {
                "name": name,
                "name_key": name.lower(),
                "external_id": key,
                "version": 1,
                "created_at": at,
                "changed_at": at,
            }
            for key, name in common.items()
        ],
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE events_search_fts")
    with op.batch_alter_table("people_role", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_people_role_role_id"))
        batch_op.drop_index(batch_op.f("ix_people_role_person_id"))
        batch_op.drop_index(batch_op.f("ix_people_role_counterparty_id"))
        batch_op.drop_index(batch_op.f("ix_people_role_client_id"))

    op.drop_table("people_role")
    with op.batch_alter_table("people_contact_point", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_people_contact_point_person_id"))
        batch_op.drop_index(batch_op.f("ix_people_contact_point_key"))
        batch_op.drop_index(batch_op.f("ix_people_contact_point_counterparty_id"))
        batch_op.drop_index(batch_op.f("ix_people_contact_point_client_id"))

    op.drop_table("people_contact_point")
    with op.batch_alter_table("events_timeline", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_events_timeline_client_id_happened_at_id"))

    op.drop_table("events_timeline")
    with op.batch_alter_table("events_search", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_events_search_kind_title_key"))
        batch_op.drop_index(batch_op.f("ix_events_search_client_id"))

    op.drop_table("events_search")
    with op.batch_alter_table("counterparties_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_counterparties_link_counterparty_id"))
        batch_op.drop_index(batch_op.f("ix_counterparties_link_client_id"))

    op.drop_table("counterparties_link")
    with op.batch_alter_table("counterparties_identifier", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_counterparties_identifier_key"))
        batch_op.drop_index(batch_op.f("ix_counterparties_identifier_counterparty_id"))

    op.drop_table("counterparties_identifier")
    with op.batch_alter_table("counterparties_bank_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_counterparties_bank_account_key"))
        batch_op.drop_index(batch_op.f("ix_counterparties_bank_account_counterparty_id"))

    op.drop_table("counterparties_bank_account")
    with op.batch_alter_table("counterparties_address", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_counterparties_address_counterparty_id"))

    op.drop_table("counterparties_address")
    op.drop_table("records_import")
    with op.batch_alter_table("records_idempotency", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_records_idempotency_created_at"))

    op.drop_table("records_idempotency")
    op.drop_table("plugins_plugin")
    op.drop_table("people_role_type")
    with op.batch_alter_table("people_person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_people_person_name_key_id"))

    op.drop_table("people_person")
    with op.batch_alter_table("counterparties_counterparty", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_counterparties_counterparty_legal_name_key_id"))

    op.drop_table("counterparties_counterparty")
    with op.batch_alter_table("clients_client", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_clients_client_stage_name_key_id"))
        batch_op.drop_index(batch_op.f("ix_clients_client_responsible_id_name_key_id"))
        batch_op.drop_index(batch_op.f("ix_clients_client_name_key_id"))

    op.drop_table("clients_client")
    with op.batch_alter_table("accounts_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accounts_token_user_id"))

    op.drop_table("accounts_token")
    with op.batch_alter_table("accounts_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accounts_session_user_id"))
        batch_op.drop_index(batch_op.f("ix_accounts_session_expires_at"))

    op.drop_table("accounts_session")
    with op.batch_alter_table("events_trash", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_events_trash_record_id"))

    op.drop_table("events_trash")
    with op.batch_alter_table("events_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_events_event_kind_record_id_id"))
        batch_op.drop_index(batch_op.f("ix_events_event_client_id_id"))

    op.drop_table("events_event")
    op.drop_table("accounts_user")
    with op.batch_alter_table("accounts_signin_failure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accounts_signin_failure_login_key_at"))
        batch_op.drop_index(batch_op.f("ix_accounts_signin_failure_at"))
        batch_op.drop_index(batch_op.f("ix_accounts_signin_failure_address_at"))

    op.drop_table("accounts_signin_failure")
