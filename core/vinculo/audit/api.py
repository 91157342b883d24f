"""The event log for programs."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

import msgspec
from litestar import Response
from litestar.openapi.spec import Parameter

from vinculo.audit import queries
from vinculo.audit.permissions import READ
from vinculo.audit.wording import hidden_fields
from vinculo.events import chain
from vinculo.events.models import Event
from vinculo.i18n import gettext as _
from vinculo.records import snapshots
from vinculo.records.openapi import RawSchema, operation
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get

JSON = "application/json"


class AuditEvent(msgspec.Struct):
    """Something that was done. ``changes`` maps a field to [before, after]; ``via`` is a plugin or a job."""

    id: int
    at: str
    actor_id: int | None
    source: str
    via: str
    action: str
    kind: str
    record_id: int
    client_id: int | None
    title: str
    version: int | None
    changes: dict[str, Any]
    hash: str


class AuditPage(msgspec.Struct):
    """Events, newest first; ``next_before`` is what to send as ``before`` to go on."""

    items: list[AuditEvent]
    next_before: int | None


class Checkpoint(msgspec.Struct):
    """The last event. Kept elsewhere, it shows later whether the log was cut off before it."""

    number: int
    hash: str
    checkpoint: str


AUDIT_STRUCTS = (AuditPage, Checkpoint)


def _parameters() -> list[Parameter]:
    integer: dict[str, Any] = {"type": "integer", "minimum": 0}
    text: dict[str, Any] = {"type": "string"}
    schemas = {
        **dict.fromkeys(queries.NUMBERS, integer),
        "limit": {**integer, "minimum": 1, "maximum": queries.MOST},
        **dict.fromkeys(queries.TEXTS, text),
        **{name: {**text, "format": "date"} for name in queries.DAYS},
    }
    return [
        Parameter(name=name, param_in="query", required=False, schema=RawSchema(schema))
        for name, schema in schemas.items()
    ]


@get(
    "/api/v1/audit",
    permission=READ,
    operation_class=operation(
        summary=_("List events, newest first"),
        tag=_("Event log"),
        permission=READ,
        parameters=_parameters(),
        answer="AuditPage",
        errors=(400, 422),
    ),
)
def list_events(ctx: Context) -> Response[bytes]:
    """A page of the log."""
    events, before = queries.page(ctx.session, queries.parse(ctx.parameters()))
    hidden = hidden_fields(ctx, events)
    items = [described(event, hidden.get(event.kind, frozenset())) for event in events]
    return json_answer(AuditPage(items, before))


@get(
    "/api/v1/audit/checkpoint",
    permission=READ,
    operation_class=operation(
        summary=_("The last event, to be kept elsewhere"),
        tag=_("Event log"),
        permission=READ,
        answer="Checkpoint",
    ),
)
def checkpoint(ctx: Context) -> Response[bytes]:
    """Number and hash of the last event."""
    number, digest = chain.head(ctx.session)
    return json_answer(Checkpoint(number, digest, f"{number}:{digest}"))


def described(event: Event, hidden: AbstractSet[str] = frozenset()) -> AuditEvent:
    """An event as programs are given it, without what is hidden."""
    return AuditEvent(
        id=event.id,
        at=chain.moment(event.at),
        actor_id=event.actor_id,
        source=event.source,
        via=event.via,
        action=event.action,
        kind=event.kind,
        record_id=event.record_id,
        client_id=event.client_id,
        title=event.title,
        version=event.version or None,
        changes=snapshots.seen(event.changes, hidden),
        hash=event.hash,
    )
