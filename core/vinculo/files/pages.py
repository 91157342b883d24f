"""Files on cards: adding them, a list of them, and their contents."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlencode

import sqlalchemy as sa
from litestar import Response
from litestar.datastructures import UploadFile
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import File
from sqlalchemy.orm import Session

from vinculo.actor import Source
from vinculo.errors import FieldError, InvalidError, NotFoundError
from vinculo.files import fields, sniffing, store
from vinculo.files.models import StoredFile
from vinculo.files.records import file
from vinculo.i18n import format_datetime, format_number, ngettext
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import Panel, PanelContent
from vinculo.records import access, hanging, noting, service
from vinculo.records.cards import TAB
from vinculo.records.kind import RecordKind
from vinculo.records.openapi import operation
from vinculo.records.text import whole_number
from vinculo.web.context import Context, is_own_path
from vinculo.web.routes import get, post
from vinculo.web.views import Toast

FIRST: Final = 20
MOST: Final = 50  # files in one go


@dataclass(frozen=True, slots=True)
class View:
    """A file as it is drawn; ``picture``: the address of a small one."""

    url: str
    name: str
    content: str
    size: str
    who: str
    when: str
    at: str
    picture: str = ""


def panel(kind: RecordKind | str, *, weight: int = 45) -> Panel:
    """A panel with the files of a record, for the card of any kind.

    A plugin gives its kind files by it: ``yield files.pages.panel(records.deal)``.
    """
    name = kind if isinstance(kind, str) else kind.name
    draw = partial(_draw, name)
    return Panel("files", name, file.label_plural, draw, file.permission("read"), weight=weight)


def _draw(kind: str, ctx: Context, record_id: int) -> PanelContent | None:
    of, user = ctx.registry.kinds[kind], ctx.registry.kinds["user"]
    query = _hanging_on(kind, user, access.condition(file, ctx.actor, few=True))
    rows = ctx.session.execute(query, {"record": record_id}).all()
    may = access.reach(file, ctx.actor, "create") is not None
    if not rows and not may:
        return None
    told = hanging.said(file, kind, record_id)
    html = ctx.fragment(
        "files/panel.html",
        files=[_view(row, name or "") for row, name in rows[:FIRST]],
        about={**told, "back": f"{of.url}/{record_id}?{TAB}=files"} if may else None,
        every=f"{file.url}?{urlencode(told)}" if len(rows) > FIRST else "",
        most=ctx.site.settings.server.max_upload_mb,
        fields=fields.of(of, ctx.actor) if may else (),
    )
    return PanelContent(html, count=len(rows) if 0 < len(rows) <= FIRST else None)


@functools.lru_cache(1000)
def _hanging_on(kind: str, user: RecordKind, visible: access.Condition | None) -> sa.Select[Any]:
    who = sa.select(user.column(user.title)).where(user.table.c.id == StoredFile.created_by_id)
    query = sa.select(StoredFile, who.scalar_subquery())
    query = query.where(hanging.on(file, kind, sa.bindparam("record"))).order_by(StoredFile.id.desc())
    return (query if visible is None else query.where(visible)).limit(FIRST + 1)


def _view(row: StoredFile, who: str) -> View:
    url = f"{file.url}/{row.id}"
    inline = f"{url}/content?inline=1"
    return View(
        url,
        row.name,
        inline if row.media_type in sniffing.SHOWN else f"{url}/content",
        size_of(row.size),
        who,
        format_datetime(row.created_at),
        row.created_at.isoformat(),
        f"{url}/thumbnail" if row.media_type in sniffing.PICTURES else "",
    )


def size_of(size: int) -> str:
    """A size as people read it."""
    units = ("B", "kB", "MB", "GB")
    step = next((n for n in range(3) if size < 1000 ** (n + 1)), 3)
    number = Decimal(size) / 1000**step
    return f"{format_number(round(number, 1 if step and number < 10 else None))} {units[step]}"


def upload_routers(*, max_bytes: int) -> Iterator[HTTPRouteHandler]:
    """The routes that take files, as large as the company allows."""

    @post(
        "/files/upload",
        permission=file.permission("create"),
        own_transactions=True,
        request_max_body_size=max_bytes,
    )
    def upload(ctx: Context) -> Response[bytes]:
        back = ctx.value("back")
        made = _keep(ctx, Source.PAGE)
        text = ngettext("%(n)s file was added.", "%(n)s files were added.", len(made))
        return ctx.redirect(back if is_own_path(back) else file.url, toast=Toast(text))

    @post(
        "/api/v1/files/upload",
        permission=file.permission("create"),
        status_code=201,
        operation_class=operation(
            summary=_("Add files to a record, as multipart/form-data"),
            tag=str(file.label_plural),
            permission=file.permission("create"),
            status=201,
            errors=(404, 413, 422),
        ),
        own_transactions=True,
        request_max_body_size=max_bytes,
    )
    def upload_by_api(ctx: Context) -> list[dict[str, Any]]:
        return _keep(ctx, Source.API)

    yield from (upload, upload_by_api)


def _keep(ctx: Context, source: Source) -> list[dict[str, Any]]:
    sent = [one for one in ctx.form.get("file", ()) if isinstance(one, UploadFile) and one.filename]
    if not sent:
        raise InvalidError([FieldError("file", _("Choose a file."), "required")])
    if len(sent) > MOST:
        raise InvalidError([FieldError("file", _("Send at most %(most)s files in one go.", most=MOST))])
    _about(ctx, ctx.session)
    with (
        ExitStack() as stack
    ):  # the contents are on disk before the transaction begins: others write meanwhile
        got = [stack.enter_context(received(ctx, one)) for one in sent]
        with ctx.site.database.write() as session:
            told = _about(ctx, session)
            made = [_kept(ctx, session, one, told, source) for one in got]
            if name := ctx.value("field"):
                kind, record_id = _of(ctx)
                actor = ctx.actor.by(source)
                fields.fill(session, kind, record_id, name, made, actor=actor)
            return [_told(one) for one in made]


@contextmanager
def received(ctx: Context, sent: UploadFile) -> Iterator[store.Received]:
    """What somebody sent, on disk until the block ends; faults name the file."""
    with _naming(sent.filename):
        sent.file.seek(0)
        with store.received(ctx.site.settings, sent.file, sent.filename) as got:
            yield got


def _kept(
    ctx: Context, session: Session, got: store.Received, about: Mapping[str, Any], source: Source
) -> StoredFile:
    with _naming(got.name):
        return store.keep(session, ctx.site.settings, got, actor=ctx.actor.by(source), about=about)


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Say of which file a fault is."""
    try:
        yield
    except InvalidError as error:
        shown = store.safe_name(name)
        told = [FieldError("file", f"{shown}: {e.message}", e.code) for e in error.errors]
        raise InvalidError(told) from error


