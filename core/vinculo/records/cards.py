"""The card of a record: its values, its rows, and the panels of plugins around it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from markupsafe import Markup

from vinculo.i18n import gettext as _
from vinculo.records import access, attribution, card_head, formulas, revealing, short_forms, visible
from vinculo.records.fields import Field, LinkField, TextField, UrlField
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.list_rows import cell
from vinculo.web import contributed, origins
from vinculo.web.context import Context
from vinculo.web.views import Action, Attribute, CardPage, CardTab, Line, Origin, Panel, Widget

Links = dict[tuple[str, int], str]  # (kind, id) → what the record is called


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
    may = access.permitted(ctx.session, kind, record.id, ctx.actor, ("update", "delete", "export"))
    edit = _edit_urls(kind, record, _here(ctx, kind, record)) if "update" in may else {}
    panels = [
        *_collections(ctx, kind, record, links, edit),
        *(Panel(str(p.label), html, side=True) for p, html in on_request if isinstance(p, Collection)),
        *_panels(ctx, kind, record.id),
    ]
    return CardPage(
        title=kind.title_of(record),
        title_field=kind.title,
        title_edit=edit.get(kind.title, ""),
        kind_label=str(kind.label),
        list_title=str(kind.label_plural),
        list_url=kind.url,
        icon=kind.icon,
        badges=[one for one in kind.badges(record) if one.field not in hidden] if kind.badges else (),
        facts=[one for one in kind.facts(record) if one.field not in hidden] if kind.facts else (),
        attributes=[
            *_attributes(kind, record, links, origins.of_kind(ctx, kind.name), edit),
            *(Attribute(str(part.label), html) for part, html in on_request if isinstance(part, Field)),
        ],
        unfilled=_unfilled(kind, record, edit),
        panels=panels,
        **_tabbed(ctx, f"{kind.url}/{record.id}", [panel for panel in panels if not panel.side]),
        actions=[*card_head.buttons(ctx, whole, record.id), *_actions(kind, record, may)],
        history_url=f"{kind.url}/{record.id}/history",
        head=card_head.head(ctx, whole, record.id, _owner(kind, record, links)),
    )


def beside(ctx: Context, kind: RecordKind, record: Any, back: str) -> tuple[list[Attribute], list[Attribute]]:
    """The values of a record as they stand on the card of another, and what could be filled in.

    What is changed in place leads ``back`` to that card; the names of its parts begin with that of the kind.
    """
    kind = access.seen_by(kind, ctx.actor)
    links, origin = _titles_of(ctx, kind, record), origins.of_kind(ctx, kind.name)
    may = access.permitted(ctx.session, kind, record.id, ctx.actor, ("update",))
    edit = _edit_urls(kind, record, back) if may else {}
    title = Attribute(
        str(kind.field(kind.title).label),
        _anchor(f"{kind.url}/{record.id}", kind.title_of(record)),
        origin,
        kind.title,
        edit.get(kind.title, ""),
    )
    found = [title, *_attributes(kind, record, links, origin, edit)]
    for collection in kind.collections:
        rows = getattr(record, collection.name) if collection.shown else ()
        if rows:
            html = ctx.fragment("records/rows.html", lines=[line_of(collection, row, links) for row in rows])
            name = collection.name
            found.append(Attribute(str(collection.label), html, origin, name, edit.get(name, "")))

    def placed(one: Attribute) -> Attribute:
        return replace(one, field=f"{kind.name}__{one.field}")

    return [placed(one) for one in found], [placed(one) for one in _unfilled(kind, record, edit)]


def _owner(kind: RecordKind, record: Any, links: dict[tuple[str, int], str]) -> str:
    """Whose it is, by name, for the head of the card."""
    owner = next((field for field in kind.links() if field.name == kind.owner), None)
    return links.get((owner.kind, getattr(record, owner.name)), "") if owner else ""


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
        lines = [line_of(part, row, links) for row in getattr(record, part.name)]
    else:
        lines = [Line(show(part, getattr(record, part.name), links))]
    return ctx.fragment("records/unmasked.html", lines=lines)


def field_url(kind: RecordKind, record_id: int | str, name: str) -> str:
    """Where a field or collection of a record is changed by itself."""
    return f"{kind.url}/{record_id}/fields/{name}"


def _edit_urls(kind: RecordKind, record: Any, back: str) -> dict[str, str]:
    parts: list[Field | Collection] = [*kind.writable(), *kind.editable()]
    return {part.name: short_forms.backed(field_url(kind, record.id, part.name), back) for part in parts}


def _unfilled(kind: RecordKind, record: Any, edit: Mapping[str, str]) -> list[Attribute]:
    """What could be filled in and is empty."""
    found = [
        Attribute(str(item.label), "", field=item.name, edit_url=edit[item.name])
        for item in kind.fields
        if item.name in edit
        and item.name != kind.title
        and getattr(record, item.name) in ("", None)
        and visible.counts(kind, item, record)
    ]
    return found + [
        Attribute(str(rows.label), "", field=rows.name, edit_url=edit[rows.name])
        for rows in kind.collections
        if rows.name in edit and rows.shown and not getattr(record, rows.name)
    ]


def _actions(kind: RecordKind, record: Any, may: AbstractSet[str]) -> list[Action]:
    found = []
    if "update" in may:
        found.append(Action(_("Edit"), f"{kind.url}/{record.id}/edit", "pencil", key="e"))
    if kind.mergeable and {"update", "delete"} <= may:
        found.append(Action(_("Merge with…"), f"{kind.url}/merge?ids={record.id}", "merge", rare=True))
    if kind.vcard and "export" in may:
        found.append(Action(_("Download vCard"), f"{kind.url}/{record.id}/card.vcf", "download", rare=True))
    if "delete" in may:
        found.append(Action(_("Delete"), f"{kind.url}/{record.id}/delete", "trash", danger=True, post=True))
    return found


def _attributes(
    kind: RecordKind,
    record: Any,
    links: dict[tuple[str, int], str],
    origin: Origin | None,
    edit: Mapping[str, str],
) -> list[Attribute]:
    found = [
        Attribute(str(field.label), shown, origin, field.name, edit.get(field.name, ""))
        for field in kind.fields
        if field.name != kind.title
        and visible.counts(kind, field, record)
        and (field.on_card is None or field.on_card(record))
        and (shown := show(field, getattr(record, field.name), links) or _failure(kind, field, record))
    ]
    if record.external_id:
        found.append(Attribute(_("External id"), record.external_id, origin))
    return found


def _failure(kind: RecordKind, field: Field, record: Any) -> str:
    """Why nothing could be computed."""
    return formulas.reason(kind, field, record) if field.formula else ""


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
TAB = "tab"  # in the address of a card: which of its tabs is shown
DETAILS = "details"  # where there is room for one column alone, what stands at the side is a tab, too


def _anchor(url: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url, text)


def _titles_of(ctx: Context, kind: RecordKind, record: Any) -> Links:
    """Those of a record; the rows that a panel shows are left to it."""
    rows = [(one.fields, row) for one in kind.collections if one.shown for row in getattr(record, one.name)]
    return _behind(ctx, [(kind.fields, record), *rows])


def titles_behind(ctx: Context, kind: RecordKind, records: Iterable[Any]) -> Links:
    """Names behind all links of records and their rows: one query a kind of target."""
    rows: list[tuple[Sequence[Field], Any]] = []
    for record in records:
        rows.append((kind.fields, record))
        rows += [(one.fields, row) for one in kind.collections for row in getattr(record, one.name)]
    return _behind(ctx, rows)


def _behind(ctx: Context, rows: Iterable[tuple[Sequence[Field], Any]]) -> Links:
    wanted: dict[str, set[int]] = {}
    for fields, row in rows:
        for field in fields:
            if isinstance(field, LinkField) and (value := getattr(row, field.name)) is not None:
                wanted.setdefault(field.kind, set()).add(value)
    return titles(ctx, wanted)


def titles(ctx: Context, wanted: dict[str, set[int]]) -> Links:
    """(kind, id) → what the record is called, of those that the user sees."""
    found = {}
    for name, ids in wanted.items():
        other = ctx.registry.kinds.get(name)
        if other is None:
            continue
        query = _titled(other, access.condition(other, ctx.actor, few=True))
        for row_id, text in ctx.session.execute(query, {"ids": sorted(ids)}):
            found[name, row_id] = text or f"{other.label} {row_id}"
    return found


@functools.lru_cache(1000)
def _titled(kind: RecordKind, visible: access.Condition | None) -> sa.Select[Any]:
    query = sa.select(kind.table.c.id, kind.column(kind.title))
    query = query.where(kind.table.c.id.in_(sa.bindparam("ids", expanding=True)))
    return query if visible is None else query.where(visible)


def _collections(
    ctx: Context,
    kind: RecordKind,
    record: Any,
    links: dict[tuple[str, int], str],
    edit: Mapping[str, str],
) -> list[Panel]:
    found = []
    origin = origins.of_kind(ctx, kind.name)
    for collection in kind.collections:
        rows = getattr(record, collection.name)
        if rows and collection.shown:
            html = ctx.fragment("records/rows.html", lines=[line_of(collection, row, links) for row in rows])
            panel = Panel(str(collection.label), html, side=True, count=len(rows), origin=origin)
            name = collection.name
            found.append(replace(panel, field=name, edit_url=edit.get(name, "")))
    return found


def line_of(collection: Collection, row: Any, links: dict[tuple[str, int], str]) -> Line:
    """A row of a collection as it is drawn."""
    if collection.line is not None:
        line = collection.line(row)
        return line if isinstance(line, Line) else Line(line)
    texts = [text for f in collection.fields if (text := show(f, getattr(row, f.name), links))]
    return Line(texts[0], Markup(" · ").join(texts[1:])) if texts else Line("")


def _here(ctx: Context, kind: RecordKind, record: Any) -> str:
    """Where a change on the card leads back to; "" for the card as it is by itself."""
    card = f"{kind.url}/{record.id}"
    here = attribution.kept(card, ctx.parameters())
    return "" if here == card else here


def _tabbed(ctx: Context, card: str, panels: Sequence[Panel]) -> dict[str, Any]:
    """What a card has instead of parts below each other, if several would stand there."""
    if len(panels) < 2:
        return {}
    return {
        "tabs": _tabs(ctx, card, panels),
        "details_url": _tab_url(ctx, card, DETAILS),
        "at_details": ctx.parameter(TAB, DETAILS) == DETAILS,
    }


def _tabs(ctx: Context, card: str, panels: Sequence[Panel]) -> list[CardTab]:
    """One for each panel of the main column; the first is open unless one is asked for.

    All are drawn at once: what they count stands on them, and to go from one to another asks nobody.
    """
    wanted = ctx.parameter(TAB)
    current = next((one.name for one in panels if one.name == wanted), panels[0].name)
    return [
        CardTab(one.name, _tab_url(ctx, card, one.name), one, current=one.name == current) for one in panels
    ]


def _tab_url(ctx: Context, card: str, name: str) -> str:
    here = attribution.kept(card, ctx.parameters())
    return f"{here}{'&' if '?' in here else '?'}{TAB}={quote(name)}"


def _panels(ctx: Context, kind: RecordKind, record_id: int) -> list[Panel]:
    owned = ctx.registry.panels.get(kind.name, ())
    return [drawn for panel in owned if (drawn := contributed.panel(ctx, panel, record_id))]
