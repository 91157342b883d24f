"""Pages of the door: signing in, signing out, and the first start."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Response

from vinculo.accounts import door, passkey_signin, service, sessions, signin
from vinculo.accounts.models import Role
from vinculo.accounts.passwords import Policy
from vinculo.accounts.reset_mail import may_mail
from vinculo.accounts.sessions import SignedIn
from vinculo.accounts.signin import NextStep
from vinculo.actor import Source, system
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, ThrottledError
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.identity import CSRF_COOKIE, SESSION_COOKIE
from vinculo.web.routes import PUBLIC, get, post
from vinculo.web.views import Action, Form, Input, Widget


@get("/sign-in", permission=PUBLIC)
def sign_in_page(ctx: Context) -> Response[bytes]:
    """The form, unless there is nothing to sign in to or somebody is signed in already."""
    if service.needs_setup(ctx.session):
        return ctx.redirect("/setup")
    target = door.own_path(ctx.parameter("next"))
    if ctx.identity:
        return ctx.redirect(target)
    return _sign_in_form(ctx, target)


@post("/sign-in", permission=PUBLIC)
def sign_in(ctx: Context) -> Response[bytes]:
    """Check name and password. Refusals are answers, not errors, so that failures are committed."""
    target = door.own_path(ctx.value("next"))
    if not door.local_open(ctx):
        return _sign_in_form(ctx, target, status=403)
    try:
        result = _try(ctx, ctx.value("login"), ctx.value("password"))
    except ThrottledError as error:
        return _wait(_sign_in_form(ctx, target, fault=error.message, status=429), error)
    if result is None:
        fault = _("Name and password do not belong together. Check both and try again.")
        return _sign_in_form(ctx, target, fault=fault, status=422)
    return door.lead_on(ctx, result, target)


@post("/sign-in/passkey", permission=PUBLIC)
def ask_for_passkey(ctx: Context) -> Response[bytes]:
    """A challenge, which the browser lets a device sign."""
    target = door.own_path(ctx.value("next"))
    if not door.local_open(ctx):
        return _sign_in_form(ctx, target, status=403)
    return _passkey_form(ctx, target)


@post("/sign-in/passkey/answer", permission=PUBLIC)
def sign_in_by_passkey(ctx: Context) -> Response[bytes]:
    """Let in whoever's passkey signed it."""
    target = door.own_path(ctx.value("next"))
    if not door.local_open(ctx):
        return _sign_in_form(ctx, target, status=403)
    try:
        result = passkey_signin.enter(
            ctx.session,
            door.step_cookie(ctx),
            answer=ctx.value("answer"),
            party=door.party(ctx),
            visit=door.visit(ctx),
            rules=door.rules(ctx),
        )
    except ThrottledError as error:
        return _wait(_sign_in_form(ctx, target, fault=error.message, status=429), error)
    if result is None:
        fault = _("That passkey lets nobody in here. Try another, or sign in with your password.")
        return _sign_in_form(ctx, target, fault=fault, status=422)
    return door.lead_on(ctx, result, target)


@post("/sign-out", permission=PUBLIC)
def sign_out(ctx: Context) -> Response[bytes]:
    """End the session of this browser."""
    sessions.sign_out(ctx.session, cookie=door.session_cookie(ctx), now=now())
    answer = ctx.redirect("/sign-in")
    ctx.drop_cookie(answer, SESSION_COOKIE)
    ctx.drop_cookie(answer, CSRF_COOKIE)
    return answer


@get("/setup", permission=PUBLIC)
def setup_page(ctx: Context) -> Response[bytes]:
    """The first start."""
    return _setup_form(ctx) if service.needs_setup(ctx.session) else ctx.redirect("/sign-in")


