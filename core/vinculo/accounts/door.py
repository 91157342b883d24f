"""What handlers around signing in ask of a request, and the cookies that they answer with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode, urlsplit

from litestar import Response

from vinculo.accounts import external, second_step, sessions, signin
from vinculo.accounts.models import OneTimeKey, User, UserSession
from vinculo.accounts.passkeys import Party
from vinculo.accounts.rules import Rules, Visit
from vinculo.accounts.sessions import SignedIn
from vinculo.accounts.signin import STEP, NextStep
from vinculo.db.base import now
from vinculo.encryption import Cipher, open_cipher
from vinculo.errors import FieldError
from vinculo.web.context import Context, is_own_path
from vinculo.web.identity import SESSION_COOKIE

STEP_COOKIE: Final = "vinculo_step"  # holds a one-time key between two steps
COOKIE_SECONDS: Final = 365 * 24 * 3600  # the session's own end, which moves with its use, comes first


def visit(ctx: Context) -> Visit:
    """Who knocks."""
    return Visit(
        address=ctx.request.client.host if ctx.request.client else "",
        user_agent=ctx.request.headers.get("user-agent", ""),
        at=now(),
        cookie=session_cookie(ctx),
    )


def rules(ctx: Context) -> Rules:
    """As the settings have it."""
    return Rules.of(ctx.site.settings.security)


def cipher(ctx: Context) -> Cipher:
    """The keys of the settings."""
    security = ctx.site.settings.security
    return open_cipher(security.secret_key, security.secret_key_file)


def site_url(ctx: Context) -> str:
    """The address of this site, without a slash at its end: that of the settings, else of the request."""
    return ctx.site.settings.server.public_url or str(ctx.request.base_url).rstrip("/")


def party(ctx: Context) -> Party:
    """The site, as passkeys know it."""
    parts = urlsplit(site_url(ctx))
    return Party(ctx.site.settings.company.name, f"{parts.scheme}://{parts.netloc}")


def local_open(ctx: Context) -> bool:
    """Whether one may sign in by password or passkey.

    Switched off it is only once an administrator has come in through the company's provider: a typing
    error in its settings would otherwise lock everybody out.
    """
    settings = ctx.site.settings
    if settings.security.local_signin or not settings.oidc.issuer:
        return True
    return not external.serves_administrator(ctx.session, settings.oidc.issuer)


def session_cookie(ctx: Context) -> str:
    """The token of the session that the browser has, perhaps."""
    return ctx.cookie(SESSION_COOKIE)


def step_cookie(ctx: Context) -> str:
    """The one-time key that the browser has, perhaps."""
    return ctx.cookie(STEP_COOKIE)


def user_id(ctx: Context) -> int:
    """The number of the signed-in user."""
    assert ctx.actor.user_id is not None
    return ctx.actor.user_id


def user_session(ctx: Context) -> UserSession | None:
    """The session of this browser."""
    return sessions.find(ctx.session, session_cookie(ctx))


def is_fresh(ctx: Context) -> bool:
    """Whether the user has shown a short time ago who they are."""
    return sessions.is_fresh(user_session(ctx), now())


def knows(ctx: Context, user: User, password: str, *, fresh_is_enough: bool = True) -> bool:
    """Whether the password is right; one who has none must have come in a short time ago.

    Raises ``ThrottledError`` after too many tries.
    """
    if not user.password_hash and fresh_is_enough:
        return is_fresh(ctx)
    return signin.confirm_password(
        ctx.session, user.id, password=password, visit=visit(ctx), rules=rules(ctx)
    )


def pending(ctx: Context) -> tuple[OneTimeKey, User]:
    """Who is on the way in, to be looked at only."""
    return second_step.pending(ctx.session, step_cookie(ctx), visit(ctx), lock=False)


def own_path(url: str) -> str:
    """A path of this site, or ``/``: nobody is led to another site through a link to ours."""
    return url if is_own_path(url) else "/"


def with_next(path: str, target: str) -> str:
    """A page that leads on to another afterwards."""
    return path if target == "/" else f"{path}?{urlencode({'next': target})}"


def referring_path(ctx: Context) -> str:
    """The page that sent a form."""
    parts = urlsplit(ctx.request.headers.get("referer", ""))
    return own_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def lead_on(ctx: Context, result: SignedIn | NextStep, target: str) -> Response[bytes]:
    """Somebody is in, or has one more step to take."""
    if isinstance(result, SignedIn):
        return with_session(ctx, ctx.redirect(target), result.token)
    page = "/sign-in/enrol" if result.enrol else "/sign-in/second"
    return with_step(ctx, ctx.redirect(with_next(page, target)), result.token)


def with_session(ctx: Context, answer: Response[bytes], token: str) -> Response[bytes]:
    """Give the browser its session."""
    ctx.put_cookie(answer, SESSION_COOKIE, token, seconds=COOKIE_SECONDS)
    ctx.drop_cookie(answer, STEP_COOKIE)
    return answer


def with_step(ctx: Context, answer: Response[bytes], token: str) -> Response[bytes]:
    """Give the browser the key to the next step."""
    ctx.put_cookie(answer, STEP_COOKIE, token, seconds=int(STEP.total_seconds()))
    return answer


def messages(errors: Sequence[FieldError], field: str) -> list[str]:
    """What is wrong with one field."""
    return [error.message for error in errors if error.field == field]
