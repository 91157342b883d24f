"""Links that leave a plugin's tables, and where they lead in a database that went on without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa

from vinculo.db import rows

TITLES: Final = ("name", "title", "legal_name", "full_name", "subject", "login")
CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class LinkOutcome:
    """What became of one link that no longer leads where it led.

    ``outcome`` ∈ merged (to the survivor), relinked (found by external id), detached (now empty),
    left out (the row is not restored, because its rule is to follow), dropped (nor is this one, because
    the survivor has such a row already).
    """

    table: str
    row_id: int
    column: str
    target: str
    old_id: int
    new_id: int | None
    outcome: str
    title: str


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A column that refers to the id of a row."""

    table: str
    column: str
    target: str
    on_delete: str
    nullable: bool


def foreign_keys(connection: sa.Connection, table: str) -> list[ForeignKey]:
    """The foreign keys of a table, as the database has them."""
    inspector = sa.inspect(connection)
    nullable = {column["name"]: bool(column["nullable"]) for column in inspector.get_columns(table)}
    return [
        ForeignKey(
            table,
            key["constrained_columns"][0],
            key["referred_table"],
            (key["options"].get("ondelete") or "NO ACTION").upper(),
            nullable[key["constrained_columns"][0]],
        )
        for key in inspector.get_foreign_keys(table)
        if len(key["constrained_columns"]) == 1
    ]


def referred(connection: sa.Connection, keys: Iterable[ForeignKey]) -> Mapping[str, dict[str, Any]]:
    """By what the rows referred to can be known elsewhere: target → id → external id, creation, title."""
    found: dict[str, dict[str, Any]] = {}
    for key in keys:
        source = rows.reflect(connection, key.table)
        column = source.c[key.column]
        ids = connection.scalars(
            sa.select(column).where(column.is_not(None)).distinct().order_by(column)
        ).all()
        known = found.setdefault(key.target, {})
        for row in _read(connection, key.target, [one for one in ids if str(one) not in known]):
            known[str(row.pop("id"))] = row
    return found


def _read(connection: sa.Connection, target: str, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    table = rows.reflect(connection, target)
    title = next((name for name in TITLES if name in table.c), None)
    columns = [name for name in ("id", "external_id", "created_at", title) if name and name in table.c]
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        query = sa.select(*(table.c[name] for name in columns)).where(table.c.id.in_(part))
        for row in connection.execute(query).mappings():
            found = rows.encode_row(dict(row))
            if title and title in found:
                found["title"] = found.pop(title)
            yield found


class Resolver:
    """Where the rows that an archive refers to are now."""

    def __init__(
        self, connection: sa.Connection, known: Mapping[str, Mapping[str, Any]], kinds: Mapping[str, str]
    ) -> None:
        self._connection, self._known = connection, known
        self._kinds = {table: kind for kind, table in kinds.items()}
        self._found: dict[tuple[str, int], tuple[int | None, str]] = {}

    def title(self, target: str, old_id: int) -> str:
        """What the row was called."""
        return str(self._known.get(target, {}).get(str(old_id), {}).get("title") or "")

    def resolve(self, target: str, old_id: int) -> tuple[int | None, str]:
        """The id of the same row today, and how it was found: "", merged, relinked or lost."""
        key = (target, old_id)
        if key not in self._found:
            self._found[key] = self._look(target, old_id)
        return self._found[key]

    def _look(self, target: str, old_id: int) -> tuple[int | None, str]:
        was = self._known.get(target, {}).get(str(old_id), {})
        now = next(_read(self._connection, target, [old_id]), None)
        if now and now.get("created_at") == was.get("created_at", now.get("created_at")):
            return old_id, ""
        if survivor := self._survivor(target, old_id):
            return survivor, "merged"
        if was.get("external_id") and (found := self._by_external_id(target, was["external_id"])):
            return found, "relinked"
        return None, "lost"

    def _survivor(self, target: str, old_id: int) -> int | None:
        merges = sa.table("records_merge", sa.column("kind"), sa.column("old_id"), sa.column("new_id"))
        query = sa.select(merges.c.new_id).where(
            merges.c.kind == self._kinds.get(target, ""), merges.c.old_id == old_id
        )
        survivor = self._connection.scalar(query)
        there = survivor is not None and next(_read(self._connection, target, [survivor]), None)
        return survivor if there else None

    def _by_external_id(self, target: str, external_id: str) -> int | None:
        table = rows.reflect(self._connection, target)
        found: int | None = self._connection.scalar(
            sa.select(table.c.id).where(table.c.external_id == external_id)
        )
        return found


class Adapter:
    """Adapts the rows of a plugin to the rows that they refer to; ``outcomes`` lists what changed."""

    def __init__(self, resolver: Resolver, keys: Mapping[str, Sequence[ForeignKey]]) -> None:
        self.outcomes: list[LinkOutcome] = []
        self.left_out: dict[str, set[int]] = {table: set() for table in keys}
        self.resolver, self._keys = resolver, keys

    def __call__(self, table: str, row: dict[str, Any]) -> dict[str, Any] | None:
        """The row as it can be restored, or None. Rows that others hang on must come first."""
        for key in self._keys.get(table, ()):
            old_id = row[key.column]
            if old_id is None:
                continue
            new_id, how = self._resolve(key, old_id)
            if not how:
                continue
            if new_id is None:
                detached = key.on_delete == "SET NULL" and key.nullable
                how = "detached" if detached else "left out"
            self._note(key, row, old_id, new_id, how)
            if how == "left out":
                self.left_out[table].add(row["id"])
                return None
            row = {**row, key.column: new_id}
        return row

    def refuse(self, table: str, row: dict[str, Any]) -> None:
        """The row did not fit beside one that the survivor has."""
        self.left_out[table].add(row["id"])
        for index, one in enumerate(self.outcomes):
            if (one.table, one.row_id) == (table, row["id"]):
                self.outcomes[index] = replace(one, outcome="dropped")

    def _resolve(self, key: ForeignKey, old_id: int) -> tuple[int | None, str]:
        if key.target in self._keys:  # within the plugin
            gone = old_id in self.left_out[key.target]
            return (None, "lost") if gone else (old_id, "")
        return self.resolver.resolve(key.target, old_id)

    def _note(self, key: ForeignKey, row: dict[str, Any], old_id: int, new_id: int | None, how: str) -> None:
        title = self.resolver.title(key.target, old_id)
        self.outcomes.append(
            LinkOutcome(key.table, row["id"], key.column, key.target, old_id, new_id, how, title)
        )
