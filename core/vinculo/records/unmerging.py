"""Taking a merge back: each row is put back as it was, except where somebody has changed it since.

A value that the merge changed goes back if it is still what the merge made of it. If it is another, it is a
conflict: it stays, unless the caller says otherwise. What the merge did not touch stays as it is now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Scope
from vinculo.db import rows
from vinculo.db.base import now
from vinculo.errors import ConflictError, MergedError, NotFoundError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.records import access, conversion, formulas, service
from vinculo.records.fields import TextField
from vinculo.records.images import read
from vinculo.records.kind import RecordKind
from vinculo.records.models import MergeUndo
from vinculo.records.steps import Step, carry_out
from vinculo.records.text import sort_key


@dataclass(frozen=True, slots=True)
class Clash:
    """A value that the merge changed and somebody has changed again; all three as JSON builtins.

    ``column`` is "" for a row that the merge made.
    """

    table: str
    id: int
    column: str
    before: Any
    merged: Any
    present: Any

    @property
    def key(self) -> str:
        """By which it is chosen to go back all the same."""
        return f"{self.table}:{self.id}:{self.column}"


@dataclass(slots=True)
class Plan:
    """What an undo would do. ``lost`` are rows by table that cannot come back or are gone since."""

    steps: list[Step] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    lost: dict[str, int] = field(default_factory=dict)


def get(session: Session, kind: RecordKind, merged: MergeUndo | None, actor: Actor) -> MergeUndo:
    """A merge that the actor may take back.

    Who may not delete all records finds only what they merged themselves. Raises ``NotFoundError``.
    """
    actor.require(kind.permission("update"))
    actor.require(kind.permission("delete"))
    if merged is None or not visible(kind, merged, actor):
        raise gone()
    return merged


def gone() -> NotFoundError:
    """There is no such merge, or no more."""
    return NotFoundError(_("This was taken back already, or is too long ago."))


def visible(kind: RecordKind, merged: MergeUndo, actor: Actor) -> bool:
    """Whether an actor may take a merge back."""
    own = merged.actor_id is not None and merged.actor_id == actor.user_id
    scopes = [access.reach(kind, actor, action) for action in ("update", "delete")]
    return None not in scopes and (own or all(scope is Scope.ALL for scope in scopes))


def plan(session: Session, merged: MergeUndo, *, overwrite: Collection[str] = ()) -> Plan:
    """What taking a merge back would do; nothing is changed. ``overwrite`` are keys of clashes."""
    connection, found, tables = session.connection(), Plan(), sa.MetaData()
    there = {*sa.inspect(connection).get_table_names()}
    by_table: dict[str, list[Mapping[str, Any]]] = {}
    for image in merged.rows:
        by_table.setdefault(image["table"], []).append(image)
    for name, images in by_table.items():
        if name not in there:  # its plugin was purged since
            found.lost[name] = len(images)
            continue
        table = rows.reflect(connection, name, tables)
        present = read(connection, table, [image["id"] for image in images])
        _plan_table(found, table, images, present, overwrite)
    return found


def _plan_table(
    found: Plan,
    table: sa.Table,
    images: Sequence[Mapping[str, Any]],
    present: Mapping[int, Mapping[str, Any]],
    overwrite: Collection[str],
) -> None:
    back: dict[tuple[str, str], Step] = {}
    missing: list[Mapping[str, Any]] = []
    for image in images:
        one, before, after = image["id"], image["before"], image["after"]
        row = present.get(one)
        if after is None:
            if row is None:
                missing.append({key: value for key, value in before.items() if key in table.c})
        elif row is None:
            if before is not None:
                found.lost[table.name] = found.lost.get(table.name, 0) + 1
        elif before is None:
            clash = Clash(table.name, one, "", None, after, dict(row))
            edited = any(row[key] != value for key, value in after.items() if key in row)
            if edited and clash.key not in overwrite:
                found.clashes.append(clash)
            else:
                found.steps.append(Step(table, ids=[one]))
        else:
            for clash in _clashes(table, one, before, after, row):
                if clash.present == clash.merged or clash.key in overwrite:
                    key = (clash.column, repr(clash.before))
                    step = back.setdefault(key, Step(table, values={clash.column: clash.before}))
                    step.ids.append(one)
                else:
                    found.clashes.append(clash)
    found.steps += [*back.values(), *([Step(table, missing)] if missing else [])]


def _clashes(
    table: sa.Table, one: int, before: Mapping[str, Any], after: Mapping[str, Any], row: Mapping[str, Any]
) -> Iterator[Clash]:
    """The values of a row that are not as they were, be it by the merge or since."""
    for column, value in before.items():
        if column in row and row[column] != value:
            yield Clash(table.name, one, column, value, after[column], row[column])


def undo(
    session: Session,
    kind: RecordKind,
    merged: MergeUndo | None,
    *,
    actor: Actor,
    overwrite: Collection[str] = (),
) -> Plan:
    """Take a merge back: the merged records are there again with their ids and what was theirs.

    What it left alone is in the result. Raises ``NotFoundError``, ``ForbiddenError``, or ``ConflictError``
    where the survivor is gone or was merged in its turn, or a record's place has been taken; nothing has
    changed then.
    """
    merged = get(session, kind, merged, actor)
    survivor = _survivor(session, kind, merged, actor)
    done = plan(session, merged, overwrite=overwrite)
    for step in carry_out(session.connection(), done.steps):
        if step.table.name == kind.table.name and step.missing:
            text = _("%(title)s cannot be put back: what it needs has changed since.", title=merged.title)
            raise ConflictError(text, code="cannot_restore")
        done.lost[step.table.name] = done.lost.get(step.table.name, 0) + step.size
    session.expire_all()
    _settle(session, kind, merged, survivor, actor)
    session.delete(merged)
    session.flush()
    return done


def _survivor(session: Session, kind: RecordKind, merged: MergeUndo, actor: Actor) -> Any:
    try:
        survivor = service.get(session, kind, merged.record_id, actor=actor, lock=True)
    except MergedError as error:
        text = _("%(title)s was merged into another record since; take that back first.", title=merged.title)
        raise ConflictError(text, code="merged_again") from error
    except NotFoundError as error:
        text = _("%(title)s was deleted since; put it back first.", title=merged.title)
        raise ConflictError(text, code="survivor_gone") from error
    access.require(session, kind, survivor, actor, "update")
    return survivor


def _settle(session: Session, kind: RecordKind, merged: MergeUndo, survivor: Any, actor: Actor) -> None:
    """Bring up to date what is derived of the records, and write down what was done."""
    for item in kind.fields:
        if isinstance(item, TextField) and item.key:
            kept = sort_key(getattr(survivor, item.name))
            if kept != getattr(survivor, item.key):
                setattr(survivor, item.key, kept)
    survivor.changed_at, survivor.changed_by_id = now(), actor.user_id
    session.flush()
    conversion.mend(session, kind, [one for one, _title in merged.others], merged.at)
    back = [service.get(session, kind, one, actor=actor) for one, _title in merged.others]
    for record in (survivor, *back):
        formulas.compute(kind.whole, record)
    session.flush()
    for record in (survivor, *back):
        service.project(session, kind, record, new=False)
        log.write(
            session,
            actor=actor,
            action="unmerged",
            kind=kind.name,
            record_id=record.id,
            title=kind.title_of(record),
            client_id=kind.client_of(record),
            version=record.version,
        )
