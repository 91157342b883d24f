"""What was typed into a search, understood: words, “phrases”, numbers in any notation, -without.

Every word has alternatives, each a tuple of pieces of text that a record must hold all of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from vinculo.records.text import digits, fold, looks_like_number

LONGEST: Final = 200
MOST_WORDS: Final = 8
INDEXED: Final = 3  # letters: shorter pieces are in no trigram

Word = Sequence[tuple[str, ...]]

_QUOTES: Final = str.maketrans("“”„«»", '"""""')
_TOKENS: Final = re.compile(r'-?"[^"]*[^"\s][^"]*"|\S+')
_NUMERIC: Final = re.compile(r"[+(]*\d[\d().\-/]*", re.ASCII)
_TRUNK: Final = re.compile(r"00|0|8(?=\d{10}$)")  # what is dialled before a number within a country


@dataclass(frozen=True, slots=True)
class Term:
    """A search: every one of ``words``, and none of ``without``. ``text`` is all of it, folded."""

    text: str
    words: Sequence[Word]
    without: Sequence[str] = ()

    def plain(self) -> Iterator[str]:
        """The pieces of the first alternatives: what to look for in a text, to show it."""
        for word in self.words:
            for pieces in word:
                yield from pieces

    def line(self) -> str:
        """The term as a line of a record's text would be, if it is the whole of it."""
        return " ".join(piece for word in self.words for piece in word[0])


def parse(term: str) -> Term:
    """Understand a term; none is refused, and what is past 200 letters or eight words is left out."""
    text = fold(term[:LONGEST])
    if looks_like_number(text):
        return Term(text, [_number([text])])
    tokens = _TOKENS.findall(text.translate(_QUOTES))[:MOST_WORDS]
    without = [token for token in tokens if _excludes(token)]
    if len(without) == len(tokens):  # nothing else is asked for: then it is meant as it stands
        return Term(text, [_literal(token) for token in tokens])
    words = list(_words([token for token in tokens if not _excludes(token)]))
    return Term(text, words, [_bare(token[1:]) for token in without])


def _excludes(token: str) -> bool:
    return token.startswith("-") and any(map(str.isalnum, token))


def _words(tokens: Sequence[str]) -> Iterator[Word]:
    run: list[str] = []
    for token in tokens:
        if _NUMERIC.fullmatch(token):
            run.append(token)
            continue
        yield from _numbers(run)
        run = []
        yield _literal(token)
    yield from _numbers(run)


def _numbers(run: Sequence[str]) -> Iterator[Word]:
    """Neighbours are one number if it is written as one; else each stands for itself."""
    if all(map(str.isdecimal, run)) or len(digits("".join(run))) < INDEXED:
        yield from map(_literal, run)
    else:
        yield _number(run)


def _number(run: Sequence[str]) -> Word:
    bare = digits("".join(run))
    local = _TRUNK.sub("", bare, count=1) if len(bare) > 6 and _TRUNK.match(bare) else ""
    alternatives = [(bare,), (local,) if local else (), tuple(run) if list(run) != [bare] else ()]
    return [pieces for pieces in alternatives if pieces]


def _literal(token: str) -> Word:
    return [(_bare(token),)]


def _bare(token: str) -> str:
    return token.strip('"').strip() or token
