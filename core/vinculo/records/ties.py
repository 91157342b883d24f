"""Ties: rows of one kind of record that lead to another, shown, added and ended on the other's card.

A counterparty's periods at clients are on the cards of both; so are the roles of people. Those that are
over are folded away. Each row is changed by itself (``vinculo.records.rows_in_place``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from babel.support import LazyProxy
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import FieldError, InvalidError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.i18n import today
from vinculo.plugins.contributions import PanelContent
from vinculo.records import (
    access,
    attribution,
    form_parts,
    forms,
    service,
    short_forms,
    similar_notices,
)
from vinculo.records.fields import LinkField
from vinculo.records.form_parts import Opened
from vinculo.records.forms import Typed
from vinculo.records.in_place import narrowed
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Reader, RowValues, Values
from vinculo.records.rows_in_place import row_url
from vinculo.records.short_forms import Pick
from vinculo.records.similar import Match
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Action, Crumb, Form, Input, TiedRow, Toast, Widget

RECORD: Final = "record"
Attach = Callable[[Session, RecordKind, Any, RowValues, Actor], None]


def attach(session: Session, kind: RecordKind, record: Any, row: RowValues, actor: Actor, name: str) -> None:
    """Add a row to a record that was read with ``lock``."""
    kept = [RowValues({}, one.id) for one in getattr(record, name)]
    service.update(session, kind, record, Values(collections={name: [*kept, row]}), actor=actor)


@dataclass(frozen=True, kw_only=True)
class Tie:
    """Rows in a ``collection`` of ``kind`` whose field ``link`` leads to a record of the kind ``about``.

    ``asked`` are the inputs of a new record's form that are asked for on the card, ``given`` the texts of
    others; ``row`` are the fields of a row that are asked for when a record is there already. ``add`` is
    what writes such a row.
    """

    kind: RecordKind
    collection: str
    link: str
    about: str
    about_url: str  # of the pages of that kind
    choose_label: str | LazyProxy
    missing: str | LazyProxy
    row: Sequence[str]
    asked: Sequence[Pick]
    given: Mapping[str, str] = field(default_factory=dict)
    start: str = "valid_from"
    end: str = "valid_to"
    add: Attach | None = None

    def url(self, record_id: int, way: str) -> str:
        """Where one is added on the card of a record: a ``new`` one, or one to ``choose``."""
        return f"{self.about_url}/{record_id}/{self.kind.plural}/{way}"

    def card(self, record_id: int) -> str:
        """The card itself."""
        return f"{self.about_url}/{record_id}"

    def input(self, name: str) -> str:
        """The input of a row's field in the form of one row."""
        return f"{self.collection}-0-{name}"


# The panel


