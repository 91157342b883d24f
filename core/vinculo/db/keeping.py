"""Rows that many others point to, such as the stages of a pipeline: loaded once for a session."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from sqlalchemy.orm import Session

Row = TypeVar("Row")
_KEPT: Final = "vinculo_kept"


def get(session: Session, model: type[Row], key: int | None) -> Row | None:
    """What ``session.get`` finds, None for no key.

    A session forgets rows that nobody else holds: what each of a thousand imported rows asks for would be
    loaded a thousand times. These it holds as long as it lives.
    """
    if not key:
        return None
    found = session.get(model, key)
    kept: dict[tuple[type, int], Any] = session.info.setdefault(_KEPT, {})
    kept[model, key] = found
    return found


def get_one(session: Session, model: type[Row], key: int) -> Row:
    """The same of a row that is there. Raises ``NoResultFound``, as ``session.get_one`` does."""
    return get(session, model, key) or session.get_one(model, key)
