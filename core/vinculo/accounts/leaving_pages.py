"""An employee leaves: a page that says what will happen, one button, and the same for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.params import FromPath

from vinculo.accounts import leaving, service
from vinculo.accounts.leaving import Standing
from vinculo.accounts.models import User
from vinculo.accounts.permissions import MANAGE_USERS
from vinculo.accounts.rights import RightsBook, limits_of, role_label
from vinculo.accounts.security_pages import must_confirm
from vinculo.accounts.signin import actor_of
from vinculo.actor import Actor, Source
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, VinculoError
from vinculo.i18n import format_number
from vinculo.i18n import gettext as _
from vinculo.records import forms
from vinculo.records.fields import LinkField
from vinculo.records.openapi import operation
from vinculo.records.reading import Kinds, Reader
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.site import Site
from vinculo.web.views import Attribute, Crumb, Form, Input, Toast, Widget

JOB: Final = "accounts.hand_on"
API: Final = "/api/v1/users/{user_id:int}/leave"
HEIR: Final = LinkField(name="to", label="", kind="user")


class Leave(msgspec.Struct, forbid_unknown_fields=True):
    """The user who is responsible from now on."""

    to: int


class SleepingRows(msgspec.Struct):
    """Rows of a plugin that is off, which keep the user's name."""

    plugin: str
    column: str
    rows: int


class Leaving(msgspec.Struct):
    """What a user has, or had when they were locked out; ``owned`` is kind → records to be handed over."""

    user_id: int
    active: bool
    sessions: int
    tokens: int
    factors: int
    reset_links: int
    identities: int
    exports: int
    roles: list[str]
    owned: dict[str, int]
    asleep: list[SleepingRows]


LEAVING_STRUCTS = (Leave, Leaving)


def work(site: Site, *, user_id: int, heir_id: int, by: int, had: Mapping[str, int], begun: str) -> None:
    """The job: hand on what somebody owns who is locked out. Running it again goes on with what is left."""
    book = RightsBook(site.registry.permissions, limits_of(site.settings.exports))
    with site.database.read() as session:
        actor = actor_of(session, by, book)
    leaving.hand_on(
        site.database, user_id, heir_id=heir_id, had=had, kinds=site.registry.kinds, actor=actor,
        begun=datetime.fromisoformat(begun), now=now(),
    )  # fmt: skip


def _lock_out(ctx: Context, user_id: int, heir_id: int | None, actor: Actor) -> Standing:
    """The first half at once, the second as a job."""
    at = now()
    kinds = ctx.registry.kinds
    found = leaving.lock_out(ctx.session, user_id, heir_id=heir_id, kinds=kinds, actor=actor, now=at)
    ctx.site.enqueue(
        ctx.session, JOB, user_id=user_id, heir_id=heir_id, by=actor.user_id, had=dict(leaving.facts(found)),
        begun=at.isoformat(),
    )  # fmt: skip
    return found


@get("/settings/users/{user_id:int}/leave", permission=MANAGE_USERS)
def leave_page(ctx: Context, user_id: FromPath[int]) -> Response[bytes]:
    """What will happen, or what is left to do."""
    return _render(ctx, service.get_user(ctx.session, user_id))


@post("/settings/users/{user_id:int}/leave", permission=MANAGE_USERS)
def leave(ctx: Context, user_id: FromPath[int]) -> Response[bytes]:
    """Lock somebody out and hand on what they own."""
    url = f"/settings/users/{user_id}/leave"
    user = service.get_user(ctx.session, user_id)
    if away := must_confirm(ctx, url):
        return away
    try:
        _lock_out(ctx, user_id, _chosen(ctx), ctx.actor)
    except VinculoError as error:
        ctx.session.rollback()
        return _render(ctx, service.get_user(ctx.session, user_id), error)
    text = _("%(user)s is locked out. What they own is being handed over.", user=user.name)
    return ctx.redirect(url, toast=Toast(text))


def _chosen(ctx: Context) -> int | None:
    reader = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor)
    typed = forms.Typed({name: ctx.value(name) for name in ("to", "to__text")})
    try:
        found: int | None = forms.linked(ctx, reader, HEIR, "to", typed)
    except ValueError as fault:
        raise InvalidError([FieldError("to", str(fault))]) from fault
    return found


