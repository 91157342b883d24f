"""Rows of a file that are likely a record that is there, or a row above them, though no key says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import likeness, service, similar
from vinculo.records.import_rows import Parsed
from vinculo.records.kind import RecordKind
from vinculo.records.likeness import LIKELY, Likeness, Values

REMEMBERED: Final = 10_000  # rows of a trial, which are nowhere else


class Likely(StrEnum):
    """What becomes of such a row."""

    CREATE = "create"  # nobody looks for them, which is fast
    SKIP = "skip"
    UPDATE = "update"
    REJECT = "reject"


def choice(kind: RecordKind, text: str, *, several: bool = False) -> Likely:
    """A choice as it was sent; "" is ``CREATE``. Raises ``InvalidError``."""
    text = text.strip()
    if text not in ("", *Likely):
        fault = _(
            "“%(value)s” is no choice; write one of %(known)s.", value=text[:20], known=", ".join(Likely)
        )
        raise InvalidError([FieldError("duplicates", fault)])
    if text not in ("", Likely.CREATE) and not kind.traits:
        fault = _("Of %(kind)s nobody can tell which are alike; leave this out.", kind=kind.label_plural)
        raise InvalidError([FieldError("duplicates", fault)])
    if text not in ("", Likely.CREATE) and several:
        fault = _("Rows of several kinds are not compared with records they look like; leave this out.")
        raise InvalidError([FieldError("duplicates", fault)])
    return Likely(text or Likely.CREATE)


@dataclass(frozen=True, slots=True)
class Lookalike:
    """What a row looks like: a record, or, without an id, a row above it. ``several`` are as likely."""

    id: int | None
    title: str
    likeness: Likeness
    several: bool = False

    @property
    def text(self) -> str:
        """The same in words."""
        reasons = ", ".join([*self.likeness.reasons, *self.likeness.doubts])
        if self.several:
            text = _("It looks like several records, first of all %(record)s: %(reasons)s.")
        else:
            text = _("It looks like %(record)s: %(reasons)s.")
        return text % {"record": self.title, "reasons": reasons}


class Likes:
    """Compares the rows of a file with what is there, and with each other.

    A trial stores nothing, so its rows are remembered, the last ten thousand of them.
    """

    def __init__(self, kind: RecordKind, actor: Actor, *, dry_run: bool) -> None:
        self._kind = kind
        self._actor = actor
        self._traits = similar.traits_seen(kind, actor)
        self._waiting: set[int] = set()
        self._above = _Above() if dry_run else None

    def find(self, session: Session, parsed: Parsed, store: Callable[[], None]) -> Lookalike | None:
        """What a row looks like. ``store`` adds the rows that wait: it may look like one of them."""
        draft = service.draft(session, self._kind, parsed.values, actor=self._actor)
        values = likeness.values(self._traits, draft)
        keys = likeness.keys(values)
        found = self._above.find(values, keys) if self._above else None
        if self._above is None and not self._waiting.isdisjoint(keys):
            store()
        found = found or self._stored(session, draft)
        if found is None:
            self._waiting |= keys
            if self._above:
                title = _(
                    "row %(row)s, %(record)s", row=parsed.source.number, record=self._kind.title_of(draft)
                )
                self._above.add(title, values, keys)
        return found

    def stored(self) -> None:
        """The rows that waited are there now."""
        self._waiting.clear()

    def _stored(self, session: Session, draft: Any) -> Lookalike | None:
        found = similar.like(session, self._kind, draft, actor=self._actor)
        if not found:
            return None
        best = found[0]
        several = len(found) > 1 and found[1].likeness.score == best.likeness.score
        title = f"{self._kind.title_of(best.record)} ({best.record.id})"
        return Lookalike(best.record.id, title, best.likeness, several)


class _Above:
    """Rows of a trial, by what they meet others by."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, Values]] = []
        self._by_key: dict[int, list[int]] = {}

    def add(self, title: str, values: Values, keys: set[int]) -> None:
        if len(self._rows) >= REMEMBERED:
            self._rows.clear()
            self._by_key.clear()
        for key in keys:
            self._by_key.setdefault(key, []).append(len(self._rows))
        self._rows.append((title, values))

    def find(self, values: Values, keys: set[int]) -> Lookalike | None:
        blocks = (self._by_key.get(key, ()) for key in keys)
        near: Sequence[int] = sorted(
            {one for block in blocks if len(block) <= similar.CROWD for one in block}
        )
        scores = [(likeness.score(values, self._rows[one][1]), -one) for one in near]
        score, one = max(scores, default=(0, 0))
        if score < LIKELY:
            return None
        title, theirs = self._rows[-one]
        return Lookalike(None, title, likeness.explain(values, theirs))
