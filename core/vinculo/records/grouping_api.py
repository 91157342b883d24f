"""How many records of a list each group has, for programs."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Parameter

from vinculo.i18n import gettext as _
from vinculo.records import access, facts, grouping, query, saved, telling
from vinculo.records.kind import RecordKind
from vinculo.records.openapi import RawSchema, filter_parameters, operation
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get


class GroupItem(msgspec.Struct):
    """A group with its records counted. ``filter`` are the parameters that list them alone."""

    label: str
    count: int
    filter: dict[str, str]


class GroupCounts(msgspec.Struct):
    """The groups of a list that have records, in their order; at most 200."""

    group: str
    items: list[GroupItem]


GROUPING_STRUCTS = (GroupCounts, GroupItem)


def grouping_routers(kind: RecordKind, described: RecordKind) -> list[HTTPRouteHandler]:
    """The counts of a kind; ``described`` has its facts."""
    names = [field.name for field in grouping.groupable(described)]
    schema = RawSchema({"type": "string", "enum": names})
    by: Any = Parameter(name="group", param_in="query", required=True, schema=schema)

    @get(
        f"{kind.api_url}/counts",
        permission=kind.permission("read"),
        name=f"api.{kind.name}.counts",
        operation_class=operation(
            summary=_("Count %(kind)s in groups", kind=kind.label_plural),
            tag=str(kind.label_plural),
            permission=kind.permission("read"),
            parameters=lambda: [by, *filter_parameters(described)],
            answer="GroupCounts",
            errors=(400, 404, 422),
        ),
    )
    def counts(ctx: Context) -> Response[bytes]:
        seen = facts.seen_by(ctx.registry, kind, ctx.actor)
        field = grouping.field_of(seen, ctx.parameter("group"))
        own = [(n, v) for n, v in ctx.parameters() if n != "group"]
        given = saved.applied(ctx.session, seen, own, ctx.actor)
        asked = query.parse(seen, given, typed=True, me=ctx.actor.user_id)
        telling.checked(ctx, seen, asked, action=access.READ)
        found = grouping.groups(ctx.session, seen, asked, field, actor=ctx.actor, kinds=ctx.registry.kinds)
        items = [GroupItem(one.label, one.count, dict(one.parameters)) for one in found]
        return json_answer(GroupCounts(field.name, items))

    return [counts] if names else []
