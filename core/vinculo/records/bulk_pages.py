"""Changing or deleting all records of a list, or those that are ticked: pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from vinculo.errors import FieldError, InvalidError, NotFoundError, VinculoError
from vinculo.i18n import format_datetime, format_number, ngettext
from vinculo.i18n import gettext as _
from vinculo.records import access, bulk_changes, bulk_jobs, facts, forms, operands, saved, telling
from vinculo.records import query as queries
from vinculo.records.bulk_models import BulkAction, BulkChange, Outcome
from vinculo.records.cards import titles
from vinculo.records.in_place import narrowed
from vinculo.records.kind import RecordKind
from vinculo.records.models import RunState
from vinculo.records.query import Query
from vinculo.records.reading import Values
from vinculo.records.resuming import AT_WORK
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import Action, Attribute, Column, Crumb, Form, Option, Progress, Row, Table, Toast

URL: Final = "/bulk-changes"
SHOWN: Final = 100
FIELD: Final = "_set"
MORE: Final = "_more"  # a further field that is to stand in the form
ADD: Final = "_add"
DROP: Final = "_drop"  # a field that is not to be changed after all
_NOT_FILTERS: Final = frozenset(
    {"cursor", "limit", "fields", "columns", "sort", "group", "open", "as", FIELD}
)


def bulk_routers(kind: RecordKind) -> list[HTTPRouteHandler]:
    """The pages of a kind from which many of its records are changed or deleted."""
    return [_edit(kind), _change(kind), _ask_to_delete(kind), _delete(kind)]


def _edit(kind: RecordKind) -> HTTPRouteHandler:
    @get(f"{kind.url}/bulk-edit", permission=kind.permission("update"), name=f"{kind.name}.bulk_edit")
    def edit(ctx: Context) -> Response[bytes]:
        """Which field first; then its new value, and those of others."""
        if not (names := _chosen(ctx.parameter(FIELD))):
            return _choose_field(ctx, kind)
        only = _only(ctx, kind, names)
        return _ask_for_values(ctx, kind, only, forms.from_texts(ctx, only, {}))

    return edit


def _change(kind: RecordKind) -> HTTPRouteHandler:
    @post(f"{kind.url}/bulk-edit", permission=kind.permission("update"), name=f"{kind.name}.bulk_change")
    def change(ctx: Context) -> Response[bytes]:
        names = _chosen(ctx.value(FIELD) or ctx.parameter(FIELD))
        if ctx.value(ADD) or ctx.value(DROP):
            kept = [name for name in names if name != ctx.value(DROP)] or names
            only = _only(ctx, kind, [*kept, *_chosen(ctx.value(MORE))])
            return _ask_for_values(ctx, kind, only, forms.submitted(ctx, only))
        only = _only(ctx, kind, names)
        typed = forms.submitted(ctx, only)
        try:
            given = _dumped(only, forms.read(ctx, only, typed))
            return _begin(ctx, kind, BulkAction.UPDATE, given)
        except VinculoError as error:
            ctx.session.rollback()
            return _ask_for_values(ctx, kind, only, typed, error)

    return change


def _chosen(text: str) -> list[str]:
    """The names of fields, each once."""
    return list(dict.fromkeys(name for name in text.split(",") if name))


def _only(ctx: Context, kind: RecordKind, names: Sequence[str]) -> RecordKind:
    """The kind with these fields to change. Raises ``NotFoundError``."""
    only = narrowed(access.seen_by(kind, ctx.actor), *names)
    if not only.fields or only.collections:
        raise NotFoundError
    return only


def _ask_to_delete(kind: RecordKind) -> HTTPRouteHandler:
    @get(f"{kind.url}/bulk-delete", permission=kind.permission("delete"), name=f"{kind.name}.ask_to_delete")
    def ask(ctx: Context) -> Response[bytes]:
        form = Form(
            f"{kind.url}/bulk-delete?{_filters(ctx)}", [], submit=_("Delete"), cancel=_list(ctx, kind)
        )
        told = _told(ctx, kind, BulkAction.DELETE)
        return _render(ctx, kind, _("Delete: %(kind)s", kind=kind.label_plural), form, told)

    return ask


def _delete(kind: RecordKind) -> HTTPRouteHandler:
    @post(f"{kind.url}/bulk-delete", permission=kind.permission("delete"), name=f"{kind.name}.bulk_delete")
    def delete(ctx: Context) -> Response[bytes]:
        return _begin(ctx, kind, BulkAction.DELETE, {})

    return delete


def asked(ctx: Context, kind: RecordKind, *, typed: bool) -> tuple[RecordKind, Query]:
    """The kind as its reader sees it, and the list that the address names; its facts can be told."""
    given = [(n, v) for n, v in ctx.parameters() if n not in _NOT_FILTERS and (typed or v.strip())]
    seen = facts.seen_by(ctx.registry, kind, ctx.actor)
    given = [(n, v) for n, v in given if not n.endswith("__text")]
    given = [pair for pair in saved.applied(ctx.session, seen, given, ctx.actor) if pair[0] != "sort"]
    seen = facts.seen_by(ctx.registry, kind, ctx.actor, given)
    query = queries.parse(seen, given, typed=typed, me=ctx.actor.user_id)
    return seen, telling.checked(ctx, seen, query, action=access.READ)


def _begin(ctx: Context, kind: RecordKind, action: BulkAction, values: Mapping[str, Any]) -> Response[bytes]:
    return _start(ctx, *asked(ctx, kind, typed=False), action, values)


def at_once(ctx: Context, kind: RecordKind, values: Mapping[str, Any]) -> Response[bytes]:
    """Change the records that are ticked in a list, as its form names them: the list again, with Undo.

    ``values`` are as the API is given them. Raises what ``bulk_changes.begin`` raises.
    """
    errors: list[FieldError] = []
    ids = operands.ids(",".join(map(str, ctx.form.get("ids", ()))), errors)
    if not (ids or errors):
        errors.append(FieldError("ids", _("Tick the records that are meant."), "required"))
    if errors:
        raise InvalidError(errors)
    seen = facts.seen_by(ctx.registry, kind, ctx.actor)
    return _start(ctx, seen, Query(ids=ids), BulkAction.UPDATE, values)


def _start(
    ctx: Context, kind: RecordKind, query: Query, action: BulkAction, values: Mapping[str, Any]
) -> Response[bytes]:
    bulk = bulk_changes.begin(
        ctx.session, ctx.registry.kinds, kind, query, action=action, values=values, actor=ctx.actor
    )
    bulk_jobs.start(ctx.site, ctx.session, bulk, actor=ctx.actor)
    return _after(ctx, kind, bulk)


def _after(ctx: Context, kind: RecordKind, bulk: BulkChange) -> Response[bytes]:
    """The list, with Undo, where all went well; else the page that says how it goes."""
    counts = bulk_changes.counts(ctx.session, bulk)
    if bulk.state in AT_WORK or counts.keys() & {Outcome.REFUSED, Outcome.KEPT}:
        return ctx.redirect(f"{URL}/{bulk.id}")
    if bulk.undoing:
        return ctx.redirect(kind.url, toast=Toast(_("The change was taken back.")))
    count = counts.get(Outcome.DONE, 0)
    text = ngettext("%(n)s record was changed.", "%(n)s records were changed.", count)
    if bulk.action is BulkAction.DELETE:
        text = ngettext("%(n)s record was deleted.", "%(n)s records were deleted.", count)
    return ctx.redirect(kind.url, toast=Toast(text, undo_url=f"{URL}/{bulk.id}/undo" if count else ""))


def _dumped(only: RecordKind, values: Values) -> dict[str, Any]:
    return {field.name: field.dump(values.fields[field.name]) for field in only.fields}


def _choose_field(ctx: Context, kind: RecordKind) -> Response[bytes]:
    return ctx.render(
        "records/bulk.html",
        title=_("Change: %(kind)s", kind=kind.label_plural),
        told=_told(ctx, kind, BulkAction.UPDATE),
        form=None,
        url=f"{kind.url}/bulk-edit",
        hidden=[(n, v) for n, v in ctx.parameters() if n not in _NOT_FILTERS],
        fields=_options(ctx, kind),
        back=_list(ctx, kind),
        crumbs=[Crumb(str(kind.label_plural), kind.url), Crumb(_("Change"))],
    )


def _options(ctx: Context, kind: RecordKind, but: RecordKind | None = None) -> list[Option]:
    """The fields that can be changed, without those that stand in the form already."""
    given = {field.name for field in but.fields} if but else set()
    able = access.seen_by(kind, ctx.actor).writable()
    return [Option(field.name, str(field.label)) for field in able if field.name not in given]


def _ask_for_values(
    ctx: Context, kind: RecordKind, only: RecordKind, typed: forms.Typed, error: VinculoError | None = None
) -> Response[bytes]:
    names = ",".join(field.name for field in only.fields)
    form = forms.draw(
        only,
        typed,
        action=f"{kind.url}/bulk-edit?{urlencode([(FIELD, names)])}&{_filters(ctx)}",
        cancel=_list(ctx, kind),
        errors=forms.faults_of(error),
        hidden={FIELD: names},
    )
    title = _("Change: %(kind)s", kind=kind.label_plural)
    status = error.status if error else 200
    told = _told(ctx, kind, BulkAction.UPDATE)
    more = _options(ctx, kind, only)
    chosen = [Option(field.name, str(field.label)) for field in only.fields]
    return _render(ctx, kind, title, form, told, status=status, more=more, chosen=chosen)


def _render(
    ctx: Context,
    kind: RecordKind,
    title: str,
    form: Form,
    told: Sequence[str],
    *,
    status: int = 200,
    more: Sequence[Option] = (),
    chosen: Sequence[Option] = (),
) -> Response[bytes]:
    crumbs = [Crumb(str(kind.label_plural), kind.url), Crumb(title)]
    return ctx.render(
        "records/bulk.html",
        title=title,
        form=form,
        told=told,
        fields=more,
        chosen=chosen,
        crumbs=crumbs,
        status=status,
    )


def _told(ctx: Context, kind: RecordKind, action: BulkAction) -> list[str]:
    """How many records are meant, and how many of the list stay because of the user's rights."""
    seen, query = asked(ctx, kind, typed=False)
    able = queries.count(ctx.session, seen, query, actor=ctx.actor, action=action)
    shown = queries.count(ctx.session, seen, query, actor=ctx.actor, action=access.READ)
    told = [ngettext("%(n)s record is meant.", "%(n)s records are meant.", able)]
    if shown > able:
        text = ngettext(
            "%(n)s more is in the list, but you may only read it.",
            "%(n)s more are in the list, but you may only read them.",
            shown - able,
        )
        told.append(text)
    if action is BulkAction.DELETE:
        return [*told, _("They go to the trash, and can be put back for 30 days.")]
    return [*told, _("The history of each says so, and it can be taken back as a whole for 30 days.")]


