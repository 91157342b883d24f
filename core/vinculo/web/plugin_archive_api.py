"""The rows of a plugin that is off, over the API: archive, purge, restore. No caller chooses a path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath
from litestar.response import File

from vinculo.actor import Source
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.transfer.reading import TableSeal
from vinculo.web.context import Context
from vinculo.web.plugin_api import URL, operation, refusals
from vinculo.web.plugin_archives import archive_file, take_back
from vinculo.web.plugin_pages import acting, one_of
from vinculo.web.routes import get, post
from vinculo.web.timing import MANAGE_PLUGINS


class PluginTable(msgspec.Struct):
    """A table: its rows, and the SHA-256 of their canonical form."""

    table: str
    rows: int
    sha256: str


class ArchivedPlugin(msgspec.Struct):
    """What was sealed, and the name and hash of the file."""

    file: str
    sha256: str
    tables: list[PluginTable]


class PurgedPlugin(msgspec.Struct):
    """The tables that were dropped."""

    tables: list[PluginTable]


class PluginLink(msgspec.Struct):
    """What became of a link that no longer leads where it led.

    ``outcome``: merged (to the survivor), relinked (found by external id), detached (now empty), left out
    (the row is not restored), dropped (nor is it: the survivor has such a row already). ``title`` is what
    the record was called.
    """

    table: str
    row_id: int
    column: str
    target: str
    old_id: int
    new_id: int | None
    outcome: str
    title: str


class RestoredPlugin(msgspec.Struct):
    """What came back, with the hash that it had, and what became of links."""

    tables: list[PluginTable]
    links: list[PluginLink]
    version: str
    revision: str


class Confirmation(msgspec.Struct, forbid_unknown_fields=True):
    """The name of the plugin, typed."""

    confirmation: str


_CONFIRMATION: Final = Schema(
    type=OpenAPIType.OBJECT,
    required=["confirmation"],
    properties={"confirmation": Schema(type=OpenAPIType.STRING, description="The name of the plugin")},
    additional_properties=False,
)
_FILE: Final = Schema(
    type=OpenAPIType.OBJECT,
    properties={
        "file": Schema(
            type=OpenAPIType.STRING,
            format=OpenAPIFormat.BINARY,
            description="An archive; else the last one is taken",
        )
    },
)


@post(
    f"{URL}/{{name:str}}/archive",
    permission=MANAGE_PLUGINS,
    own_transactions=True,
    status_code=200,
    responses=refusals(404, 409, 413, 422),
    operation_class=operation(_("Seal the rows of a plugin in a file")),
)
def archive(ctx: Context, name: FromPath[str]) -> ArchivedPlugin:
    """Seal the rows of a plugin that is off."""
    one_of(ctx, name)
    made = ctx.site.switchboard.archive(name, actor=acting(ctx, Source.API))
    return ArchivedPlugin(made.file.name, made.sha256, _tables(made.tables))


@get(
    f"{URL}/{{name:str}}/archive",
    permission=MANAGE_PLUGINS,
    responses=refusals(404, 409),
    operation_class=operation(_("Download the last archive of a plugin")),
)
def download(ctx: Context, name: FromPath[str]) -> File:
    """The last archive."""
    one_of(ctx, name)
    return archive_file(ctx, name)


@post(
    f"{URL}/{{name:str}}/purge",
    permission=MANAGE_PLUGINS,
    own_transactions=True,
    status_code=200,
    responses=refusals(400, 404, 409, 413, 422),
    operation_class=operation(
        _("Drop the tables of a plugin, which its last archive holds"), body=_CONFIRMATION
    ),
)
def purge(ctx: Context, name: FromPath[str]) -> PurgedPlugin:
    """Drop the tables of a plugin that is off."""
    one_of(ctx, name)
    typed = _confirmation(ctx)
    gone = ctx.site.switchboard.purge(name, confirmation=typed, actor=acting(ctx, Source.API))
    return PurgedPlugin(_tables(gone))


def restore_router(*, max_bytes: int) -> HTTPRouteHandler:
    """The route that takes an archive back, perhaps with a file."""

    @post(
        f"{URL}/{{name:str}}/restore",
        permission=MANAGE_PLUGINS,
        own_transactions=True,
        status_code=200,
        request_max_body_size=max_bytes,
        responses=refusals(400, 404, 409, 413, 422),
        operation_class=operation(_("Bring the rows of a plugin back"), file=_FILE),
    )
    def restore(ctx: Context, name: FromPath[str]) -> RestoredPlugin:
        one_of(ctx, name)
        back = take_back(ctx, name, from_file=bool(ctx.form), source=Source.API)
        return msgspec.convert(back, RestoredPlugin, from_attributes=True)

    return restore


def _tables(seals: Sequence[TableSeal]) -> list[PluginTable]:
    return msgspec.convert(seals, list[PluginTable], from_attributes=True)


def _confirmation(ctx: Context) -> str:
    given = ctx.json() if ctx.body.strip() else {}
    try:
        return msgspec.convert(given, Confirmation).confirmation
    except msgspec.ValidationError as error:
        text = _("The body must be {“confirmation”: the name of the plugin}: %(reason)s", reason=str(error))
        raise InvalidError([FieldError("confirmation", text)], code="not_confirmed") from error
