"""What all tables declare about persons, those of plugins that are off or gone included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db import personal
from vinculo.db.base import Base
from vinculo.plugins import memory
from vinculo.records.text import sort_key

CHOICE_LENGTH: Final = 32  # of the columns that hold choices (vinculo.db.base): the database calls them text
PERSON: Final = "people_person"
CLIENT: Final = "clients_client"
COUNTERPARTY: Final = "counterparties_counterparty"
SUBJECTS: Final = {"person": PERSON, "client": CLIENT, "counterparty": COUNTERPARTY}  # who can be a person
NAMING: Final = (personal.TITLE, personal.IDENTIFYING)  # what tells of whom a text speaks


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table as the database or an archive has it."""

    name: str
    nullable: bool
    is_text: bool
    unique: bool = False
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """``policies`` maps ``table.column`` to what erasing does, ``kinds`` a kind of record to its table.

    ``told`` are the prefixes of tables that declare at all. Of others, which a plugin left behind that was
    last on before there were declarations, every text is taken for personal.
    """

    policies: Mapping[str, str]
    kinds: Mapping[str, str]
    told: frozenset[str]

    def tells(self, table: str) -> bool:
        """Whether the owner of a table declares."""
        return table.partition("_")[0] in self.told

    def column(self, table: str, column: Column) -> str:
        """What erasing a row does to a column."""
        if self.tells(table):
            policy = self.policies.get(f"{table}.{column.name}", personal.LEFT)
            return personal.LEFT if policy in personal.OF_KEYS else policy
        if not column.is_text or column.length == CHOICE_LENGTH:
            return personal.LEFT
        return personal.TITLE if column.unique else personal.EMPTY

    def key(self, table: str, column: str, *, within: bool) -> str:
        """What erasing does by a key; ``within``: it leads to what the row is a part of."""
        default = personal.EMPTY if self.tells(table) or not within else personal.WHOLE
        return self.policies.get(f"{table}.{column}", default)

    def kinds_of(self, table: str) -> list[str]:
        """The kinds of record whose rows a table holds."""
        return [kind for kind, name in self.kinds.items() if name == table]

    def with_archive(self, about: Mapping[str, Any], plugin: str) -> Declared:
        """The same with what the archive of a plugin declares of its own tables."""
        said = about.get("personal", {})
        told = self.told | {plugin} if "personal" in about else self.told
        return Declared({**said, **self.policies}, {**about.get("tables", {}), **self.kinds}, told)


def declared(session: Session, kinds: Mapping[str, str]) -> Declared:
    """All declarations; ``kinds`` are those of the app, as kind → table."""
    policies: dict[str, str] = {}
    known: dict[str, str] = {}
    told: set[str] = set()
    for name, _state, about in memory.remembered(session):
        known |= about.get("tables", {})
        if "personal" in about:
            policies |= about["personal"]
            told.add(name)
    policies |= personal.describe(Base.metadata)
    told |= {table.partition("_")[0] for table in Base.metadata.tables}
    return Declared(policies, known | dict(kinds), frozenset(told))


def columns_of(table: sa.Table) -> list[Column]:
    """The columns of a table that was reflected."""
    unique = {
        column.name
        for constraint in table.constraints
        if isinstance(constraint, sa.UniqueConstraint)
        for column in constraint.columns
    }
    unique |= {column.name for index in table.indexes if index.unique for column in index.columns}
    return [
        Column(
            column.name,
            bool(column.nullable),
            personal.holds_text(column.type) and not column.foreign_keys,
            column.name in unique,
            getattr(column.type, "length", None),
        )
        for column in table.columns
    ]


def placeholder(table: str, row_id: int) -> str:
    """What stands where a name was, the same in every language: nobody can be asked later which it was."""
    return f"Erased person {row_id}" if table == PERSON else f"Erased {row_id}"


def blanked(table: str, row: Mapping[str, Any], columns: list[Column], declared: Declared) -> dict[str, Any]:
    """The values that change when an encoded row is erased."""
    changes = {}
    for column in columns:
        before = row.get(column.name)
        policy = declared.column(table, column)
        if before is None or policy == personal.LEFT or policy.startswith(personal.KEPT):
            continue
        after = _blank(policy, before, column, placeholder(table, row["id"]))
        if after != before:
            changes[column.name] = after
    return changes


def _blank(policy: str, value: Any, column: Column, stand_in: str) -> Any:
    match policy:
        case personal.TITLE:
            return stand_in
        case personal.TITLE_KEY:
            return sort_key(stand_in)
        case _ if column.nullable:
            return None
        case _ if isinstance(value, dict) and "$json" in value:
            return {"$json": type(value["$json"])()}
        case _ if isinstance(value, dict) and "$bytes" in value:
            return {"$bytes": ""}
        case _:
            return ""
