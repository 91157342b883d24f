"""Who is mentioned in a text: ``@login`` or ``@Full Name`` of an active user."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts import rights
from vinculo.accounts.models import User
from vinculo.actor import Actor, ExportLimits, Source
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.events import notices
from vinculo.i18n import gettext as _
from vinculo.i18n import mark
from vinculo.notes.models import Mention, Note
from vinculo.records import access
from vinculo.records.kind import RecordKind
from vinculo.records.text import fold

MOST: Final = 20
_AT: Final = re.compile(r"(?<![\w@.])@(?=\w)")
_WORD: Final = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a text where a user is mentioned; ``end`` is behind the last letter of ``text``."""

    start: int
    end: int
    user_id: int

    def within(self, text: str) -> str:
        """What stands there, without the @."""
        return text[self.start + 1 : self.end]


def find(text: str, names: Iterable[tuple[str, int]]) -> Iterator[Mark]:
    """The mentions in a text; of names that begin alike, the longest that stands there."""
    known = sorted(((name, one) for name, one in names if name), key=lambda pair: -len(pair[0]))
    for at in _AT.finditer(text):
        for name, user_id in known:
            end = at.end() + len(name)
            if fold(text[at.end() : end]) == fold(name) and not _WORD.match(text[end : end + 1]):
                yield Mark(at.start(), end, user_id)
                break


def note_down(session: Session, kind: RecordKind, note: Note, actor: Actor) -> None:
    """Bring the mentions of a note up to date with its text; called before it is written.

    Raises ``InvalidError`` naming those who may not read it: nobody should count on them to know. What an
    import brings is old: nobody is told of it.
    """
    marks = {mark.user_id: mark for mark in find(note.text, _names(session) if "@" in note.text else ())}
    if len(marks) > MOST:
        text = _("Mention at most %(most)s people in one note.", most=MOST)
        raise InvalidError([FieldError("text", text)])
    held = {row.user_id: row for row in note.mentions}
    kept = [row for user_id, row in held.items() if user_id in marks]
    new = [user_id for user_id in marks if user_id not in held]
    if strangers := list(_unable(session, kind, note, new)):
        text = _("%(names)s may not read this note. Leave the mention out, or write to them otherwise.")
        raise InvalidError([FieldError("text", text % {"names": ", ".join(strangers)}, "mention")])
    for row in kept:
        row.mark = marks[row.user_id].within(note.text)
    for user_id in new:
        told = now() if actor.source is Source.IMPORT or user_id == actor.user_id else None
        mark = marks[user_id].within(note.text)
        kept.append(Mention(user_id=user_id, mark=mark, seen_at=told, mailed_at=told))
    if kept != list(note.mentions):
        note.mentions = kept


def tell(session: Session, note: Note, changes: Mapping[str, Any], actor: Actor) -> None:
    """Tell those who were not mentioned before; the job of mentions mails them."""
    before, after = changes.get("mentions", (None, None))
    known = {row["user_id"] for row in before or ()}
    new = {row["user_id"] for row in after or ()} - known
    for row in note.mentions:
        if row.user_id in new and row.seen_at is None:
            notices.tell(
                session,
                row.user_id,
                label=mark("You are mentioned"),
                title=note.title,
                icon="notes",
                about=("note", note.id),
                client_id=note.client_id,
                mail=False,
            )


def _names(session: Session) -> list[tuple[str, int]]:
    """Logins and full names of active users; of full names only those that are one user's alone."""
    rows = session.execute(sa.select(User.id, User.login, User.full_name).where(User.active)).all()
    by_name: dict[str, list[tuple[str, int]]] = {}
    for row in rows:
        by_name.setdefault(fold(row.full_name), []).append((row.full_name, row.id))
    return [(row.login, row.id) for row in rows] + [one[0] for one in by_name.values() if len(one) == 1]


def _unable(session: Session, kind: RecordKind, note: Note, user_ids: Sequence[int]) -> Iterator[str]:
    permissions = {one.name: one for one in kind.permissions()}
    for user in session.scalars(sa.select(User).where(User.id.in_(user_ids)).order_by(User.id)):
        held = rights.compiled(session, user.id, permissions, ExportLimits())
        reader = Actor(
            user.id, user.name, Source.PAGE, rights=held.rights, is_administrator=held.is_administrator
        )
        if not access.reads_of(session, kind, reader, note.client_id):
            yield user.name


def names_in(session: Session, note_ids: Sequence[int]) -> Mapping[int, Mapping[str, str]]:
    """For each of these notes what stands behind an @ → what that user is called now."""
    name = sa.func.coalesce(sa.func.nullif(User.full_name, ""), User.login)
    query = sa.select(Mention.note_id, Mention.mark, name).join(User, User.id == Mention.user_id)
    found: dict[int, dict[str, str]] = {}
    for note_id, said, called in session.execute(query.where(Mention.note_id.in_(note_ids))):
        found.setdefault(note_id, {})[said] = called
    return found