def _render(ctx: Context, user: User, error: VinculoError | None = None) -> Response[bytes]:
    found = leaving.standing(ctx.session, user, ctx.registry.kinds, now=now())
    faults = error.errors if isinstance(error, InvalidError) else []
    heir = Input(
        "to", _("Hand everything over to"), Widget.LINK, ctx.value("to"), ctx.value("to__text"),
        lookup="/lookup/user", required=True, errors=[fault.message for fault in faults],
        help=_("The history of each record says so."),
    )  # fmt: skip
    general = [error.message] if error and not faults else []
    url = f"/settings/users/{user.id}/leave"
    submit = _("Lock out and hand over") if user.active else _("Hand over")
    form = Form(url, [heir], submit=submit, cancel="/settings/users", errors=general)
    title = _("%(user)s leaves the company", user=user.name)
    return ctx.render(
        "account/leaving.html",
        status=error.status if error else 200,
        crumbs=[Crumb(_("Users"), "/settings/users"), Crumb(title)],
        title=title,
        active=user.active,
        own=user.id == ctx.actor.user_id,
        ways=_ways(found),
        owned=owned_in_words(found.owned, ctx.registry.kinds),
        asleep=found.asleep,
        form=form,
    )


def _ways(found: Standing) -> Sequence[Attribute]:
    """What ends, nothing of it left out: that there are no tokens is worth knowing, too."""
    numbers = {
        _("Sessions"): found.sessions,
        _("API tokens"): found.tokens,
        _("Second factors"): found.factors,
        _("Password links"): found.reset_links,
        _("Sign-in accounts"): found.identities,
        _("Open exports"): found.exports,
    }
    roles = ", ".join(map(role_label, found.roles)) or _("None")
    return [*(Attribute(k, format_number(v)) for k, v in numbers.items()), Attribute(_("Roles"), roles)]


def owned_in_words(owned: Mapping[str, int], kinds: Kinds) -> Sequence[Attribute]:
    """How many records of each kind, by its label."""
    return [Attribute(str(kinds[name].label_plural), format_number(rows)) for name, rows in owned.items()]


@get(
    API,
    permission=MANAGE_USERS,
    operation_class=operation(
        summary=_("What a user who leaves would lose and hand over"),
        tag=_("Users"),
        permission=MANAGE_USERS,
        answer="Leaving",
        errors=(404,),
    ),
)
def show_leaving(ctx: Context, user_id: FromPath[int]) -> Response[bytes]:
    """Before, and while it goes on."""
    user = service.get_user(ctx.session, user_id)
    return _answer(user, leaving.standing(ctx.session, user, ctx.registry.kinds, now=now()), 200)


@post(
    API,
    permission=MANAGE_USERS,
    status_code=202,
    operation_class=operation(
        summary=_("Lock out a user who leaves, and hand over all that they own"),
        tag=_("Users"),
        permission=MANAGE_USERS,
        body="Leave",
        answer="Leaving",
        status=202,
        errors=(400, 403, 404, 409, 413, 422),
    ),
)
def leave_by_api(ctx: Context, user_id: FromPath[int]) -> Response[bytes]:
    """The same for programs; the records follow in the background."""
    user = service.get_user(ctx.session, user_id)
    asked = ctx.json_as(Leave, field="to")
    found = _lock_out(ctx, user_id, asked.to, ctx.actor.by(Source.API))
    return _answer(user, found, 202)


def document(user: User, found: Standing) -> dict[str, Any]:
    """What a program is told."""
    plain = {
        name: getattr(found, name) for name in Standing.__slots__ if name not in ("roles", "asleep", "owned")
    }
    asleep = [{"plugin": one.plugin, "column": one.column, "rows": one.rows} for one in found.asleep]
    more = {"roles": list(found.roles), "owned": dict(found.owned), "asleep": asleep}
    return {"user_id": user.id, "active": user.active, **plain, **more}


def _answer(user: User, found: Standing, status: int) -> Response[bytes]:
    return json_answer(msgspec.convert(document(user, found), Leaving), status=status)


handlers = (leave_page, leave, show_leaving, leave_by_api)
