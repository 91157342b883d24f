"""The company's logo: drawn anew from what was sent, kept in the database, shown beside its name."""

from __future__ import annotations

import io
from hashlib import blake2b
from typing import Final

import sqlalchemy as sa
from litestar import Response
from litestar.params import FromPath
from sqlalchemy.orm import Session

from vinculo.company.models import CompanyLogo
from vinculo.errors import FieldError, InvalidError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.web import pictures
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get

FIELD: Final = "logo"
SIDE: Final = 128  # pixels: it is shown at 22, and in print


def keep(session: Session, sent: bytes) -> str:
    """Keep a picture in the place of earlier ones; the key to choose it by. Raises ``InvalidError``."""
    drawn = pictures.draw(io.BytesIO(sent), SIDE, whole=True)
    if drawn is None:
        text = _("This is no picture that can be drawn: choose a PNG, JPEG, WebP or GIF file.")
        raise InvalidError([FieldError(FIELD, text, "picture")])
    key = blake2b(drawn, digest_size=8).hexdigest()
    if session.scalar(sa.select(CompanyLogo.id).where(CompanyLogo.key == key)) is None:
        session.execute(sa.delete(CompanyLogo))
        session.add(CompanyLogo(key=key, content=drawn))
        session.flush()
    return key


@get("/company/logo/{key:str}", permission=SIGNED_IN)
def show(ctx: Context, key: FromPath[str]) -> Response[bytes]:
    """The picture; its address changes with it."""
    content = ctx.session.scalar(sa.select(CompanyLogo.content).where(CompanyLogo.key == key))
    if content is None:
        raise NotFoundError
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    return Response(content, media_type="image/webp", headers=headers)
