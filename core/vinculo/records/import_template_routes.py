"""Templates of imports for pages and programs: which there are, and forgetting one."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import Response
from litestar.params import FromPath

from vinculo.i18n import gettext as _
from vinculo.records import import_templates
from vinculo.records.models import ImportTemplate
from vinculo.records.openapi import operation
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, delete, get, post
from vinculo.web.views import Toast

URL: Final = "/api/v1/import-templates"


class Template(msgspec.Struct):
    """A mapping of an import under a name; ``mine``: it is the reader's own."""

    id: int
    kind: str
    name: str
    shared: bool
    mine: bool
    others: list[str]
    mapping: dict[str, str]
    match: list[str]
    values: dict[str, dict[str, str]]


class TemplateList(msgspec.Struct):
    """The templates that the reader may use."""

    items: list[Template]


TEMPLATE_STRUCTS: Final = (TemplateList,)


@get(
    URL,
    permission=SIGNED_IN,
    name="api.import_templates.list",
    operation_class=operation(
        summary="List the templates of imports", tag="Imports", permission=SIGNED_IN, answer="TemplateList"
    ),
)
def list_templates(ctx: Context) -> Response[bytes]:
    """Those of kinds that the reader may import."""
    kinds = [k for k in ctx.registry.kinds.values() if k.exposed and ctx.actor.may(k.permission("import"))]
    found = [one for kind in kinds for one in import_templates.of_kind(ctx.session, kind, ctx.actor)]
    return json_answer(TemplateList([_described(ctx, one) for one in found]))


def _described(ctx: Context, one: ImportTemplate) -> Template:
    mine = one.owner_id == ctx.actor.user_id
    said = one.others, one.mapping, one.match, one.meanings
    return Template(one.id, one.kind, one.name, one.shared, mine, *said)


@delete(
    f"{URL}/{{template_id:int}}",
    permission=SIGNED_IN,
    name="api.import_templates.delete",
    status_code=204,
    operation_class=operation(
        summary="Forget a template of imports", tag="Imports", permission=SIGNED_IN, status=204, errors=(404,)
    ),
)
def delete_template(ctx: Context, template_id: FromPath[int]) -> None:
    """One of the reader's own; administrators may forget any."""
    import_templates.delete(ctx.session, template_id, ctx.actor)


@post(
    "/imports/templates/{template_id:int}/delete",
    permission=SIGNED_IN,
    name="imports.templates.delete",
    include_in_schema=False,
)
def forget(ctx: Context, template_id: FromPath[int]) -> Response[bytes]:
    """Forget a template, from the page where it was offered."""
    import_templates.delete(ctx.session, template_id, ctx.actor)
    run = ctx.value("run")
    back = f"/imports/{run}/map" if run.isascii() and run.isdecimal() and len(run) < 19 else "/imports"
    return ctx.redirect(back, toast=Toast(_("The template is gone.")))


handlers: Final = (list_templates, delete_template, forget)
