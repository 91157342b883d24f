"""What the revert of an import left alone, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vinculo.i18n import gettext as _
from vinculo.records import access
from vinculo.records.merge_views import ClashLine
from vinculo.records.reverting import Clash
from vinculo.records.words import Words, words
from vinculo.web.context import Context


def lines(ctx: Context, found: Iterable[Clash]) -> list[ClashLine]:
    """Each clash as a line; values only of fields that the user sees."""
    by_kind: dict[str, list[Clash]] = {}
    for clash in found:
        by_kind.setdefault(clash.kind, []).append(clash)
    return [line for name, some in by_kind.items() for line in _of_kind(ctx, name, some)]


def _of_kind(ctx: Context, name: str, found: Sequence[Clash]) -> list[ClashLine]:
    kind = ctx.registry.kinds.get(name)
    if kind is None:
        return [ClashLine(one.key, f"{name} {one.id}: {one.reason}", "", "", "") for one in found]
    hidden = access.hidden(kind, ctx.actor)
    said = words(ctx, kind, map(_changes, found))
    return [_line(said, str(kind.label), one, seen=_names(one)[0] not in hidden) for one in found]


def _names(clash: Clash) -> tuple[str, str, str]:
    """Field or collection, row, and field of the row."""
    name, _colon, rest = clash.part.partition(":")
    row, _colon, field = rest.partition(":")
    return name, row, field


def _changes(clash: Clash) -> Mapping[str, Sequence[Any]]:
    """The values as the event log would have them, for what they link to."""
    name, row, field = _names(clash)
    values = clash.before, clash.imported, clash.present
    if not row:
        return {name: values} if name else {}
    return {name: [[{field: value} if field else value for value in values if value is not None]]}


def _line(said: Words, label: str, clash: Clash, *, seen: bool) -> ClashLine:
    name, row, field = _names(clash)
    title = clash.title or f"{label} {clash.id}"
    if not name:
        return ClashLine(clash.key, f"{title}: {clash.reason}", "", "", "")
    what = said.label(name)
    text = _("%(record)s: %(field)s, %(reason)s", record=title, field=what, reason=clash.reason)
    if not seen:
        return ClashLine(clash.key, text, "", "", "")
    values = [_shown(said, name, row, field, one) for one in (clash.before, clash.imported, clash.present)]
    return ClashLine(clash.key, text, *values)


def _shown(said: Words, name: str, row: str, field: str, value: Any) -> str:
    if not row:
        return said.value(name, value)
    collection = said.collection(name)
    if field and collection:
        return said.row_value(collection, field, value)
    return said.row(collection, value) if value else ""
