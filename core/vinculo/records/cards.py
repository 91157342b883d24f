"""The card of a record: its values, its rows, and the panels of plugins around it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup

from vinculo.i18n import gettext as _
from vinculo.records import access, revealing
from vinculo.records.fields import Field, LinkField, TextField, UrlField
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.listing import cell
from vinculo.web import contributed, origins
from vinculo.web.context import Context
from vinculo.web.views import Action, Attribute, CardPage, Line, Origin, Panel, Widget


def card_page(
    ctx: Context, kind: RecordKind, record: Any, *, revealed: AbstractSet[str] = frozenset()
) -> CardPage:
    """Everything about one record that its user may see.

    ``revealed`` names what they have asked for, of that which is shown on request.
    """
    whole, kind = kind, access.seen_by(kind, ctx.actor)
    hidden = access.hidden(whole, ctx.actor)
    links = _titles_of(ctx, kind, record)
    on_request = _on_request(ctx, whole, record, revealed)
    return CardPage(
        title=kind.title_of(record),
        kind_label=str(kind.label),
        list_title=str(kind.label_plural),
        list_url=kind.url,
        icon=kind.icon,
        badges=[one for one in kind.badges(record) if one.field not in hidden] if kind.badges else (),
        facts=[one for one in kind.facts(record) if one.field not in hidden] if kind.facts else (),
        attributes=[
            *_attributes(kind, record, links, origins.of_kind(ctx, kind.name)),
            *(Attribute(str(part.label), html) for part, html in on_request if isinstance(part, Field)),
        ],
        panels=[
            *_collections(ctx, kind, record, links),
            *(Panel(str(p.label), html, side=True) for p, html in on_request if isinstance(p, Collection)),
            *_panels(ctx, kind, record.id),
        ],
        actions=_actions(ctx, kind, record),
        history_url=f"{kind.url}/{record.id}/history",
    )


def _on_request(
    ctx: Context, kind: RecordKind, record: Any, revealed: AbstractSet[str]
) -> list[tuple[Field | Collection, Markup]]:
    """What is shown on request, as its mask or, where it was asked for, as it is."""
    asked = access.on_request(kind, ctx.actor)
    found = []
    for part in kind.parts() if asked else ():
        if part.name in asked and getattr(part, "shown", True) and getattr(record, part.name):
            draw = unmasked if part.name in revealed else masked
            found.append((part, draw(ctx, kind, part, record)))
    return found


def masked(ctx: Context, kind: RecordKind, part: Field | Collection, record: Any) -> Markup:
    """What can be told of a value without showing it, and a button that asks for it."""
    if isinstance(part, Collection):
        rows = getattr(record, part.name)
        lines = [part.mask(row) if part.mask else Line(revealing.DOTS) for row in rows]
    else:
        text = part.show(getattr(record, part.name)) if isinstance(part, TextField) else ""
        lines = [Line(revealing.masked(text))]
    return ctx.fragment(
        "records/masked.html",
        lines=lines,
        url=f"{kind.url}/{record.id}/reveal",
        name=part.name,
        label=_("%(field)s of %(record)s", field=part.label, record=kind.title_of(record)),
    )


def unmasked(ctx: Context, kind: RecordKind, part: Field | Collection, record: Any) -> Markup:
    """The value itself."""
    only = replace(
        kind,
        fields=[part] if isinstance(part, Field) else [],
        collections=[part] if isinstance(part, Collection) else [],
    )
    links = _titles_of(ctx, only, record)
    if isinstance(part, Collection):
        lines = [_line(part, row, links) for row in getattr(record, part.name)]
    else:
        lines = [Line(show(part, getattr(record, part.name), links))]
    return ctx.fragment("records/unmasked.html", lines=lines)


def _actions(ctx: Context, kind: RecordKind, record: Any) -> list[Action]:
    found = []
    may = access.permitted(ctx.session, kind, record.id, ctx.actor, ("update", "delete"))
    if "update" in may:
        found.append(Action(_("Edit"), f"{kind.url}/{record.id}/edit", "pencil", key="e"))
    if "delete" in may:
        found.append(Action(_("Delete"), f"{kind.url}/{record.id}/delete", "trash", danger=True, post=True))
    return found


def _attributes(
    kind: RecordKind, record: Any, links: dict[tuple[str, int], str], origin: Origin | None
) -> list[Attribute]:
    found = [
        Attribute(str(field.label), shown, origin)
        for field in kind.fields
        if field.name != kind.title and (shown := show(field, getattr(record, field.name), links))
    ]
    if record.external_id:
        found.append(Attribute(_("External id"), record.external_id, origin))
    return found


def show(field: Field, value: Any, links: dict[tuple[str, int], str]) -> str | Markup:
    """A value on a card: links can be followed, lines stay lines."""
    if value is None or value == "":
        return ""
    if isinstance(field, LinkField):
        text = links.get((field.kind, value), str(value))
        if field.kind == "user" or (field.kind, value) not in links:  # gone, or its plugin is off
            return text
        return _anchor(f"{LINK_PREFIX}{field.kind}/{value}", text)
    if isinstance(field, UrlField):
        return _anchor(value, value.partition("://")[2].rstrip("/"))
    if isinstance(field, TextField) and field.input is Widget.EMAIL:
        return _anchor(f"mailto:{value}", value)
    if isinstance(field, TextField) and field.multiline:
        return Markup('<span class="lines">{}</span>').format(value)
    return cell(field, value)


LINK_PREFIX = "/go/"


def _anchor(url: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url, text)


def _titles_of(ctx: Context, kind: RecordKind, record: Any) -> dict[tuple[str, int], str]:
    """Names behind all links of a record and its rows: one query a kind of target."""
    wanted: dict[str, set[int]] = {}
    for fields, row in _all_rows(kind, record):
        for field in fields:
            if isinstance(field, LinkField) and (value := getattr(row, field.name)) is not None:
                wanted.setdefault(field.kind, set()).add(value)
    return titles(ctx, wanted)


def titles(ctx: Context, wanted: dict[str, set[int]]) -> dict[tuple[str, int], str]:
    """(kind, id) → what the record is called, of those that the user sees."""
    found = {}
    for name, ids in wanted.items():
        other = ctx.registry.kinds.get(name)
        if other is None:
            continue
        query = sa.select(other.table.c.id, other.column(other.title)).where(other.table.c.id.in_(ids))
        for row_id, text in ctx.session.execute(access.within(query, other, ctx.actor, few=True)):
            found[name, row_id] = text or f"{other.label} {row_id}"
    return found


def _all_rows(kind: RecordKind, record: Any) -> Sequence[tuple[Sequence[Field], Any]]:
    rows: list[tuple[Sequence[Field], Any]] = [(kind.fields, record)]
    for collection in kind.collections:
        if not collection.shown:  # a panel asks for these itself
            continue
        rows += [(collection.fields, row) for row in getattr(record, collection.name)]
    return rows


def _collections(
    ctx: Context, kind: RecordKind, record: Any, links: dict[tuple[str, int], str]
) -> list[Panel]:
    found = []
    origin = origins.of_kind(ctx, kind.name)
    for collection in kind.collections:
        rows = getattr(record, collection.name)
        if rows and collection.shown:
            html = ctx.fragment("records/rows.html", lines=[_line(collection, row, links) for row in rows])
            found.append(Panel(str(collection.label), html, side=True, count=len(rows), origin=origin))
    return found


def _line(collection: Collection, row: Any, links: dict[tuple[str, int], str]) -> Line:
    if collection.line is not None:
        line = collection.line(row)
        return line if isinstance(line, Line) else Line(line)
    texts = [text for f in collection.fields if (text := show(f, getattr(row, f.name), links))]
    return Line(texts[0], Markup(" · ").join(texts[1:])) if texts else Line("")


def _panels(ctx: Context, kind: RecordKind, record_id: int) -> list[Panel]:
    owned = ctx.registry.panels.get(kind.name, ())
    return [drawn for panel in owned if (drawn := contributed.panel(ctx, panel, record_id))]
