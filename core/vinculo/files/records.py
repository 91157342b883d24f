"""Files as a kind of record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import FieldError, InvalidError
from vinculo.files.models import StoredFile
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import mark
from vinculo.records.fields import IntegerField, LinkField, TextField
from vinculo.records.kind import Moment, RecordKind
from vinculo.records.proving import Evidence, Found, Subject, hanging_on

LARGEST: Final = 2**53


def check_file(session: Session, written: StoredFile, actor: Actor) -> None:
    """A file has a content: it comes by an upload, not by a form or a list of values."""
    if not written.path:
        text = _("Files are added on the card of a record, or by the API as multipart/form-data.")
        raise InvalidError([FieldError("", text, "no_content")])


def moment(written: StoredFile) -> Moment:
    """When it was added, on the timeline of its client."""
    return Moment(
        at=written.created_at,
        label=mark("File"),
        title=written.name,
        icon="paperclip",
        user_id=written.created_by_id,
    )


def _added(session: Session, subjects: Sequence[Subject]) -> Mapping[Subject, Found]:
    return hanging_on(session, subjects, file, "created_at", "created_by_id")


file = RecordKind(
    name="file",
    plural="files",
    domain="files",
    model=StoredFile,
    label=_l("File"),
    label_plural=_l("Files"),
    new_label=_l("Add file"),
    icon="paperclip",
    title="name",
    fields=(
        TextField(name="name", label=_l("Name"), required=True, max_length=200, searchable=True),
        LinkField(name="client_id", label=_l("Client"), kind="client"),
        LinkField(name="counterparty_id", label=_l("Counterparty"), kind="counterparty"),
        LinkField(name="person_id", label=_l("Person"), kind="person"),
        IntegerField(name="size", label=_l("Size in bytes"), maximum=LARGEST, read_only=True),
        TextField(name="media_type", label=_l("Type"), max_length=100, read_only=True),
        LinkField(name="created_by_id", label=_l("Added by"), kind="user", read_only=True),
        TextField(name="digest", label=_l("SHA-256"), max_length=64, read_only=True),
        TextField(name="path", label=_l("Stored as"), max_length=100, read_only=True),
        TextField(name="about_kind", label=_l("About a record of kind"), max_length=60, read_only=True),
        IntegerField(name="about_id", label=_l("About the record with id"), maximum=LARGEST, read_only=True),
    ),
    columns=("name", "media_type", "size", "client_id", "created_by_id", "created_at"),
    sort="-created_at",
    client="client_id",
    rules=check_file,
    moment=moment,
    evidence=Evidence(_l("A file on it"), _added),
    menu=None,
    weight=27,
    summary=_l("Files on the cards of clients, counterparties and people."),
)
