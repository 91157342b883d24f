"""The pages on which people keep, name and share views of lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from litestar import Response
from litestar.params import FromPath

from vinculo.errors import ConflictError, FieldError, InvalidError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.records import facts, saved
from vinculo.records.kind import RecordKind
from vinculo.records.models import SavedView, Sharing
from vinculo.records.saved import SHARE, Wish
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import Crumb, Form, Input, Option, Toast, Widget

URL: Final = "/views"


def kind_of(ctx: Context, name: str) -> RecordKind:
    """The kind of a view as the user sees it. Raises ``NotFoundError`` and ``ForbiddenError``."""
    kind = ctx.registry.kinds.get(name)
    if kind is None or not kind.exposed:
        raise NotFoundError(_("There are no records “%(kind)s”; their plugin may be off.", kind=name[:60]))
    ctx.actor.require(kind.permission("read"))
    return facts.seen_by(ctx.registry, kind, ctx.actor)


@get(f"{URL}/new/{{kind:str}}", permission=SIGNED_IN)
def new_page(ctx: Context, kind: FromPath[str]) -> Response[bytes]:
    """The form of a new view of what the address asks for."""
    return _form(ctx, kind_of(ctx, kind), Wish("", ctx.parameters()))


@post(f"{URL}/new/{{kind:str}}", permission=SIGNED_IN)
def create(ctx: Context, kind: FromPath[str]) -> Response[bytes]:
    """Keep it."""
    seen, wish = kind_of(ctx, kind), _typed(ctx, Wish("", ctx.parameters()))
    try:
        row = saved.create(ctx.session, seen, wish, actor=ctx.actor)
    except (InvalidError, ConflictError) as error:
        ctx.session.rollback()
        return _form(ctx, seen, wish, error=error)
    return _opened(ctx, seen, row, _("The view “%(name)s” is saved.", name=row.name))


@get(f"{URL}/{{view_id:int}}", permission=SIGNED_IN)
def edit_page(ctx: Context, view_id: FromPath[int]) -> Response[bytes]:
    """Its name, and who sees it."""
    row = saved.get(ctx.session, view_id, ctx.actor)
    return _form(ctx, kind_of(ctx, row.kind), saved.told(ctx.session, row, ctx.actor), row)


@post(f"{URL}/{{view_id:int}}", permission=SIGNED_IN)
def change(ctx: Context, view_id: FromPath[int]) -> Response[bytes]:
    """Save these."""
    row, kind = _own(ctx, view_id)
    wish = _typed(ctx, saved.told(ctx.session, row, ctx.actor))
    try:
        saved.change(ctx.session, kind, row, wish, actor=ctx.actor)
    except InvalidError as error:
        ctx.session.rollback()
        return _form(ctx, kind, wish, saved.get(ctx.session, view_id, ctx.actor), error=error)
    return _opened(ctx, kind, row, _("The view “%(name)s” is saved.", name=row.name))


@post(f"{URL}/{{view_id:int}}/save", permission=SIGNED_IN)
def save(ctx: Context, view_id: FromPath[int]) -> Response[bytes]:
    """Let it show what the address asks for."""
    row, kind = _own(ctx, view_id)
    wish = replace(saved.told(ctx.session, row, ctx.actor), query=ctx.parameters())
    saved.change(ctx.session, kind, row, wish, actor=ctx.actor)
    return _opened(ctx, kind, row, _("The view “%(name)s” is saved.", name=row.name))


@post(f"{URL}/{{view_id:int}}/delete", permission=SIGNED_IN)
def remove(ctx: Context, view_id: FromPath[int]) -> Response[bytes]:
    """Delete it, with Undo."""
    row, kind = _own(ctx, view_id)
    saved.remove(ctx.session, row, actor=ctx.actor)
    toast = Toast(_("The view “%(name)s” is deleted.", name=row.name), undo_url=f"{URL}/{row.id}/restore")
    return ctx.redirect(kind.url, toast=toast)


@post(f"{URL}/{{view_id:int}}/restore", permission=SIGNED_IN)
def restore(ctx: Context, view_id: FromPath[int]) -> Response[bytes]:
    """Bring it back."""
    row = saved.restore(ctx.session, view_id, actor=ctx.actor)
    text = _("The view “%(name)s” is back.", name=row.name)
    return _opened(ctx, kind_of(ctx, row.kind), row, text)


@post(f"{URL}/{{view_id:int}}/open", permission=SIGNED_IN)
def open_with(ctx: Context, view_id: FromPath[int]) -> Response[bytes]:
    """Let the user's list open with it."""
    row = saved.get(ctx.session, view_id, ctx.actor)
    saved.set_mine(ctx.session, row, ctx.actor, opens=True)
    return _opened(ctx, kind_of(ctx, row.kind), row, _("Your list opens with “%(name)s”.", name=row.name))


