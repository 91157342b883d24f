"""What the records room keeps: answers to repeatable requests, runs of imports, and exports."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.actor import Source
from vinculo.db.base import Base, now
from vinculo.db.personal import NOT_PERSONAL, PERSONAL
from vinculo.db.types import BigId

USER: Final = "accounts_user.id"


class IdempotentAnswer(Base):
    """The answer given to a POST with an Idempotency-Key, kept to be given again."""

    __tablename__ = "records_idempotency"
    __table_args__ = (sa.UniqueConstraint("user_id", "key"), {"sqlite_autoincrement": True})

    user_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey(USER, ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(sa.String(200))
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    body: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)


class RunState(StrEnum):
    """Where an import stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ImportRun(Base):
    """An import: what was asked, how far it got, what it did. Files lie in the files folder."""

    __tablename__ = "records_import"

    kind: Mapped[str] = mapped_column(sa.String(60))
    others: Mapped[list[Any]] = mapped_column(default=list)  # further kinds that the rows speak of
    file_name: Mapped[str] = mapped_column(sa.String(200))
    path: Mapped[str] = mapped_column(sa.String(500))
    layout: Mapped[dict[str, Any]]  # how the file is read: what is not said is found out
    mapping: Mapped[dict[str, Any]]
    match: Mapped[list[Any]]
    meanings: Mapped[dict[str, Any]] = mapped_column(default=dict)  # header → text → what is read instead
    dry_run: Mapped[bool]
    language: Mapped[str] = mapped_column(sa.String(10))
    user_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey(USER, ondelete="SET NULL"))
    state: Mapped[RunState]
    fault: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    created: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    parts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    errors: Mapped[list[Any]]  # the first rejected rows: [row number, message]
    duplicates: Mapped[str] = mapped_column(sa.String(10), default="create")
    skipped: Mapped[int] = mapped_column(default=0)
    waiting: Mapped[int] = mapped_column(default=0)  # of those that are done: rows of ``ImportWaiting``
    likely: Mapped[list[Any]] = mapped_column(default=list)  # [row number, id or null, message]


class ImportWaiting(Base):
    """A row of a file that points to a record which the file may still make, by its number there.

    Written in the transaction of its chunk, taken away with that in which it comes in or is rejected.
    """

    __tablename__ = "records_import_waiting"
    __table_args__ = (sa.UniqueConstraint("run_id", "row"), {"sqlite_autoincrement": True})

    run_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("records_import.id", ondelete="CASCADE"))
    row: Mapped[int] = mapped_column(BigId)


class ImportChange(Base):
    """A change of a record that an import made, by the version it gave: 1 where it made the record.

    Written in the transaction of the change, taken away as it is taken back. ``kept``: a revert left it
    alone, because of what was done since. No foreign key, as kinds are many.
    """

    __tablename__ = "records_import_change"
    __table_args__ = (sa.Index(None, "run_id", "kept", "kind", "record_id"), {"sqlite_autoincrement": True})

    run_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("records_import.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    record_id: Mapped[int] = mapped_column(BigId)
    version: Mapped[int]
    kept: Mapped[bool] = mapped_column(default=False)


class ImportRevert(Base):
    """An import that is being taken back, or was: who asked for it, how far it is, what it did.

    ``total`` and ``done`` count changes; ``deleted``, ``restored`` and ``lost`` records, ``lost`` those of
    which nothing is left to be taken back. ``overwrite`` are keys of ``vinculo.records.reverting``.
    """

    __tablename__ = "records_import_revert"

    run_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("records_import.id", ondelete="CASCADE"), unique=True
    )
    state: Mapped[RunState]
    fault: Mapped[str] = mapped_column(sa.Text, default="")
    overwrite: Mapped[list[Any]]
    language: Mapped[str] = mapped_column(sa.String(10))
    user_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey(USER, ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    deleted: Mapped[int] = mapped_column(default=0)
    restored: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(default=0)


class ImportTemplate(Base):
    """A mapping under a name, without an owner that of the command line; ``titles`` is a print of them."""

    __tablename__ = "records_import_template"
    __table_args__ = (sa.UniqueConstraint("kind", "owner_id", "name"), {"sqlite_autoincrement": True})

    kind: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    name: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    owner_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey(USER, ondelete="SET NULL"))
    shared: Mapped[bool] = mapped_column(default=False)
    titles: Mapped[str] = mapped_column(sa.String(64), info=NOT_PERSONAL)
    others: Mapped[list[Any]] = mapped_column(info=NOT_PERSONAL)
    mapping: Mapped[dict[str, Any]] = mapped_column(info=NOT_PERSONAL)
    match: Mapped[list[Any]] = mapped_column(info=NOT_PERSONAL)
    meanings: Mapped[dict[str, Any]] = mapped_column(info=NOT_PERSONAL)
    layout: Mapped[dict[str, Any]] = mapped_column(info=NOT_PERSONAL)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class ExportState(StrEnum):
    """Where an export stands."""

    WAITING = "waiting"  # for somebody to approve it
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SENT = "sent"
    CUT_OFF = "cut_off"


