"""The source in the forms of records, and on their cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa

from vinculo.i18n import format_date
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access, service, trash
from vinculo.records.form_parts import Asked, fields_of
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Values
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo_marketing import touches
from vinculo_marketing.models import Touch
from vinculo_marketing.records import touch
from vinculo_marketing.service import SOURCES, add_touch
from vinculo_marketing.touches import Place, Source

READ: Final = touch.permission("read")
CREATE: Final = touch.permission("create")
PART: Final = "marketing_touch"
ASKED: Final = (*SOURCES, "reason")
SHOWN: Final = ("title", "client_id", "happened_at")
FIRST: Final = 5


def ask(ctx: Context, kind: RecordKind, record: Any | None) -> Asked | None:
    """The source, in the form of a record; it says what is inherited where nothing is typed."""
    fields = [one for one in access.new_by(touch, ctx.actor).writable() if one.name in ASKED]
    if not fields:
        return None
    own = None if record is None else touches.own_of(ctx.session, kind, record.id, actor=ctx.actor)
    held = {} if record is None else {one.name: getattr(own, one.name, one.empty) for one in fields}
    asked = fields_of(kind, fields, held, partial(_save, ctx, kind, own))
    return replace(
        asked, of=str(own.id) if own else "", help=_help(ctx, kind, record, own), folded=own is None
    )


def _help(ctx: Context, kind: RecordKind, record: Any | None, own: Touch | None) -> str:
    if own is not None or kind.client == "id":
        return ""
    found = touches.source_of(ctx.session, _above(ctx, kind, record), actor=ctx.actor, own=False)
    return inherited(found) if found else _("Left empty, it is that of what this belongs to.")


def inherited(found: Source) -> str:
    """In words: “Search engines (from the client)”."""
    return _("%(source)s (inherited: %(kind)s)", source=touch.title_of(found.touch), kind=found.kind.label)


def _above(ctx: Context, kind: RecordKind, record: Any | None) -> list[Place]:
    """What a record hangs on, or, of one that is being added, what the address says that it will."""

    def typed(name: str) -> Any:
        text = ctx.parameter(name) or ctx.value(name)
        return text if name == "about_kind" else whole_number(text)

    value = typed if record is None else partial(touches.attribute, record)
    return list(touches.above(ctx.session, ctx.registry.kinds, kind, value))


def places(ctx: Context, kind: RecordKind, record: Any) -> list[Place]:
    """Where the source of a record may stand: with itself, then with what it hangs on."""
    return [(kind, record.id), *_above(ctx, kind, record)]


def _save(ctx: Context, kind: RecordKind, own: Touch | None, record: Any, values: Mapping[str, Any]) -> None:
    """Say the source of a record, say it otherwise, or take it back, so that it is inherited again."""
    said = {name: value for name, value in values.items() if value not in (None, "")}
    if own is None:
        if said:
            about = None if kind.client == "id" else (kind.name, record.id)
            given = {**said, "client_id": kind.client_of(record)}
            add_touch(ctx.session, touch, given, about=about, actor=ctx.actor)
        return
    if all(getattr(own, name) == value for name, value in values.items()):
        return
    found = service.get(ctx.session, touch, own.id, actor=ctx.actor, lock=True)
    if not said:
        trash.delete(ctx.session, touch, found, actor=ctx.actor)
        return
    service.update(ctx.session, touch, found, Values(dict(values)), actor=ctx.actor)


def panel(of: str, ctx: Context, record_id: int) -> PanelContent | None:
    """Where a record comes from: what it says itself, or else what it inherits, and a way to say more."""
    kind = ctx.registry.kinds[of]
    if not access.hidden(touch, ctx.actor).isdisjoint(SHOWN):
        return None
    record = ctx.session.get(kind.model, record_id)  # which the card has read
    is_client = kind.client == "id"
    rows = _rows(ctx, kind, record_id)
    found = None
    if not rows and not is_client:
        found = touches.source_of(ctx.session, _above(ctx, kind, record), actor=ctx.actor, own=False)
    back = f"{kind.url}/{record_id}"
    new = (
        f"{touch.url}/new?{urlencode({'client_id': record_id, 'back': back})}"
        if is_client
        else f"{back}/edit"
    )
    may = ctx.actor.may(CREATE) and (is_client or ctx.actor.may(kind.permission("update")))
    if not (rows or found or may):
        return None
    html = ctx.fragment(
        "marketing/source.html",
        lines=[(f"{touch.url}/{one.id}", touch.title_of(one), _day(one)) for one in rows[:FIRST]],
        inherited=inherited(found) if found else "",
        every=f"{touch.url}?client_id={record_id}" if is_client and len(rows) > FIRST else "",
        new=new if may else "",
    )
    return PanelContent(html, count=len(rows[:FIRST]) if is_client and rows else None)


def _day(one: Touch) -> str:
    return format_date(one.happened_at.date())


def _rows(ctx: Context, kind: RecordKind, record_id: int) -> Sequence[Touch]:
    """The touches of a client, those of its records among them, or of another record; the first one first."""
    query = access.within(sa.select(Touch), touch, ctx.actor, few=True).where(touches.at((kind, record_id)))
    return ctx.session.scalars(query.order_by(Touch.happened_at, Touch.id).limit(FIRST + 1)).all()
