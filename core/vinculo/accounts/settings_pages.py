"""The page where users set their profile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from litestar import Response

from vinculo.accounts import door, service
from vinculo.accounts.door import messages, referring_path, user_id
from vinculo.accounts.models import User
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import LANGUAGES
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import Crumb, Form, Input, Option, Toast, Widget


@get("/settings", permission=SIGNED_IN)
def settings_page(ctx: Context) -> Response[bytes]:
    """Profile of the signed-in user."""
    return _settings(ctx)


@post("/settings", permission=SIGNED_IN)
def save_profile(ctx: Context) -> Response[bytes]:
    """Change name, address, language, zone and theme."""
    fields = {name: ctx.value(name) for name in _PROFILE}
    user = service.get_user(ctx.session, user_id(ctx))
    if fields["email"].strip() != user.email and (fault := _unproved(ctx, user)):
        return _settings(ctx, [fault], typed=True)
    try:
        wants_mail = bool(ctx.value("notice_mail"))
        service.update_profile(
            ctx.session, user.id, **fields, notice_mail=wants_mail, actor=ctx.actor, now=now()
        )
    except InvalidError as error:
        return _settings(ctx, error.errors, typed=True)
    return ctx.redirect("/settings", toast=Toast(_("Your settings are saved.")))


@post("/settings/theme", permission=SIGNED_IN)
def save_theme(ctx: Context) -> Response[bytes]:
    """Switch between light, dark and that of the system."""
    service.set_theme(ctx.session, user_id(ctx), theme=ctx.value("theme"), actor=ctx.actor, now=now())
    return ctx.redirect(referring_path(ctx))


def _unproved(ctx: Context, user: User) -> FieldError | None:
    """What is missing before the address may change: links to set a password go there."""
    if door.is_fresh(ctx) or door.knows(ctx, user, ctx.value("current_password")):
        return None
    if not user.password_hash:
        return FieldError("email", _("Sign in again before you change your address."))
    text = _("Whoever reads mail to this address can come in as you: type your present password.")
    return FieldError("current_password", text)


def _settings(ctx: Context, errors: Sequence[FieldError] = (), *, typed: bool = False) -> Response[bytes]:
    """The page; with ``typed`` it shows what was typed and what is wrong with it."""
    user = service.get_user(ctx.session, user_id(ctx))
    profile = [_profile_input(ctx, user, name, typed, errors) for name in _PROFILE]
    if asked := messages(errors, "current_password"):
        profile.insert(2, _password_input(asked))
    profile.append(_mail_input(ctx, user, typed=typed))
    return ctx.render(
        "account/settings.html",
        status=422 if errors else 200,
        crumbs=[Crumb(_("Your settings"))],
        title=_("Your settings"),
        tab="/settings",
        form=Form("/settings", profile),
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


def _mail_input(ctx: Context, user: User, *, typed: bool) -> Input:
    ticked = bool(ctx.value("notice_mail")) if typed else user.notice_mail
    return Input(
        "notice_mail",
        _("Send me reminders and other notices by e-mail"),
        Widget.CHECKBOX,
        value="true" if ticked else "",
    )


def _password_input(errors: Sequence[str]) -> Input:
    return Input(
        "current_password",
        _("Present password"),
        Widget.PASSWORD,
        errors=errors,
        required=True,
        autofocus=True,
        autocomplete="current-password",
    )


def _languages(ctx: Context) -> list[Option]:
    own = [Option(code, label) for code, label in LANGUAGES.items()]
    return [Option("", _("As the browser asks")), *own]


def _zones() -> list[Option]:
    return [Option("", _("That of the company")), *(Option(zone, zone) for zone in service.time_zones())]


def _themes() -> list[Option]:
    return [Option("", _("As the system is set")), Option("light", _("Light")), Option("dark", _("Dark"))]


handlers = [settings_page, save_profile, save_theme]
