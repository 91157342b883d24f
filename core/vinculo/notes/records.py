"""Notes as a kind of record."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import mark
from vinculo.notes import mentions
from vinculo.notes.models import Mention, Note
from vinculo.records.fields import IntegerField, LinkField, TextField
from vinculo.records.kind import Collection, Moment, RecordKind

LONGEST: Final = 20_000
TITLE: Final = 120
EXCERPT: Final = 2000


def check_note(session: Session, written: Note, actor: Actor) -> None:
    """A title from its first line, and those who are mentioned."""
    written.title = _beginning(written.text)
    mentions.note_down(session, note, written, actor)


def _beginning(text: str) -> str:
    line = text.strip().partition("\n")[0].strip()
    return line if len(line) <= TITLE else f"{line[: TITLE - 1].rstrip()}…"


def moment(written: Note) -> Moment:
    """The note on the timeline of its client: what its title leaves out is the text."""
    whole = written.text.strip()
    return Moment(
        at=written.created_at,
        label=mark("Note"),
        title=written.title,
        icon="notes",
        text="" if whole == written.title else _rest(whole, written.title)[:EXCERPT],
        user_id=written.created_by_id,
    )


def _rest(whole: str, title: str) -> str:
    """What follows the title; all of it where the title had to be cut."""
    return whole if title.endswith("…") and not whole.startswith(title) else whole[len(title) :].strip()


note = RecordKind(
    name="note",
    plural="notes",
    domain="notes",
    model=Note,
    label=_l("Note"),
    label_plural=_l("Notes"),
    new_label=_l("Add note"),
    icon="notes",
    title="title",
    fields=(
        TextField(name="title", label=_l("Beginning"), read_only=True),
        TextField(
            name="text",
            label=_l("Text"),
            required=True,
            multiline=True,
            max_length=LONGEST,
            searchable=True,
            aliases=("note", "notes", "body", "comment", "content"),
            help=_l("@ and a name or login mentions a colleague."),
        ),
        LinkField(name="client_id", label=_l("Client"), kind="client", aliases=("company", "account")),
        LinkField(name="counterparty_id", label=_l("Counterparty"), kind="counterparty"),
        LinkField(name="person_id", label=_l("Person"), kind="person", aliases=("contact",)),
        LinkField(name="created_by_id", label=_l("Author"), kind="user", read_only=True),
        TextField(name="about_kind", label=_l("About a record of kind"), max_length=60, read_only=True),
        IntegerField(name="about_id", label=_l("About the record with id"), read_only=True),
    ),
    collections=(
        Collection(
            name="mentions",
            label=_l("Mentions"),
            add_label=_l("Mention somebody"),
            model=Mention,
            fields=(LinkField(name="user_id", label=_l("User"), kind="user", read_only=True),),
            read_only=True,
            shown=False,
        ),
    ),
    columns=("title", "client_id", "created_by_id", "created_at"),
    sort="-created_at",
    client="client_id",
    rules=check_note,
    written=mentions.tell,
    moment=moment,
    told_by_title=("text",),
    weight=25,
    summary=_l("What colleagues should know. Write one on the card of a client, a counterparty or a person."),
)
