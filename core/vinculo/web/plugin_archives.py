"""What happens to the rows of a plugin that is off: the pages to archive, purge and restore them."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import File

from vinculo.actor import Source
from vinculo.errors import ConflictError, FieldError, InvalidError, InvalidFileError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.plugins.switch import Status
from vinculo.transfer.archives import LastArchive, Restored
from vinculo.web import plugin_archive_views as views
from vinculo.web import uploads
from vinculo.web.context import Context
from vinculo.web.plugin_pages import acting, one_of
from vinculo.web.routes import get, post
from vinculo.web.timing import MANAGE_PLUGINS
from vinculo.web.views import Crumb, Toast

PATH: Final = "/plugins/{name:str}"


@get(f"{PATH}/archive", permission=MANAGE_PLUGINS)
def archive_page(ctx: Context, name: FromPath[str]) -> Response[bytes]:
    """The rows of a plugin, and its last archive."""
    return _archive_page(ctx, one_of(ctx, name))


@post(f"{PATH}/archive", permission=MANAGE_PLUGINS, own_transactions=True)
def archive(ctx: Context, name: FromPath[str]) -> Response[bytes]:
    """Seal the rows in a file."""
    status = one_of(ctx, name)
    try:
        made = ctx.site.switchboard.archive(name, actor=acting(ctx))
    except (ConflictError, InvalidFileError) as error:
        return _archive_page(ctx, status, error)
    text = _("Sealed in %(file)s.", file=made.file.name)
    return ctx.redirect(f"{_url(name)}/archive", toast=Toast(text))


@get(f"{PATH}/archive/file", permission=MANAGE_PLUGINS)
def download(ctx: Context, name: FromPath[str]) -> File:
    """The last archive."""
    one_of(ctx, name)
    return archive_file(ctx, name)


@get(f"{PATH}/purge", permission=MANAGE_PLUGINS)
def purge_page(ctx: Context, name: FromPath[str]) -> Response[bytes]:
    """What would be dropped, and which file holds it."""
    return _purge_page(ctx, one_of(ctx, name))


@post(f"{PATH}/purge", permission=MANAGE_PLUGINS, own_transactions=True)
def purge(ctx: Context, name: FromPath[str]) -> Response[bytes]:
    """Drop the tables."""
    status, typed = one_of(ctx, name), ctx.value("confirmation")
    try:
        ctx.site.switchboard.purge(name, confirmation=typed, actor=acting(ctx))
    except (ConflictError, InvalidError, InvalidFileError) as error:
        return _purge_page(ctx, status, error, typed=typed)
    text = _("%(name)s is purged; its archive is all there is of it.", name=status.title)
    return ctx.redirect(f"/plugins#{quote(name)}", toast=Toast(text))


@get(f"{PATH}/restore", permission=MANAGE_PLUGINS)
def restore_page(ctx: Context, name: FromPath[str]) -> Response[bytes]:
    """Choose an archive: the last one, or a file."""
    return _restore_page(ctx, one_of(ctx, name))


def restore_router(*, max_bytes: int) -> HTTPRouteHandler:
    """The route that takes an archive back, perhaps with a file."""

    @post(
        f"{PATH}/restore", permission=MANAGE_PLUGINS, own_transactions=True, request_max_body_size=max_bytes
    )
    def restore(ctx: Context, name: FromPath[str]) -> Response[bytes]:
        status = one_of(ctx, name)
        from_file = bool(ctx.value("from_file"))
        try:
            restored = take_back(ctx, name, from_file=from_file)
        except (ConflictError, InvalidError, InvalidFileError) as error:
            return _restore_page(ctx, status, error, from_file=from_file)
        return _restored_page(ctx, status, restored)

    return restore


def take_back(ctx: Context, name: str, *, from_file: bool, source: Source = Source.PAGE) -> Restored:
    """Restore from the file that was sent, or from the last archive."""
    sent = ctx.file("file")
    if sent is None and from_file:
        raise InvalidError([FieldError("file", _("Choose the archive of the plugin."), "required")])
    if sent is None:
        return ctx.site.switchboard.restore(name, actor=acting(ctx, source))
    uploads.check(sent, uploads.ARCHIVES)
    return ctx.site.switchboard.restore_from(name, sent.file, actor=acting(ctx, source))


def archive_file(ctx: Context, name: str) -> File:
    """The last archive as a download, read piece by piece. Raises ``ConflictError`` if it is not to be had.

    Only files of the folder of archives are given out: the command line may have written elsewhere.
    """
    last = ctx.site.switchboard.last_archive(name)
    if last is None:
        raise ConflictError(_("There is no archive of %(name)s yet.", name=name), code="no_archive")
    if not last.downloadable:
        text = _("%(file)s does not lie in the folder of archives of this machine.", file=last.path.name)
        raise ConflictError(text, code="archive_missing")
    return File(last.path, filename=last.path.name, media_type="application/zip")


def _url(name: str) -> str:
    return f"/plugins/{quote(name, safe='')}"


def _archive_page(ctx: Context, status: Status, error: VinculoError | None = None) -> Response[bytes]:
    page = views.archive_page(status, ctx.site.switchboard.rows(status.name), _last(ctx, status), error)
    return _render(ctx, "plugins/archive.html", status, page, error)


def _purge_page(
    ctx: Context, status: Status, error: VinculoError | None = None, *, typed: str = ""
) -> Response[bytes]:
    rows = ctx.site.switchboard.rows(status.name)
    page = views.purge_page(status, rows, _last(ctx, status), error, typed)
    return _render(ctx, "plugins/purge.html", status, page, error)


def _restore_page(
    ctx: Context, status: Status, error: VinculoError | None = None, *, from_file: bool = False
) -> Response[bytes]:
    rows, limit = ctx.site.switchboard.rows(status.name), ctx.site.settings.server.max_upload_mb
    page = views.restore_page(status, rows, _last(ctx, status), error, from_file=from_file, limit=limit)
    return _render(ctx, "plugins/restore.html", status, page, error)


def _restored_page(ctx: Context, status: Status, restored: Restored) -> Response[bytes]:
    page = views.restored_page(status, restored, ctx.registry.kinds)
    return _render(ctx, "plugins/restored.html", status, page)


def _last(ctx: Context, status: Status) -> LastArchive | None:
    return ctx.site.switchboard.last_archive(status.name)


def _render(
    ctx: Context, template: str, status: Status, page: object, error: VinculoError | None = None
) -> Response[bytes]:
    crumbs = [Crumb(_("Plugins"), "/plugins"), Crumb(status.title)]
    return ctx.render(template, status=error.status if error else 200, page=page, crumbs=crumbs)
