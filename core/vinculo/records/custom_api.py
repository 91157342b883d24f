"""Custom fields for programs."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
from litestar import Response
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.i18n import gettext as _
from vinculo.records import custom
from vinculo.records.custom import CUSTOMISE
from vinculo.records.custom_models import CustomField, CustomType
from vinculo.records.custom_pages import taken_up
from vinculo.records.custom_wishes import Wish
from vinculo.records.openapi import operation
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import delete, get, post, put

API: Final = "/api/v1/custom-fields"
S = TypeVar("S", bound=msgspec.Struct)


class ShownWhen(msgspec.Struct, forbid_unknown_fields=True):
    """A field counts only where another field of the record has one of these values (“true”, “false”)."""

    field: str
    values: list[str]


class CustomFieldItem(msgspec.Struct):
    """A field that a company added. ``deleted``: its values are kept, and come back when it is restored.

    ``converting``: its type is being changed, and it is out of sight until all its values are converted.
    """

    id: int
    kind: str
    name: str
    label: str
    type: CustomType
    options: list[str]
    required: bool
    help: str
    initial: str
    unique: bool
    indexed: bool
    shown_when: ShownWhen | None
    formula: str
    result: str
    position: int
    converting: bool
    deleted: bool


class CustomFieldList(msgspec.Struct):
    """All of them."""

    items: list[CustomFieldItem]


class NewCustomField(msgspec.Struct, forbid_unknown_fields=True):
    """A field to add; without a ``name`` one is made of the label. ``options`` are those of a choice.

    ``initial`` is what new records get, as one would type it into a form.
    """

    kind: str
    label: str
    type: str
    name: str = ""
    options: list[str] = msgspec.field(default_factory=list)
    required: bool = False
    help: str = ""
    initial: str = ""
    unique: bool = False
    indexed: bool = False
    shown_when: ShownWhen | None = None
    formula: str = ""
    result: str = ""


class ChangedCustomField(msgspec.Struct, forbid_unknown_fields=True):
    """What can be changed of a field; options can be added, not taken away."""

    label: str
    options: list[str] = msgspec.field(default_factory=list)
    required: bool = False
    help: str = ""
    initial: str = ""
    unique: bool = False
    indexed: bool = False
    shown_when: ShownWhen | None = None
    formula: str = ""
    result: str = ""


CUSTOM_STRUCTS = (CustomFieldList, CustomFieldItem, NewCustomField, ChangedCustomField)


def _operation(summary: str, **more: Any) -> Any:
    return operation(summary=summary, tag=_("Custom fields"), permission=CUSTOMISE, **more)


@get(API, permission=CUSTOMISE, operation_class=_operation(_("List custom fields"), answer="CustomFieldList"))
def list_fields(ctx: Context) -> Response[bytes]:
    """All definitions, deleted ones included."""
    return json_answer(CustomFieldList([item(row) for row in custom.every(ctx.session)]))


@post(
    API,
    permission=CUSTOMISE,
    operation_class=_operation(
        _("Add a custom field"),
        body="NewCustomField",
        answer="CustomFieldItem",
        status=201,
        errors=(400, 409, 413, 422),
    ),
)
def add_field(ctx: Context) -> Response[bytes]:
    """Define a field; this process knows it from the next request on, all others within two seconds."""
    asked = ctx.json_as(NewCustomField, field="body")
    wish = Wish(**msgspec.to_builtins(asked))
    row = custom.add(ctx.session, ctx.registry.kinds, wish, actor=ctx.actor.by(Source.API))
    taken_up(ctx)
    return json_answer(item(row), status=201)


@put(
    f"{API}/{{field_id:int}}",
    permission=CUSTOMISE,
    operation_class=_operation(
        _("Change a custom field"),
        body="ChangedCustomField",
        answer="CustomFieldItem",
        errors=(400, 404, 413, 422),
    ),
)
def change_field(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """Save its label, help, options, what new records get, and whether it is required."""
    row = custom.get(ctx.session, field_id)
    asked = ctx.json_as(ChangedCustomField, field="body")
    wish = Wish(kind=row.kind, type=row.type, **msgspec.to_builtins(asked))
    custom.change(ctx.session, ctx.registry.kinds, row, wish, actor=ctx.actor.by(Source.API))
    taken_up(ctx, row)
    return json_answer(item(row))


@delete(
    f"{API}/{{field_id:int}}",
    permission=CUSTOMISE,
    status_code=204,
    operation_class=_operation(_("Delete a custom field"), status=204, errors=(404,)),
)
def remove_field(ctx: Context, field_id: FromPath[int]) -> None:
    """Take it away; its values stay until it is restored."""
    custom.remove(ctx.session, custom.get(ctx.session, field_id), actor=ctx.actor.by(Source.API))
    taken_up(ctx)


@post(
    f"{API}/{{field_id:int}}/restore",
    permission=CUSTOMISE,
    status_code=200,
    operation_class=_operation(_("Restore a custom field"), answer="CustomFieldItem", errors=(404,)),
)
def restore_field(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """Bring it back with its values."""
    row = custom.get(ctx.session, field_id)
    custom.restore(ctx.session, ctx.registry.kinds, row, actor=ctx.actor.by(Source.API))
    taken_up(ctx)
    return json_answer(item(row))


def item(row: CustomField) -> CustomFieldItem:
    """A definition as programs are told it."""
    states: dict[str, Any] = {"converting": row.becoming is not None, "deleted": row.deleted_at is not None}
    names = [name for name in CustomFieldItem.__struct_fields__ if name not in states]
    return CustomFieldItem(**{name: getattr(row, name) for name in names}, **states)


handlers = (list_fields, add_field, change_field, remove_field, restore_field)
