"""Titles that are spelt almost as a search term, with at most one slip in each word of four letters or more.

Nothing is stored for it. A slip leaves what stands before and after it whole, so records that hold both
are found by the trigrams there are, some hundreds at most; which of them are close enough is counted here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from vinculo.records.terms import INDEXED, Term, Word

SHORTEST: Final = 4
LONG: Final = 8  # letters, from which on two slips are forgiven
_PARTS: Final = re.compile(r"[^\W_]+")


def loosened(term: Term) -> Sequence[Word]:
    """The words of a term with what is left of them by a slip; empty where none is long enough."""
    words = [[*word, *_pieces(word[0][0])] if _may_slip(word) else word for word in term.words]
    return words if any(map(_may_slip, term.words)) else ()


def _may_slip(word: Word) -> bool:
    return len(word) == 1 and len(word[0][0]) >= SHORTEST and word[0][0].isalpha()


def _pieces(word: str) -> Sequence[tuple[str, ...]]:
    """What stays of a word whichever letter is wrong, missing, doubled or swapped with the next."""
    found: dict[tuple[str, ...], None] = {}
    if len(word) < LONG:  # of which little is left where two letters were swapped
        found = {
            (word[:at] + word[at + 1] + word[at] + word[at + 2 :],): None for at in range(1, len(word) - 2)
        }
    for at in range(-1, len(word)):
        pair = (word[: max(at, 0)], word[at + 2 :])
        if pieces := tuple(piece for piece in pair if len(piece) >= INDEXED):
            found[pieces] = None
    return [one for one in found if not any(one != other and _holds(one, other) for other in found)]


def _holds(pieces: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return all(any(other in piece for piece in pieces) for other in others)


def slips(term: Term, titles: Iterable[str], held: Sequence[Sequence[bool]]) -> list[int | None]:
    """How far each title is from the term; None: too far.

    ``held`` says of each title which words of the term its record holds as they were typed.
    """
    parts = [_PARTS.findall(title) for title in titles]
    vocabulary = {part for some in parts for part in some}
    sums: list[int | None] = [0] * len(parts)
    for number, word in enumerate(term.words):
        near = _near(word[0][0], vocabulary) if _may_slip(word) else {}
        for row, some in enumerate(parts):
            if sums[row] is None or held[row][number]:
                continue
            distance = min((near[part] for part in some if part in near), default=None)
            sums[row] = None if distance is None else (sums[row] or 0) + distance
    return sums


def _near(word: str, vocabulary: Iterable[str]) -> dict[str, int]:
    """The words that are close to one, or begin with what is: somebody may still be typing it."""
    allowed = 1 if len(word) < LONG else 2
    forms: dict[str, list[str]] = {}
    for part in vocabulary:
        for length in {len(word) - 1, len(word), len(word) + 1, len(part)}:
            if length <= len(part):
                forms.setdefault(part[:length], []).append(part)
    near: dict[str, int] = {}
    hits = process.extract(word, list(forms), scorer=OSA.distance, score_cutoff=allowed, limit=None)
    for form, distance, _at in hits:
        for part in forms[form]:
            rest = 2 * int(distance) + (form != part)  # a whole word before the beginning of one
            near[part] = min(near.get(part, rest), rest)
    return near
