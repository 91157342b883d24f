"""Texts made comparable: for sorting, matching and search, alike on every database.

How they are folded is in ``vinculo.db.text``, whose names are offered here, too.
"""

from __future__ import annotations

import re

from vinculo.db.text import fold, sort_key

__all__ = ["compact", "digits", "fold", "looks_like_number", "sort_key", "whole_number"]

_DIGITS = re.compile(r"[+\d\s().\-/]+")
_WHOLE = re.compile(r"\d{1,18}", re.ASCII)


def digits(text: str) -> str:
    """Only the digits."""
    return "".join(filter(str.isdecimal, text))


def compact(text: str) -> str:
    """A code such as a tax number without its punctuation, “12.ABC.345/01” → “12abc34501”; "" for words."""
    coded = len(text) <= 60 and any(map(str.isdecimal, text)) and not any(map(str.isspace, text.strip()))
    return "".join(filter(str.isalnum, fold(text))) if coded and "@" not in text else ""


def whole_number(text: str) -> int | None:
    """An id or a version as forms and addresses bring them; None for what cannot be one."""
    return int(text) if _WHOLE.fullmatch(text) else None


def looks_like_number(text: str) -> bool:
    """Whether a search term is a fragment of a phone or an identifier rather than words."""
    return bool(_DIGITS.fullmatch(text)) and len(digits(text)) >= 3