class Export(Base):
    """A file of records that left or is to leave; its id is the number in the file and in its name.

    ``query`` are the parameters of the list, as pairs. ``rows`` were asked for and, once it is sent, are in
    the file; ``delivered`` is what counts as gone from ``sent_at`` on, less if the connection broke.
    ``user_id`` is null for the command line, and once the user's row is gone: ``user_name`` stays.
    """

    __tablename__ = "records_export"
    __table_args__ = (
        sa.Index(None, "user_id", "sent_at"),
        sa.Index(
            "ix_records_export_waiting",
            "id",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    format: Mapped[str] = mapped_column(sa.String(10), info=NOT_PERSONAL)
    query: Mapped[list[Any]] = mapped_column(info=PERSONAL)
    source: Mapped[Source]
    user_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey(USER, ondelete="SET NULL"))
    user_name: Mapped[str] = mapped_column(sa.String(200), default="", info=NOT_PERSONAL)
    state: Mapped[ExportState]
    rows: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey(USER, ondelete="SET NULL"))
    remark: Mapped[str] = mapped_column(sa.Text, default="", info=PERSONAL)
    sent_at: Mapped[datetime | None]
    delivered: Mapped[int] = mapped_column(default=0)
    file_name: Mapped[str] = mapped_column(sa.String(200), default="", info=NOT_PERSONAL)


class Sharing(StrEnum):
    """Who sees a saved view beside its owner."""

    PRIVATE = "private"
    ROLES = "roles"
    EVERYONE = "everyone"


class SavedView(Base):
    """A list as somebody wants to find it again: the parameters of its address, under a name.

    ``query`` are pairs as people type them, relative days and ``me`` included; they are read anew, by the
    rights of whoever opens it. ``version`` counts the changes.
    """

    __tablename__ = "records_view"
    __table_args__ = (sa.Index(None, "kind", "owner_id"), {"sqlite_autoincrement": True})

    kind: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    name: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    query: Mapped[list[Any]] = mapped_column(info=PERSONAL)
    owner_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey(USER, ondelete="SET NULL"))
    sharing: Mapped[Sharing] = mapped_column(default=Sharing.PRIVATE)
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]


class ViewRole(Base):
    """A role whose users see a view that is shared with roles."""

    __tablename__ = "records_view_role"
    __table_args__ = (sa.UniqueConstraint("view_id", "role_id"), {"sqlite_autoincrement": True})

    view_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("records_view.id", ondelete="CASCADE"))
    role_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("accounts_role.id", ondelete="CASCADE"), index=True
    )


class ViewDefault(Base):
    """The view with which a list opens: for a user, or for all of a role who chose none themselves."""

    __tablename__ = "records_view_default"
    __table_args__ = (
        sa.UniqueConstraint("kind", "user_id"),
        sa.UniqueConstraint("kind", "role_id"),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    user_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey(USER, ondelete="CASCADE"))
    role_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("accounts_role.id", ondelete="CASCADE"))
    view_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("records_view.id", ondelete="CASCADE"), index=True
    )


class MatchKey(Base):
    """What a record meets others by that may be the same: a number made of its values.

    No foreign key, as kinds are many: ``vinculo.records.similar`` keeps the rows.
    """

    __tablename__ = "records_match_key"
    __table_args__ = (
        sa.Index(None, "kind", "key", "record_id"),
        sa.Index(None, "kind", "record_id"),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    record_id: Mapped[int] = mapped_column(BigId)
    key: Mapped[int] = mapped_column(BigId)


class LateRecords(Base):
    """Imported records from ``first_id`` to ``last_id`` that search and likeness do not know since ``at``.

    ``vinculo.records.catching_up`` makes them known and deletes the row.
    """

    __tablename__ = "records_late"
    __table_args__ = ({"sqlite_autoincrement": True},)

    kind: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    first_id: Mapped[int] = mapped_column(BigId)
    last_id: Mapped[int] = mapped_column(BigId)
    at: Mapped[datetime]


class SimilarPair(Base):
    """Two records that may be one, as a scan found them at ``seen_at``; ``dismissed_at``: they are not.

    The first has the smaller id. A pair that was dismissed stays, so that no scan asks again.
    """

    __tablename__ = "records_similar"
    __table_args__ = (
        sa.UniqueConstraint("kind", "first_id", "second_id"),
        sa.Index(None, "kind", "second_id"),
        sa.Index(None, "kind", "score", "id"),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    first_id: Mapped[int] = mapped_column(BigId)
    second_id: Mapped[int] = mapped_column(BigId)
    score: Mapped[int]
    seen_at: Mapped[datetime]
    dismissed_at: Mapped[datetime | None]
    dismissed_by_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey(USER, ondelete="SET NULL"))


class MergeUndo(Base):
    """What a merge changed, kept for a time so that it can be taken back.

    ``others`` are [id, title] of the records that were merged. ``rows`` are those of
    ``vinculo.records.images``. No foreign keys, as of ``Merge``.
    """

    __tablename__ = "records_merge_undo"
    __table_args__ = (sa.Index(None, "at"), {"sqlite_autoincrement": True})

    at: Mapped[datetime] = mapped_column(default=now)
    actor_id: Mapped[int | None] = mapped_column(BigId)
    kind: Mapped[str] = mapped_column(sa.String(60), info=NOT_PERSONAL)
    record_id: Mapped[int] = mapped_column(BigId)
    title: Mapped[str] = mapped_column(sa.String(300), info=PERSONAL)
    others: Mapped[list[Any]] = mapped_column(info=PERSONAL)
    rows: Mapped[list[Any]] = mapped_column(info=PERSONAL)


class Merge(Base):
    """A record that was merged into another: where links to the old id lead now.

    No foreign keys: the survivor may be merged or deleted in its turn.
    """

    __tablename__ = "records_merge"
    __table_args__ = (
        sa.UniqueConstraint("kind", "old_id"),
        sa.Index(None, "kind", "new_id"),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[str] = mapped_column(sa.String(60))
    old_id: Mapped[int] = mapped_column(BigId)
    new_id: Mapped[int] = mapped_column(BigId)
    at: Mapped[datetime] = mapped_column(default=now)
    actor_id: Mapped[int | None] = mapped_column(BigId)
