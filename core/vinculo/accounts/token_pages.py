"""Settings → API tokens: keys for programs, made and revoked by the user whom they act for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from litestar import Response
from litestar.params import FromPath
from markupsafe import Markup

from vinculo.accounts import door, scopes, service
from vinculo.accounts.models import ApiToken
from vinculo.accounts.security_pages import must_confirm
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import format_datetime, ngettext
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import Action, Badge, Column, Crumb, Form, Input, Option, Row, Table, Toast, Widget

PAGE: Final = "/settings/tokens"
DAYS: Final = (30, 90, 365)
EVERYTHING, READING, CHOSEN = "everything", "reading", "chosen"


@get(PAGE, permission=SIGNED_IN)
def tokens_page(ctx: Context) -> Response[bytes]:
    """The user's tokens, and the form for another."""
    return _tokens(ctx)


@post(PAGE, permission=SIGNED_IN)
def create_token(ctx: Context) -> Response[bytes]:
    """Make an API token and show it this once."""
    if away := must_confirm(ctx, PAGE):
        return away
    days, moment = ctx.value("token_days"), now()
    known = ctx.registry.permissions
    try:
        _token, plain = service.create_token(
            ctx.session,
            door.user_id(ctx),
            name=ctx.value("token_name"),
            scopes=_chosen(ctx),
            known=known,
            expires_at=moment + timedelta(days=int(days)) if days in map(str, DAYS) else None,
            max_days=ctx.site.settings.security.token_max_days,
            actor=ctx.actor,
            now=moment,
        )
    except InvalidError as error:
        return _tokens(ctx, error.errors)
    return _tokens(ctx, new_token=plain)


@post("/settings/tokens/{token_id:int}/revoke", permission=SIGNED_IN)
def revoke_token(ctx: Context, token_id: FromPath[int]) -> Response[bytes]:
    """End a token at once."""
    token = service.revoke_token(ctx.session, token_id, actor=ctx.actor, now=now())
    return ctx.redirect(PAGE, toast=Toast(_("The token %(name)s is revoked.", name=token.name)))


def _chosen(ctx: Context) -> Sequence[str]:
    match ctx.value("token_scope", EVERYTHING):
        case "everything":
            return scopes.EVERYTHING
        case "reading":
            return scopes.reading(ctx.registry.permissions)
        case _other:
            return [str(name) for name in ctx.form.get("scopes", ())]


def _tokens(ctx: Context, errors: Sequence[FieldError] = (), *, new_token: str = "") -> Response[bytes]:
    return ctx.render(
        "account/tokens.html",
        status=422 if errors else 200,
        crumbs=[Crumb(_("Your settings"), "/settings"), Crumb(_("API tokens"))],
        title=_("Your settings"),
        tab=PAGE,
        form=_form(ctx, errors),
        permissions=_permissions(ctx),
        ticked={str(name) for name in ctx.form.get("scopes", ())} if errors else set(),
        scope_errors=door.messages(errors, "scopes"),
        tokens=token_table(ctx, door.user_id(ctx)),
        new_token=new_token,
    )


def _permissions(ctx: Context) -> list[Option]:
    """What can be chosen: what the user may."""
    known = ctx.registry.permissions
    return [Option(name, f"{known[name].label}") for name in sorted(known) if ctx.actor.may(name)]


def _form(ctx: Context, errors: Sequence[FieldError]) -> Form:
    name = Input(
        "token_name",
        _("What is it for?"),
        value=ctx.value("token_name") if errors else "",
        required=True,
        max_length=100,
        errors=door.messages(errors, "name"),
    )
    days = Input(
        "token_days",
        _("Valid for"),
        Widget.SELECT,
        value=ctx.value("token_days") if errors else str(DAYS[1]),
        options=_spans(ctx.site.settings.security.token_max_days),
        errors=door.messages(errors, "expires_at"),
    )
    scope = Input(
        "token_scope",
        _("What may it do?"),
        Widget.SELECT,
        value=ctx.value("token_scope") if errors else EVERYTHING,
        options=[
            Option(EVERYTHING, _("Everything that you may")),
            Option(READING, _("Only read")),
            Option(CHOSEN, _("What is ticked below")),
        ],
        help=_("It can never do more than you can."),
    )
    return Form(PAGE, [name, days, scope], submit=_("Create token"))


def _spans(longest: int) -> list[Option]:
    spans = [days for days in DAYS if not longest or days <= longest]
    if longest and longest not in spans:
        spans.append(longest)
    options = [Option(str(days), ngettext("%(n)s day", "%(n)s days", days)) for days in spans]
    return options if longest else [*options, Option("", _("Without end"))]


def token_table(ctx: Context, user_id: int, *, path: str = PAGE) -> Table:
    """The tokens of a user, with a button to revoke each that still works."""
    columns = [
        Column("name", _("Token")),
        Column("scopes", _("May")),
        Column("created_at", _("Created")),
        Column("last_used_at", _("Last used")),
        Column("state", _("State")),
        Column("action", ""),
    ]
    ui = ctx.ui
    tokens = service.list_tokens(ctx.session, user_id)
    rows = [Row(token.id, "", _cells(ui, token, path)) for token, _user in tokens]
    return Table(columns, rows, caption=_("API tokens"))


def _cells(ui: Any, token: ApiToken, path: str) -> list[str | Markup]:
    revoke = Action(_("Revoke"), f"{path}/{token.id}/revoke", danger=True, post=True)
    name = Markup('{} <span class="mute">{}…</span>').format(token.name, token.prefix)
    return [
        name,
        _scopes(token),
        format_datetime(token.created_at),
        format_datetime(token.last_used_at) if token.last_used_at else _("never"),
        ui.badge(_state(token)),
        "" if token.revoked_at else ui.action(revoke),
    ]


def _scopes(token: ApiToken) -> str:
    if scopes.ALL in token.scopes:
        return _("everything")
    return ngettext("%(n)s thing", "%(n)s things", len(token.scopes))


def _state(token: ApiToken) -> Badge:
    if token.revoked_at:
        return Badge(_("Revoked"), "bad")
    if token.expires_at is None:
        return Badge(_("Valid"), "ok")
    if token.expires_at <= now():
        return Badge(_("Expired"), "warn")
    return Badge(_("Until %(when)s", when=format_datetime(token.expires_at)), "ok")


handlers = [tokens_page, create_token, revoke_token]
