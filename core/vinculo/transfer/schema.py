"""Tables described and made again without their models: for plugins whose package is not installed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa

from vinculo.db.base import NAMING
from vinculo.db.types import BigId, Json

_TYPES: Final[Mapping[str, Any]] = {
    "BigInteger": sa.BigInteger,
    "Boolean": sa.Boolean,
    "Date": sa.Date,
    "Float": sa.Float,
    "Integer": sa.BigInteger,  # SQLite has but one, and keys of ours are big
    "LargeBinary": sa.LargeBinary,
    "SmallInteger": sa.SmallInteger,
    "Text": sa.Text,
    "Time": sa.Time,
}


class _Column(msgspec.Struct):
    name: str
    nullable: bool
    type: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None


class _Link(msgspec.Struct):
    columns: list[str]
    table: str
    to: list[str]
    on_delete: Literal["CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION"] | None


class _Index(msgspec.Struct):
    name: str
    columns: list[str]
    unique: bool | int


class _Table(msgspec.Struct):
    columns: list[_Column]
    key: list[str]
    unique: list[list[str]]
    indexes: list[_Index]
    links: list[_Link]


def describe(connection: sa.Connection, name: str) -> dict[str, Any]:
    """A table as builtins: columns with generic types, keys, indexes."""
    inspector = sa.inspect(connection)
    return {
        "columns": [
            {"name": c["name"], "nullable": c["nullable"], **_type(c["type"])}
            for c in inspector.get_columns(name)
        ],
        "key": inspector.get_pk_constraint(name)["constrained_columns"],
        "unique": [c["column_names"] for c in inspector.get_unique_constraints(name)],
        "indexes": [
            {"name": i["name"], "columns": i["column_names"], "unique": i["unique"]}
            for i in inspector.get_indexes(name)
            if all(i["column_names"]) and "duplicates_constraint" not in i
        ],
        "links": [
            {
                "columns": k["constrained_columns"],
                "table": k["referred_table"],
                "to": k["referred_columns"],
                "on_delete": k["options"].get("ondelete"),
            }
            for k in inspector.get_foreign_keys(name)
        ],
    }


def make(connection: sa.Connection, name: str, described: Mapping[str, Any]) -> None:
    """Create a table from its description. The tables it refers to must be there.

    Raises ``msgspec.ValidationError`` for a description that is none: it may come from a stranger's file.
    """
    msgspec.convert(described, _Table)
    metadata = sa.MetaData(naming_convention=NAMING)
    key = described["key"]
    table = sa.Table(name, metadata, sqlite_autoincrement=key == ["id"])
    for column in described["columns"]:
        identity = [sa.Identity()] if key == [column["name"]] == ["id"] else []
        kind = BigId if identity else _made(column)
        table.append_column(
            sa.Column(
                column["name"],
                kind,
                *identity,
                nullable=column["nullable"],
                primary_key=column["name"] in key,
            )
        )
    for columns in described["unique"]:
        table.append_constraint(sa.UniqueConstraint(*columns))
    for link in described["links"]:
        targets = [f"{link['table']}.{column}" for column in link["to"]]
        table.append_constraint(sa.ForeignKeyConstraint(link["columns"], targets, ondelete=link["on_delete"]))
        if link["table"] not in metadata.tables:
            sa.Table(link["table"], metadata, *(sa.Column(column, BigId) for column in link["to"]))
    for index in described["indexes"]:
        sa.Index(index["name"], *(table.c[column] for column in index["columns"]), unique=index["unique"])
    table.create(connection)


def _type(kind: Any) -> dict[str, Any]:
    generic = kind.as_generic(allow_nulltype=True)
    found: dict[str, Any] = {"type": type(generic).__name__}
    for name in ("length", "precision", "scale"):
        if getattr(generic, name, None) is not None:
            found[name] = getattr(generic, name)
    return found


def _made(column: Mapping[str, Any]) -> Any:
    match column["type"]:
        case "DateTime" | "TIMESTAMP":
            return sa.DateTime(timezone=True)
        case "JSON":
            return Json
        case "String" | "Unicode" if "length" in column:
            return sa.String(column["length"])
        case "Numeric":
            return sa.Numeric(column.get("precision"), column.get("scale"))
        case name:
            return _TYPES.get(name, sa.Text)()
