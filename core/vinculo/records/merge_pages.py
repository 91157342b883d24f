"""The pages of a merge: choosing the records, then what the survivor takes from which of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from vinculo.errors import FieldError, InvalidError, MergedError, VinculoError
from vinculo.i18n import format_datetime
from vinculo.i18n import gettext as _
from vinculo.records import access, forms, merge_preview, merging, service
from vinculo.records.cards import Links, line_of, titles_behind
from vinculo.records.fields import Field, LinkField
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.list_rows import cell
from vinculo.records.merge_preview import Hanging
from vinculo.records.merge_views import (
    MergeCell,
    MergeColumn,
    MergeField,
    MergeHanging,
    MergePage,
    MergeRows,
)
from vinculo.records.reading import Reader
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Form, Input, Text, Toast, Widget

TAKE: Final = "take-"  # begins the name of an input that chooses whose value is taken


def merge_page_routers(kind: RecordKind) -> list[HTTPRouteHandler]:
    """The pages of a kind that allows merging."""
    return [_page(kind), _merge(kind), _add(kind)] if kind.mergeable else []


def _page(kind: RecordKind) -> HTTPRouteHandler:
    @get(f"{kind.url}/merge", permission=kind.permission("update"), name=f"{kind.name}.merge")
    def page(ctx: Context) -> Response[bytes]:
        return _render(ctx, kind, _asked(ctx.parameters()))

    return page


def _add(kind: RecordKind) -> HTTPRouteHandler:
    @post(f"{kind.url}/merge/add", permission=kind.permission("update"), name=f"{kind.name}.merge_add")
    def add(ctx: Context) -> Response[bytes]:
        ids = _asked([("ids", ctx.value("ids"))])
        link = LinkField(name="other", label=kind.label, kind=kind.name)
        reader = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor)
        typed = forms.Typed({name: ctx.value(name) for name in ("other", "other__text")})
        fault = _("Choose the record to merge with.")
        try:
            found = forms.linked(ctx, reader, link, "other", typed)
        except ValueError as wrong:
            found, fault = None, str(wrong)
        if found is None:
            return _render(ctx, kind, ids, error=InvalidError([FieldError("other", fault)]))
        return ctx.redirect(merge_url(kind, [*ids, found]))

    return add


def _merge(kind: RecordKind) -> HTTPRouteHandler:
    @post(f"{kind.url}/merge", permission=kind.permission("update"), name=f"{kind.name}.merged")
    def merge(ctx: Context) -> Response[bytes]:
        ctx.actor.require(kind.permission("delete"))
        ids = _asked([("ids", ctx.value("ids"))])
        into = whole_number(ctx.value("into"))
        fields = {
            name.removeprefix(TAKE): chosen
            for name in ctx.form
            if name.startswith(TAKE) and (chosen := whole_number(ctx.value(name))) not in (None, into)
        }
        try:
            if into not in ids:
                text = _("Choose the record that stays.")
                raise InvalidError([FieldError("into", text)])
            others = [one for one in ids if one != into]
            done = merging.merge(ctx.session, kind, into, others, actor=ctx.actor, fields=fields)
        except VinculoError as error:
            ctx.session.rollback()
            return _render(ctx, kind, ids, into=into, fields=fields, error=error)
        survivor = service.get(ctx.session, kind, into, actor=ctx.actor)
        text = _("%(n)s records are one now: %(record)s.", n=len(ids), record=kind.title_of(survivor))
        return ctx.redirect(f"{kind.url}/{into}", toast=Toast(text, undo_url=f"/merges/{done.undo_id}/undo"))

    return merge


def merge_url(kind: RecordKind, ids: Sequence[int]) -> str:
    """The page that merges these."""
    return f"{kind.url}/merge?{urlencode({'ids': ','.join(map(str, dict.fromkeys(ids)))}, safe=',')}"


def _asked(parameters: Sequence[tuple[str, str]]) -> list[int]:
    """The ids of ``ids=1,2`` and of ``ids=1&ids=2``; what is no id is left out."""
    parts = [part for name, value in parameters if name == "ids" for part in value.split(",")]
    return list(dict.fromkeys(one for part in parts if (one := whole_number(part.strip())) is not None))


def _render(
    ctx: Context,
    kind: RecordKind,
    ids: Sequence[int],
    *,
    into: int | None = None,
    fields: Mapping[str, int] | None = None,
    error: VinculoError | None = None,
) -> Response[bytes]:
    ctx.actor.require(kind.permission("delete"))
    records = _records(ctx, kind, ids)
    crumbs = [Crumb(str(kind.label_plural), kind.url), Crumb(_("Merge"))]
    status = error.status if error else 200
    if len(records) < 2:
        form = _choose(kind, records, error)
        title = _("Merge %(record)s with…", record=kind.title_of(records[0])) if records else _("Merge")
        return ctx.render("records/form.html", title=title, form=form, crumbs=crumbs, status=status)
    page = _draw(ctx, kind, records, into or records[0].id, fields, error)
    return ctx.render("records/merge.html", page=page, crumbs=crumbs, status=status)


def _records(ctx: Context, kind: RecordKind, ids: Sequence[int]) -> list[Any]:
    """The records of the ids, each once; in the place of one that was merged, where it went."""
    if len(ids) > merging.MOST:
        text = _("At most %(most)s records can be merged at once.", most=merging.MOST)
        raise InvalidError([FieldError("ids", text)])
    found = {}
    for one in ids:
        try:
            record = service.get(ctx.session, kind, one, actor=ctx.actor)
        except MergedError as merged:
            record = service.get(ctx.session, kind, merged.new_id, actor=ctx.actor)
        found[record.id] = record
    return list(found.values())


def _chooser(kind: RecordKind, label: str, error: VinculoError | None = None) -> Input:
    faults = error.errors if isinstance(error, InvalidError) else []
    wrong = [fault.message for fault in faults if fault.field == "other"]
    return Input("other", label, Widget.LINK, lookup=f"/lookup/{kind.name}", errors=wrong)


def _choose(kind: RecordKind, records: Sequence[Any], error: VinculoError | None) -> Form:
    return Form(
        f"{kind.url}/merge/add",
        [_chooser(kind, str(kind.label), error)],
        submit=_("Compare"),
        cancel=f"{kind.url}/{records[0].id}" if records else kind.url,
        hidden={"ids": ",".join(str(one.id) for one in records)},
    )


def _draw(
    ctx: Context,
    kind: RecordKind,
    records: Sequence[Any],
    into: int,
    taken: Mapping[str, int] | None,
    error: VinculoError | None,
) -> MergePage:
    seen = access.seen_by(kind, ctx.actor)
    links = titles_behind(ctx, seen, records)
    ids = [one.id for one in records]
    fields = [_field(one, records, into, taken, links) for one in seen.writable()]
    differ = [one for one in fields if len({cell.text for cell in one.cells}) > 1]
    if external := _external_ids(records, into, taken):
        differ.append(external)
    hanging = merge_preview.hanging(ctx.session, ctx.registry.kinds, kind, ids, actor=ctx.actor)
    faults = [fault.message for fault in error.errors] if isinstance(error, InvalidError) else []
    general = faults or ([error.message] if error else [])
    return MergePage(
        title=_("Merge %(kind)s", kind=str(kind.label_plural).lower()),
        action=f"{kind.url}/merge",
        cancel=f"{kind.url}/{records[0].id}",
        ids=",".join(map(str, ids)),
        columns=[_column(kind, one, into) for one in records],
        fields=differ,
        rows=[rows for one in seen.editable() if (rows := _rows(one, records, links))],
        hanging=[_hanging(one, ids) for one in hanging],
        same=[one.label for one in fields if one not in differ and one.cells[0].text],
        other=_chooser(kind, _("Add another")) if len(records) < merging.MOST else None,
        errors=general,
    )


def _column(kind: RecordKind, record: Any, into: int) -> MergeColumn:
    hint = _("Changed %(when)s", when=format_datetime(record.changed_at))
    return MergeColumn(
        record.id, kind.title_of(record), f"{kind.url}/{record.id}", hint, survives=record.id == into
    )


def _field(
    field: Field, records: Sequence[Any], into: int, taken: Mapping[str, int] | None, links: Links
) -> MergeField:
    values = {one.id: getattr(one, field.name) for one in records}
    chosen = _default(values, into) if taken is None else taken.get(field.name, into)
    cells = [MergeCell(one, _text(field, value, links), one == chosen) for one, value in values.items()]
    return MergeField(field.name, str(field.label), cells)


def _text(field: Field, value: Any, links: Links) -> Text:
    return (
        links.get((field.kind, value), cell(field, value))
        if isinstance(field, LinkField)
        else cell(field, value)
    )


def _external_ids(records: Sequence[Any], into: int, taken: Mapping[str, int] | None) -> MergeField | None:
    values = {one.id: one.external_id or "" for one in records}
    if not any(values.values()):
        return None
    chosen = _default(values, into) if taken is None else taken.get("external_id", into)
    cells = [MergeCell(one, value, one == chosen) for one, value in values.items()]
    return MergeField("external_id", _("External id"), cells)


def _default(values: Mapping[int, Any], into: int) -> int:
    """The value of the record that stays, unless it has none and another has."""
    filled = [one for one, value in values.items() if value not in (None, "")]
    return into if into in filled or not filled else filled[0]


def _rows(collection: Collection, records: Sequence[Any], links: Links) -> MergeRows | None:
    cells = [[line_of(collection, row, links) for row in getattr(one, collection.name)] for one in records]
    return MergeRows(str(collection.label), cells) if any(cells) else None


def _hanging(one: Hanging, ids: Sequence[int]) -> MergeHanging:
    note, tone = {
        "detach": (_("loses its link"), "warn"),
        "forbid": (_("forbids merging"), "bad"),
    }.get(one.policy, (_("moves along"), "neutral"))
    plugin = one.plugin if one.is_on else _("%(plugin)s, which is off", plugin=one.plugin)
    return MergeHanging(one.label, plugin, note, tone, [one.counts.get(each, 0) for each in ids])
