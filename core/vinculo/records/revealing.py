"""What is shown on request: a mask of it on the card, and the value itself to who asks, on record each time.

Everywhere else such a field is hidden: lists, files, forms, history and the API's answers hold neither the
value nor its mask. The search finds it by the whole of it only (``vinculo.records.search``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, FieldAccess
from vinculo.errors import FieldError, InvalidError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.records.fields import Field
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.text import digits, looks_like_number

REVEALED: Final = "revealed"
DOTS: Final = "•••"


def reveal(
    session: Session, kind: RecordKind, record: Any, names: Iterable[str], *, actor: Actor
) -> Sequence[Field | Collection]:
    """The fields and collections of these names, of a record that was read for the actor; an event says so.

    Raises ``InvalidError`` for what there is not, or is hidden from the actor altogether.
    """
    asked = {*names}
    found = [
        part
        for part in kind.whole.parts()
        if part.name in asked and actor.field(kind.name, part.name) is not FieldAccess.HIDDEN
    ]
    missing = sorted(asked - {part.name for part in found})
    if missing or not found:
        named = ", ".join(missing)[:100] or "“”"
        text = _("Name the fields to show; there is no field %(name)s.", name=named)
        raise InvalidError([FieldError("fields", text, "unknown_field")])
    log.write(
        session,
        actor=actor,
        action=REVEALED,
        kind=kind.name,
        record_id=record.id,
        title=kind.title_of(record),
        client_id=_client_of(session, kind, record),
        changes={"fields": [None, [part.name for part in found]]},
        version=None,
    )
    return found


def _client_of(session: Session, kind: RecordKind, record: Any) -> int | None:
    """The client that a record belongs to, or the first of several."""
    if kind.client:
        return kind.client_of(record)
    for tie in kind.through:
        query = sa.select(sa.func.min(tie.client)).where(tie.record == record.id)
        found: int | None = session.scalar(query if tie.on is None else query.where(tie.on))
        if found is not None:
            return found
    return None


def masked(text: str) -> str:
    """As much of a value as it takes to recognise it: “h•••@•••.com”, “••• ••34”, “S•••”."""
    local, at, host = text.strip().rpartition("@")
    if at and local:
        return f"{local[0]}{DOTS}@{DOTS}{_ending(host)}"
    count = len(digits(text))
    if looks_like_number(text):
        return f"{DOTS} ••{digits(text)[-2:]}" if count > 6 else DOTS
    return f"{text.strip()[0]}{DOTS}" if len(text.strip()) > 3 else DOTS


def _ending(host: str) -> str:
    name, dot, ending = host.rpartition(".")
    return dot + ending if name else ""
