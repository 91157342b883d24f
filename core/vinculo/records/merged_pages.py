"""The merges that can be taken back: their list, what stands in the way of one, and taking it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from litestar import Response
from litestar.params import FromPath
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db import rows
from vinculo.errors import ConflictError
from vinculo.i18n import format_datetime
from vinculo.i18n import gettext as _
from vinculo.records import access, merging, unmerging
from vinculo.records.cards import titles
from vinculo.records.fields import Field, LinkField
from vinculo.records.kind import RecordKind
from vinculo.records.merge_views import ClashLine, UnmergePage
from vinculo.records.models import MergeUndo
from vinculo.records.unmerging import Clash
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import Column, Crumb, Row, Table, Toast

URL: Final = "/merges"
SHOWN: Final = 200
Kinds = Mapping[str, RecordKind]


@get(URL, permission=SIGNED_IN)
def show_merges(ctx: Context) -> Response[bytes]:
    """The latest merges of kinds that are on, as far as the user may take them back."""
    found = [*listed(ctx.session, ctx.registry.kinds, ctx.actor)]
    names = titles(ctx, {"user": {one.actor_id for one in found if one.actor_id}})
    columns = [_("Survivor"), _("Merged into it"), _("When"), _("Who")]
    table = Table(
        [Column(str(number), label) for number, label in enumerate(columns)],
        [
            _row(ctx.registry.kinds[one.kind], one, names.get(("user", one.actor_id or 0), ""))
            for one in found
        ],
        _("Merged records"),
    )
    title = _("Merged records")
    return ctx.render("records/merged.html", title=title, table=table, crumbs=[Crumb(title)])


def listed(session: Session, kinds: Kinds, actor: Actor) -> Iterator[MergeUndo]:
    """The merges that an actor may take back, the latest first."""
    query = sa.select(MergeUndo).options(sa.orm.defer(MergeUndo.rows))
    for merged in session.scalars(query.order_by(MergeUndo.id.desc()).limit(SHOWN)):
        kind = kinds.get(merged.kind)
        if kind is not None and unmerging.visible(kind, merged, actor):
            yield merged


def _row(kind: RecordKind, merged: MergeUndo, who: str) -> Row:
    others = ", ".join(title for _id, title in merged.others)
    cells = [merged.title, f"{kind.label_plural}: {others}", format_datetime(merged.at), who]
    return Row(merged.id, f"{URL}/{merged.id}", cells)


@get(f"{URL}/{{merge_id:int}}", permission=SIGNED_IN)
def show_merge(ctx: Context, merge_id: FromPath[int]) -> Response[bytes]:
    """One merge, and what was changed since and would stay."""
    kind, merged = find(ctx, merge_id)
    return _render(ctx, kind, merged)


@post(f"{URL}/{{merge_id:int}}/undo", permission=SIGNED_IN)
def undo(ctx: Context, merge_id: FromPath[int]) -> Response[bytes]:
    """Take a merge back; where something was changed since, only once the user has seen what."""
    kind, merged = find(ctx, merge_id)
    if not ctx.value("seen") and unmerging.plan(ctx.session, merged).clashes:
        return ctx.redirect(f"{URL}/{merge_id}")
    overwrite = [value for value in ctx.form.get("overwrite", ()) if isinstance(value, str)]
    survivor = merged.record_id
    try:
        unmerging.undo(ctx.session, kind, merged, actor=ctx.actor, overwrite=overwrite)
    except ConflictError as error:
        ctx.session.rollback()
        kind, merged = find(ctx, merge_id)
        return _render(ctx, kind, merged, error)
    toast = Toast(_("The merge was taken back."))
    return ctx.redirect(f"{kind.url}/{survivor}", toast=toast)


def find(ctx: Context, merge_id: int) -> tuple[RecordKind, MergeUndo]:
    """A merge that the user may take back. Raises ``NotFoundError``."""
    merged = ctx.session.get(MergeUndo, merge_id) if merge_id < 2**63 else None
    kind = ctx.registry.kinds.get(merged.kind) if merged else None
    if kind is None:
        raise unmerging.gone()
    return kind, unmerging.get(ctx.session, kind, merged, ctx.actor)


def _render(
    ctx: Context, kind: RecordKind, merged: MergeUndo, error: ConflictError | None = None
) -> Response[bytes]:
    found = unmerging.plan(ctx.session, merged)
    lines = [_line(ctx, clash) for clash in found.clashes]
    lost = [merging.named(ctx.session, table, count) for table, count in found.lost.items()]
    title = _("Take back: %(others)s merged into %(record)s")
    words = {"others": ", ".join(one for _id, one in merged.others), "record": merged.title}
    page = UnmergePage(
        title=title % words,
        action=f"{URL}/{merged.id}/undo",
        cancel=f"{kind.url}/{merged.record_id}",
        when=format_datetime(merged.at),
        clashes=lines,
        lost=lost,
        errors=[error.message] if error else [],
    )
    crumbs = [Crumb(_("Merged records"), URL), Crumb(merged.title)]
    status = error.status if error else 200
    return ctx.render("records/unmerge.html", page=page, crumbs=crumbs, status=status)


def _line(ctx: Context, clash: Clash) -> ClashLine:
    """A clash in words; values only of fields that the user sees."""
    kinds = ctx.registry.kinds
    for kind in kinds.values():
        if kind.table.name == clash.table:
            return _told(ctx, kind, str(kind.label), kind.fields, clash)
        for part in kind.collections:
            if part.model.__tablename__ == clash.table:
                fields = () if part.name in access.hidden(kind, ctx.actor) else part.fields
                return _told(ctx, kind, str(part.label), fields, clash)
    what = merging.named(ctx.session, clash.table, 1)
    return ClashLine(clash.key, f"{what}: {clash.column}", "", "", "")


def _told(ctx: Context, kind: RecordKind, label: str, fields: Sequence[Field], clash: Clash) -> ClashLine:
    hidden = access.hidden(kind, ctx.actor)
    field = next((one for one in fields if one.name == clash.column and one.name not in hidden), None)
    if field is None or access.reach(kind, ctx.actor) is None:
        return ClashLine(clash.key, f"{label} {clash.id}: {clash.column or _('new row')}", "", "", "")
    values = [_shown(ctx, field, value) for value in (clash.before, clash.merged, clash.present)]
    return ClashLine(clash.key, f"{label}: {field.label}", *values)


def _shown(ctx: Context, field: Field, value: Any) -> str:
    plain = rows.decode(value)
    if plain in (None, ""):
        return ""
    if isinstance(field, LinkField):
        return titles(ctx, {field.kind: {plain}}).get((field.kind, plain), str(plain))
    return str(field.show(field.read(plain)) if isinstance(plain, str | int) else field.show(plain))


handlers: Final = [show_merges, show_merge, undo]
