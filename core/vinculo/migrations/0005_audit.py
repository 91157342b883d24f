"""The event log is a chain of hashes, and tells of reads, plugins and jobs."""

import json
import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, Json, UtcDateTime
from vinculo.events.chain import moment
from vinculo.events.models import changes_text
from vinculo.events.verify_log import GENESIS, link, seal

revision = "0005"
down_revision = "0004"

TEXTS = {"via": 100, "salt": 32, "sealed": 64, "hash": 64}
VERSIONED = {
    "sqlite_where": sa.text("version is not null"),
    "postgresql_where": sa.text("version is not null"),
}
CHAINED = ("version", "changes", "salt", "sealed", "hash")
CHUNK = 1000


EVENT = sa.table(
    "events_event",
    sa.column("id", BigId), sa.column("at", UtcDateTime()), sa.column("actor_id", BigId),
    *(sa.column(name, sa.Text()) for name in ("source", "action", "kind", "title", "changes", *TEXTS)),
    *(sa.column(name, BigId) for name in ("version", "record_id", "client_id")),
)  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table("events_event") as batch_op:
        batch_op.drop_index("ix_events_event_kind_record_id_id")
        for name, length in TEXTS.items():
            batch_op.add_column(sa.Column(name, sa.String(length), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=True))
        batch_op.alter_column(
            "changes", type_=sa.Text(), existing_type=Json, existing_nullable=False,
            postgresql_using="changes::text",
        )  # fmt: skip
    with op.batch_alter_table("events_event") as batch_op:
        for name in TEXTS:
            batch_op.alter_column(name, server_default=None)
        batch_op.create_index("ix_events_event_kind_record_id_id", ["kind", "record_id", "id"], **VERSIONED)
        batch_op.create_index(batch_op.f("ix_events_event_actor_id_id"), ["actor_id", "id"])
        batch_op.create_index(batch_op.f("ix_events_event_action_id"), ["action", "id"])
        batch_op.create_index(batch_op.f("ix_events_event_at"), ["at"])
    head = op.create_table(
        "events_head",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("number", BigId, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events_head")),
        sqlite_autoincrement=True,
    )
    number, digest = _chain(op.get_bind())
    op.bulk_insert(head, [{"id": 1, "number": number, "hash": digest}])


def downgrade() -> None:
    op.drop_table("events_head")
    with op.batch_alter_table("events_event") as batch_op:
        for name in ("kind_record_id_id", "actor_id_id", "action_id", "at"):
            batch_op.drop_index(f"ix_events_event_{name}")
    with op.batch_alter_table("events_event") as batch_op:
        for name in (*TEXTS, "version"):
            batch_op.drop_column(name)
        batch_op.alter_column(
            "changes", type_=Json, existing_type=sa.Text(), existing_nullable=False,
            postgresql_using="changes::jsonb",
        )  # fmt: skip
        batch_op.create_index("ix_events_event_kind_record_id_id", ["kind", "record_id", "id"])


def _chain(connection: sa.Connection) -> tuple[int, str]:
    """Hash the rows that are there in the order of their ids; number and hash of the last."""
    change = sa.update(EVENT).where(EVENT.c.id == sa.bindparam("row_id"))
    number, digest = 0, GENESIS
    while True:
        query = sa.select(EVENT).where(EVENT.c.id > number).order_by(EVENT.c.id).limit(CHUNK)
        found = connection.execute(query).mappings().all()
        if not found:
            return number, digest
        values = []
        for row in found:
            values.append(_chained(row, digest))
            number, digest = row["id"], values[-1]["hash"]
        connection.execute(change, values)


def _chained(row: Any, previous: str) -> dict[str, Any]:
    row = {**row, "at": moment(row["at"]), "salt": secrets.token_hex(16)}
    row["version"] = None if row["action"] == "exported" else 0
    row["changes"] = changes_text(json.loads(row["changes"]))
    row["sealed"] = seal(row["salt"], row["title"], row["changes"])
    row["hash"] = link(previous, row)
    return {"row_id": row["id"]} | {name: row[name] for name in CHAINED}
