"""The values that filters compare with, as programs and people write them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from vinculo.errors import FieldError
from vinculo.i18n import current_time_zone
from vinculo.i18n import gettext as _
from vinculo.records import relative
from vinculo.records.fields import (
    AmountField,
    DateField,
    Field,
    LinkField,
    MomentField,
    PriceField,
    SeveralField,
)
from vinculo.records.text import whole_number

MOST_IDS: Final = 500
ME: Final = "me"  # as the value of a link to a user: whoever asks
_DAY: Final = DateField(name="day", label="")


@dataclass(frozen=True, slots=True)
class Reading:
    """How values are written, ``typed`` as in the API, and the user by whom."""

    typed: bool
    me: int | None


def ids(text: str, errors: list[FieldError]) -> list[int]:
    """The records that are named by their ids, with commas between."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    found = [number for part in parts if (number := whole_number(part)) is not None and number < 2**63]
    if len(found) < len(parts) or len(found) > MOST_IDS:
        told = _("ids are whole numbers with commas between, at most %(most)s.", most=MOST_IDS)
        errors.append(FieldError("ids", told))
        return []
    return found


def moves(found: Field, text: str) -> bool:
    """Whether a value stands for something else on another day, or for another user."""
    if isinstance(found, LinkField):
        return found.kind == "user" and text.strip() == ME
    return isinstance(found, DateField | MomentField) and relative.is_relative(text.strip())


def read(found: Field, text: str, operator: str, how: Reading) -> Any:
    """The value that a text stands for beside an operator. Raises ``ValueError`` and ``TypeError``."""
    if "\x00" in text:
        raise ValueError(_("It holds characters that are no text; type it anew."))
    if operator in ("contains", "starts"):
        return text[:200]
    if moves(found, text):
        return _moving(found, text.strip(), operator, how)
    typed = how.typed
    if isinstance(found, SeveralField):
        return found.one(text)
    value = _moment(found, text.strip(), operator, typed=typed) if isinstance(found, MomentField) else None
    if isinstance(found, PriceField):
        value = found.parse(text, typed=typed)
    elif value is None:
        # People of each language write these otherwise.
        exact = typed and isinstance(found, AmountField | DateField)
        value = found.read(text.strip()) if exact else found.parse(text)
    if value is None:
        raise ValueError(_("a value is missing; use [empty] to find records without one."))
    return value


def settle(found: Field, text: str, operator: str, how: Reading, *, fixed: bool = False) -> str:
    """The same value as everybody reads it alike, pages of any language and programs.

    What moves stays as it is written, or is ``fixed`` to what it means now. Raises what ``read`` raises.
    """
    if operator in ("contains", "starts", "empty"):
        return text
    value = read(found, text, operator, how)
    if moves(found, text) and not fixed:
        return text.strip()
    if isinstance(found, MomentField):
        day = None if moves(found, text) else _day(text.strip(), how)
        return day.isoformat() if day else str(found.dump(value))
    return found.text(value) or str(value).lower()


def _moving(found: Field, text: str, operator: str, how: Reading) -> Any:
    if isinstance(found, LinkField):
        if how.me is None:
            raise ValueError(_("“me” is whoever is signed in; here, name a user."))
        return how.me
    day = relative.day(text)
    assert day is not None
    return _edge(found, day, operator, current_time_zone()) if isinstance(found, MomentField) else day


def _moment(found: MomentField, text: str, operator: str, *, typed: bool) -> Any:
    """A moment; a day alone stands for its first one, or for its last where the day itself is included."""
    if not text:
        return None
    day = _day(text, Reading(typed, None))
    if day is None:
        return found.read(text) if typed else found.parse(text)
    return _edge(found, day, operator, dt.UTC if typed else current_time_zone())


def _day(text: str, how: Reading) -> dt.date | None:
    try:
        return _DAY.read(text) if how.typed else _DAY.parse(text)
    except ValueError:
        return None


def _edge(found: MomentField, day: dt.date, operator: str, zone: dt.tzinfo) -> Any:
    clock = dt.time.max if operator in ("lte", "gt") else dt.time()
    return found.read(dt.datetime.combine(day, clock, zone).isoformat())
