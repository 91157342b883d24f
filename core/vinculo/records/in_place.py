"""One field, or the rows of one collection, changed on the card: a form of its own beside what it shows.

A kind may have a quick form, too: a few fields at once, on a board.

The same form is a page for browsers without JavaScript. ``web/static/inplace.js`` puts it into the card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from vinculo.actor import Actor
from vinculo.errors import (
    ConflictError,
    FieldError,
    InvalidError,
    NotFoundError,
    StaleVersionError,
    VinculoError,
)
from vinculo.i18n import gettext as _
from vinculo.records import access, conflict_forms, forms, history, service, short_forms
from vinculo.records.cards import field_url
from vinculo.records.fields import Field
from vinculo.records.forms import Typed
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.reading import Values
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Form, Toast

ALSO: Final = "_also"  # the names of fields that a rule asked for besides


def in_place_routers(kind: RecordKind) -> list[HTTPRouteHandler]:
    """The routes of a kind: the form of each part, saving it, and taking that back; its quick form."""
    quick = [_quick(kind), _save_quick(kind)] if kind.quick else []
    return [_form(kind), _save(kind), _undo(kind), *quick]


def narrowed(kind: RecordKind, *names: str) -> RecordKind:
    """The kind, as a user sees it, with these parts to change, in its own order.

    Raises ``NotFoundError``, also for what the user may not change.
    """
    fields = [field for field in kind.writable() if field.name in names]
    collections = [collection for collection in kind.editable() if collection.name in names]
    known = {*(one.name for one in fields), *(one.name for one in collections)}
    if missing := [name for name in names if name not in known]:
        raise NotFoundError(_("There is no field %(name)s here.", name=missing[0][:100]))
    return replace(kind, fields=fields, collections=collections, of=kind.whole)


def _form(kind: RecordKind) -> HTTPRouteHandler:
    @get(
        f"{kind.url}/{{record_id:int}}/fields/{{name:str}}",
        permission=kind.permission("update"),
        name=f"{kind.name}.field",
    )
    def form(ctx: Context, record_id: FromPath[int], name: FromPath[str]) -> Response[bytes]:
        return _show(ctx, kind, record_id, _Part(field_url(kind, record_id, name), [name]))

    return form


def _save(kind: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.url}/{{record_id:int}}/fields/{{name:str}}",
        permission=kind.permission("update"),
        name=f"{kind.name}.save_field",
    )
    def save(ctx: Context, record_id: FromPath[int], name: FromPath[str]) -> Response[bytes]:
        return _take(ctx, kind, record_id, _Part(field_url(kind, record_id, name), [name]))

    return save


def _quick(kind: RecordKind) -> HTTPRouteHandler:
    @get(f"{kind.url}/{{record_id:int}}/quick", permission=kind.permission("update"))
    def form(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
        """The fields that change most, as far as the user may change them."""
        return _show(ctx, kind, record_id, _quick_part(ctx, kind, record_id))

    return form


def _save_quick(kind: RecordKind) -> HTTPRouteHandler:
    @post(f"{kind.url}/{{record_id:int}}/quick", permission=kind.permission("update"))
    def save(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
        """Save them; where a rule asks for another field, the form comes back with it."""
        return _take(ctx, kind, record_id, _quick_part(ctx, kind, record_id))

    return save


@dataclass(frozen=True, slots=True)
class _Part:
    """What is changed: the names of its fields, or of one collection, and the address of its form.

    ``heading`` stands above a form of several fields, which stands by itself.
    """

    url: str
    names: Sequence[str]
    heading: str = ""


def quick_url(kind: RecordKind, record_id: int, back: str = "") -> str:
    """Where the fields of a record are changed that change most."""
    return short_forms.backed(f"{kind.url}/{record_id}/quick", back)


def quick_fields(kind: RecordKind, actor: Actor) -> list[str]:
    """The names of those that the actor may change."""
    writable = {one.name for one in access.seen_by(kind, actor).writable()}
    return [name for name in kind.quick if name in writable]


def _quick_part(ctx: Context, kind: RecordKind, record_id: int) -> _Part:
    names = quick_fields(kind, ctx.actor)
    if not names:
        raise NotFoundError
    return _Part(quick_url(kind, record_id), names, _("Change"))


def _show(ctx: Context, kind: RecordKind, record_id: int, part: _Part) -> Response[bytes]:
    record = service.get(ctx.session, kind, record_id, actor=ctx.actor)
    access.require(ctx.session, kind, record, ctx.actor, "update")
    only = narrowed(access.seen_by(kind, ctx.actor), *part.names)
    typed = forms.of_record(ctx, only, record)
    for collection in only.collections:
        if not getattr(record, collection.name):
            typed = forms.with_row(typed, collection.name)
    return _answer(ctx, only, record, part, _drawn(only, record, part, typed, version=record.version))


def _take(ctx: Context, kind: RecordKind, record_id: int, part: _Part) -> Response[bytes]:
    record = service.get(ctx.session, kind, record_id, actor=ctx.actor, lock=True)
    access.require(ctx.session, kind, record, ctx.actor, "update")
    also = [name for name in ctx.value(ALSO).split(",") if name]
    only = narrowed(access.seen_by(kind, ctx.actor), *part.names, *also)
    typed = forms.submitted(ctx, only)
    if told := ctx.parameter("version"):  # a button of a board has no inputs of its own
        typed.texts = {"version": told, **typed.texts}
    version = whole_number(typed.text("version")) or record.version
    if wanted := ctx.value("_add"):
        form = _drawn(only, record, part, forms.with_row(typed, wanted), version=version)
        return _answer(ctx, only, record, part, form)
    return _try_to_save(ctx, only, record, part, typed, version)


def _try_to_save(
    ctx: Context, only: RecordKind, record: Any, part: _Part, typed: Typed, version: int
) -> Response[bytes]:
    record_id, values = record.id, Values()
    try:
        values = forms.read(ctx, only, typed, record=record)
        conflict_forms.choose(ctx, typed, values)
        changed = service.update(ctx.session, only, record, values, actor=ctx.actor)
    except VinculoError as error:
        ctx.session.rollback()
        record = service.get(ctx.session, only, record_id, actor=ctx.actor)
        if isinstance(error, StaleVersionError):
            form = _placed(only, record, part, conflict_forms.draw(ctx, only, record, values))
        else:
            faults = forms.faults_of(error)
            only = _widened(ctx, only, part, faults)
            typed = replace(typed, texts={**forms.of_record(ctx, only, record).texts, **typed.texts})
            form = _drawn(only, record, part, typed, version=version, errors=faults)
        return _answer(ctx, only, record, part, form, status=error.status)
    card, back = f"{only.url}/{record_id}", short_forms.back(ctx)
    if not changed:
        return ctx.redirect(back or card)
    undo = short_forms.backed(f"{card}/changes/{record.version}/undo", back)
    what = only.title_of(record) if part.heading else str(_first(only).label)
    return ctx.redirect(back or card, toast=Toast(_("%(field)s: saved.", field=what), undo_url=undo))


def _widened(ctx: Context, only: RecordKind, part: _Part, faults: Sequence[FieldError]) -> RecordKind:
    """What a rule asks for besides is asked for in the same form, where the user may fill it in."""
    seen = access.seen_by(only.whole, ctx.actor)
    asked, known = {fault.field for fault in faults}, {*(one.name for one in only.fields)}
    more = [one.name for one in seen.writable() if one.name in asked | known]
    return only if only.collections else narrowed(seen, *more)


def _undo(kind: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.url}/{{record_id:int}}/changes/{{version:int}}/undo",
        permission=kind.permission("update"),
        name=f"{kind.name}.undo_field",
    )
    def undo(ctx: Context, record_id: FromPath[int], version: FromPath[int]) -> Response[bytes]:
        """By version: the event of a change gets its id when the change is committed."""
        record = service.get(ctx.session, kind, record_id, actor=ctx.actor, lock=True)
        event_id = history.event_of(ctx.session, kind, record_id, version)
        return undone(ctx, kind, record, event_id, short_forms.back(ctx) or f"{kind.url}/{record_id}")

    return undo


def undone(ctx: Context, kind: RecordKind, record: Any, event_id: int, back: str) -> Response[bytes]:
    """Take a change of a record back, or say why that cannot be, on the page that it leads back to."""
    toast = Toast(_("The change was taken back."))
    try:
        history.undo(ctx.session, ctx.registry.kinds, kind, record, event_id, actor=ctx.actor)
    except (ConflictError, InvalidError) as error:
        ctx.session.rollback()
        toast = Toast(error.message, tone="bad")
    return ctx.redirect(back, toast=toast)


def _drawn(
    only: RecordKind, record: Any, part: _Part, typed: Typed, *, version: int, errors: Sequence[Any] = ()
) -> Form:
    form = forms.draw(only, typed, action="", cancel="", version=version, errors=errors)
    return _placed(only, record, part, form)


def _placed(only: RecordKind, record: Any, part: _Part, form: Form) -> Form:
    also = [one.name for one in only.fields if one.name not in part.names]
    hidden = {**form.hidden, ALSO: ",".join(also)} if also else form.hidden
    return replace(form, action=part.url, cancel=f"{only.url}/{record.id}", hidden=hidden)


def _answer(
    ctx: Context, only: RecordKind, record: Any, part: _Part, form: Form, *, status: int = 200
) -> Response[bytes]:
    if back := short_forms.back(ctx):
        form = replace(form, cancel=back, hidden={**form.hidden, "back": back})
    title = only.title_of(record)
    crumbs = [
        Crumb(str(only.label_plural), only.url),
        Crumb(title, f"{only.url}/{record.id}"),
        Crumb(part.heading or str(_first(only).label)),
    ]
    heading = title if part.heading else ""
    return short_forms.answer(ctx, title, form, crumbs, status=status, heading=heading)


def _first(only: RecordKind) -> Field | Collection:
    return only.fields[0] if only.fields else only.collections[0]
