"""Texts as they are ordered and compared: alike on every database."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")


def fold(text: str) -> str:
    """Without case, accents, doubled spaces and NULs, which no database takes: “Ação  ЁЛКА” → “acao елка”."""
    if text.isascii():  # what most is; ten times as fast
        return " ".join(text.replace("\x00", "").lower().split())
    decomposed = unicodedata.normalize("NFKD", text.replace("\x00", ""))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _SPACES.sub(" ", bare.casefold()).strip()


def sort_key(text: str) -> str:
    """What a text is ordered by; fits a ``Key`` column."""
    return fold(text)[:300]
