"""Cursors: where a page of a list ended, as a text that programs and addresses carry along."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from vinculo.db.types import Day, Money, UtcDateTime
from vinculo.errors import MalformedError
from vinculo.i18n import gettext as _


def write(sort: str, direction: str, values: Iterable[Any]) -> str:
    """The cursor after (``a``) or before (``b``) the row with these values in the order ``sort``."""
    raw = msgspec.json.encode([sort, direction, [_plain(value) for value in values]])
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read(cursor: str, sort: str, types: Sequence[Any]) -> tuple[bool, Sequence[Any] | None]:
    """Whether to go backwards, and from where; ``types`` are those of the columns that order the list.

    Raises ``MalformedError`` for a cursor that this list has not given.
    """
    if not cursor:
        return False, None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        sorted_by, direction, values = msgspec.json.decode(raw)
        if sorted_by != sort or direction not in ("a", "b"):
            raise ValueError  # noqa: TRY301
        typed = [_typed(kind, value) for kind, value in zip(types, values, strict=True)]
    except (ValueError, TypeError, ArithmeticError, msgspec.MsgspecError) as error:
        raise MalformedError(
            _("This cursor belongs to another list; start again without cursor."), code="bad_cursor"
        ) from error
    return direction == "b", typed


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _typed(kind: Any, value: Any) -> Any:
    """A JSON value as the Python value of a column, which the database can hold."""
    if value is None:
        return None
    if isinstance(kind, UtcDateTime):
        return dt.datetime.fromisoformat(value).astimezone(dt.UTC)
    if isinstance(kind, sa.Date | Day):
        return dt.date.fromisoformat(value)
    if isinstance(kind, Money):
        units = kind.process_bind_param(Decimal(value), None)
        return kind.process_result_value(_typed(sa.BigInteger(), units), None)
    expected = kind.python_type
    if expected in (bool, int, str) and type(value) is not expected:
        raise TypeError
    if (expected is int and abs(value) >= 2**63) or (expected is str and "\x00" in value):
        raise ValueError
    return value if isinstance(value, expected) else expected(value)
