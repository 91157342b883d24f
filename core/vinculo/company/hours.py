"""Hours of a day as people write them: “09:00-13:00, 14:00-18:00”."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from vinculo.company.working_time import Span
from vinculo.i18n import gettext as _
from vinculo.records.fields import TextField

_SPAN: Final = re.compile(
    r"(\d{1,2})(?::([0-5]\d))?\s*[-\N{EN DASH}\N{EM DASH}]\s*(\d{1,2})(?::([0-5]\d))?", re.ASCII
)
MIDNIGHT: Final = 24 * 60


@dataclass(frozen=True, kw_only=True)
class HoursField(TextField):
    """The hours of a day, kept as ``written``; nothing for a day off."""

    max_length: int = 100

    def parse(self, text: str) -> str:
        """Several of them in any order, comma between; they may not overlap."""
        return written(spans(super().parse(text)))


def spans(text: str) -> Sequence[Span]:
    """Hours as minutes of the day, in order. Raises ``ValueError``, which says what does not fit."""
    found = sorted(_span(part.strip()) for part in re.split("[,;]", text) if part.strip())
    for one, other in pairwise(found):
        if one[1] > other[0]:
            raise ValueError(
                _("%(one)s and %(other)s overlap; write them as one.", one=_text(one), other=_text(other))
            )
    return _joined(found)


def written(of: Sequence[Span]) -> str:
    """Hours in the one way in which they are kept."""
    return ", ".join(_text(span) for span in of)


def _joined(found: Sequence[Span]) -> Sequence[Span]:
    """What follows at once is one."""
    joined: list[Span] = []
    for begin, end in found:
        if joined and joined[-1][1] == begin:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return tuple(joined)


def _span(text: str) -> Span:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(_("“%(value)s” are no hours; write e.g. 09:00-13:00, 14:00-18:00.", value=text))
    begin, end = (int(match[n]) * 60 + int(match[n + 1] or 0) for n in (1, 3))
    if not begin < end <= MIDNIGHT:
        raise ValueError(
            _(
                "“%(value)s” does not end between its beginning and 24:00; write what goes on after midnight"
                " beside the next day.",
                value=text,
            )
        )
    return begin, end


def _text(span: Span) -> str:
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in span)
