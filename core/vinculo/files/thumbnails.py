"""Small pictures of pictures: turned as they should stand, without what cameras write into them."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Final

from litestar import Response
from litestar.params import FromPath
from PIL import Image, ImageOps

from vinculo.errors import NotFoundError
from vinculo.files import sniffing, store
from vinculo.files.models import StoredFile
from vinculo.files.records import file
from vinculo.records import service
from vinculo.web.context import Context
from vinculo.web.routes import get

SIDE: Final = 96
MOST_PIXELS: Final = 40_000_000  # beyond it a small file could fill the memory
FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")


@get("/files/{record_id:int}/thumbnail", permission=file.permission("read"))
def thumbnail(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """A small picture, for who may read the file; of what is none, or too large to draw, there is none."""
    record: StoredFile = service.get(ctx.session, file, record_id, actor=ctx.actor)
    if record.media_type not in sniffing.PICTURES:
        raise NotFoundError
    small = draw(store.open_content(ctx.site.settings, record))
    if small is None:
        raise NotFoundError
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(small, media_type="image/webp", headers=headers)


def draw(path: Path) -> bytes | None:
    """The picture in a square of ``SIDE``, as WebP; None for one that cannot be drawn."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return None
                picture.draft("RGB", (SIDE * 2, SIDE * 2))  # a JPEG need not be read in full
                turned = ImageOps.exif_transpose(picture)
                small = ImageOps.fit(turned.convert("RGBA"), (SIDE, SIDE))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    target = io.BytesIO()
    small.save(target, "WEBP", quality=80)
    return target.getvalue()