def may_change(tie: Tie, actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor may change the rows of a record, as a column of a query for its kind."""
    if not access.writes(tie.kind, actor, [tie.collection], "update"):
        return sa.false()
    narrower = access.condition(tie.kind, actor, "update", few=True)
    return sa.true() if narrower is None else narrower


def acts(tie: Tie, record_id: int, row_id: int, back: str, *, past: bool) -> tuple[str, str]:
    """Where a row is changed, and where it is ended."""
    url = short_forms.backed(row_url(tie.kind, record_id, tie.collection, row_id), back)
    if back != f"{tie.kind.url}/{record_id}":
        url = f"{url}&omit={tie.link}"
    return url, "" if past else f"{url}&end={tie.end}"


def panel(ctx: Context, tie: Tie, record_id: int, rows: Sequence[TiedRow]) -> PanelContent:
    """The rows on the card of a record, those of the present first, and ways to add one."""
    return drawn(ctx, tie.kind.plural, rows, str(tie.missing), _ways(tie, ctx.actor, record_id))


def drawn(
    ctx: Context, part: str, rows: Sequence[TiedRow], missing: str, ways: Sequence[Action]
) -> PanelContent:
    """The same for rows of a record's own. The ways open in place, each the form of a page."""
    card = ctx.request.url.path
    here = attribution.kept(card, ctx.parameters())
    if here != card:
        ways = [replace(way, url=short_forms.backed(way.url, here)) for way in ways]
    html = ctx.fragment(
        "records/tied.html",
        part=part,
        rows=[row for row in rows if not row.past],
        past=[row for row in rows if row.past],
        missing=missing,
        ways=ways,
    )
    return PanelContent(html, count=sum(not row.past for row in rows))


def _ways(tie: Tie, actor: Actor, record_id: int) -> list[Action]:
    found = []
    if access.writes(tie.kind, actor, [tie.collection]):
        found.append(Action(str(tie.kind.new_label), tie.url(record_id, "new"), "plus"))
    if access.writes(tie.kind, actor, [tie.collection], "update"):
        found.append(Action(str(tie.choose_label), tie.url(record_id, "choose"), "link"))
    return found


# Adding one


def tie_routers(tie: Tie) -> list[HTTPRouteHandler]:
    """The routes of a tie: the form of a new record, that to choose one, and what becomes of them."""
    url = f"{tie.about_url}/{{record_id:int}}/{tie.kind.plural}"
    create, update = tie.kind.permission("create"), tie.kind.permission("update")
    name = f"{tie.about}.{tie.kind.plural}"

    @get(f"{url}/new", permission=create, name=f"{name}.new")
    def new(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
        _about(ctx, tie, record_id)
        parts = form_parts.opened(ctx, tie.kind)
        return _show_new(ctx, tie, record_id, _blank(ctx, tie, record_id), parts)

    @post(f"{url}/new", permission=create, name=f"{name}.create")
    def add_new(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
        _about(ctx, tie, record_id)
        return _create(ctx, tie, record_id)

    @get(f"{url}/choose", permission=update, name=f"{name}.choose")
    def choose(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
        _about(ctx, tie, record_id)
        return _show_choice(ctx, tie, record_id, Typed({tie.input(tie.start): f"{today()}"}))

    @post(f"{url}/choose", permission=update, name=f"{name}.chosen")
    def chosen(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
        _about(ctx, tie, record_id)
        return _choose(ctx, tie, record_id)

    return [new, add_new, choose, chosen]


def _about(ctx: Context, tie: Tie, record_id: int) -> Any:
    return service.get(ctx.session, ctx.registry.kinds[tie.about], record_id, actor=ctx.actor)


def _blank(ctx: Context, tie: Tie, record_id: int) -> Typed:
    seen = access.new_by(tie.kind, ctx.actor)
    start = forms.prefilled(ctx, seen)
    return forms.from_texts(ctx, seen, {**start.texts, **_given(tie, record_id)})


def _given(tie: Tie, record_id: int) -> dict[str, str]:
    return {**tie.given, tie.input(tie.link): str(record_id)}


def _create(ctx: Context, tie: Tie, record_id: int) -> Response[bytes]:
    kind, seen = tie.kind, access.new_by(tie.kind, ctx.actor)
    texts = forms.submitted(ctx, seen).texts
    typed = forms.from_texts(ctx, seen, {**texts, **_given(tie, record_id)})
    parts = form_parts.submitted(ctx, kind)
    try:
        values = form_parts.read(ctx, seen, typed, parts)
        like = similar_notices.of_draft(ctx, kind, values)
        if form_parts.compare(ctx, parts) or like:
            return _show_new(ctx, tie, record_id, typed, parts, like=like)
        made = form_parts.create(ctx, kind, values, parts)
    except VinculoError as error:
        ctx.session.rollback()
        return _show_new(ctx, tie, record_id, typed, parts, error=error)
    card = short_forms.back(ctx) or tie.card(record_id)
    may = access.permitted(ctx.session, kind, made.id, ctx.actor, ["delete"])
    undo = short_forms.backed(f"{kind.url}/{made.id}/delete", card) if may else ""
    toast = Toast(_("%(record)s was added.", record=kind.title_of(made)), undo_url=undo)
    return ctx.redirect(card, toast=toast)


def _show_new(
    ctx: Context,
    tie: Tie,
    record_id: int,
    typed: Typed,
    parts: Sequence[Opened],
    *,
    error: VinculoError | None = None,
    like: Sequence[Match] = (),
) -> Response[bytes]:
    seen, url = access.new_by(tie.kind, ctx.actor), tie.url(record_id, "new")
    faults = forms.faults_of(error)
    form = forms.draw(seen, _with_rows(tie, typed), action=url, cancel=tie.card(record_id), errors=faults)
    hidden = {**_given(tie, record_id), **similar_notices.seen(like)}
    form = form_parts.with_sections(ctx, short_forms.picked(form, tie.asked, hidden=hidden), parts)
    if like or any(part.like for part in parts):
        form = replace(form, submit=_("Add anyway"))
    return _answer(
        ctx, tie, record_id, str(tie.kind.new_label), form, error, similar_notices.drawn(seen, like)
    )


def _with_rows(tie: Tie, typed: Typed) -> Typed:
    """The same with the rows in which the inputs stand that are asked for."""
    keys = {name: list(rows) for name, rows in typed.row_keys.items()}
    for pick in tie.asked:
        if (row := forms.row_input(pick.name)) and row[1] not in keys.setdefault(row[0], []):
            keys[row[0]].append(row[1])
    return replace(typed, row_keys=keys)


def _link_to(kind: RecordKind) -> LinkField:
    return LinkField(name=RECORD, label=kind.label, kind=kind.name, required=True)


def _choose(ctx: Context, tie: Tie, record_id: int) -> Response[bytes]:
    kind = tie.kind
    only = narrowed(access.seen_by(kind, ctx.actor), tie.collection)
    texts = {**forms.submitted(ctx, only).texts, tie.input(tie.link): str(record_id)}
    texts.pop("version", None)
    typed = forms.from_texts(ctx, only, texts)
    index = 0
    try:
        chosen, row = _read_choice(ctx, tie, only, typed)
        record = service.get(ctx.session, kind, chosen, actor=ctx.actor, lock=True)
        index = len(getattr(record, tie.collection))
        add = tie.add or partial(attach, name=tie.collection)
        add(ctx.session, kind, record, row, ctx.actor)
    except VinculoError as error:
        ctx.session.rollback()
        return _show_choice(ctx, tie, record_id, typed, error=error, index=index)
    card = short_forms.back(ctx) or tie.card(record_id)
    undo = short_forms.backed(f"{kind.url}/{chosen}/changes/{record.version}/undo", card)
    toast = Toast(_("%(record)s was added.", record=kind.title_of(record)), undo_url=undo)
    return ctx.redirect(card, toast=toast)


def _read_choice(ctx: Context, tie: Tie, only: RecordKind, typed: Typed) -> tuple[int, RowValues]:
    """The record, and the row that it gets; every fault of both."""
    reader, link = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor), _link_to(tie.kind)
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    reader.guarded(link, RECORD, lambda: forms.linked(ctx, reader, link, RECORD, typed), values, errors)
    if isinstance(values.get(RECORD), int):
        reader.check_link(link, values[RECORD], RECORD, errors)
    try:
        row = forms.read(ctx, replace(only, fields=[]), typed, record=None).collections[tie.collection][0]
    except InvalidError as error:
        raise InvalidError([*errors, *error.errors]) from error
    if errors:
        raise InvalidError(errors)
    return values[RECORD], row


def _show_choice(
    ctx: Context,
    tie: Tie,
    record_id: int,
    typed: Typed,
    *,
    error: VinculoError | None = None,
    index: int = 0,
) -> Response[bytes]:
    only = narrowed(access.seen_by(tie.kind, ctx.actor), tie.collection)
    faults = short_forms.of_row(forms.faults_of(error), tie.collection, index)
    typed = replace(typed, row_keys={tie.collection: ["0"]})
    picks = [Pick(tie.input(name)) for name in tie.row]
    form = forms.draw(
        only,
        typed,
        action=tie.url(record_id, "choose"),
        cancel=tie.card(record_id),
        errors=[fault for fault in faults if fault.field != RECORD],
    )
    form = short_forms.picked(form, picks, hidden={tie.input(tie.link): str(record_id)})
    record = Input(
        RECORD,
        str(tie.kind.label),
        Widget.LINK,
        typed.text(RECORD),
        typed.displays.get(RECORD, ""),
        lookup=f"/lookup/{tie.kind.name}",
        required=True,
        autofocus=True,
        errors=[fault.message for fault in faults if fault.field == RECORD],
    )
    form = replace(form, inputs=[record, *(replace(one, autofocus=False) for one in form.inputs)])
    return _answer(ctx, tie, record_id, str(tie.choose_label), form, error)


def _answer(
    ctx: Context,
    tie: Tie,
    record_id: int,
    title: str,
    form: Form,
    error: VinculoError | None,
    similar: Any = None,
) -> Response[bytes]:
    if back := short_forms.back(ctx):
        form = replace(form, cancel=back, hidden={**form.hidden, "back": back})
    about = ctx.registry.kinds[tie.about]
    name = about.title_of(_about(ctx, tie, record_id))
    crumbs = [Crumb(str(about.label_plural), about.url), Crumb(name, tie.card(record_id)), Crumb(title)]
    status = error.status if error else 200
    return short_forms.answer(ctx, title, form, crumbs, status=status, heading=title, similar=similar)
