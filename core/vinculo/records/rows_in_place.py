"""One row of a collection, changed where it is shown: on the card of its record, or of one it leads to.

The collection's other rows stay as they are. Like the form of a field (``vinculo.records.in_place``), it
is a page for browsers without JavaScript.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from vinculo.errors import FieldError, NotFoundError, StaleVersionError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.i18n import today
from vinculo.records import access, conflict_forms, forms, service, short_forms
from vinculo.records.cards import field_url
from vinculo.records.fields import DateField
from vinculo.records.forms import Typed
from vinculo.records.in_place import narrowed
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.reading import RowValues, Values
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Form, Toast


def row_routers(kind: RecordKind) -> list[HTTPRouteHandler]:
    """The routes of a kind: the form of one row, and saving it."""
    return [_form(kind), _save(kind)]


def row_url(kind: RecordKind, record_id: int, collection: str, row_id: int) -> str:
    """Where a row is changed by itself."""
    return f"{kind.url}/{record_id}/rows/{collection}/{row_id}"


def _form(kind: RecordKind) -> HTTPRouteHandler:
    @get(
        f"{kind.url}/{{record_id:int}}/rows/{{name:str}}/{{row_id:int}}",
        permission=kind.permission("update"),
        name=f"{kind.name}.row",
    )
    def form(
        ctx: Context, record_id: FromPath[int], name: FromPath[str], row_id: FromPath[int]
    ) -> Response[bytes]:
        """With ``end=``, the name of an empty day of the row, today is proposed for it.

        The field ``omit=`` is left out: what the card says already.
        """
        record = service.get(ctx.session, kind, record_id, actor=ctx.actor)
        only, collection = _narrowed(ctx, kind, record, name)
        key = _key(collection, record, row_id)
        typed = _of_row(ctx, only, record, collection, key)
        end = f"{collection.name}-{key}-{ctx.parameter('end')}"
        if any(isinstance(f, DateField) and end.endswith(f"-{f.name}") for f in collection.fields):
            typed = replace(typed, texts={**typed.texts, end: typed.text(end) or f"{today()}"})
        drawn = _drawn(ctx, only, record, row_id, typed, version=record.version)
        inputs = [replace(one, autofocus=one.name == end) for one in drawn.inputs]
        drawn = replace(drawn, inputs=inputs) if ctx.parameter("end") else drawn
        return _answer(ctx, only, record, drawn)

    return form


def _save(kind: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.url}/{{record_id:int}}/rows/{{name:str}}/{{row_id:int}}",
        permission=kind.permission("update"),
        name=f"{kind.name}.save_row",
    )
    def save(
        ctx: Context, record_id: FromPath[int], name: FromPath[str], row_id: FromPath[int]
    ) -> Response[bytes]:
        record = service.get(ctx.session, kind, record_id, actor=ctx.actor, lock=True)
        only, collection = _narrowed(ctx, kind, record, name)
        key = _key(collection, record, row_id)
        given = _typed(ctx, only, record, collection, key)
        return _try_to_save(ctx, only, record, row_id, given)

    return save


def _narrowed(ctx: Context, kind: RecordKind, record: Any, name: str) -> tuple[RecordKind, Collection]:
    access.require(ctx.session, kind, record, ctx.actor, "update")
    only = narrowed(access.seen_by(kind, ctx.actor), name)
    if not only.collections:
        raise NotFoundError(_("There is no field %(name)s here.", name=name[:100]))
    return only, only.collections[0]


def _key(collection: Collection, record: Any, row_id: int) -> str:
    """The row's key in the form of all rows."""
    ids = [row.id for row in getattr(record, collection.name)]
    if row_id not in ids:
        raise NotFoundError(_("There is no row %(id)s.", id=row_id))
    return str(ids.index(row_id))


def _of_row(ctx: Context, only: RecordKind, record: Any, collection: Collection, key: str) -> Typed:
    """What the row holds, without the others."""
    typed = forms.of_record(ctx, only, record)
    return replace(typed, row_keys={collection.name: [key]})


