"""Custom fields that lead to a file: which there are, and filling one with what was just added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import FieldError, InvalidError
from vinculo.files.models import StoredFile
from vinculo.files.records import file
from vinculo.i18n import gettext as _
from vinculo.records import access, service
from vinculo.records.fields import LinkField
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Values
from vinculo.web.views import Option


def of(kind: RecordKind, actor: Actor) -> Sequence[Option]:
    """The fields of a kind which the actor may fill with a file."""
    if access.reach(kind, actor, "update") is None:
        return ()
    found = (one for one in access.seen_by(kind, actor).writable() if isinstance(one, LinkField))
    return [Option(one.name, str(one.label)) for one in found if one.kind == file.name]


def fill(
    session: Session, kind: RecordKind, record_id: int, name: str, made: Sequence[StoredFile], *, actor: Actor
) -> None:
    """Let a field of a record lead to the file. Raises ``InvalidError`` where that cannot be."""
    names = [option.value for option in of(kind, actor)]
    if name not in names:
        text = _("%(value)s is no field for files here; there are: %(names)s.")
        told = text % {"value": name[:60], "names": ", ".join(names) or "-"}
        raise InvalidError([FieldError("field", told, "unknown_field")])
    if len(made) > 1:
        raise InvalidError([FieldError("file", _("A field takes one file; send them one by one."))])
    record: Any = service.get(session, kind, record_id, actor=actor, lock=True)
    service.update(session, kind, record, Values({name: made[0].id}), actor=actor)
