"""What the pages about signing in draw: forms and tables of one user."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from markupsafe import Markup

from vinculo.accounts import door, sessions
from vinculo.accounts.factors import Factors
from vinculo.accounts.models import ExternalIdentity, User, UserSession
from vinculo.accounts.onetime import digest
from vinculo.errors import FieldError
from vinculo.i18n import format_datetime
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.views import Action, Badge, Column, Crumb, Form, Input, Row, Table, Widget

PAGE: Final = "/settings/security"


def crumbs(*below: str) -> list[Crumb]:
    """The way to the page, and to one below it."""
    titles = [(_("Your settings"), "/settings"), (_("Security"), PAGE), *((title, "") for title in below)]
    return [Crumb(title, url) for title, url in titles]


def provider(ctx: Context) -> str:
    """What the company's provider is called; empty if there is none."""
    oidc = ctx.site.settings.oidc
    return (oidc.name or _("your company")) if oidc.issuer else ""


def password_form(ctx: Context, user: User, errors: Sequence[FieldError]) -> Form:
    """The form to change the password, or to set the first one."""
    least = ctx.site.settings.security.min_password_length
    present = Input(
        "current_password",
        _("Present password"),
        Widget.PASSWORD,
        required=True,
        errors=door.messages(errors, "current_password"),
        autocomplete="current-password",
    )
    new = Input(
        "password",
        _("New password"),
        Widget.PASSWORD,
        required=True,
        help=_("At least %(n)s characters, and not easy to guess.", n=least),
        errors=door.messages(errors, "password"),
        autocomplete="new-password",
    )
    fields = [present, new] if user.password_hash else [new]
    general = [] if user.password_hash else door.messages(errors, "current_password")
    submit = _("Change password") if user.password_hash else _("Set password")
    return Form("/settings/password", fields, submit=submit, errors=general)


def factor_table(ctx: Context, found: Factors, *, own: bool = True) -> Table:
    """The app and the passkeys; with a button to remove each if they are the user's ``own``."""
    columns = [
        Column("name", _("Second factor")),
        Column("created_at", _("Added")),
        Column("last_used_at", _("Last used")),
        Column("action", ""),
    ]
    rows = []
    if app := found.app:
        action = _remove(ctx, f"{PAGE}/app/remove") if own else ""
        cells = [_("Authenticator app"), format_datetime(app.created_at), _used(app.last_used_at), action]
        rows.append(Row(0, "", cells))
    for key in found.passkeys:
        action = _remove(ctx, f"{PAGE}/passkeys/{key.id}/remove") if own else ""
        rows.append(
            Row(key.id, "", [key.name, format_datetime(key.created_at), _used(key.last_used_at), action])
        )
    return Table(columns, rows, caption=_("Second factors"))


def account_table(ctx: Context, found: Sequence[ExternalIdentity]) -> Table:
    """The accounts of the company that let the user in."""
    columns = [
        Column("subject", _("Account")),
        Column("created_at", _("Added")),
        Column("last_used_at", _("Last used")),
        Column("action", ""),
    ]
    rows = [
        Row(
            one.id,
            "",
            [
                one.email or one.subject,
                format_datetime(one.created_at),
                _used(one.last_used_at),
                _remove(ctx, f"{PAGE}/accounts/{one.id}/remove"),
            ],
        )
        for one in found
    ]
    return Table(columns, rows, caption=_("Accounts of your company"))


def session_table(ctx: Context, found: Sequence[UserSession], *, revoke: bool = True) -> Table:
    """Where a user is signed in; the browser that asks is marked."""
    columns = [
        Column("browser", _("Browser")),
        Column("address", _("Address")),
        Column("created_at", _("Signed in")),
        Column("seen_at", _("Last seen")),
        Column("action", ""),
    ]
    here = digest(door.session_cookie(ctx))
    rows = [
        Row(one.id, "", _session_cells(ctx, one, here=one.token_hash == here, revoke=revoke)) for one in found
    ]
    return Table(columns, rows, caption=_("Sessions"))


def _session_cells(ctx: Context, one: UserSession, *, here: bool, revoke: bool) -> list[str | Markup]:
    ui = ctx.ui
    name = Markup("{} {}").format(
        sessions.browser_name(one.user_agent), ui.badge(Badge(_("This browser"), "ok")) if here else ""
    )
    sign_out = Action(_("Sign out"), f"{PAGE}/sessions/{one.id}/revoke", danger=True, post=True)
    action = ui.action(sign_out) if revoke and not here else ""
    return [name, one.address, format_datetime(one.created_at), format_datetime(one.seen_at), action]


def _remove(ctx: Context, url: str) -> Markup:
    drawn: Markup = ctx.ui.action(Action(_("Remove"), url, danger=True, post=True))
    return drawn


def _used(moment: datetime | None) -> str:
    return format_datetime(moment) if moment else _("never")
