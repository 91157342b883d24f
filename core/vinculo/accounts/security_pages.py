"""Settings → Security: password, second factors, accounts of the company, sessions."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Response
from litestar.params import FromPath

from vinculo.accounts import door, external, factors, security_views, service, sessions
from vinculo.accounts.passwords import Policy
from vinculo.accounts.security_views import PAGE
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, ThrottledError
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import Action, Form, Input, Toast, Widget


@get(PAGE, permission=SIGNED_IN)
def security_page(ctx: Context) -> Response[bytes]:
    """Everything that the user signs in with, and where they are signed in."""
    return _security(ctx)


@post("/settings/password", permission=SIGNED_IN)
def save_password(ctx: Context) -> Response[bytes]:
    """Change the password, for those who know the present one; other browsers are signed out."""
    user = service.get_user(ctx.session, door.user_id(ctx))
    try:
        known = door.knows(ctx, user, ctx.value("current_password"))
        if not known:
            return _security(ctx, [FieldError("current_password", _("This is not your present password."))])
        service.set_password(
            ctx.session,
            user.id,
            password=ctx.value("password"),
            keep=door.session_cookie(ctx),
            policy=Policy.of(ctx.site.settings),
            actor=ctx.actor,
            now=now(),
        )
    except InvalidError as error:
        return _security(ctx, error.errors)
    text = _("Your password is changed; all other browsers are signed out.")
    return _renewed(ctx, ctx.redirect(PAGE, toast=Toast(text)))


@get("/settings/security/confirm", permission=SIGNED_IN)
def confirm_page(ctx: Context) -> Response[bytes]:
    """Ask who is there, before what one signs in with is changed."""
    return _confirm(ctx)


@post("/settings/security/confirm", permission=SIGNED_IN)
def confirm(ctx: Context) -> Response[bytes]:
    """Check the password; the session goes on under another id."""
    user = service.get_user(ctx.session, door.user_id(ctx))
    try:
        known = door.knows(ctx, user, ctx.value("password"), fresh_is_enough=False)
    except ThrottledError as error:
        return _confirm(ctx, [FieldError("password", error.message)], status=429)
    if not known:
        return _confirm(ctx, [FieldError("password", _("This is not your present password."))])
    return _renewed(ctx, ctx.redirect(door.own_path(ctx.value("next"))))


@post("/settings/security/sessions/{session_id:int}/revoke", permission=SIGNED_IN)
def revoke_session(ctx: Context, session_id: FromPath[int]) -> Response[bytes]:
    """Sign one browser out."""
    sessions.revoke(ctx.session, session_id, actor=ctx.actor, now=now())
    return ctx.redirect(PAGE, toast=Toast(_("That browser is signed out.")))


@post("/settings/security/sessions/revoke-others", permission=SIGNED_IN)
def revoke_others(ctx: Context) -> Response[bytes]:
    """Sign all other browsers out."""
    user = service.get_user(ctx.session, door.user_id(ctx))
    sessions.revoke_all(ctx.session, user, keep=door.session_cookie(ctx), actor=ctx.actor, now=now())
    return ctx.redirect(PAGE, toast=Toast(_("All other browsers are signed out.")))


@post("/settings/security/accounts/{identity_id:int}/remove", permission=SIGNED_IN)
def unlink_account(ctx: Context, identity_id: FromPath[int]) -> Response[bytes]:
    """Let an account of the company in no longer."""
    if away := must_confirm(ctx):
        return away
    user = service.get_user(ctx.session, door.user_id(ctx))
    external.unlink(ctx.session, user, identity_id, actor=ctx.actor, now=now())
    return ctx.redirect(PAGE, toast=Toast(_("That account lets you in no longer.")))


def must_confirm(ctx: Context, target: str = PAGE) -> Response[bytes] | None:
    """The way to show again who one is, for those who have not done it for a while."""
    if door.is_fresh(ctx):
        return None
    return ctx.redirect(door.with_next("/settings/security/confirm", target))


def _renewed(ctx: Context, answer: Response[bytes]) -> Response[bytes]:
    if found := door.user_session(ctx):
        door.with_session(ctx, answer, sessions.renew(ctx.session, found, now=now()))
    return answer


def _confirm(ctx: Context, errors: Sequence[FieldError] = (), *, status: int = 422) -> Response[bytes]:
    target = door.own_path(ctx.value("next") or ctx.parameter("next"))
    user = service.get_user(ctx.session, door.user_id(ctx))
    by_company = not user.password_hash or not door.local_open(ctx)
    field = Input(
        "password",
        _("Password"),
        Widget.PASSWORD,
        required=True,
        autofocus=True,
        autocomplete="current-password",
        errors=door.messages(errors, "password"),
    )
    form = Form(f"{PAGE}/confirm", [field], submit=_("Continue"), cancel=PAGE, hidden={"next": target})
    name = security_views.provider(ctx) or _("your company")
    company = Action(
        _("Sign in with %(name)s", name=name), door.with_next("/sign-in/company", target), icon="building"
    )
    return ctx.render(
        "account/confirm.html",
        status=status if errors else 200,
        crumbs=security_views.crumbs(_("Is it you?")),
        title=_("Is it you?"),
        note=_("What you sign in with can be changed only by somebody who has just shown who they are."),
        form=None if by_company else form,
        company=company if by_company else None,
    )


def _security(ctx: Context, errors: Sequence[FieldError] = ()) -> Response[bytes]:
    user = service.get_user(ctx.session, door.user_id(ctx))
    found = factors.of(ctx.session, user.id)
    return ctx.render(
        "account/security.html",
        status=422 if errors else 200,
        crumbs=security_views.crumbs(),
        title=_("Your settings"),
        tab=PAGE,
        password=security_views.password_form(ctx, user, errors) if door.local_open(ctx) else None,
        found=found,
        factors=security_views.factor_table(ctx, found),
        demanded=factors.demanded(ctx.session, user, door.rules(ctx)),
        passkeys=door.party(ctx).usable,
        provider=security_views.provider(ctx),
        accounts=security_views.account_table(ctx, external.list_identities(ctx.session, user.id)),
        sessions=security_views.session_table(ctx, sessions.list_sessions(ctx.session, user.id, now())),
    )


handlers = [
    security_page,
    save_password,
    confirm_page,
    confirm,
    revoke_session,
    revoke_others,
    unlink_account,
]