def _filters(ctx: Context) -> str:
    return urlencode([(n, v) for n, v in ctx.parameters() if n not in _NOT_FILTERS])


def _list(ctx: Context, kind: RecordKind) -> str:
    filters = _filters(ctx)
    return f"{kind.url}?{filters}" if filters else kind.url


# How it goes


@get(f"{URL}/{{bulk_id:int}}", permission=SIGNED_IN, name="bulk_changes.show", include_in_schema=False)
def show(ctx: Context, bulk_id: FromPath[int]) -> Response[bytes]:
    """How it goes and how it went; users see their own, administrators all."""
    bulk = bulk_changes.get(ctx.session, bulk_id, actor=ctx.actor)
    kind = ctx.registry.kinds.get(bulk.kind)
    what = str(kind.label_plural) if kind else bulk.kind
    title = title_of(bulk, what)
    counts = bulk_changes.counts(ctx.session, bulk)
    return ctx.render(
        "records/bulk_change.html",
        title=title,
        when=format_datetime(bulk.created_at),
        progress=_progress(bulk),
        poll_url=f"{URL}/{bulk.id}",
        live=bulk.state in AT_WORK,
        summary=_summary(bulk, kind, counts),
        left=_left(ctx, bulk, kind),
        actions=_actions(ctx, bulk, kind, counts),
        crumbs=[Crumb(_("Bulk changes"), URL), Crumb(title)],
    )


