"""Roles, grants, departments and rights to fields in the place of two fixed roles; owners of clients by date."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Key, UtcDateTime

revision = "0003"
down_revision = "0002"

SCOPES = sa.Enum("own", "department", "all", name="scope", native_enum=False, length=32)
ACCESSES = sa.Enum("hidden", "read_only", "full", name="fieldaccess", native_enum=False, length=32)
MADE = ("counterparties_counterparty", "people_person")  # whose maker owns those without a client
BY_NAME = "ix_clients_client_name_key_id"
OLD_ROLES = sa.Enum("administrator", "member", name="role", native_enum=False, length=32)


def upgrade() -> None:
    _make_departments()
    _make_roles()
    _make_grants()
    _begin_with_two_roles()
    with op.batch_alter_table("accounts_user") as batch_op:
        batch_op.drop_column("role")
    _make_owners()


def _record_columns(table: str) -> list[sa.schema.SchemaItem]:
    stamps = [
        sa.ForeignKeyConstraint(
            [name], ["accounts_user.id"], name=op.f(f"fk_{table}_{name}"), ondelete="SET NULL"
        )
        for name in ("changed_by_id", "created_by_id")
    ]
    return [
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        *stamps,
        sa.UniqueConstraint("external_id", name=op.f(f"uq_{table}_external_id")),
    ]


def _own(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _key(table: str, column: str, to: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete
    )


def _make_departments() -> None:
    table = "accounts_department"
    op.create_table(
        table,
        *_own(table),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", Key, nullable=False),
        sa.Column("parent_id", BigId, nullable=True),
        _key(table, "parent_id", table, "RESTRICT"),
        sa.UniqueConstraint("name_key", name=op.f("uq_accounts_department_name_key")),
        *_record_columns(table),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_accounts_department_parent_id"), table, ["parent_id"])
    op.create_table(
        "accounts_membership",
        *_own("accounts_membership"),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("department_id", BigId, nullable=False),
        _key("accounts_membership", "user_id", "accounts_user", "CASCADE"),
        _key("accounts_membership", "department_id", table, "RESTRICT"),
        sa.UniqueConstraint("user_id", name=op.f("uq_accounts_membership_user_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_accounts_membership_department_id"), "accounts_membership", ["department_id"])


def _make_roles() -> None:
    op.create_table(
        "accounts_role",
        *_own("accounts_role"),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", Key, nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("administrator", sa.Boolean(), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("name_key", name=op.f("uq_accounts_role_name_key")),
        *_record_columns("accounts_role"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "accounts_user_role",
        *_own("accounts_user_role"),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("role_id", BigId, nullable=False),
        _key("accounts_user_role", "user_id", "accounts_user", "CASCADE"),
        _key("accounts_user_role", "role_id", "accounts_role", "CASCADE"),
        sa.UniqueConstraint("user_id", "role_id", name=op.f("uq_accounts_user_role_user_id_role_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_accounts_user_role_role_id"), "accounts_user_role", ["role_id"])


def _make_grants() -> None:
    op.create_table(
        "accounts_grant",
        *_own("accounts_grant"),
        sa.Column("role_id", BigId, nullable=False),
        sa.Column("permission", sa.String(length=150), nullable=False),
        sa.Column("scope", SCOPES, nullable=False),
        _key("accounts_grant", "role_id", "accounts_role", "CASCADE"),
        sa.UniqueConstraint("role_id", "permission", name=op.f("uq_accounts_grant_role_id_permission")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "accounts_field_right",
        *_own("accounts_field_right"),
        sa.Column("role_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("access", ACCESSES, nullable=False),
        _key("accounts_field_right", "role_id", "accounts_role", "CASCADE"),
        sa.UniqueConstraint(
            "role_id", "kind", "field", name=op.f("uq_accounts_field_right_role_id_kind_field")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "accounts_rights_version",
        *_own("accounts_rights_version"),
        sa.Column("number", BigId, nullable=False),
        sqlite_autoincrement=True,
    )


def _begin_with_two_roles() -> None:
    roles = sa.table(
        "accounts_role",
        *(sa.column(name) for name in ("id", "name", "name_key", "version")),
        *(sa.column(name, sa.Boolean) for name in ("baseline", "administrator", "second_factor")),
        *(sa.column(name, UtcDateTime()) for name in ("created_at", "changed_at")),
    )
    at = datetime.now(UTC)
    common = {"version": 1, "second_factor": False, "created_at": at, "changed_at": at}
    names = {"Administrator": True, "Member": False}
    op.bulk_insert(
        roles,
        [
            {"name": name, "name_key": name.lower(), "administrator": all_, "baseline": not all_, **common}
            for name, all_ in names.items()
        ],
    )
    op.execute(
        "INSERT INTO accounts_grant (role_id, permission, scope)"
        " SELECT id, '*', 'all' FROM accounts_role WHERE name_key = 'member'"
    )
    op.execute(
        "INSERT INTO accounts_user_role (user_id, role_id)"
        " SELECT u.id, r.id FROM accounts_user u CROSS JOIN accounts_role r"
        " WHERE u.role = 'administrator' AND r.name_key = 'administrator'"
    )
    op.execute("INSERT INTO accounts_rights_version (number) VALUES (1)")


def _make_owners() -> None:
    table = "clients_owner"
    op.create_table(
        table,
        *_own(table),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        _key(table, "client_id", "clients_client", "CASCADE"),
        _key(table, "user_id", "accounts_user", "CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_clients_owner_client_id"), table, ["client_id"])
    op.create_index(op.f("ix_clients_owner_user_id"), table, ["user_id"])
    op.execute(
        "INSERT INTO clients_owner (client_id, user_id)"
        " SELECT id, responsible_id FROM clients_client WHERE responsible_id IS NOT NULL"
    )
    owner = sa.text("coalesce(responsible_id, created_by_id)")
    op.create_index("ix_clients_client_owner", "clients_client", [owner, "name_key", "id"])
    op.drop_index(BY_NAME, "clients_client")
    columns = ["name_key", "id", "responsible_id", "created_by_id"]
    op.create_index(f"{BY_NAME}_responsible_id_created_by_id", "clients_client", columns)
    for name in MADE:
        op.create_index(op.f(f"ix_{name}_created_by_id"), name, ["created_by_id"])


def downgrade() -> None:
    for name in MADE:
        op.drop_index(op.f(f"ix_{name}_created_by_id"), name)
    op.drop_index(f"{BY_NAME}_responsible_id_created_by_id", "clients_client")
    op.create_index(BY_NAME, "clients_client", ["name_key", "id"])
    op.drop_index("ix_clients_client_owner", "clients_client")
    op.drop_table("clients_owner")
    with op.batch_alter_table("accounts_user") as batch_op:
        batch_op.add_column(sa.Column("role", OLD_ROLES, nullable=False, server_default="member"))
    with op.batch_alter_table("accounts_user") as batch_op:
        batch_op.alter_column("role", existing_type=OLD_ROLES, server_default=None)
    op.execute(
        "UPDATE accounts_user SET role = 'administrator' WHERE id IN (SELECT user_id FROM accounts_user_role"
        " JOIN accounts_role ON accounts_role.id = role_id WHERE administrator)"
    )
    for name in ("rights_version", "field_right", "grant", "user_role", "role", "membership", "department"):
        op.drop_table(f"accounts_{name}")
