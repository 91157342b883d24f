"""Signing in through the company's OpenID Connect provider.

The handlers read within their request and write in short transactions of their own: between them the
provider is asked, which may take seconds.
"""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response
from sqlalchemy.orm import Session

from vinculo.accounts import door, external, oidc, onetime, service, signin
from vinculo.accounts.models import Purpose
from vinculo.accounts.oidc import Claims, OidcError, Sent
from vinculo.accounts.security_pages import must_confirm
from vinculo.accounts.security_views import PAGE
from vinculo.accounts.sessions import SignedIn
from vinculo.accounts.signin import STEP, NextStep
from vinculo.db.base import now
from vinculo.errors import ConflictError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.routes import PUBLIC, SIGNED_IN, get, post
from vinculo.web.views import Toast

CALLBACK = "/sign-in/company/callback"


@get("/sign-in/company", permission=PUBLIC)
def begin(ctx: Context) -> Response[bytes]:
    """Send the browser to the provider."""
    target = door.own_path(ctx.parameter("next"))
    try:
        url, token = _send(ctx, {"next": target})
    except OidcError as error:
        return _refuse(ctx, error.message, error.status)
    return door.with_step(ctx, ctx.redirect(url), token)


@post("/settings/security/accounts/link", permission=SIGNED_IN, own_transactions=True)
def begin_link(ctx: Context) -> Response[bytes]:
    """Send the browser to the provider, to add whoever comes back to the user's own accounts.

    By a page and not at once: what a form leads to must not be another site, says the content policy.
    """
    if away := must_confirm(ctx):
        return away
    url, token = _send(ctx, {"next": PAGE}, user_id=door.user_id(ctx))
    page = ctx.render("account/leave.html", title=_("Link an account"), url=url)
    return door.with_step(ctx, page, token)


@get(CALLBACK, permission=PUBLIC)
def callback(ctx: Context) -> Response[bytes]:
    """Somebody comes back from there."""
    _let_go(ctx)
    with ctx.site.database.write() as session:
        key = onetime.find(session, Purpose.OIDC, door.step_cookie(ctx), now())
        if key is None:
            return _refuse(ctx, _("That took too long, or began in another browser. Begin again."), 400)
        kept, user_id = dict(key.data), key.user_id
        onetime.use(session, key)
    target = door.own_path(str(kept.pop("next")))
    try:
        claims = _client(ctx).receive(Sent(**kept), dict(ctx.parameters()))
        with ctx.site.database.write() as session:
            if user_id is not None:
                return _link(ctx, session, user_id, claims)
            result = _admit(ctx, session, claims)
    except (OidcError, ConflictError) as error:
        return _refuse(ctx, error.message, error.status)
    if result is None:
        return _refuse(ctx, _("Your account lets you in nowhere here. Ask an administrator to add you."), 403)
    return door.lead_on(ctx, result, target)


def _let_go(ctx: Context) -> None:
    """Give back the connection that found out who asks: the provider may take its time."""
    ctx.session.rollback()


def _client(ctx: Context) -> oidc.Client:
    if not ctx.site.settings.oidc.issuer:
        raise NotFoundError
    return oidc.client_of(ctx.site.settings.oidc, ctx.site.settings.outgoing)


def _send(ctx: Context, kept: Mapping[str, str], user_id: int | None = None) -> tuple[str, str]:
    """The address at the provider, and the key under which the rest is kept."""
    _let_go(ctx)
    url, sent = _client(ctx).send(door.site_url(ctx) + CALLBACK)
    data = {**kept, **sent.document()}
    with ctx.site.database.write() as session:
        token = onetime.issue(session, Purpose.OIDC, lifetime=STEP, now=now(), user_id=user_id, data=data)
    return url, token


def _admit(ctx: Context, session: Session, claims: Claims) -> SignedIn | NextStep | None:
    settings, visit = ctx.site.settings.oidc, door.visit(ctx)
    user = external.user_of(session, claims, settings, visit.at)
    if user is None:
        return None
    return signin.admit(
        session,
        user,
        method="oidc",
        visit=visit,
        rules=door.rules(ctx),
        second_factor=settings.second_factor,
    )


def _link(ctx: Context, session: Session, user_id: int, claims: Claims) -> Response[bytes]:
    """Only in the session that began it: the link is to that user and to nobody else."""
    if ctx.identity is None or ctx.identity.actor.user_id != user_id:
        return _refuse(ctx, _("You have signed out meanwhile. Begin again."), 400)
    user = service.get_user(session, user_id)
    external.link(session, user, claims, actor=ctx.actor, now=now())
    return ctx.redirect(PAGE, toast=Toast(_("You can sign in with that account now.")))


def _refuse(ctx: Context, text: str, status: int) -> Response[bytes]:
    """On a page without the shell, whoever is signed in."""
    return ctx.render(
        "account/message.html",
        status=status,
        title=_("You are not signed in"),
        text=text,
        back=PAGE if ctx.identity else "/sign-in",
    )


handlers = [begin, begin_link, callback]