def _told(one: StoredFile) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "size": one.size, "media_type": one.media_type}


def _about(ctx: Context, session: Session) -> Mapping[str, Any]:
    """What the files hang on, which the actor may read. Raises ``NotFoundError``."""
    kind, record_id = _of(ctx)
    return about(kind, service.get(session, kind, record_id, actor=ctx.actor))


def about(kind: RecordKind, record: Any) -> Mapping[str, Any]:
    """What makes files hang on a record."""
    if key := hanging.keys(file).get(kind.name):
        return {key: record.id}
    return {"about_kind": kind.name, "about_id": record.id, "client_id": kind.client_of(record)}


def _of(ctx: Context) -> tuple[RecordKind, int]:
    """The record that the files are said to be of, be there one or not."""
    said = ((name, ctx.value(key)) for name, key in hanging.keys(file).items())
    name, text = next((one for one in said if one[1]), (ctx.value("about_kind"), ctx.value("about_id")))
    if not name:
        told = _("Say what it belongs to: client_id, counterparty_id, person_id, or about_kind and about_id.")
        raise InvalidError([FieldError("client_id", told, "required")])
    kind, record_id = ctx.registry.kinds.get(name), whole_number(text)
    if kind is None or record_id is None or not kind.exposed:
        raise NotFoundError
    return kind, record_id


@get("/files/{record_id:int}/content", permission=file.permission("read"))
def content(ctx: Context, record_id: FromPath[int]) -> Response[Any]:
    """The content: as a download or, of what a browser may show, to be seen. That it was read is noted."""
    return _content(ctx, record_id, inline=bool(ctx.parameter("inline")))


@get(
    "/api/v1/files/{record_id:int}/content",
    permission=file.permission("read"),
    operation_class=operation(
        summary=_("The content of a file"),
        tag=str(file.label_plural),
        permission=file.permission("read"),
        status=200,
        errors=(404,),
    ),
)
def content_by_api(ctx: Context, record_id: FromPath[int]) -> Response[Any]:
    """The content as a download."""
    return _content(ctx, record_id, inline=False)


def _content(ctx: Context, record_id: int, *, inline: bool) -> Response[Any]:
    record: StoredFile = service.get(ctx.session, file, record_id, actor=ctx.actor)
    path = store.open_content(ctx.site.settings, record)
    noting.view(ctx, file, record)
    shown = inline and record.media_type in sniffing.SHOWN
    media_type = record.media_type if shown else sniffing.UNKNOWN
    return File(
        path,
        filename=record.name,
        content_disposition_type="inline" if shown else "attachment",
        media_type=media_type,
        headers={"Content-Disposition": disposition(record.name, inline=shown)},
    )


def disposition(name: str, *, inline: bool) -> str:
    """The header that names a file, in every script (RFC 6266)."""
    plain = "".join(char if char.isascii() and char not in '"\\%' else "_" for char in name)
    how = "inline" if inline else "attachment"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


handlers = (content, content_by_api)
