"""Rows as JSON builtins, the same from every database; read and written by the database's own types.

The models are not asked: those of a plugin that is off are not imported, those of one that is gone are
not to be had.
"""

from __future__ import annotations

import base64
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import SAWarning


def reflect(connection: sa.Connection, name: str, into: sa.MetaData | None = None) -> sa.Table:
    """A table as the database has it, without those it refers to."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipped unsupported reflection", SAWarning)
        metadata = sa.MetaData() if into is None else into
        return sa.Table(name, metadata, autoload_with=connection, resolve_fks=False)


def encode(value: Any) -> Any:
    """A value as JSON builtins; moments in UTC."""
    match value:
        case datetime():
            moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
            return {"$moment": moment.isoformat()}
        case date():
            return {"$day": value.isoformat()}
        case time():
            return {"$time": value.isoformat()}
        case Decimal():
            return {"$number": f"{value.normalize():f}"}
        case bytes():
            return {"$bytes": base64.b64encode(value).decode()}
        case dict() | list():
            return {"$json": value}
        case _:
            return value


_DECODERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "$moment": datetime.fromisoformat,
    "$day": date.fromisoformat,
    "$time": time.fromisoformat,
    "$number": Decimal,
    "$bytes": base64.b64decode,
    "$json": lambda value: value,
}


def decode(value: Any) -> Any:
    """What ``encode`` was given."""
    if isinstance(value, dict):
        ((name, inner),) = value.items()
        return _DECODERS[name](inner)
    return value


def encode_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row, column by column."""
    return {name: encode(value) for name, value in row.items()}


def decode_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """What ``encode_row`` was given."""
    return {name: decode(value) for name, value in row.items()}


def line(row: Mapping[str, Any]) -> bytes:
    """An encoded row in its canonical form, of which hashes are made."""
    return msgspec.json.encode(row, order="deterministic") + b"\n"
