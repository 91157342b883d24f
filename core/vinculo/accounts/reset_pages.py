"""Pages of links to set a new password: asking for one by mail, and using one."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Response
from litestar.params import FromPath

from vinculo.accounts import door, reset_mail, resets
from vinculo.accounts.passwords import Policy
from vinculo.accounts.reset_mail import may_mail
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, NotFoundError, ThrottledError
from vinculo.i18n import current_language
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.identity import SESSION_COOKIE
from vinculo.web.routes import PUBLIC, get, post
from vinculo.web.views import Form, Input, Toast, Widget


@get("/forgot", permission=PUBLIC)
def forgot_page(ctx: Context) -> Response[bytes]:
    """Ask for a link by mail."""
    _require_mail(ctx)
    return _forgot(ctx)


@post("/forgot", permission=PUBLIC)
def forgot(ctx: Context) -> Response[bytes]:
    """Say the same to everybody, at once: whether there is such a user a job finds out later."""
    _require_mail(ctx)
    named = ctx.value("login").strip()
    if not named:
        return _forgot(ctx, [FieldError("login", _("Type your sign-in name or your e-mail address."))])
    try:
        resets.asked(ctx.session, named, visit=door.visit(ctx), rules=door.rules(ctx))
    except ThrottledError as error:
        answer = _forgot(ctx, [FieldError("login", error.message)], status=429)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    ctx.site.enqueue(ctx.session, reset_mail.JOB, named=named[:300], language=current_language())
    return ctx.render(
        "account/message.html",
        title=_("Look at your mail"),
        text=_(
            "If there is a user of that name or address, a link is on its way there. It works once, and for"
            " a short time."
        ),
        back="/sign-in",
    )


@get("/reset/{token:str}", permission=PUBLIC)
def reset_page(ctx: Context, token: FromPath[str]) -> Response[bytes]:
    """The form of a link. Looking at it does not use it up: mail programs do that, too."""
    user = resets.holder(ctx.session, token, now(), lock=False)
    return _reset(ctx, token, user.name)


@post("/reset/{token:str}", permission=PUBLIC)
def reset(ctx: Context, token: FromPath[str]) -> Response[bytes]:
    """Set the new password. The user then signs in as always, second factor included."""
    policy = Policy.of(ctx.site.settings)
    try:
        resets.set_password(ctx.session, token, password=ctx.value("password"), policy=policy, now=now())
    except InvalidError as error:
        user = resets.holder(ctx.session, token, now())
        return _reset(ctx, token, user.name, error.errors)
    answer = ctx.redirect("/sign-in", toast=Toast(_("Your password is set. Sign in with it.")))
    ctx.drop_cookie(answer, SESSION_COOKIE)
    return answer


def _require_mail(ctx: Context) -> None:
    if not may_mail(ctx.site.settings) or not door.local_open(ctx):
        raise NotFoundError(_("No mail is sent from here. Ask an administrator for a link."))


def _forgot(ctx: Context, errors: Sequence[FieldError] = (), *, status: int = 422) -> Response[bytes]:
    field = Input(
        "login",
        _("Sign-in name or e-mail address"),
        value=ctx.value("login"),
        required=True,
        autofocus=True,
        autocomplete="username",
        errors=door.messages(errors, "login"),
    )
    form = Form("/forgot", [field], submit=_("Send a link"))
    return ctx.render(
        "account/form.html",
        status=status if errors else 200,
        title=_("Forgot your password?"),
        note=_("You get a link by mail, to set a new one."),
        form=form,
        back="/sign-in",
    )


def _reset(ctx: Context, token: str, name: str, errors: Sequence[FieldError] = ()) -> Response[bytes]:
    least = ctx.site.settings.security.min_password_length
    field = Input(
        "password",
        _("New password"),
        Widget.PASSWORD,
        required=True,
        autofocus=True,
        autocomplete="new-password",
        help=_("At least %(n)s characters, and not easy to guess.", n=least),
        errors=door.messages(errors, "password"),
    )
    form = Form(resets.path(token), [field], submit=_("Set password"))
    answer = ctx.render(
        "account/form.html",
        status=422 if errors else 200,
        title=_("Set a password"),
        note=_("For %(name)s. All browsers that are signed in are signed out.", name=name),
        form=form,
        back="/sign-in",
    )
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return answer


handlers = [forgot_page, forgot, reset_page, reset]
