"""The pages on which administrators add fields to kinds of records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from litestar import Response
from litestar.params import FromPath
from markupsafe import Markup

from vinculo.errors import ConflictError, FieldError, InvalidError, NotFoundError
from vinculo.i18n import format_date, format_number
from vinculo.i18n import gettext as _
from vinculo.records import custom
from vinculo.records.custom import CUSTOMISE, Wish
from vinculo.records.models import CustomField, CustomType
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Action, Column, Crumb, Form, Input, Option, Row, Table, Toast, Widget

URL: Final = "/settings/fields"


def type_label(one: CustomType) -> str:
    """What people call a type."""
    return {
        CustomType.TEXT: _("Text"),
        CustomType.LONG_TEXT: _("Paragraphs"),
        CustomType.NUMBER: _("Number or amount"),
        CustomType.DATE: _("Date"),
        CustomType.YES_NO: _("Yes or no"),
        CustomType.CHOICE: _("Choice"),
        CustomType.URL: _("Web address"),
    }[one]


def taken_up(ctx: Context) -> None:
    """Let this process build its new app before it answers: who changed a field sees it on the next page."""
    ctx.request.scope["vinculo_switched"] = True  # type: ignore[typeddict-unknown-key]


@get(URL, permission=CUSTOMISE)
def list_page(ctx: Context) -> Response[bytes]:
    """The fields of all kinds, and the deleted ones below."""
    rows = custom.every(ctx.session)
    groups = []
    for kind in custom.customisable(ctx.registry.kinds):
        adding = Action(_("Add field"), f"{URL}/new/{kind.name}", "plus")
        groups.append((str(kind.label_plural), adding, _table(ctx, kind.name, rows)))
    return ctx.render(
        "fields/list.html",
        crumbs=[Crumb(_("Custom fields"))],
        title=_("Custom fields"),
        groups=groups,
        deleted=_deleted(ctx, rows),
    )


@get(f"{URL}/new/{{kind:str}}", permission=CUSTOMISE)
def new_page(ctx: Context, kind: FromPath[str]) -> Response[bytes]:
    """The form of a new field."""
    return _form(ctx, Wish(kind, "", CustomType.TEXT))


@post(f"{URL}/new/{{kind:str}}", permission=CUSTOMISE)
def add(ctx: Context, kind: FromPath[str]) -> Response[bytes]:
    """Define it."""
    wish = replace(_typed(ctx), kind=kind, name=ctx.value("name"), type=ctx.value("type"))
    try:
        row = custom.add(ctx.session, ctx.registry.kinds, wish, actor=ctx.actor)
    except InvalidError as error:
        ctx.session.rollback()
        return _form(ctx, wish, errors=error.errors)
    except ConflictError as error:
        ctx.session.rollback()
        return _form(ctx, wish, errors=[FieldError("label", error.message, error.code)])
    taken_up(ctx)
    return ctx.redirect(URL, toast=Toast(_("%(field)s is added.", field=row.label)))


@get(f"{URL}/{{field_id:int}}", permission=CUSTOMISE)
def edit_page(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """The form of a field that there is."""
    row = custom.get(ctx.session, field_id)
    wish = Wish(row.kind, row.label, row.type, row.name, row.options, row.required, row.help)
    return _form(ctx, wish, row)


@post(f"{URL}/{{field_id:int}}", permission=CUSTOMISE)
def change(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """Save it."""
    row = custom.get(ctx.session, field_id)
    wish = replace(_typed(ctx), kind=row.kind, name=row.name, type=row.type)
    try:
        custom.change(ctx.session, row, wish, actor=ctx.actor)
    except InvalidError as error:
        ctx.session.rollback()
        return _form(ctx, wish, custom.get(ctx.session, field_id), error.errors)
    taken_up(ctx)
    return ctx.redirect(URL, toast=Toast(_("%(field)s is saved.", field=row.label)))


@get(f"{URL}/{{field_id:int}}/delete", permission=CUSTOMISE)
def delete_page(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """What would be out of sight without it."""
    row = custom.get(ctx.session, field_id)
    count = custom.filled(ctx.session, ctx.registry.kinds, row)
    return ctx.render(
        "fields/delete.html",
        crumbs=[Crumb(_("Custom fields"), URL), Crumb(row.label)],
        title=_("Delete the field %(field)s?", field=row.label),
        count=count,
        shown=format_number(count),
        form=Form(f"{URL}/{row.id}/delete", [], submit=_("Delete field"), cancel=URL),
    )


@post(f"{URL}/{{field_id:int}}/delete", permission=CUSTOMISE)
def remove(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """Take it away; its values stay."""
    row = custom.get(ctx.session, field_id)
    custom.remove(ctx.session, row, actor=ctx.actor)
    taken_up(ctx)
    return ctx.redirect(URL, toast=Toast(_("%(field)s is deleted.", field=row.label)))


@post(f"{URL}/{{field_id:int}}/restore", permission=CUSTOMISE)
def restore(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """Bring it back, with its values."""
    row = custom.get(ctx.session, field_id)
    custom.restore(ctx.session, row, actor=ctx.actor)
    taken_up(ctx)
    return ctx.redirect(URL, toast=Toast(_("%(field)s is back, with its values.", field=row.label)))


@post(f"{URL}/{{field_id:int}}/up", permission=CUSTOMISE)
def move_up(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """One place up."""
    custom.move(ctx.session, custom.get(ctx.session, field_id), actor=ctx.actor)
    taken_up(ctx)
    return ctx.redirect(URL)


def _typed(ctx: Context) -> Wish:
    options = ctx.value("options").splitlines()
    required = ctx.value("required") == "1"
    return Wish("", ctx.value("label"), "", options=options, required=required, help=ctx.value("help"))


def _table(ctx: Context, kind: str, rows: Sequence[CustomField]) -> Table:
    columns = [
        Column("label", _("Field")),
        Column("type", _("Type")),
        Column("name", _("Name in the API")),
        Column("required", _("Required")),
        Column("up", ""),
        Column("delete", ""),
    ]
    shown = [row for row in rows if row.kind == kind and row.deleted_at is None]
    lines = []
    for place, row in enumerate(shown):
        up = _button(ctx, Action(_("Up"), f"{URL}/{row.id}/up", "arrow-up", post=True)) if place else ""
        gone = _button(ctx, Action(_("Delete"), f"{URL}/{row.id}/delete", "trash"))
        cells = [row.label, type_label(row.type), row.name, _("Yes") if row.required else "", up, gone]
        lines.append(Row(row.id, f"{URL}/{row.id}", cells))
    return Table(columns, lines, caption=_("Custom fields"))


def _deleted(ctx: Context, rows: Sequence[CustomField]) -> Table:
    columns = [Column("label", _("Field")), Column("kind", _("Kind")), Column("at", _("Deleted")),
               Column("actions", "")]  # fmt: skip
    kinds = ctx.registry.kinds
    lines = []
    for row in rows:
        if row.deleted_at is not None:
            back = _button(ctx, Action(_("Restore"), f"{URL}/{row.id}/restore", "arrow-back-up", post=True))
            kind = str(kinds[row.kind].label_plural) if row.kind in kinds else row.kind
            lines.append(Row(row.id, "", [row.label, kind, format_date(row.deleted_at.date()), back]))
    return Table(columns, lines, caption=_("Deleted fields"))


def _button(ctx: Context, action: Action) -> Markup:
    return ctx.fragment("protection/button.html", action=action)


def _form(
    ctx: Context, wish: Wish, row: CustomField | None = None, errors: Sequence[FieldError] = ()
) -> Response[bytes]:
    kind = ctx.registry.kinds.get(wish.kind)
    if row is None and (kind is None or kind not in custom.customisable(ctx.registry.kinds)):
        raise NotFoundError
    label = str(kind.label_plural) if kind else wish.kind
    title = row.label if row else _("New field: %(kind)s", kind=label)
    address = f"{URL}/{row.id}" if row else f"{URL}/new/{wish.kind}"
    return ctx.render(
        "fields/form.html",
        status=422 if errors else 200,
        crumbs=[Crumb(_("Custom fields"), URL), Crumb(title)],
        title=title,
        form=Form(address, _inputs(wish, row, errors), submit=_("Save"), cancel=URL),
    )


def _inputs(wish: Wish, row: CustomField | None, errors: Sequence[FieldError]) -> Sequence[Input]:
    def wrong(name: str) -> Sequence[str]:
        return [error.message for error in errors if error.field == name]

    types = [Option(one.value, type_label(one)) for one in CustomType]
    new = row is None
    inputs = [
        Input("label", _("Label"), value=wish.label, required=True, max_length=100, autofocus=new,
              errors=wrong("label")),
    ]  # fmt: skip
    if row is None:
        inputs += [
            Input("type", _("Type"), Widget.SELECT, wish.type, options=types, errors=wrong("type"),
                  help=_("Kind and type of a field stay as they are once it is made.")),
            Input("name", _("Name in the API"), value=wish.name, max_length=42, errors=wrong("name"),
                  help=_("Begins with x_; made from the label where you leave it empty.")),
        ]  # fmt: skip
    if row is None or row.type is CustomType.CHOICE:
        inputs.append(
            Input("options", _("Options"), Widget.TEXTAREA, "\n".join(wish.options), errors=wrong("options"),
                  help=_("Of a choice: one a line. More can be added later."))
        )  # fmt: skip
    return [
        *inputs,
        Input("help", _("Help"), value=wish.help, max_length=500, errors=wrong("help"),
              help=_("Shown below the field in forms.")),
        Input("required", _("Required"), Widget.CHECKBOX, "1" if wish.required else "",
              help=_("Records without a value stay valid until they are edited.")),
    ]  # fmt: skip


handlers = (list_page, new_page, add, edit_page, change, delete_page, remove, restore, move_up)
