"""Pages where users set their profile, password and API tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from litestar import Response
from litestar.params import FromPath
from markupsafe import Markup

from vinculo.accounts import service, signin
from vinculo.accounts.models import ApiToken, User
from vinculo.accounts.pages import address, components, limits, messages, referring_path
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import LANGUAGES, format_datetime
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.identity import SESSION_COOKIE
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import (
    Action,
    Badge,
    Column,
    Crumb,
    Form,
    Input,
    Option,
    Row,
    Table,
    Toast,
    Widget,
)

TOKEN_DAYS: Final = ("30", "90", "365")


@get("/settings", permission=SIGNED_IN)
def settings_page(ctx: Context) -> Response[bytes]:
    """Profile, password and tokens of the signed-in user."""
    return _settings(ctx)


@post("/settings", permission=SIGNED_IN)
def save_profile(ctx: Context) -> Response[bytes]:
    """Change name, address, language, zone and theme."""
    fields = {name: ctx.value(name) for name in ("full_name", "email", "language", "time_zone", "theme")}
    try:
        service.update_profile(ctx.session, _user_id(ctx), **fields, actor=ctx.actor, now=now())
    except InvalidError as error:
        return _settings(ctx, error.errors, typed="profile")
    return ctx.redirect("/settings", toast=Toast(_("Your settings are saved.")))


@post("/settings/password", permission=SIGNED_IN)
def save_password(ctx: Context) -> Response[bytes]:
    """Change the password, for those who know the present one; other browsers are signed out."""
    user_id, password = _user_id(ctx), ctx.value("password")
    known = signin.confirm_password(
        ctx.session,
        user_id,
        password=ctx.value("current_password"),
        address=address(ctx),
        now=now(),
        **limits(ctx),
    )
    if not known:
        wrong = FieldError("current_password", _("This is not your present password."))
        return _settings(ctx, [wrong], typed="password")
    least = ctx.site.settings.security.min_password_length
    cookie = ctx.request.cookies.get(SESSION_COOKIE, "")
    try:
        service.set_password(
            ctx.session,
            user_id,
            password=password,
            keep=cookie,
            min_length=least,
            actor=ctx.actor,
            now=now(),
        )
    except InvalidError as error:
        return _settings(ctx, error.errors, typed="password")
    text = _("Your password is changed; all other browsers are signed out.")
    return ctx.redirect("/settings", toast=Toast(text))


@post("/settings/theme", permission=SIGNED_IN)
def save_theme(ctx: Context) -> Response[bytes]:
    """Switch between light, dark and that of the system."""
    service.set_theme(ctx.session, _user_id(ctx), theme=ctx.value("theme"), actor=ctx.actor, now=now())
    return ctx.redirect(referring_path(ctx))


@post("/settings/tokens", permission=SIGNED_IN)
def create_token(ctx: Context) -> Response[bytes]:
    """Make an API token and show it this once."""
    days = ctx.value("token_days")
    moment = now()
    expires_at = moment + timedelta(days=int(days)) if days in TOKEN_DAYS else None
    try:
        _token, plain = service.create_token(
            ctx.session,
            _user_id(ctx),
            name=ctx.value("token_name"),
            expires_at=expires_at,
            actor=ctx.actor,
            now=moment,
        )
    except InvalidError as error:
        return _settings(ctx, error.errors, typed="token")
    return _settings(ctx, new_token=plain)


@post("/settings/tokens/{token_id:int}/revoke", permission=SIGNED_IN)
def revoke_token(ctx: Context, token_id: FromPath[int]) -> Response[bytes]:
    """End a token at once."""
    token = service.revoke_token(ctx.session, token_id, actor=ctx.actor, now=now())
    return ctx.redirect("/settings", toast=Toast(_("The token %(name)s is revoked.", name=token.name)))


def _user_id(ctx: Context) -> int:
    assert ctx.actor.user_id is not None
    return ctx.actor.user_id


def _settings(
    ctx: Context, errors: Sequence[FieldError] = (), *, typed: str = "", new_token: str = ""
) -> Response[bytes]:
    """The page; the form named by ``typed`` shows what was typed and what is wrong with it."""
    user = service.get_user(ctx.session, _user_id(ctx))
    profile = [_profile_input(ctx, user, name, typed == "profile", errors) for name in _PROFILE]
    sections = [
        (_("Profile"), Form("/settings", profile)),
        (
            _("Password"),
            Form("/settings/password", _password_inputs(ctx, errors), submit=_("Change password")),
        ),
        (
            _("API tokens"),
            Form(
                "/settings/tokens",
                _token_inputs(ctx, errors if typed == "token" else ()),
                submit=_("Create token"),
            ),
        ),
    ]
    return ctx.render(
        "account/settings.html",
        status=422 if errors else 200,
        crumbs=[Crumb(_("Your settings"))],
        title=_("Your settings"),
        sections=sections,
        tokens=_token_table(ctx, user),
        new_token=new_token,
    )


_PROFILE: Final = ("full_name", "email", "language", "time_zone", "theme")


def _profile_input(ctx: Context, user: User, name: str, typed: bool, errors: Sequence[FieldError]) -> Input:
    label, widget, options = {
        "full_name": (_("Full name"), Widget.TEXT, []),
        "email": (_("E-mail"), Widget.EMAIL, []),
        "language": (_("Language"), Widget.SELECT, _languages(ctx)),
        "time_zone": (_("Time zone"), Widget.SELECT, _zones()),
        "theme": (_("Theme"), Widget.SELECT, _themes()),
    }[name]
    return Input(
        name,
        label,
        widget,
        value=ctx.value(name) if typed else getattr(user, name),
        options=options,
        errors=messages(errors, name),
        autocomplete={"full_name": "name", "email": "email"}.get(name, ""),
    )


def _languages(ctx: Context) -> list[Option]:
    own = [Option(code, label) for code, label in LANGUAGES.items()]
    return [Option("", _("As the browser asks")), *own]


def _zones() -> list[Option]:
    return [Option("", _("That of the company")), *(Option(zone, zone) for zone in service.time_zones())]


def _themes() -> list[Option]:
    return [Option("", _("As the system is set")), Option("light", _("Light")), Option("dark", _("Dark"))]


def _password_inputs(ctx: Context, errors: Sequence[FieldError]) -> list[Input]:
    least = ctx.site.settings.security.min_password_length
    return [
        Input(
            "current_password",
            _("Present password"),
            Widget.PASSWORD,
            required=True,
            errors=messages(errors, "current_password"),
            autocomplete="current-password",
        ),
        Input(
            "password",
            _("New password"),
            Widget.PASSWORD,
            required=True,
            help=_("At least %(n)s characters.", n=least),
            errors=messages(errors, "password"),
            autocomplete="new-password",
        ),
    ]


def _token_inputs(ctx: Context, errors: Sequence[FieldError]) -> list[Input]:
    spans = [Option(days, _("%(n)s days", n=days)) for days in TOKEN_DAYS]
    return [
        Input(
            "token_name",
            _("What is it for?"),
            value=ctx.value("token_name") if errors else "",
            required=True,
            max_length=100,
            errors=messages(errors, "name"),
        ),
        Input(
            "token_days",
            _("Valid for"),
            Widget.SELECT,
            value=ctx.value("token_days") if errors else TOKEN_DAYS[1],
            options=[*spans, Option("", _("Without end"))],
        ),
    ]


def _token_table(ctx: Context, user: User) -> Table:
    columns = [
        Column("name", _("Token")),
        Column("prefix", _("Begins with")),
        Column("created_at", _("Created")),
        Column("last_used_at", _("Last change made with it")),
        Column("state", _("State")),
        Column("action", ""),
    ]
    ui = components(ctx)
    tokens = service.list_tokens(ctx.session, user.id)
    return Table(
        columns, [Row(t.id, "", _token_cells(ui, t)) for t, _user in tokens], caption=_("API tokens")
    )


def _token_cells(ui: Any, token: ApiToken) -> list[str | Markup]:
    revoke = Action(_("Revoke"), f"/settings/tokens/{token.id}/revoke", danger=True, post=True)
    return [
        token.name,
        f"{token.prefix}…",
        format_datetime(token.created_at),
        format_datetime(token.last_used_at) if token.last_used_at else _("never"),
        ui.badge(_token_state(token)),
        "" if token.revoked_at else ui.action(revoke),
    ]


def _token_state(token: ApiToken) -> Badge:
    if token.revoked_at:
        return Badge(_("Revoked"), "bad")
    if token.expires_at is None:
        return Badge(_("Valid"), "ok")
    if token.expires_at <= now():
        return Badge(_("Expired"), "warn")
    return Badge(_("Until %(when)s", when=format_datetime(token.expires_at)), "ok")


handlers = [settings_page, save_profile, save_password, save_theme, create_token, revoke_token]