def title_of(bulk: BulkChange, what: str) -> str:
    """What is done, to records of a kind that is called so."""
    if bulk.action is BulkAction.DELETE:
        return _("Delete: %(kind)s", kind=what)
    return _("Change: %(kind)s", kind=what)


@post(f"{URL}/{{bulk_id:int}}/undo", permission=SIGNED_IN, name="bulk_changes.undo", include_in_schema=False)
def undo(ctx: Context, bulk_id: FromPath[int]) -> Response[bytes]:
    """Take it back, as far as nobody has changed the records since."""
    bulk = bulk_changes.get(ctx.session, bulk_id, actor=ctx.actor, lock=True)
    kind = kind_of(ctx, bulk)
    bulk_changes.undo(ctx.session, bulk, kind, actor=ctx.actor)
    bulk_jobs.start(ctx.site, ctx.session, bulk, actor=ctx.actor)
    return _after(ctx, kind, bulk)


@post(
    f"{URL}/{{bulk_id:int}}/cancel", permission=SIGNED_IN, name="bulk_changes.cancel", include_in_schema=False
)
def cancel(ctx: Context, bulk_id: FromPath[int]) -> Response[bytes]:
    """Stop it."""
    bulk = bulk_changes.get(ctx.session, bulk_id, actor=ctx.actor, lock=True)
    bulk_changes.cancel(ctx.session, bulk)
    return ctx.redirect(f"{URL}/{bulk.id}", toast=Toast(_("It is cancelled. What was done so far is kept.")))


