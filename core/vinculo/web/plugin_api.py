"""Plugins over the API: list, plan, switch, price."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any, Final

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, Parameter, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.plugins import costs
from vinculo.plugins.plan import Action, Plan
from vinculo.plugins.switch import Status
from vinculo.web.context import Context
from vinculo.web.plugin_pages import asked_action, one_of, planned, statuses, throw
from vinculo.web.problems import PROBLEM_JSON, Problem
from vinculo.web.routes import get, post
from vinculo.web.timing import MANAGE_PLUGINS

URL: Final = "/api/v1/plugins"
IN_THE_WAY: Final = "Its state stands against it: pinned, required by others, faulty, still on, no archive …"


class PluginArchive(msgspec.Struct):
    """The last archive of a plugin: name of the file, rows by table."""

    file: str
    sha256: str
    at: datetime
    rows: dict[str, int]


class PluginItem(msgspec.Struct):
    """A plugin. ``state``: installed (never switched), on, off, archived, purged, quarantined.

    ``fault`` says why one that should be on is not; ``pinned`` is the key of the configuration that
    decides, ``pinned_in`` where it stands.
    """

    name: str
    title: str
    summary: str
    version: str
    last_version: str
    state: str
    installed: bool
    pinned: str
    pinned_in: str
    fault: str
    requires: list[str]
    required_by: list[str]
    changed_at: datetime | None
    changed_by: str
    archive: PluginArchive | None


class PluginList(msgspec.Struct):
    """All plugins that are installed or left something behind."""

    items: list[PluginItem]


class PluginPlan(msgspec.Struct):
    """What a switch does. ``others`` stand against it unless ``cascade`` switches them along."""

    action: str
    name: str
    names: list[str]
    others: list[str]
    appears: dict[str, list[str]]
    goes: dict[str, list[str]]
    rows: dict[str, int]
    migrations: list[str]
    refusal: str
    views: list[str]


class PluginPlace(msgspec.Struct):
    """What a plugin adds to one page, or one of its jobs takes: averages over seven days."""

    place: str
    times: int
    ms: float
    queries: float


class PluginPrice(msgspec.Struct):
    """What a plugin costs: ``import_ms`` and ``build_ms`` at the start, null where it is not loaded."""

    name: str
    import_ms: float | None
    build_ms: float | None
    places: list[PluginPlace]
    jobs_per_day: float
    tables: dict[str, int]
    bytes: int | None


class SwitchOptions(msgspec.Struct, forbid_unknown_fields=True):
    """How to switch: ``cascade`` switches along those that it requires, or that require it."""

    cascade: bool = False


def refusals(
    *codes: int, missing: str = "There is no such plugin", in_the_way: str = IN_THE_WAY
) -> Mapping[int, ResponseSpec]:
    """The refusals of an operation, for the description; ``missing`` is its 404, ``in_the_way`` its 409."""
    texts = {
        400: "The request cannot be read",
        401: "Not signed in",
        403: "Not allowed",
        404: missing,
        409: in_the_way,
        413: "Too large",
        422: "Values do not fit, or a file is no archive of this plugin",
    }
    return {
        code: ResponseSpec(Problem, generate_examples=False, description=texts[code], media_type=PROBLEM_JSON)
        for code in sorted({401, 403, *codes})
    }


def operation(
    summary: str,
    parameter: Parameter | None = None,
    body: Schema | None = None,
    *,
    file: Schema | None = None,
    permission: str = MANAGE_PLUGINS,
    tag: str = "",
) -> type[Operation]:
    """How the description shows an operation: its summary, and what it may be sent."""

    class PluginOperation(Operation):
        def __init__(self, **given: Any) -> None:  # Operation, a dataclass, calls no __post_init__
            super().__init__(**given)
            self.summary = summary
            self.description = f"Permission: `{permission}`."
            self.tags = [tag or _("Plugins")]
            if parameter:
                self.parameters = [*(self.parameters or []), parameter]
            if body or file:
                schemas = {"application/json": body, "multipart/form-data": file}
                content = {
                    kind: OpenAPIMediaType(schema=schema) for kind, schema in schemas.items() if schema
                }
                self.request_body = RequestBody(required=False, content=content)

    return PluginOperation


_ACTION: Final = Parameter(
    name="action",
    param_in="query",
    required=True,
    description="Which switch to plan",
    schema=Schema(type=OpenAPIType.STRING, enum=["on", "off"]),
)
_OPTIONS: Final = Schema(
    type=OpenAPIType.OBJECT,
    properties={
        "cascade": Schema(
            type=OpenAPIType.BOOLEAN, description="Also switch those that it requires, or that require it"
        )
    },
    additional_properties=False,
)


@get(URL, permission=MANAGE_PLUGINS, responses=refusals(), operation_class=operation(_("List plugins")))
def list_plugins(ctx: Context) -> PluginList:
    """All plugins."""
    return PluginList([_item(status) for status in statuses(ctx)])


@get(
    f"{URL}/{{name:str}}",
    permission=MANAGE_PLUGINS,
    responses=refusals(404),
    operation_class=operation(_("Get a plugin")),
)
def get_plugin(ctx: Context, name: FromPath[str]) -> PluginItem:
    """One plugin."""
    return _item(one_of(ctx, name))


@get(
    f"{URL}/{{name:str}}/plan",
    permission=MANAGE_PLUGINS,
    responses=refusals(400, 404),
    operation_class=operation(_("What a switch would do"), _ACTION),
)
def plan_plugin(ctx: Context, name: FromPath[str]) -> PluginPlan:
    """What a switch would do."""
    action = asked_action(ctx)
    one_of(ctx, name)
    return _plan(planned(ctx, action, name))


@get(
    f"{URL}/{{name:str}}/cost",
    permission=MANAGE_PLUGINS,
    responses=refusals(404),
    operation_class=operation(_("What a plugin costs")),
)
def cost_plugin(ctx: Context, name: FromPath[str]) -> PluginPrice:
    """What a plugin costs."""
    one_of(ctx, name)
    return msgspec.convert(costs.of(ctx.session, ctx.registry, name), PluginPrice, from_attributes=True)


@post(
    f"{URL}/{{name:str}}/on",
    permission=MANAGE_PLUGINS,
    own_transactions=True,
    status_code=200,
    responses=refusals(400, 404, 409, 413, 422),
    operation_class=operation(_("Switch a plugin on"), body=_OPTIONS),
)
def switch_on(ctx: Context, name: FromPath[str]) -> PluginPlan:
    """Switch a plugin on."""
    return _switch(ctx, "on", name)


@post(
    f"{URL}/{{name:str}}/off",
    permission=MANAGE_PLUGINS,
    own_transactions=True,
    status_code=200,
    responses=refusals(400, 404, 409, 413, 422),
    operation_class=operation(_("Switch a plugin off"), body=_OPTIONS),
)
def switch_off(ctx: Context, name: FromPath[str]) -> PluginPlan:
    """Switch a plugin off; its rows stay."""
    return _switch(ctx, "off", name)


def _switch(ctx: Context, action: Action, name: str) -> PluginPlan:
    options = _options(ctx)
    one_of(ctx, name)
    return _plan(throw(ctx, action, name, cascade=options.cascade, source=Source.API))


def _options(ctx: Context) -> SwitchOptions:
    given = ctx.json() if ctx.body.strip() else {}
    try:
        return msgspec.convert(given, SwitchOptions)
    except msgspec.ValidationError as error:
        text = _("The body may be {“cascade”: true} or {“cascade”: false}: %(reason)s", reason=str(error))
        raise InvalidError([FieldError("cascade", text)]) from error


def _item(status: Status) -> PluginItem:
    fields = {name: getattr(status, name) for name in PluginItem.__struct_fields__}
    kept = status.archive
    fields["archive"] = {"rows": {}, **kept, "file": PurePath(kept["file"]).name} if kept else None
    return msgspec.convert(fields, PluginItem)


def _plan(plan: Plan) -> PluginPlan:
    return PluginPlan(**plan.as_json())
