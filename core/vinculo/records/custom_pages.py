"""The pages on which administrators add fields to kinds of records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from litestar import Response
from litestar.params import FromPath
from markupsafe import Markup

from vinculo.errors import ConflictError, FieldError, InvalidError, NotFoundError
from vinculo.i18n import format_date, format_number
from vinculo.i18n import gettext as _
from vinculo.records import computing, custom, custom_indexes, formulas, visible
from vinculo.records.custom import CUSTOMISE
from vinculo.records.custom_fields import CHOICES, INDEXED, LINKS, RESULTS, UNIQUE
from vinculo.records.custom_models import CustomField, CustomType
from vinculo.records.custom_wishes import Wish
from vinculo.records.kind import RecordKind
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Action, Column, Crumb, Form, Input, Option, Row, Table, Toast, Widget

URL: Final = "/settings/fields"
_OF_TYPES: Final[Mapping[str, Sequence[CustomType]]] = {  # what is asked of some types only
    "options": (*CHOICES, CustomType.MONEY),
    "formula": (CustomType.FORMULA,),
    "result": (CustomType.FORMULA,),
    "initial": [one for one in CustomType if one not in (*LINKS, CustomType.FORMULA)],
    "required": [one for one in CustomType if one not in (CustomType.YES_NO, CustomType.FORMULA)],
    "unique": UNIQUE,
    "indexed": INDEXED,
}


def type_label(one: CustomType) -> str:
    """What people call a type."""
    return {
        CustomType.TEXT: _("Text"),
        CustomType.LONG_TEXT: _("Paragraphs"),
        CustomType.NUMBER: _("Number or amount"),
        CustomType.DATE: _("Date"),
        CustomType.TIME: _("Time of day"),
        CustomType.YES_NO: _("Yes or no"),
        CustomType.CHOICE: _("Choice"),
        CustomType.SEVERAL: _("Several choices"),
        CustomType.MONEY: _("Amount of money"),
        CustomType.CLIENT: _("Client"),
        CustomType.COUNTERPARTY: _("Counterparty"),
        CustomType.PERSON: _("Person"),
        CustomType.USER: _("User"),
        CustomType.FILE: _("File"),
        CustomType.URL: _("Web address"),
        CustomType.FORMULA: _("Formula"),
    }[one]


def taken_up(ctx: Context, row: CustomField | None = None) -> None:
    """Let this process build its new app before it answers: who changed a field sees it on the next page.

    What is computed of the records of its kind is computed anew in the background where ``row`` is a formula.
    """
    if row is not None and row.type is CustomType.FORMULA:
        ctx.site.enqueue(ctx.session, computing.JOB, kind=row.kind)
    ctx.site.enqueue(ctx.session, custom_indexes.JOB)
    ctx.follow_switches()


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
    if wish.type == CustomType.MONEY and not wish.options:
        wish = replace(wish, options=[ctx.site.settings.company.currency])
    try:
        row = custom.add(ctx.session, ctx.registry.kinds, wish, actor=ctx.actor)
    except InvalidError as error:
        ctx.session.rollback()
        return _form(ctx, wish, errors=error.errors)
    except ConflictError as error:
        ctx.session.rollback()
        return _form(ctx, wish, errors=[FieldError("label", error.message, error.code)])
    taken_up(ctx, row)
    return ctx.redirect(URL, toast=Toast(_("%(field)s is added.", field=row.label)))


@get(f"{URL}/{{field_id:int}}", permission=CUSTOMISE)
def edit_page(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """The form of a field that there is."""
    row = custom.get(ctx.session, field_id)
    names = ("kind", "label", "type", "name", "options", "required", "help", "initial",
             "unique", "indexed", "shown_when", "formula", "result")  # fmt: skip
    wish = Wish(**{name: getattr(row, name) for name in names})
    return _form(ctx, wish, row)


@post(f"{URL}/{{field_id:int}}", permission=CUSTOMISE)
def change(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """Save it."""
    row = custom.get(ctx.session, field_id)
    wish = replace(_typed(ctx), kind=row.kind, name=row.name, type=row.type)
    try:
        custom.change(ctx.session, ctx.registry.kinds, row, wish, actor=ctx.actor)
    except InvalidError as error:
        ctx.session.rollback()
        return _form(ctx, wish, custom.get(ctx.session, field_id), error.errors)
    taken_up(ctx, row)
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
    custom.restore(ctx.session, ctx.registry.kinds, row, actor=ctx.actor)
    taken_up(ctx, row)
    return ctx.redirect(URL, toast=Toast(_("%(field)s is back, with its values.", field=row.label)))


@post(f"{URL}/{{field_id:int}}/up", permission=CUSTOMISE)
def move_up(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """One place up."""
    custom.move(ctx.session, custom.get(ctx.session, field_id), actor=ctx.actor)
    taken_up(ctx)
    return ctx.redirect(URL)


def _typed(ctx: Context) -> Wish:
    texts = {name: ctx.value(name) for name in ("label", "help", "initial", "formula", "result")}
    options, required = ctx.value("options").splitlines(), ctx.value("required") == "1"
    unique, indexed = ctx.value("unique") == "1", ctx.value("indexed") == "1"
    shown_when = _condition(ctx.form.get("shown_when", ()))
    return Wish(
        "",
        type="",
        options=options,
        required=required,
        unique=unique,
        indexed=indexed,
        shown_when=shown_when,
        **texts,
    )


def _condition(ticked: Sequence[object]) -> Mapping[str, Any] | None:
    """Ticked “field=value”s; those of the first field count."""
    pairs = [one.partition("=") for one in ticked if isinstance(one, str) and one]
    values = [value for field, _sign, value in pairs if field == pairs[0][0]]
    return {"field": pairs[0][0], "values": values} if pairs else None


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
        type_ = type_label(row.type) if row.becoming is None else _("Is being converted")
        cells = [row.label, type_, row.name, _("Yes") if row.required else "", up, gone]
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
        form=Form(address, _inputs(kind, wish, row, errors), submit=_("Save"), cancel=URL),
        actions=_of_type(row) if row else (),
    )


def _of_type(row: CustomField) -> Sequence[Action]:
    """Changing its type, and taking that back."""
    if row.type is CustomType.FORMULA or row.deleted_at is not None or row.becoming is not None:
        return ()
    found = [Action(_("Change type"), f"{URL}/{row.id}/type", "pencil")]
    if row.former:
        found.append(Action(_("Undo change of type"), f"{URL}/{row.id}/type/undo", "arrow-back-up"))
    return found


def _inputs(
    kind: RecordKind | None, wish: Wish, row: CustomField | None, errors: Sequence[FieldError]
) -> Sequence[Input]:
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
                  help=_("The kind of a field stays as it is; its type can be changed later.")),
            Input("name", _("Name in the API"), value=wish.name, max_length=42, errors=wrong("name"),
                  help=_("Begins with x_; made from the label where you leave it empty.")),
        ]  # fmt: skip
    inputs += [
        Input("options", _("Options"), Widget.TEXTAREA, "\n".join(wish.options), errors=wrong("options"),
              help=_("Of a choice, one a line; of money the currencies, e.g. EUR. More can be added.")),
        *_formula(kind, wish, wrong),
        Input("help", _("Help"), value=wish.help, max_length=500, errors=wrong("help"),
              help=_("Shown below the field in forms.")),
        Input("initial", _("Default"), value=wish.initial, max_length=500, errors=wrong("initial"),
              help=_("What new records get where nothing else is typed.")),
        Input("required", _("Required"), Widget.CHECKBOX, "1" if wish.required else "",
              help=_("Records without a value stay valid until they are edited.")),
        Input("unique", _("Unique"), Widget.CHECKBOX, "1" if wish.unique else "", errors=wrong("unique"),
              help=_("No two records have the same value.")),
        Input("indexed", _("Fast to find"), Widget.CHECKBOX, "1" if wish.indexed else "",
              errors=wrong("indexed"), help=_("For long lists that are filtered or ordered by it.")),
        *_when(kind, wish, wrong("shown_when")),
    ]  # fmt: skip
    return [
        _of_types(one) for one in inputs if row is None or row.type in _OF_TYPES.get(one.name, CustomType)
    ]


def _of_types(one: Input) -> Input:
    """The same, shown where a type is chosen that has it."""
    return replace(one, when="type", when_values=_OF_TYPES[one.name]) if one.name in _OF_TYPES else one


def _formula(kind: RecordKind | None, wish: Wish, wrong: Callable[[str], Sequence[str]]) -> Sequence[Input]:
    """Of a formula: what it computes, and of which type that is."""
    names = ", ".join(field.name for field in kind.fields if field.name != wish.name) if kind else ""
    results = [Option(one, type_label(CustomType(one))) for one in RESULTS]
    told = _("Of a formula: e.g. x_price * x_quantity. Functions: %(functions)s. Fields: %(names)s.",
             functions=", ".join(formulas.FUNCTIONS), names=names)  # fmt: skip
    return [
        Input("formula", _("Formula"), Widget.TEXTAREA, wish.formula, max_length=formulas.LONGEST,
              errors=wrong("formula"), help=told),
        Input("result", _("Result"), Widget.SELECT, wish.result, options=results, errors=wrong("result"),
              help=_("Of a formula: what it results in.")),
    ]  # fmt: skip


def _when(kind: RecordKind | None, wish: Wish, errors: Sequence[str]) -> Sequence[Input]:
    """Where the field counts, to be ticked."""
    options = [
        Option(f"{field.name}={option.value}", f"{field.label}: {option.label}")
        for field in (visible.deciding(kind) if kind else ())
        if field.name != wish.name
        for option in visible.choices(field)
    ]
    when = wish.shown_when or {"field": "", "values": ()}
    chosen = [f"{when['field']}={value}" for value in when["values"]]
    help_ = _("Tick values of one field to ask for this one only there. Nothing ticked: everywhere.")
    found = Input("shown_when", _("Only where"), Widget.CHECKBOXES, options=options, chosen=chosen,
                  errors=errors, help=help_)  # fmt: skip
    return [found] if options else []


handlers = (list_page, new_page, add, edit_page, change, delete_page, remove, restore, move_up)
