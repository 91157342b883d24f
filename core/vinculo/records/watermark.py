"""What tells where a file came from: its name, and a mark in its last row that imports pass over."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Final

DIGITS: Final = 6
LONGEST_NAME: Final = 40
_MARK: Final = re.compile(
    r"Vinculo export (\d{6,18}) \| [^|]* \| [^|]* \| \d{4}-\d\d-\d\dT[\d:]{8}[+-]\d\d:\d\d", re.ASCII
)
_NUMBER_AT_END: Final = re.compile(r"(\d{1,18})(?:\.[a-z]+)?\s*$", re.ASCII)
_COMMAND_LINE: Final = "command line"


def number_of(export_id: int) -> str:
    """The number of an export as people read it."""
    return f"{export_id:0{DIGITS}}"


def mark(export_id: int, *, company: str, user: str, at: datetime) -> str:
    """One cell, the same in every language, so that every import knows it; it begins no formula."""
    parts = [_plain(company), _plain(user) or _COMMAND_LINE, at.isoformat(timespec="seconds")]
    return " | ".join([f"Vinculo export {number_of(export_id)}", *parts])


def is_mark(cells: Sequence[str]) -> bool:
    """Whether a row is such a mark and nothing else, in whatever column it stands by now."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return len(filled) == 1 and bool(_MARK.fullmatch(filled[0]))


def number_in(text: str) -> int | None:
    """The number of an export, from a mark, the name of a file, or as people type it; None without one."""
    found = _MARK.search(text) if "|" in text else _NUMBER_AT_END.search(text)
    return int(found[1]) if found else None


def file_name(
    plural: str, export_id: int, *, login: str, user_id: int | None, at: datetime, suffix: str
) -> str:
    """Such as clients-helena-2026-11-26-000123.csv, in plain letters of which headers may be made."""
    who = _slug(login) or (f"user-{user_id}" if user_id else "vinculo")
    return f"{plural}-{who}-{at.date().isoformat()}-{number_of(export_id)}.{suffix}"


def _plain(text: str) -> str:
    """A name in one line, without what parts the mark or is no character."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.replace("|", "/").split())


def _slug(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters)[:LONGEST_NAME].strip("-")
