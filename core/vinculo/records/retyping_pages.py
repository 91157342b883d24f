"""The pages on which a custom field gets another type: what becomes of its values, then the change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from litestar import Response
from litestar.params import FromPath

from vinculo.errors import InvalidError
from vinculo.i18n import current_language, format_number
from vinculo.i18n import gettext as _
from vinculo.records import computing, custom, retyping
from vinculo.records.conversion import Fate
from vinculo.records.custom import CUSTOMISE
from vinculo.records.custom_fields import CHOICES, LINKS
from vinculo.records.custom_models import CustomField, CustomType
from vinculo.records.custom_pages import URL, taken_up, type_label
from vinculo.records.retyping import Outlook, Target
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Column, Crumb, Form, Input, Option, Row, Table, Toast, Widget

SHOWN: Final = (Fate.KEPT, Fate.EDITED, Fate.CONVERTED, Fate.RESTORED)


def fate_label(fate: Fate) -> str:
    """What becomes of values, in words."""
    return {
        Fate.CONVERTED: _("Are converted"),
        Fate.KEPT: _("Do not fit, and are kept out of sight"),
        Fate.RESTORED: _("Come back as they were"),
        Fate.EDITED: _("Changed since, and stay as far as they fit"),
    }[fate]


def changed(ctx: Context, row: CustomField, target: Target) -> bool:
    """Change a type; False where a job converts the values. What is computed follows."""
    done = retyping.change(ctx.session, ctx.registry.kinds, row, target, actor=ctx.actor)
    if not done:
        ctx.site.enqueue(ctx.session, retyping.JOB, field_id=row.id, language=current_language())
    elif any(one.formula for one in custom.every(ctx.session, row.kind)):
        ctx.site.enqueue(ctx.session, computing.JOB, kind=row.kind)
    taken_up(ctx)
    return done


@get(f"{URL}/{{field_id:int}}/type", permission=CUSTOMISE)
def type_page(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """To which type."""
    return _form(ctx, custom.get(ctx.session, field_id))


@post(f"{URL}/{{field_id:int}}/type", permission=CUSTOMISE)
def change_type(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """Show what would become of its values and, once that is confirmed, change it."""
    row = custom.get(ctx.session, field_id)
    options = ctx.value("options").splitlines()
    target = Target(ctx.value("type"), options, row.initial)
    if target.type == CustomType.MONEY and not "".join(options).strip():
        target = Target(target.type, [ctx.site.settings.company.currency], row.initial)
    try:
        if ctx.value("confirmed") != "1":
            return _preview(ctx, row, target, f"{URL}/{row.id}/type")
        return _done(ctx, row, changed(ctx, row, target))
    except InvalidError as error:
        ctx.session.rollback()
        told = {one.field: [one.message] for one in error.errors}
        return _form(ctx, custom.get(ctx.session, field_id), target, told)


@get(f"{URL}/{{field_id:int}}/type/undo", permission=CUSTOMISE)
def undo_page(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """What taking the last change of type back would do."""
    row = custom.get(ctx.session, field_id)
    return _preview(ctx, row, retyping.undoing(row), f"{URL}/{row.id}/type/undo")


@post(f"{URL}/{{field_id:int}}/type/undo", permission=CUSTOMISE)
def undo_type(ctx: Context, field_id: FromPath[int]) -> Response[bytes]:
    """Take it back."""
    row = custom.get(ctx.session, field_id)
    return _done(ctx, row, changed(ctx, row, retyping.undoing(row)))


def _done(ctx: Context, row: CustomField, done: bool) -> Response[bytes]:
    if done:
        text = _("%(field)s has its new type.", field=row.label)
    else:
        text = _("%(field)s is being converted; it is back once all its values are.", field=row.label)
    return ctx.redirect(URL, toast=Toast(text))


def _form(
    ctx: Context,
    row: CustomField,
    target: Target | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
) -> Response[bytes]:
    told = errors or {}
    able = [one for one in CustomType if one is not CustomType.FORMULA]
    able = [one for one in able if one not in LINKS or one in ctx.registry.kinds]
    types = [Option(one.value, type_label(one)) for one in able]
    chosen, options = (target.type, target.options) if target else (row.type.value, row.options)
    inputs = [
        Input("type", _("Type"), Widget.SELECT, chosen, options=types, errors=told.get("type", ()),
              help=_("You are shown what would become of the values before anything is changed.")),
        Input("options", _("Options"), Widget.TEXTAREA, "\n".join(options), errors=told.get("options", ()),
              when="type", when_values=(*CHOICES, CustomType.MONEY),
              help=_("One a line. Of a choice, those that there are if you leave it empty.")),
    ]  # fmt: skip
    return ctx.render(
        "records/form.html",
        status=422 if errors else 200,
        crumbs=_crumbs(row),
        title=_("Change the type of %(field)s", field=row.label),
        form=Form(f"{URL}/{row.id}/type", inputs, submit=_("Show what would change"), cancel=URL),
    )


def _crumbs(row: CustomField) -> Sequence[Crumb]:
    return [Crumb(_("Custom fields"), URL), Crumb(row.label, f"{URL}/{row.id}"), Crumb(_("Type"))]


def _preview(ctx: Context, row: CustomField, target: Target, action: str) -> Response[bytes]:
    found = retyping.preview(ctx.session, ctx.registry.kinds, row, target, actor=ctx.actor)
    hidden = {"type": found.target.type, "options": "\n".join(found.target.options), "confirmed": "1"}
    labels = [type_label(row.type), type_label(CustomType(found.target.type))]
    return ctx.render(
        "fields/type.html",
        crumbs=_crumbs(row),
        title=_("%(field)s: from “%(old)s” to “%(new)s”", field=row.label, old=labels[0], new=labels[1]),
        total=found.total,
        options=", ".join(found.target.options),
        parts=[
            (fate_label(one), format_number(count), _samples(ctx, row, found, one))
            for one in SHOWN
            if (count := found.counts[one])
        ],
        form=Form(action, [], submit=_("Change type"), cancel=f"{URL}/{row.id}", hidden=hidden),
    )


def _samples(ctx: Context, row: CustomField, found: Outlook, fate: Fate) -> Table:
    columns = [Column("id", _("Record")), Column("was", _("Now")), Column("became", _("Then")),
               Column("reason", _("Remark"))]  # fmt: skip
    kind = ctx.registry.kinds[row.kind]
    lines = [
        Row(
            one.id,
            f"{kind.url}/{one.id}",
            [one.title or f"{kind.label} {one.id}", one.was, one.became, one.reason],
        )
        for one in found.samples[fate]
    ]
    return Table(columns, lines, caption=fate_label(fate))


handlers = (type_page, change_type, undo_page, undo_type)
