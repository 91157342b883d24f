"""Changing the type of custom fields, for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
from litestar import Response
from litestar.params import FromPath

from vinculo.i18n import gettext as _
from vinculo.records import custom, retyping
from vinculo.records.conversion import Fate
from vinculo.records.custom import CUSTOMISE
from vinculo.records.custom_api import API, item
from vinculo.records.openapi import operation
from vinculo.records.retyping import Target
from vinculo.records.retyping_pages import SHOWN, changed
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import post


class NewType(msgspec.Struct, forbid_unknown_fields=True):
    """What a field is to become; ``options`` of a choice that are left out are made of its values."""

    type: str
    options: list[str] = msgspec.field(default_factory=list)


class TypeSample(msgspec.Struct):
    """What becomes of the value of a record, as people read it."""

    fate: str
    id: int
    title: str
    was: str
    became: str
    reason: str


class TypeOutlook(msgspec.Struct):
    """How many values a change ``converted`` and ``kept`` as they do not fit.

    Where one is taken back, how many are ``restored`` as they were, and how many were ``edited`` since.
    """

    type: str
    options: list[str]
    total: int
    converted: int
    kept: int
    restored: int
    edited: int
    samples: list[TypeSample]


RETYPING_STRUCTS = (NewType, TypeOutlook, TypeSample)


def _operation(summary: str, **more: Any) -> Any:
    tag = _("Custom fields")
    return operation(summary=summary, tag=tag, permission=CUSTOMISE, errors=(400, 404, 409, 422), **more)


@post(
    f"{API}/{{field_id:int}}/type/preview",
    permission=CUSTOMISE,
    status_code=200,
    operation_class=_operation(
        _("What a change of type would do to the values"), body="NewType", answer="TypeOutlook"
    ),
)
def preview_type(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """Nothing is changed; samples are of records that the caller may read."""
    asked = ctx.json_as(NewType, field="body")
    return _outlook(ctx, field_id, Target(asked.type, asked.options))


@post(
    f"{API}/{{field_id:int}}/type",
    permission=CUSTOMISE,
    status_code=200,
    operation_class=_operation(
        _("Change the type of a custom field"), body="NewType", answer="CustomFieldItem"
    ),
)
def change_type(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """Convert its values; ``converting`` says that a job does, and the field is out of sight until then."""
    asked = ctx.json_as(NewType, field="body")
    row = custom.get(ctx.session, field_id)
    changed(ctx, row, Target(asked.type, asked.options, row.initial))
    return json_answer(item(row))


@post(
    f"{API}/{{field_id:int}}/type/undo/preview",
    permission=CUSTOMISE,
    status_code=200,
    operation_class=_operation(_("What taking a change of type back would do"), answer="TypeOutlook"),
)
def preview_undo(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """Nothing is changed."""
    return _outlook(ctx, field_id, retyping.undoing(custom.get(ctx.session, field_id)))


@post(
    f"{API}/{{field_id:int}}/type/undo",
    permission=CUSTOMISE,
    status_code=200,
    operation_class=_operation(_("Take the last change of type back"), answer="CustomFieldItem"),
)
def undo_type(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """The old type with the old values; those that were changed since stay as far as they fit."""
    row = custom.get(ctx.session, field_id)
    changed(ctx, row, retyping.undoing(row))
    return json_answer(item(row))


def _outlook(ctx: Context, field_id: int, target: Target) -> Response[bytes]:
    row = custom.get(ctx.session, field_id)
    found = retyping.preview(ctx.session, ctx.registry.kinds, row, target, actor=ctx.actor)
    samples = [TypeSample(fate=one.value, **asdict(s)) for one in SHOWN for s in found.samples[one]]
    counts = {one.value: count for one, count in found.counts.items() if one is not Fate.NONE}
    return json_answer(
        TypeOutlook(
            type=found.target.type,
            options=[*found.target.options],
            total=found.total,
            samples=samples,
            **counts,
        )
    )


handlers = (preview_type, change_type, preview_undo, undo_type)
