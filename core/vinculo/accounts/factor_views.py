"""What the pages of signing in and of settings draw alike: setting up an app, and recovery codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from litestar import Response

from vinculo.accounts import door, totp
from vinculo.accounts.models import Totp, User
from vinculo.errors import FieldError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.views import Crumb, Form, Input


def wrong_code() -> FieldError:
    """The first code of an app is not the right one."""
    text = _("This is not what the app should show. Check the clock of your device and type the next code.")
    return FieldError("code", text)


def app_form(action: str, errors: Sequence[FieldError], *, hidden: Mapping[str, str] | None = None) -> Form:
    """The field for the first code."""
    code = Input(
        "code",
        _("Code that the app shows"),
        required=True,
        autocomplete="one-time-code",
        autofocus=True,
        errors=door.messages(errors, "code"),
    )
    return Form(action, [code], submit=_("Confirm"), hidden=hidden or {})


def app_page(
    ctx: Context, user: User, form: Form, *, back: str, status: int = 200, crumbs: Sequence[Crumb] = ()
) -> Response[bytes]:
    """The secret as a picture and as text. Raises ``NotFoundError`` unless an app is being set up."""
    found = ctx.session.scalar(sa.select(Totp).where(Totp.user_id == user.id, Totp.confirmed_at.is_(None)))
    if found is None:
        raise NotFoundError(_("No authenticator app is being set up. Begin again."))
    secret = door.cipher(ctx).decrypt(found.secret)
    address = totp.uri(user, secret, ctx.site.settings.company.name)
    return ctx.render(
        "account/app.html",
        status=status,
        crumbs=crumbs,
        title=_("Authenticator app"),
        picture=totp.picture(address),
        secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        form=form,
        back=back,
    )


def codes_page(
    ctx: Context, codes: Sequence[str], *, onward: str, crumbs: Sequence[Crumb] = ()
) -> Response[bytes]:
    """Recovery codes, this once."""
    return ctx.render(
        "account/codes.html", crumbs=crumbs, title=_("Recovery codes"), codes=codes, onward=onward
    )
