"""What recipients reach without signing in: opting out, links that are counted, the invisible image.

A message is named by its token, which nobody can guess; where a link leads is sealed, so that nobody makes
one of ours lead elsewhere.
"""

from __future__ import annotations

import base64
from typing import Final

import sqlalchemy as sa
from litestar import Response
from litestar.params import FromPath
from sqlalchemy.orm import Session

from vinculo.db.base import now
from vinculo.encryption import open_cipher
from vinculo.errors import NotFoundError
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.routes import PUBLIC, get, post
from vinculo_mailings import service
from vinculo_mailings.models import Click, MailingList, Send
from vinculo_mailings.models import Mailing as MailingRow

PIXEL: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
MOST_CLICKS: Final = 50  # of one message; who goes on is a program


def _find(session: Session, token: str, *, lock: bool = False) -> Send:
    query = sa.select(Send).where(Send.token == token)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError
    return found


@get("/m/{token:str}/u", permission=PUBLIC)
def ask(ctx: Context, token: FromPath[str]) -> Response[bytes]:
    """Ask what is to end. Looking changes nothing: mail programs do that by themselves."""
    return _page(ctx, _find(ctx.session, token))


@post("/m/{token:str}/u", permission=PUBLIC)
def answer(ctx: Context, token: FromPath[str]) -> Response[bytes]:
    """Leave the list, or all marketing; or take that back."""
    sent = _find(ctx.session, token, lock=True)
    if ctx.value("do") == "back":
        service.come_back(ctx.session, sent, at=now())
    else:
        service.opt_out(ctx.session, sent, entirely=ctx.value("do") == "all", at=now())
    return _page(ctx, sent)


def _page(ctx: Context, sent: Send) -> Response[bytes]:
    mailing = ctx.session.get_one(MailingRow, sent.mailing_id)
    of = ctx.session.get(MailingList, mailing.list_id) if mailing.list_id else None
    return ctx.render(
        "mailings/unsubscribe.html",
        title=_("You have opted out") if sent.opted_out_at else _("Unsubscribe"),
        company=ctx.site.settings.company.name,
        list=of.name if of else "",
        out=sent.opted_out_at is not None,
        action=f"/m/{sent.token}/u",
    )


@get("/api/v1/mailings/unsubscribe/{token:str}", permission=PUBLIC)
def one_click_page(ctx: Context, token: FromPath[str]) -> Response[bytes]:
    """Where somebody lands whose mail program knows no better: the page that asks."""
    return ctx.redirect(f"/m/{_find(ctx.session, token).token}/u")


@post("/api/v1/mailings/unsubscribe/{token:str}", permission=PUBLIC, status_code=200)
def one_click(ctx: Context, token: FromPath[str]) -> Response[bytes]:
    """Opt out at once, as RFC 8058 has it: mail programs send this without a session or a question."""
    service.opt_out(ctx.session, _find(ctx.session, token, lock=True), entirely=False, at=now())
    return Response(b"", media_type="text/plain")


@get("/m/{token:str}/c", permission=PUBLIC)
def follow(ctx: Context, token: FromPath[str]) -> Response[bytes]:
    """Lead on to where a link of ours leads, and note it."""
    url, security = ctx.parameter("to"), ctx.site.settings.security
    cipher = open_cipher(security.secret_key, security.secret_key_file)
    if not cipher.is_sealed(f"{token} {url}", ctx.parameter("seal")):
        raise NotFoundError
    with ctx.site.database.write() as session:
        query = sa.select(Send).where(Send.token == token).with_for_update()
        sent = session.scalar(query)
        count = sa.select(sa.func.count()).select_from(Click)
        if sent and (session.scalar(count.where(Click.send_id == sent.id)) or 0) < MOST_CLICKS:
            service.arrived(sent, now())
            sent.clicked_at = sent.clicked_at or now()
            session.add(Click(send_id=sent.id, client_id=sent.client_id, url=url[:2000], at=now()))
    return ctx.redirect(url)


@get("/m/{token:str}/o.gif", permission=PUBLIC)
def opened(ctx: Context, token: FromPath[str]) -> Response[bytes]:
    """The invisible image; the same for a token that there is not."""
    with ctx.site.database.write() as session:
        sent = session.scalar(sa.select(Send).where(Send.token == token).with_for_update())
        if sent is not None:
            service.arrived(sent, now())
            sent.opened_at = sent.opened_at or now()
    return Response(PIXEL, media_type="image/gif")


handlers = (ask, answer, one_click_page, one_click, follow, opened)
