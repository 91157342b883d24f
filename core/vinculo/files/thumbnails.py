"""Small pictures of the files that are pictures."""

from __future__ import annotations

from typing import Final

from litestar import Response
from litestar.params import FromPath

from vinculo.errors import NotFoundError
from vinculo.files import sniffing, store
from vinculo.files.models import StoredFile
from vinculo.files.records import file
from vinculo.records import service
from vinculo.web import pictures
from vinculo.web.context import Context
from vinculo.web.routes import get

SIDE: Final = 96


@get("/files/{record_id:int}/thumbnail", permission=file.permission("read"))
def thumbnail(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """A small picture, for who may read the file; of what is none, or too large to draw, there is none."""
    record: StoredFile = service.get(ctx.session, file, record_id, actor=ctx.actor)
    if record.media_type not in sniffing.PICTURES:
        raise NotFoundError
    small = pictures.draw(store.open_content(ctx.site.settings, record), SIDE)
    if small is None:
        raise NotFoundError
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(small, media_type="image/webp", headers=headers)
