"""Pages of the door: signing in, signing out, and the first start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Response

from vinculo.accounts import service, signin
from vinculo.accounts.models import Role
from vinculo.accounts.signin import SignedIn
from vinculo.actor import Source, system
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, ThrottledError
from vinculo.i18n import gettext as _
from vinculo.web.context import Context, is_own_path
from vinculo.web.identity import CSRF_COOKIE, SESSION_COOKIE
from vinculo.web.routes import PUBLIC, get, post
from vinculo.web.views import Form, Input, Widget

COOKIE_SECONDS: Final = 365 * 24 * 3600  # the session's own end, which moves with its use, comes first


@get("/sign-in", permission=PUBLIC)
def sign_in_page(ctx: Context) -> Response[bytes]:
    """The form, unless there is nothing to sign in to or somebody is signed in already."""
    if service.needs_setup(ctx.session):
        return ctx.redirect("/setup")
    if ctx.identity:
        return ctx.redirect(own_path(ctx.parameter("next")))
    return _sign_in_form(ctx, next_url=own_path(ctx.parameter("next")))


@post("/sign-in", permission=PUBLIC)
def sign_in(ctx: Context) -> Response[bytes]:
    """Check name and password. Refusals are answers, not errors, so that failures are committed."""
    next_url = own_path(ctx.value("next"))
    try:
        signed_in = _try(ctx, ctx.value("login"), ctx.value("password"))
    except ThrottledError as error:
        answer = _sign_in_form(ctx, next_url=next_url, fault=error.message, status=429)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    if signed_in is None:
        fault = _("Name and password do not belong together. Check both and try again.")
        return _sign_in_form(ctx, next_url=next_url, fault=fault, status=422)
    return _welcome(ctx, signed_in, next_url)


@post("/sign-out", permission=PUBLIC)
def sign_out(ctx: Context) -> Response[bytes]:
    """End the session of this browser."""
    signin.sign_out(ctx.session, cookie=ctx.request.cookies.get(SESSION_COOKIE, ""))
    answer = ctx.redirect("/sign-in")
    answer.delete_cookie(SESSION_COOKIE)
    answer.delete_cookie(CSRF_COOKIE)
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
            min_length=ctx.site.settings.security.min_password_length,
            actor=system(Source.PAGE),
            now=now(),
        )
    except InvalidError as error:
        return _setup_form(ctx, error.errors)
    signed_in = _try(ctx, login, password)
    assert signed_in
    return _welcome(ctx, signed_in, "/")


def own_path(url: str) -> str:
    """A path of this site, or ``/``: nobody is led to another site through a link to ours."""
    return url if is_own_path(url) else "/"


def referring_path(ctx: Context) -> str:
    """The page that sent a form."""
    parts = urlsplit(ctx.request.headers.get("referer", ""))
    return own_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def address(ctx: Context) -> str:
    """Where a request comes from."""
    return ctx.request.client.host if ctx.request.client else ""


def limits(ctx: Context) -> dict[str, Any]:
    """How often one may be wrong, as the settings say."""
    security = ctx.site.settings.security
    window = timedelta(minutes=security.signin_window_minutes)
    return {"attempts": security.signin_attempts, "window": window}


def messages(errors: Sequence[FieldError], field: str) -> list[str]:
    """What is wrong with one field."""
    return [error.message for error in errors if error.field == field]


def components(ctx: Context) -> Any:
    """The macros of ``components.html``, to draw a badge or a button inside a cell of a table."""
    return ctx.site.templates.get_template("components.html").make_module({"csrf": ctx.csrf})


def _try(ctx: Context, login: str, password: str) -> SignedIn | None:
    return signin.sign_in(
        ctx.session,
        login=login,
        password=password,
        address=address(ctx),
        user_agent=ctx.request.headers.get("user-agent", ""),
        now=now(),
        hours=ctx.site.settings.security.session_hours,
        **limits(ctx),
    )


def _welcome(ctx: Context, signed_in: SignedIn, next_url: str) -> Response[bytes]:
    answer = ctx.redirect(next_url)
    answer.set_cookie(
        SESSION_COOKIE,
        signed_in.token,
        max_age=COOKIE_SECONDS,
        path="/",
        secure=ctx.site.settings.server.secure_cookies,
        httponly=True,
        samesite="lax",
    )
    return answer


def _sign_in_form(ctx: Context, *, next_url: str, fault: str = "", status: int = 200) -> Response[bytes]:
    login = ctx.value("login")
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
    form = Form(
        "/sign-in",
        inputs,
        submit=_("Sign in"),
        errors=[fault] if fault else [],
        hidden={"next": next_url},
    )
    return ctx.render("account/sign_in.html", status=status, title=_("Sign in"), form=form, note="")


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
            errors=messages(errors, name),
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


handlers = [sign_in_page, sign_in, sign_out, setup_page, setup]