def kind_of(ctx: Context, bulk: BulkChange) -> RecordKind:
    """The kind of its records. Raises ``NotFoundError`` while its plugin is off."""
    kind = ctx.registry.kinds.get(bulk.kind)
    if kind is None:
        raise NotFoundError(_("The plugin with “%(kind)s” is off.", kind=bulk.kind), code="plugin_off")
    return kind


def _progress(bulk: BulkChange) -> Progress:
    finished = bulk.state not in AT_WORK
    return Progress(bulk.done, bulk.total, 0, None, state(bulk), finished)


def state(bulk: BulkChange) -> str:
    """How it goes or went, as a sentence."""
    match bulk.state:
        case RunState.WAITING:
            return _("It waits for its turn.")
        case RunState.RUNNING:
            return _("It is being taken back.") if bulk.undoing else _("At work")
        case RunState.DONE:
            return _("It was taken back.") if bulk.undoing else _("All records were looked at.")
    return _("It stopped: %(fault)s", fault=bulk.fault or _("It was cancelled."))


def _summary(bulk: BulkChange, kind: RecordKind | None, counts: Mapping[Outcome, int]) -> list[Attribute]:
    labels = {
        Outcome.DONE: _("Deleted") if bulk.action is BulkAction.DELETE else _("Changed"),
        Outcome.UNCHANGED: _("Unchanged"),
        Outcome.REFUSED: _("Refused"),
        Outcome.UNDONE: _("As before"),
        Outcome.KEPT: _("Left alone"),
    }
    found = [Attribute(label, format_number(counts[one])) for one, label in labels.items() if counts.get(one)]
    fields = fields_of(kind, bulk)
    label = _("Fields") if len(fields) > 1 else _("Field")
    return [*([Attribute(label, ", ".join(fields))] if fields else []), *found]


def fields_of(kind: RecordKind | None, bulk: BulkChange) -> list[str]:
    """What the fields are called that were changed."""
    labels = {one.name: str(one.label) for one in kind.fields} if kind else {}
    return [labels.get(name, name) for name in bulk.values]


def _left(ctx: Context, bulk: BulkChange, kind: RecordKind | None) -> Table:
    items = bulk_changes.left_alone(ctx.session, bulk, most=SHOWN)
    names = titles(ctx, {bulk.kind: {item.record_id for item in items}})
    rows = []
    for item in items:
        name = names.get((bulk.kind, item.record_id))
        url = f"{kind.url}/{item.record_id}" if kind and name else ""
        rows.append(Row(item.id, url, [name or str(item.record_id), item.reason]))
    label = str(kind.label) if kind else bulk.kind
    columns = [Column("record", label), Column("reason", _("Why"))]
    return Table(columns, rows, caption=_("What was left as it is"))


def _actions(
    ctx: Context, bulk: BulkChange, kind: RecordKind | None, counts: Mapping[Outcome, int]
) -> list[Action]:
    if bulk.state in AT_WORK:
        return [Action(_("Cancel"), f"{URL}/{bulk.id}/cancel", "x", post=True)]
    back = counts.get(Outcome.DONE) or counts.get(Outcome.KEPT)
    if not back or kind is None or not ctx.actor.may(kind.permission(bulk.action)):
        return []
    return [Action(_("Undo"), f"{URL}/{bulk.id}/undo", "arrow-back-up", post=True)]


handlers: Final = (show, undo, cancel)
