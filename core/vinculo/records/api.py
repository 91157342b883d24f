"""REST of a kind of record: list, get, create, change, delete, batch, history."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

import msgspec
import sqlalchemy as sa
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from vinculo.actor import Actor, Source
from vinculo.errors import FieldError, InvalidError, PreconditionFailedError, VinculoError
from vinculo.events.models import Event
from vinculo.i18n import gettext as _
from vinculo.records import (
    access,
    idempotency,
    noting,
    service,
    similar_notices,
    snapshots,
    trash,
)
from vinculo.records.history import events_of, undo
from vinculo.records.kind import RecordKind
from vinculo.records.list_api import list_router
from vinculo.records.openapi import header_parameter, operation
from vinculo.records.reading import Reader, Values, links_of
from vinculo.records.schemas import Schemas, schemas, to_record
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import delete, get, patch, post

JSON = "application/json"
MAX_BATCH = 1000
ETAG_HELP = "The ETag you were given: 412 if the record has changed since"


class Deleted(msgspec.Struct):
    """What a DELETE answers: POST to ``restore`` takes it back."""

    trash_id: int
    restore: str


class BatchRow(msgspec.Struct):
    """The outcome of one item of a batch."""

    id: int
    status: str
    external_id: str | None


class BatchResult(msgspec.Struct):
    """The outcome of a batch, in the order in which the items were sent."""

    items: list[BatchRow]


class HistoryItem(msgspec.Struct):
    """One entry of a record's history; ``changes`` maps a field to [before, after].

    ``version`` is the record's own afterwards, null where nobody noted it.
    """

    id: int
    at: str
    actor_id: int | None
    source: str
    via: str
    action: str
    version: int | None
    changes: dict[str, list[Any]]


class History(msgspec.Struct):
    """The newest 200 entries of a record's history."""

    items: list[HistoryItem]


SHARED = (Deleted, BatchResult, History)


