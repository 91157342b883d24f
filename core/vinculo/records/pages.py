"""Pages of a kind of record: list, card, form, history, delete and undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from vinculo.errors import MergedError, StaleVersionError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.records import (
    access,
    conflict_forms,
    facts,
    form_parts,
    forms,
    history,
    noting,
    saved_tabs,
    service,
    similar_notices,
    trash,
)
from vinculo.records.cards import card_page
from vinculo.records.form_parts import Opened
from vinculo.records.forms import Typed
from vinculo.records.in_place import undone
from vinculo.records.kind import RecordKind
from vinculo.records.listing import list_page
from vinculo.records.reading import Values
from vinculo.records.similar import Match
from vinculo.records.text import whole_number
from vinculo.web.context import Context, is_own_path
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Form, Toast


def page_handlers(kind: RecordKind, *, max_bytes: int) -> list[HTTPRouteHandler]:
    """All pages of one kind; ``max_bytes``: how large what a form sends may be, files included."""
    return [
        _list(kind),
        _new(kind),
        _create(kind, max_bytes),
        _card(kind),
        _edit(kind),
        _save(kind, max_bytes),
        _delete(kind),
        _history(kind),
        _undo(kind),
    ]


def _crumbs(kind: RecordKind, *rest: Crumb) -> Sequence[Crumb]:
    return [Crumb(str(kind.label_plural), kind.url), *rest]


def _list(kind: RecordKind) -> HTTPRouteHandler:
    @get(kind.url, permission=kind.permission("read"), name=f"{kind.name}.list")
    def list_records(ctx: Context) -> Response[bytes]:
        opened = saved_tabs.opened(ctx, facts.seen_by(ctx.registry, kind, ctx.actor))
        if board := opened.board(kind):
            return ctx.redirect(board)
        page = list_page(ctx, kind, opened)
        return ctx.render("records/list.html", page=page, crumbs=[Crumb(page.title)])

    return list_records


def _card(kind: RecordKind) -> HTTPRouteHandler:
    @get(
        f"{kind.url}/{{record_id:int}}",
        permission=kind.permission("read"),
        name=f"{kind.name}.card",
    )
    def card(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
        try:
            record = service.get(ctx.session, kind, record_id, actor=ctx.actor)
        except MergedError as merged:
            return ctx.redirect(f"{kind.url}/{merged.new_id}", toast=Toast(merged.message))
        noting.view(ctx, kind, record)
        page = card_page(ctx, kind, record)
        like = similar_notices.on_card(ctx, kind, record)
        crumbs = _crumbs(kind, Crumb(page.title))
        return ctx.render("records/card.html", page=page, similar=like, crumbs=crumbs)

    return card


def _new(kind: RecordKind) -> HTTPRouteHandler:
    @get(
        f"{kind.url}/new",
        permission=kind.permission("create"),
        name=f"{kind.name}.new",
    )
    def new(ctx: Context) -> Response[bytes]:
        seen = access.new_by(kind, ctx.actor)
        parts, back = form_parts.opened(ctx, kind), _back(ctx.parameter("back"))
        return render_new(ctx, seen, forms.prefilled(ctx, seen), back=back, parts=parts)

    return new


def _create(kind: RecordKind, max_bytes: int) -> HTTPRouteHandler:
    @post(
        f"{kind.url}/new",
        permission=kind.permission("create"),
        name=f"{kind.name}.create",
        request_max_body_size=max_bytes,
    )
    def create(ctx: Context) -> Response[bytes]:
        seen = access.new_by(kind, ctx.actor)
        typed, back = forms.submitted(ctx, seen), _back(ctx.value("back"))
        parts = form_parts.submitted(ctx, kind)
        if wanted := ctx.value("_add"):
            return render_new(ctx, seen, forms.with_row(typed, wanted), back=back, parts=parts)
        try:
            values = form_parts.read(ctx, seen, typed, parts)
            found = similar_notices.of_draft(ctx, kind, values)
            if form_parts.compare(ctx, parts) or found:
                return render_new(ctx, seen, typed, back=back, like=found, parts=parts)
            record = form_parts.create(ctx, kind, values, parts)
        except VinculoError as error:
            ctx.session.rollback()
            return render_new(ctx, seen, typed, back=back, error=error, parts=parts)
        toast = Toast(_("%(record)s was added.", record=kind.title_of(record)))
        return ctx.redirect(back or f"{kind.url}/{record.id}", toast=toast)

    return create


def _edit(kind: RecordKind) -> HTTPRouteHandler:
    @get(
        f"{kind.url}/{{record_id:int}}/edit",
        permission=kind.permission("update"),
        name=f"{kind.name}.edit",
    )
    def edit(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
        record = service.get(ctx.session, kind, record_id, actor=ctx.actor)
        access.require(ctx.session, kind, record, ctx.actor, "update")
        seen = access.seen_by(kind, ctx.actor)
        typed, parts = forms.of_record(ctx, seen, record), form_parts.opened(ctx, kind, record)
        return _render_edit(ctx, seen, record, typed, parts, version=record.version)

    return edit


def _save(kind: RecordKind, max_bytes: int) -> HTTPRouteHandler:
    @post(
        f"{kind.url}/{{record_id:int}}/edit",
        permission=kind.permission("update"),
        name=f"{kind.name}.save",
        request_max_body_size=max_bytes,
    )
    def save(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
        record = service.get(ctx.session, kind, record_id, actor=ctx.actor, lock=True)
        access.require(ctx.session, kind, record, ctx.actor, "update")
        seen = access.seen_by(kind, ctx.actor)
        typed = forms.submitted(ctx, seen)
        version = whole_number(typed.text("version")) or record.version
        parts = form_parts.submitted(ctx, kind, record)
        if wanted := ctx.value("_add"):
            return _render_edit(ctx, seen, record, forms.with_row(typed, wanted), parts, version=version)
        return _try_to_save(ctx, seen, record, typed, parts, version)

    return save


def _try_to_save(
    ctx: Context, kind: RecordKind, record: Any, typed: Typed, parts: Sequence[Opened], version: int
) -> Response[bytes]:
    record_id, stale = record.id, version != record.version
    values = Values()
    try:
        values = form_parts.read(ctx, kind, typed, parts, record)
        conflict_forms.choose(ctx, typed, values)
        service.update(ctx.session, kind, record, values, actor=ctx.actor)
        form_parts.save(ctx, parts, record)
    except VinculoError as error:
        ctx.session.rollback()
        record = service.get(ctx.session, kind, record_id, actor=ctx.actor)
        if isinstance(error, StaleVersionError):
            form = conflict_forms.draw(ctx, kind, record, values)
            form = form_parts.with_sections(ctx, form, parts)
            return _show_edit(ctx, kind, record, form, status=error.status)
        return _render_edit(ctx, kind, record, typed, parts, version=version, error=error)
    text = _("%(record)s was saved.")
    if stale:
        text = _("%(record)s was saved, together with what was changed meanwhile.")
    toast = Toast(text % {"record": kind.title_of(record)})
    return ctx.redirect(f"{kind.url}/{record.id}", toast=toast)


def _delete(kind: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.url}/{{record_id:int}}/delete",
        permission=kind.permission("delete"),
        name=f"{kind.name}.delete",
    )
    def delete(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
        record = service.get(ctx.session, kind, record_id, actor=ctx.actor, lock=True)
        kept = trash.delete(ctx.session, kind, record, actor=ctx.actor)
        toast = Toast(_("%(record)s was deleted.", record=kept.title), undo_url=f"/trash/{kept.id}/restore")
        return ctx.redirect(_back(ctx.parameter("back")) or kind.url, toast=toast)

    return delete


def _history(kind: RecordKind) -> HTTPRouteHandler:
    @get(
        f"{kind.url}/{{record_id:int}}/history",
        permission=kind.permission("read"),
        name=f"{kind.name}.history",
    )
    def show_history(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
        record = service.get(ctx.session, kind, record_id, actor=ctx.actor)
        title = kind.title_of(record)
        crumbs = _crumbs(kind, Crumb(title, f"{kind.url}/{record_id}"), Crumb(_("History")))
        return ctx.render(
            "records/history.html",
            title=_("History of %(record)s", record=title),
            entries=history.entries(ctx, kind, record),
            crumbs=crumbs,
        )

    return show_history


def _undo(kind: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.url}/{{record_id:int}}/history/{{event_id:int}}/undo",
        permission=kind.permission("update"),
        name=f"{kind.name}.undo",
    )
    def undo(ctx: Context, record_id: FromPath[int], event_id: FromPath[int]) -> Response[bytes]:
        record = service.get(ctx.session, kind, record_id, actor=ctx.actor, lock=True)
        return undone(ctx, kind, record, event_id, f"{kind.url}/{record_id}/history")

    return undo


def render_new(
    ctx: Context,
    kind: RecordKind,
    typed: Typed,
    *,
    back: str,
    error: VinculoError | None = None,
    like: Sequence[Match] = (),
    parts: Sequence[Opened] | None = None,
) -> Response[bytes]:
    """The form of a new record of a kind as the user sees it, with what was typed and what is wrong.

    ``back`` is the page to return to. ``like`` are records that it looks like: sent again, it is added.
    Without ``parts`` those that plugins add are as in a form that is new.
    """
    parts = form_parts.opened(ctx, kind) if parts is None else parts
    alike = like or any(part.like for part in parts)
    form = forms.draw(
        kind,
        typed,
        action=f"{kind.url}/new",
        cancel=back or kind.url,
        errors=forms.faults_of(error),
        hidden=({"back": back} if back else {}) | similar_notices.seen(like),
    )
    form = form_parts.with_sections(ctx, form, parts)
    return ctx.render(
        "records/form.html",
        title=str(kind.new_label),
        form=replace(form, submit=_("Add anyway")) if alike else form,
        similar=similar_notices.drawn(kind, like),
        crumbs=_crumbs(kind, Crumb(str(kind.new_label))),
        status=error.status if error else 200,
    )


def _render_edit(
    ctx: Context,
    kind: RecordKind,
    record: Any,
    typed: Typed,
    parts: Sequence[Opened],
    *,
    version: int,
    error: VinculoError | None = None,
) -> Response[bytes]:
    form = forms.draw(
        kind,
        typed,
        action=f"{kind.url}/{record.id}/edit",
        cancel=f"{kind.url}/{record.id}",
        version=version,
        errors=forms.faults_of(error),
        fixed=forms.fixed_of(ctx, kind, record),
    )
    form = form_parts.with_sections(ctx, form, parts)
    return _show_edit(ctx, kind, record, form, status=error.status if error else 200)


def _show_edit(
    ctx: Context, kind: RecordKind, record: Any, form: Form, *, status: int = 200
) -> Response[bytes]:
    title = kind.title_of(record)
    crumbs = _crumbs(kind, Crumb(title, f"{kind.url}/{record.id}"), Crumb(_("Edit")))
    return ctx.render("records/form.html", title=title, form=form, crumbs=crumbs, status=status)


def _back(url: str) -> str:
    """Only a path of our own: a form must not send people to another site."""
    return url if is_own_path(url) else ""