@post(f"{URL}/{{view_id:int}}/close", permission=SIGNED_IN)
def open_without(ctx: Context, view_id: FromPath[int]) -> Response[bytes]:
    """Let it open no longer with it."""
    row = saved.get(ctx.session, view_id, ctx.actor)
    saved.set_mine(ctx.session, row, ctx.actor, opens=False)
    text = _("Your list no longer opens with “%(name)s”.", name=row.name)
    return _opened(ctx, kind_of(ctx, row.kind), row, text)


@post(f"{URL}/{{view_id:int}}/left", permission=SIGNED_IN)
def move_left(ctx: Context, view_id: FromPath[int]) -> Response[bytes]:
    """One place to the left."""
    row, kind = _own(ctx, view_id)
    saved.move(ctx.session, kind, row, actor=ctx.actor)
    return ctx.redirect(saved.address(kind, row))


def _own(ctx: Context, view_id: int) -> tuple[SavedView, RecordKind]:
    row = saved.get(ctx.session, view_id, ctx.actor, change=True)
    return row, kind_of(ctx, row.kind)


def _opened(ctx: Context, kind: RecordKind, row: SavedView, text: str) -> Response[bytes]:
    return ctx.redirect(saved.address(kind, row), toast=Toast(text))


def _typed(ctx: Context, wish: Wish) -> Wish:
    if not ctx.actor.may(SHARE):
        return replace(wish, name=ctx.value("name"), mine=ctx.value("mine") == "1")
    numbers = [*saved.roles(ctx.session)]
    return replace(
        wish,
        name=ctx.value("name"),
        mine=ctx.value("mine") == "1",
        sharing=ctx.value("sharing", Sharing.PRIVATE),
        roles=[one for one in numbers if ctx.value(f"role-{one}") == "1"],
        opens_for=[one for one in numbers if ctx.value(f"opens-{one}") == "1"],
    )


def _form(
    ctx: Context,
    kind: RecordKind,
    wish: Wish,
    row: SavedView | None = None,
    error: InvalidError | ConflictError | None = None,
) -> Response[bytes]:
    errors: Sequence[FieldError] = []
    if error:
        errors = error.errors if isinstance(error, InvalidError) else [FieldError("", error.message)]
    title = row.name if row else _("New view: %(kind)s", kind=kind.label_plural)
    asked = urlencode(saved.kept(wish.query))
    inputs = _inputs(ctx, wish, errors)
    shown = {item.name for item in inputs}
    form = Form(
        f"{URL}/{row.id}" if row else f"{URL}/new/{kind.name}?{asked}",
        inputs,
        submit=_("Save view"),
        cancel=saved.address(kind, row) if row else f"{kind.url}?{asked}",
        errors=[one.message for one in errors if one.field not in shown],
    )
    return ctx.render(
        "records/form.html",
        status=error.status if error else 200,
        crumbs=[Crumb(str(kind.label_plural), kind.url), Crumb(title)],
        title=title,
        form=form,
    )


def _inputs(ctx: Context, wish: Wish, errors: Sequence[FieldError]) -> list[Input]:
    def wrong(name: str) -> list[str]:
        return [error.message for error in errors if error.field == name]

    def box(name: str, label: str, *, ticked: bool) -> Input:
        return Input(name, label, Widget.CHECKBOX, "1" if ticked else "")

    found = [
        Input("name", _("Name"), value=wish.name, required=True, max_length=saved.LONGEST_NAME,
              autofocus=True, errors=wrong("name")),
    ]  # fmt: skip
    mine = box("mine", _("Open my list with this view"), ticked=wish.mine)
    if not ctx.actor.may(SHARE):
        return [*found, mine]
    words = {Sharing.PRIVATE: _("Only me"), Sharing.ROLES: _("Some roles"), Sharing.EVERYONE: _("Everyone")}
    found.append(
        Input("sharing", _("Who sees it"), Widget.SELECT, wish.sharing, errors=wrong("sharing"),
              options=[Option(value, label) for value, label in words.items()],
              help=_("Everyone sees in it only what their own rights allow."))
    )  # fmt: skip
    for number, name in saved.roles(ctx.session).items():
        label = _(name)
        found.append(
            box(f"role-{number}", _("Shared with %(role)s", role=label), ticked=number in wish.roles)
        )
        text = _("The list of %(role)s opens with it", role=label)
        found.append(box(f"opens-{number}", text, ticked=number in wish.opens_for))
    return [*found, mine]


handlers = (
    new_page, create, edit_page, change, save, remove, restore, open_with, open_without, move_left,
)  # fmt: skip
