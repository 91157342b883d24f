"""Settings → Security: adding and removing second factors. Each asks who is there, if that was long ago."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from litestar import Response
from litestar.params import FromPath

from vinculo.accounts import door, factor_views, factors, onetime, passkeys, security_views, sessions, totp
from vinculo.accounts.models import Purpose, User
from vinculo.accounts.security_pages import must_confirm
from vinculo.accounts.security_views import PAGE
from vinculo.accounts.service import get_user
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import Toast

CHALLENGE: Final = timedelta(minutes=10)


@post("/settings/security/app", permission=SIGNED_IN)
def begin_app(ctx: Context) -> Response[bytes]:
    """Make a secret for an app, then show it."""
    if away := must_confirm(ctx):
        return away
    totp.begin(ctx.session, _user(ctx), cipher=door.cipher(ctx), now=now())
    return ctx.redirect(f"{PAGE}/app")


@get("/settings/security/app", permission=SIGNED_IN)
def app_page(ctx: Context) -> Response[bytes]:
    """The secret, as a picture and as text, and a field for the first code."""
    return must_confirm(ctx, f"{PAGE}/app") or _app(ctx)


@post("/settings/security/app/confirm", permission=SIGNED_IN)
def confirm_app(ctx: Context) -> Response[bytes]:
    """Check the first code; from then on the app counts."""
    if away := must_confirm(ctx, f"{PAGE}/app"):
        return away
    user, moment = _user(ctx), now()
    code = ctx.value("code")
    if not totp.confirm(ctx.session, user.id, code=code, cipher=door.cipher(ctx), now=moment):
        return _app(ctx, [factor_views.wrong_code()])
    codes = factors.added(ctx.session, user, "totp", actor=ctx.actor, now=moment)
    return _done(ctx, codes, _("The app is set up. You are asked for its code at the next sign-in."))


@post("/settings/security/app/remove", permission=SIGNED_IN)
def remove_app(ctx: Context) -> Response[bytes]:
    """Take the app away."""
    if away := must_confirm(ctx):
        return away
    factors.remove_app(ctx.session, _user(ctx), rules=door.rules(ctx), actor=ctx.actor, now=now())
    return ctx.redirect(PAGE, toast=Toast(_("The authenticator app is removed.")))


@post("/settings/security/passkeys/new", permission=SIGNED_IN)
def begin_passkey(ctx: Context) -> Response[bytes]:
    """A challenge, for which the browser lets a device make a key."""
    return must_confirm(ctx) or _passkey(ctx)


@post("/settings/security/passkeys", permission=SIGNED_IN)
def add_passkey(ctx: Context) -> Response[bytes]:
    """Keep the passkey that was made."""
    if away := must_confirm(ctx):
        return away
    user, moment = _user(ctx), now()
    key = onetime.find(ctx.session, Purpose.NEW_PASSKEY, door.step_cookie(ctx), moment)
    if key is None or key.user_id != user.id:
        return _passkey(ctx, fault=_("That took too long. Try again."))
    onetime.use(ctx.session, key)
    values = {
        "challenge": str(key.data["challenge"]),
        "answer": ctx.value("answer"),
        "name": ctx.value("name"),
    }
    try:
        made = passkeys.add(ctx.session, user, door.party(ctx), **values, now=moment)
    except InvalidError as error:
        return _passkey(ctx, fault=error.message)
    codes = factors.added(ctx.session, user, "passkey", actor=ctx.actor, now=moment)
    return _done(ctx, codes, _("The passkey %(name)s is added.", name=made.name))


@post("/settings/security/passkeys/{passkey_id:int}/remove", permission=SIGNED_IN)
def remove_passkey(ctx: Context, passkey_id: FromPath[int]) -> Response[bytes]:
    """Take one passkey away."""
    if away := must_confirm(ctx):
        return away
    by = {"actor": ctx.actor, "rules": door.rules(ctx), "now": now()}
    gone = factors.remove_passkey(ctx.session, _user(ctx), passkey_id, **by)  # type: ignore[arg-type]
    return ctx.redirect(PAGE, toast=Toast(_("The passkey %(name)s is removed.", name=gone.name)))


@post("/settings/security/codes", permission=SIGNED_IN)
def make_codes(ctx: Context) -> Response[bytes]:
    """New recovery codes, shown this once; the old ones are void."""
    if away := must_confirm(ctx):
        return away
    user = _user(ctx)
    if not factors.of(ctx.session, user.id).count:
        return ctx.redirect(PAGE)
    codes = factors.make_codes(ctx.session, user, actor=ctx.actor, now=now())
    return factor_views.codes_page(ctx, codes, onward=PAGE, crumbs=security_views.crumbs(_("Recovery codes")))


def _user(ctx: Context) -> User:
    return get_user(ctx.session, door.user_id(ctx))


def _done(ctx: Context, codes: Sequence[str], text: str) -> Response[bytes]:
    """The session goes on under another id: it is one of two factors now."""
    crumbs = security_views.crumbs(_("Recovery codes"))
    answer = (
        factor_views.codes_page(ctx, codes, onward=PAGE, crumbs=crumbs)
        if codes
        else ctx.redirect(PAGE, toast=Toast(text))
    )
    if found := door.user_session(ctx):
        token = sessions.renew(ctx.session, found, now=now(), second_factor=True)
        door.with_session(ctx, answer, token)
    return answer


def _app(ctx: Context, errors: Sequence[FieldError] = ()) -> Response[bytes]:
    form = factor_views.app_form(f"{PAGE}/app/confirm", errors)
    crumbs = security_views.crumbs(_("Authenticator app"))
    status = 422 if errors else 200
    return factor_views.app_page(ctx, _user(ctx), form, back=PAGE, status=status, crumbs=crumbs)


def _passkey(ctx: Context, *, fault: str = "") -> Response[bytes]:
    user, challenge = _user(ctx), passkeys.new_challenge()
    token = onetime.issue(
        ctx.session,
        Purpose.NEW_PASSKEY,
        lifetime=CHALLENGE,
        now=now(),
        user_id=user.id,
        data={"challenge": challenge},
    )
    answer = ctx.render(
        "account/new_passkey.html",
        status=422 if fault else 200,
        crumbs=security_views.crumbs(_("Add passkey")),
        title=_("Add passkey"),
        fault=fault,
        name=ctx.value("name") or sessions.browser_name(ctx.request.headers.get("user-agent", "")),
        action=f"{PAGE}/passkeys",
        options=passkeys.creation_options(ctx.session, user, door.party(ctx), challenge),
        back=PAGE,
    )
    return door.with_step(ctx, answer, token)


handlers = [
    begin_app,
    app_page,
    confirm_app,
    remove_app,
    begin_passkey,
    add_passkey,
    remove_passkey,
    make_codes,
]