def _typed(ctx: Context, only: RecordKind, record: Any, collection: Collection, key: str) -> Typed:
    """What was sent for the row, whichever key it had then; what was not sent is as it is."""
    held = _of_row(ctx, only, record, collection, key)
    sent = forms.submitted(ctx, only)
    texts = dict(held.texts)
    for name in sent.texts:
        found = forms.row_input(name.removesuffix("__text"))
        if found and found[0] == collection.name and found[2] != "id":
            tail = "__text" if name.endswith("__text") else ""
            texts[f"{collection.name}-{key}-{found[2]}{tail}"] = sent.text(name)
    typed = forms.from_texts(ctx, only, {**texts, "version": sent.text("version")})
    return replace(typed, row_keys={collection.name: [key]})


def _try_to_save(ctx: Context, only: RecordKind, record: Any, row_id: int, typed: Typed) -> Response[bytes]:
    record_id, values, collection = record.id, Values(), only.collections[0]
    index = int(_key(collection, record, row_id))
    version = whole_number(typed.text("version")) or record.version
    try:
        values = forms.read(ctx, only, typed, record=record)
        values.collections[collection.name] = _among(record, collection, row_id, values)
        changed = service.update(ctx.session, only, record, values, actor=ctx.actor)
    except VinculoError as error:
        ctx.session.rollback()
        record = service.get(ctx.session, only, record_id, actor=ctx.actor)
        if isinstance(error, StaleVersionError):
            url = field_url(only, record, collection.name)
            form = replace(conflict_forms.draw(ctx, only, record, values), action=url)
            return _answer(ctx, only, record, form, status=error.status)
        faults = short_forms.of_row(forms.faults_of(error), collection.name, index)
        form = _drawn(ctx, only, record, row_id, typed, version=version, errors=faults)
        return _answer(ctx, only, record, form, status=error.status)
    back = short_forms.back(ctx) or f"{only.url}/{record_id}"
    if not changed:
        return ctx.redirect(back)
    undo = short_forms.backed(f"{only.url}/{record_id}/changes/{record.version}/undo", back)
    text = _("%(record)s was saved.", record=only.title_of(record))
    return ctx.redirect(back, toast=Toast(text, undo_url=undo))


def _among(record: Any, collection: Collection, row_id: int, values: Values) -> list[RowValues]:
    """The row among the others, which stay as they are."""
    names = [field.name for field in collection.fields if not field.read_only]
    own = next((row.values for row in values.collections.get(collection.name, ())), {})
    return [
        RowValues(own if row.id == row_id else {name: getattr(row, name) for name in names}, row.id)
        for row in getattr(record, collection.name)
    ]


def _drawn(
    ctx: Context,
    only: RecordKind,
    record: Any,
    row_id: int,
    typed: Typed,
    *,
    version: int,
    errors: Sequence[FieldError] = (),
) -> Form:
    back, omit = short_forms.back(ctx), ctx.value("omit") or ctx.parameter("omit")
    hidden: Mapping[str, str] = {name: text for name, text in (("back", back), ("omit", omit)) if text}
    form = forms.draw(only, typed, action="", cancel="", version=version, errors=errors)
    picks = [one for one in short_forms.row_picks(form) if not one.name.endswith(f"-{omit}")]
    form = short_forms.picked(form, picks, hidden=hidden)
    url = row_url(only, record.id, only.collections[0].name, row_id)
    return replace(form, action=url, cancel=back or f"{only.url}/{record.id}")


def _answer(ctx: Context, only: RecordKind, record: Any, form: Form, *, status: int = 200) -> Response[bytes]:
    title = only.title_of(record)
    crumbs = [
        Crumb(str(only.label_plural), only.url),
        Crumb(title, f"{only.url}/{record.id}"),
        Crumb(str(only.collections[0].label)),
    ]
    heading = title if form.hidden.get("omit") else str(only.collections[0].label)
    return short_forms.answer(ctx, title, form, crumbs, status=status, heading=heading)
