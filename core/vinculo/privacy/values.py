"""What tells of whom a text speaks: names, numbers, addresses; found in texts and taken out of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa

from vinculo.records.text import fold

REDACTED: Final = "[…]"
MIN_LENGTH: Final = 6  # what is shorter is part of other words and numbers


@dataclass(frozen=True)
class Values:
    """The values of one person that are nobody else's, too."""

    texts: frozenset[str]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        every = {*self.texts, *map(fold, self.texts)}
        options = "|".join(map(re.escape, sorted(every, key=len, reverse=True)))
        return re.compile(rf"(?<!\w)(?:{options})(?!\w)", re.IGNORECASE)

    def stands_in(self, columns: Iterable[Any]) -> sa.ColumnElement[bool]:
        """Whether a column may hold one of them; ``redacted`` tells for sure."""
        every = {one.lower() for text in self.texts for one in (text, fold(text), json.dumps(text)[1:-1])}
        return sa.or_(
            sa.false(),
            *(
                sa.func.lower(sa.cast(column, sa.Text)).contains(one, autoescape=True)
                for column in columns
                for one in sorted(every)
            ),
        )

    def redacted(self, value: Any) -> Any:
        """A value, also one of JSON, without them; the same object where there is none."""
        match value:
            case str():
                return self._pattern.sub(REDACTED, value) if self.texts else value
            case dict():
                found = {name: self.redacted(one) for name, one in value.items()}
            case list() | tuple():
                changed = [self.redacted(one) for one in value]
                return changed if changed != [*value] else value
            case _:
                return value
        return found if found != value else value


def telling(texts: Iterable[Any]) -> Iterator[str]:
    """Those that tell: long enough, and of names those of several words."""
    for text in texts:
        if isinstance(text, str) and len(text.strip()) >= MIN_LENGTH:
            single_word = text.isalpha()
            if not single_word:
                yield text.strip()


def named(changes: Any, fields: frozenset[str]) -> Iterator[str]:
    """All texts of these fields in the changes of an event."""
    match changes:
        case Mapping():
            for name, value in changes.items():
                if name in fields:
                    yield from _texts(value)
                yield from named(value, fields)
        case list():
            for value in changes:
                yield from named(value, fields)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from _texts(one)
