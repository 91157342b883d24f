"""Pages between the password and the session: showing a second factor, or setting one up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps

from litestar import Response

from vinculo.accounts import door, factor_views, factors, passkeys, second_step, totp
from vinculo.accounts.models import OneTimeKey, User
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, NotSignedInError, ThrottledError
from vinculo.i18n import gettext as _
from vinculo.web.context import Context
from vinculo.web.routes import PUBLIC, get, post
from vinculo.web.views import Form, Input


def on_the_way(handler: Callable[[Context], Response[bytes]]) -> Callable[[Context], Response[bytes]]:
    """A page for those who are on the way in: whoever is not is told so, and where to begin."""

    @wraps(handler)
    def page(ctx: Context) -> Response[bytes]:
        try:
            return handler(ctx)
        except NotSignedInError as error:
            title = _("Begin again")
            return ctx.render(
                "account/message.html", status=401, title=title, text=error.message, back="/sign-in"
            )

    return page


@get("/sign-in/second", permission=PUBLIC)
@on_the_way
def second_page(ctx: Context) -> Response[bytes]:
    """Ask for the second factor."""
    return _second(ctx)


@post("/sign-in/second", permission=PUBLIC)
@on_the_way
def by_code(ctx: Context) -> Response[bytes]:
    """Check a code of an app, or a recovery code."""
    try:
        result = second_step.by_code(
            ctx.session,
            door.step_cookie(ctx),
            code=ctx.value("code"),
            cipher=door.cipher(ctx),
            visit=door.visit(ctx),
            rules=door.rules(ctx),
        )
    except ThrottledError as error:
        return _second(ctx, fault=error.message, status=429)
    if result is None:
        return _second(ctx, fault=_("This code is wrong, or was used already. Wait for the next one."))
    return door.lead_on(ctx, result, door.own_path(ctx.value("next")))


@post("/sign-in/second/passkey", permission=PUBLIC)
@on_the_way
def by_passkey(ctx: Context) -> Response[bytes]:
    """Check a passkey."""
    try:
        result = second_step.by_passkey(
            ctx.session,
            door.step_cookie(ctx),
            answer=ctx.value("answer"),
            party=door.party(ctx),
            visit=door.visit(ctx),
            rules=door.rules(ctx),
        )
    except ThrottledError as error:
        return _second(ctx, fault=error.message, status=429)
    if result is None:
        return _second(ctx, fault=_("That is none of your passkeys. Try another."))
    return door.lead_on(ctx, result, door.own_path(ctx.value("next")))


@get("/sign-in/enrol", permission=PUBLIC)
@on_the_way
def enrol_page(ctx: Context) -> Response[bytes]:
    """What there is to choose from, for somebody who must have a second factor and has none."""
    return _enrol(ctx)


@post("/sign-in/enrol/app", permission=PUBLIC)
@on_the_way
def begin_app(ctx: Context) -> Response[bytes]:
    """Make a secret for an app, then show it."""
    _key, user = _pending_without(ctx)
    totp.begin(ctx.session, user, cipher=door.cipher(ctx), now=now())
    return ctx.redirect(door.with_next("/sign-in/enrol/app", door.own_path(ctx.value("next"))))


@get("/sign-in/enrol/app", permission=PUBLIC)
@on_the_way
def app_page(ctx: Context) -> Response[bytes]:
    """The secret, as a picture and as text, and a field for the first code."""
    return _app(ctx)


@post("/sign-in/enrol/app/confirm", permission=PUBLIC)
@on_the_way
def confirm_app(ctx: Context) -> Response[bytes]:
    """Check the first code: whoever typed it in is signed in."""
    try:
        result = second_step.enrol_app(
            ctx.session,
            door.step_cookie(ctx),
            code=ctx.value("code"),
            cipher=door.cipher(ctx),
            visit=door.visit(ctx),
            rules=door.rules(ctx),
        )
    except ThrottledError as error:
        return _app(ctx, [FieldError("code", error.message)], status=429)
    if result is None:
        return _app(ctx, [factor_views.wrong_code()])
    signed_in, codes = result
    page = factor_views.codes_page(ctx, codes, onward=door.own_path(ctx.value("next")))
    return door.with_session(ctx, page, signed_in.token)


@post("/sign-in/enrol/passkey", permission=PUBLIC)
@on_the_way
def enrol_passkey(ctx: Context) -> Response[bytes]:
    """Keep a new passkey: whoever made it is signed in."""
    try:
        signed_in, codes = second_step.enrol_passkey(
            ctx.session,
            door.step_cookie(ctx),
            answer=ctx.value("answer"),
            name=ctx.value("name"),
            party=door.party(ctx),
            visit=door.visit(ctx),
            rules=door.rules(ctx),
        )
    except InvalidError as error:
        return _enrol(ctx, fault=error.message)
    page = factor_views.codes_page(ctx, codes, onward=door.own_path(ctx.value("next")))
    return door.with_session(ctx, page, signed_in.token)


def _pending_without(ctx: Context) -> tuple[OneTimeKey, User]:
    """Who is on the way in and has no second factor yet."""
    key, user = door.pending(ctx)
    if factors.of(ctx.session, user.id).count:
        raise NotSignedInError(_("You have a second factor. Sign in again and show it."), code="step_over")
    return key, user


def _second(ctx: Context, *, fault: str = "", status: int = 422) -> Response[bytes]:
    key, user = door.pending(ctx)
    found = factors.of(ctx.session, user.id)
    challenge, party = str(key.data["challenge"]), door.party(ctx)
    usable = bool(found.passkeys) and party.usable
    options = passkeys.request_options(ctx.session, party, challenge, user.id) if usable else ""
    label = _("Code of your app, or a recovery code") if found.app else _("Recovery code")
    code = Input("code", label, required=True, autocomplete="one-time-code", autofocus=not usable)
    target = _target(ctx)
    form = Form("/sign-in/second", [code], submit=_("Continue"), hidden={"next": target})
    return ctx.render(
        "account/second.html",
        status=status if fault else 200,
        title=_("One more step"),
        note=_("Show that it is you, %(name)s.", name=user.name),
        fault=fault,
        form=form,
        passkey="/sign-in/second/passkey" if usable else "",
        options=options,
        hidden={"next": target},
        back=door.with_next("/sign-in", target),
    )


def _enrol(ctx: Context, *, fault: str = "") -> Response[bytes]:
    key, user = _pending_without(ctx)
    party, challenge = door.party(ctx), str(key.data["challenge"])
    options = passkeys.creation_options(ctx.session, user, party, challenge) if party.usable else ""
    target = _target(ctx)
    return ctx.render(
        "account/enrol.html",
        status=422 if fault else 200,
        title=_("Set up a second factor"),
        note=_("You need more than a password here. It takes a minute, and once is enough."),
        fault=fault,
        app="/sign-in/enrol/app",
        passkey="/sign-in/enrol/passkey" if party.usable else "",
        options=options,
        hidden={"next": target},
        back=door.with_next("/sign-in", target),
    )


def _app(ctx: Context, errors: Sequence[FieldError] = (), *, status: int = 422) -> Response[bytes]:
    _key, user = _pending_without(ctx)
    target = _target(ctx)
    form = factor_views.app_form("/sign-in/enrol/app/confirm", errors, hidden={"next": target})
    back = door.with_next("/sign-in/enrol", target)
    return factor_views.app_page(ctx, user, form, back=back, status=status if errors else 200)


def _target(ctx: Context) -> str:
    return door.own_path(ctx.value("next") or ctx.parameter("next"))


handlers = [
    second_page,
    by_code,
    by_passkey,
    enrol_page,
    begin_app,
    app_page,
    confirm_app,
    enrol_passkey,
]