@post("/setup", permission=PUBLIC)
def setup(ctx: Context) -> Response[bytes]:
    """Create the administrator and sign in, as long as there is no user."""
    if not service.needs_setup(ctx.session):
        return ctx.redirect("/sign-in")
    login, password = ctx.value("login"), ctx.value("password")
    try:
        service.create_user(
            ctx.session,
            login=login,
            password=password,
            role_names=[Role.ADMINISTRATOR],
            full_name=ctx.value("full_name"),
            email=ctx.value("email"),
            policy=Policy.of(ctx.site.settings),
            actor=system(Source.PAGE),
            now=now(),
        )
    except InvalidError as error:
        return _setup_form(ctx, error.errors)
    result = _try(ctx, login, password)
    assert result
    return door.lead_on(ctx, result, "/")


def _try(ctx: Context, login: str, password: str) -> SignedIn | NextStep | None:
    return signin.sign_in(
        ctx.session, login=login, password=password, visit=door.visit(ctx), rules=door.rules(ctx)
    )


def _wait(answer: Response[bytes], error: ThrottledError) -> Response[bytes]:
    answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _sign_in_form(ctx: Context, target: str, *, fault: str = "", status: int = 200) -> Response[bytes]:
    login = ctx.value("login")
    local = door.local_open(ctx)
    inputs = [
        Input(
            "login",
            _("Sign-in name"),
            value=login,
            required=True,
            autocomplete="username",
            autofocus=not login,
        ),
        Input(
            "password",
            _("Password"),
            Widget.PASSWORD,
            required=True,
            autocomplete="current-password",
            autofocus=bool(login),
        ),
    ]
    errors = [fault] if fault else []
    form = Form("/sign-in", inputs, submit=_("Sign in"), errors=errors, hidden={"next": target})
    return ctx.render(
        "account/sign_in.html",
        status=status,
        title=_("Sign in"),
        form=form if local else None,
        note="" if local else _("Sign in with your account of the company."),
        passkeys=local and door.party(ctx).usable,
        company=_company(ctx, target),
        forgot="/forgot" if local and may_mail(ctx.site.settings) else "",
        next=target,
    )


def _company(ctx: Context, target: str) -> Action | None:
    """The way in through the company's provider."""
    oidc = ctx.site.settings.oidc
    if not oidc.issuer:
        return None
    label = _("Sign in with %(name)s", name=oidc.name or _("your company"))
    return Action(label, door.with_next("/sign-in/company", target), icon="building")


def _passkey_form(ctx: Context, target: str) -> Response[bytes]:
    token, options = passkey_signin.ask(ctx.session, door.party(ctx), visit=door.visit(ctx))
    answer = ctx.render(
        "account/passkey.html",
        title=_("Sign in with a passkey"),
        note=_("Your browser asks you for it now."),
        action="/sign-in/passkey/answer",
        options=options,
        hidden={"next": target},
        back=door.with_next("/sign-in", target),
    )
    return door.with_step(ctx, answer, token)


def _setup_form(ctx: Context, errors: Sequence[FieldError] = ()) -> Response[bytes]:
    least = ctx.site.settings.security.min_password_length
    fields = [
        ("login", _("Sign-in name"), Widget.TEXT, "username", "", True),
        ("full_name", _("Full name"), Widget.TEXT, "name", "", False),
        ("email", _("E-mail"), Widget.EMAIL, "email", "", False),
        (
            "password",
            _("Password"),
            Widget.PASSWORD,
            "new-password",
            _("At least %(n)s characters.", n=least),
            True,
        ),
    ]
    inputs = [
        Input(
            name,
            label,
            widget,
            value="" if widget is Widget.PASSWORD else ctx.value(name),
            required=required,
            help=hint,
            errors=door.messages(errors, name),
            autocomplete=autocomplete,
            autofocus=name == "login",
        )
        for name, label, widget, autocomplete, hint, required in fields
    ]
    form = Form("/setup", inputs, submit=_("Create administrator"))
    return ctx.render(
        "account/setup.html",
        status=422 if errors else 200,
        title=_("Welcome to Vinculo"),
        note=_("Nobody can sign in yet. Create the first administrator."),
        form=form,
    )


handlers = [
    sign_in_page,
    sign_in,
    ask_for_passkey,
    sign_in_by_passkey,
    sign_out,
    setup_page,
    setup,
]