class KindApi:
    """The API of one kind. One instance per app; holds no state but the kind's schemas."""

    def __init__(self, kind: RecordKind, described: RecordKind | None = None) -> None:
        self.kind = kind
        self.described = described or kind  # with its facts
        self.schemas: Schemas = schemas(self.described)

    def handlers(self) -> list[HTTPRouteHandler]:
        """All routes."""
        return [
            list_router(self.kind, self.described, self.schemas), self._create(), self._batch(), self._get(),
            self._change(), self._delete(), self._history(), self._undo(),
        ]  # fmt: skip

    def _get(self) -> HTTPRouteHandler:
        kind, made = self.kind, self.schemas

        @get(
            f"{kind.api_url}/{{record_id:int}}",
            permission=kind.permission("read"),
            name=f"api.{kind.name}.get",
            operation_class=self._operation(
                _("Get a %(kind)s", kind=kind.label), "read",
                answer=made.record.__name__, etag=True, errors=(404,),
            ),
        )  # fmt: skip
        def get_record(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
            record = service.get(ctx.session, kind, record_id, actor=ctx.actor)
            noting.view(ctx, kind, record)
            return self._answer(ctx, record)

        return get_record

    def _create(self) -> HTTPRouteHandler:
        kind, made = self.kind, self.schemas

        @post(
            kind.api_url,
            permission=kind.permission("create"),
            name=f"api.{kind.name}.create",
            operation_class=self._operation(
                _("Add a %(kind)s", kind=kind.label), "create",
                parameters=[
                    header_parameter(idempotency.HEADER, "Repeat with the same key: done once"),
                    *similar_notices.parameters(kind),
                ],
                body=made.create.__name__, answer=made.record.__name__, status=201, etag=True,
                errors=(400, 409, 413, 422),
            ),
        )  # fmt: skip
        def create_record(ctx: Context) -> Response[bytes]:
            def work() -> Response[bytes]:
                reader = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor)
                values = reader.json(kind, ctx.json(), new=True)
                similar_notices.refuse(ctx, kind, values, actor=_api(ctx))
                record = service.create(ctx.session, kind, values, actor=_api(ctx))
                location = {"Location": f"{kind.api_url}/{record.id}"}
                return self._answer(ctx, record, status=201, headers=location)

            return idempotency.once(ctx, work)

        return create_record

    def _change(self) -> HTTPRouteHandler:
        kind, made = self.kind, self.schemas

        @patch(
            f"{kind.api_url}/{{record_id:int}}",
            permission=kind.permission("update"),
            name=f"api.{kind.name}.change",
            operation_class=self._operation(
                _("Change a %(kind)s", kind=kind.label), "update",
                parameters=[header_parameter("If-Match", ETAG_HELP)],
                body=made.update.__name__, answer=made.record.__name__, etag=True,
                errors=(400, 404, 409, 412, 413, 422),
            ),
        )  # fmt: skip
        def change_record(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
            record = service.get(ctx.session, kind, record_id, actor=ctx.actor, lock=True)
            _check_etag(ctx, record.version)
            kept = links_of(kind, record)
            reader = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor, kept=kept)
            values = reader.json(kind, ctx.json(), new=False)
            service.update(ctx.session, kind, record, values, actor=_api(ctx))
            return self._answer(ctx, record)

        return change_record

    def _delete(self) -> HTTPRouteHandler:
        kind = self.kind

        @delete(
            f"{kind.api_url}/{{record_id:int}}",
            permission=kind.permission("delete"),
            name=f"api.{kind.name}.delete",
            status_code=200,
            operation_class=self._operation(
                _("Delete a %(kind)s", kind=kind.label), "delete",
                parameters=[header_parameter("If-Match", ETAG_HELP)],
                answer="Deleted", errors=(404, 409, 412, 422),
            ),
        )  # fmt: skip
        def delete_record(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
            record = service.get(ctx.session, kind, record_id, actor=ctx.actor, lock=True)
            _check_etag(ctx, record.version)
            kept = trash.delete(ctx.session, kind, record, actor=_api(ctx))
            return json_answer(Deleted(kept.id, f"/api/v1/trash/{kept.id}/restore"))

        return delete_record

    def _batch(self) -> HTTPRouteHandler:
        kind, made = self.kind, self.schemas

        @post(
            f"{kind.api_url}/batch",
            permission=kind.permission("update"),
            name=f"api.{kind.name}.batch",
            status_code=200,
            operation_class=self._operation(
                _("Add or change %(kind)s by external id, all or none", kind=kind.label_plural), "update",
                parameters=[header_parameter(idempotency.HEADER, "Repeat with the same key: done once")],
                body=made.batch.__name__, answer="BatchResult", errors=(400, 409, 413, 422),
            ),
        )  # fmt: skip
        def batch(ctx: Context) -> Response[bytes]:
            ctx.actor.require(kind.permission("create"))
            return idempotency.once(ctx, lambda: json_answer(self._upsert(ctx, _items(ctx.json()))))

        return batch

    def _upsert(self, ctx: Context, items: list[Any]) -> BatchResult:
        reader = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor)
        rows: list[BatchRow] = []
        errors: list[FieldError] = []
        for index, item in enumerate(items):
            try:
                rows.append(self._upsert_one(ctx, reader, item))
            except InvalidError as fault:
                ctx.session.rollback()  # nothing will be kept, and what is half changed must not be flushed
                at = f"items[{index}]"
                errors.extend(
                    FieldError(f"{at}.{e.field}".rstrip("."), e.message, e.code) for e in fault.errors
                )
            except VinculoError as fault:
                errors.append(FieldError(f"items[{index}]", fault.message, fault.code))
                break  # a broken constraint ends the transaction
        if errors:
            raise InvalidError(errors, code="batch")
        return BatchResult(rows)

    def _upsert_one(self, ctx: Context, reader: Reader, item: Any) -> BatchRow:
        kind, actor = self.kind, _api(ctx)
        key = item.get("external_id") if isinstance(item, dict) else None
        record = self._by_external_id(ctx, key) if isinstance(key, str) and "\x00" not in key else None
        reader.kept = links_of(kind, record) if record is not None else frozenset()
        values: Values = reader.json(kind, item, new=record is None)
        if record is None:
            record = service.create(ctx.session, kind, values, actor=actor)
            return BatchRow(record.id, "created", record.external_id)
        changed = service.update(ctx.session, kind, record, values, actor=actor)
        return BatchRow(record.id, "changed" if changed else "unchanged", record.external_id)

    def _by_external_id(self, ctx: Context, key: str) -> Any:
        model = self.kind.model
        query = access.within(sa.select(model), self.kind, ctx.actor, few=True)
        return ctx.session.scalar(query.where(model.external_id == key.strip()).with_for_update())

    def _history(self) -> HTTPRouteHandler:
        kind = self.kind

        @get(
            f"{kind.api_url}/{{record_id:int}}/history",
            permission=kind.permission("read"),
            name=f"api.{kind.name}.history",
            operation_class=self._operation(
                _("The history of a %(kind)s", kind=kind.label), "read", answer="History", errors=(404,)
            ),
        )
        def history(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
            service.get(ctx.session, kind, record_id, actor=ctx.actor)
            hidden = access.hidden(kind, ctx.actor)
            events = events_of(ctx.session, kind, record_id)
            return json_answer(History([_history_item(event, hidden) for event in events]))

        return history

    def _undo(self) -> HTTPRouteHandler:
        kind, made = self.kind, self.schemas

        @post(
            f"{kind.api_url}/{{record_id:int}}/history/{{event_id:int}}/undo",
            permission=kind.permission("update"),
            name=f"api.{kind.name}.undo",
            status_code=200,
            operation_class=self._operation(
                _("Take a change back, if its values still stand"), "update",
                answer=made.record.__name__, etag=True, errors=(404, 409, 422),
            ),
        )  # fmt: skip
        def undo_change(ctx: Context, record_id: FromPath[int], event_id: FromPath[int]) -> Response[bytes]:
            record = service.get(ctx.session, kind, record_id, actor=ctx.actor, lock=True)
            undo(ctx.session, ctx.registry.kinds, kind, record, event_id, actor=_api(ctx))
            return self._answer(ctx, record)

        return undo_change

    def _answer(self, ctx: Context, record: Any, **options: Any) -> Response[bytes]:
        """A record, as far as the user sees it."""
        shown = to_record(self.kind, self.schemas, record, hidden=access.hidden(self.kind, ctx.actor))
        return json_answer(shown, etag=record.version, **options)

    def _operation(self, summary: str, action: str, **options: Any) -> Any:
        return operation(
            summary=summary,
            tag=str(self.kind.label_plural),
            permission=self.kind.permission(action),
            **options,
        )


def _history_item(event: Event, hidden: AbstractSet[str]) -> HistoryItem:
    return HistoryItem(
        id=event.id,
        at=event.at.isoformat(),
        actor_id=event.actor_id,
        source=event.source,
        via=event.via,
        action=event.action,
        version=event.version or None,
        changes=snapshots.seen(event.changes, hidden),
    )


def _items(payload: Any) -> list[Any]:
    items = payload.get("items") if isinstance(payload, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_BATCH or set(payload) != {"items"}:
        raise InvalidError(
            [FieldError("items", _("Send {“items”: […]} with 1 to %(max)s records.", max=MAX_BATCH), "type")]
        )
    return items


def _api(ctx: Context) -> Actor:
    return ctx.actor.by(Source.API)


def _check_etag(ctx: Context, version: int) -> None:
    sent = ctx.request.headers.get("if-match", "")
    if not sent or sent.strip() == "*":
        return
    if f'"{version}"' not in [tag.strip().removeprefix("W/") for tag in sent.split(",")]:
        raise PreconditionFailedError(
            _(
                "The record is at version %(current)s, If-Match names %(sent)s. Get it again and repeat.",
                current=version,
                sent=sent[:40],
            )
        )
