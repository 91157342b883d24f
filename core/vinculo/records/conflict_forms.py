"""The form after a stale save: what only one side changed is in it, what both changed is to be chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from vinculo.errors import FieldConflict
from vinculo.i18n import gettext as _
from vinculo.records import forms
from vinculo.records.conflicts import Merged, merge
from vinculo.records.forms import Typed
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Values
from vinculo.records.words import Words, words
from vinculo.web.context import Context
from vinculo.web.views import Conflict, Form

CHOICE: Final = "_take-"
THEIRS: Final = "theirs"


def choose(ctx: Context, typed: Typed, values: Values, prefix: str = "") -> None:
    """Leave out what the user chose the other's value for: the record holds that already.

    ``prefix`` is as in ``forms.submitted``.
    """
    begin = CHOICE + prefix
    for choice in [name for name in ctx.form if name.startswith(begin) and ctx.value(name) == THEIRS]:
        name = choice.removeprefix(begin)
        values.fields.pop(name, None)
        values.collections.pop(name, None)
        row = forms.row_input(name)
        if row and (rows := values.collections.get(row[0])):
            keys = list(typed.row_keys.get(row[0], ()))
            if row[1] in keys:
                rows[keys.index(row[1])].values.pop(row[2], None)


def draw(ctx: Context, kind: RecordKind, record: Any, values: Values) -> Form:
    """The form with both sides put together, for the record as it is now."""
    merged = merge(ctx.session, kind, record, values)
    typed = _typed(ctx, kind, record, merged.values)
    said = words(ctx, kind, [_as_changes(one) for one in merged.conflicts])
    form = forms.draw(
        kind,
        typed,
        action=f"{kind.url}/{record.id}/edit",
        cancel=f"{kind.url}/{record.id}",
        version=record.version,
        fixed=forms.fixed_of(ctx, kind, record),
    )
    return replace(
        form,
        inputs=[replace(one, autofocus=False) for one in form.inputs],  # the choices come first
        conflicts=[_conflict(kind, merged, one, said) for one in merged.conflicts],
        taken=_labels(said, merged.taken),
        collections=[
            replace(rows, rows=[*_struck(rows.rows, _removed(merged, rows.name), rows.name)])
            for rows in form.collections
        ],
    )


def _typed(ctx: Context, kind: RecordKind, record: Any, values: Values) -> Typed:
    """The record as it is, with these values over it."""
    typed = forms.of_record(ctx, kind, record)
    texts, keys = dict(typed.texts), dict(typed.row_keys)
    texts.update({name: kind.field(name).text(value) for name, value in values.fields.items()})
    for name, rows in values.collections.items():
        collection = kind.collection(name)
        keys[name] = [str(index) for index in range(len(rows))]
        held = {row.id: row for row in getattr(record, name)}
        for index, row in enumerate(rows):
            prefix = f"{name}-{index}-"
            texts[f"{prefix}id"] = str(row.id or "")
            for item in collection.fields:
                value = row.values.get(item.name, getattr(held.get(row.id), item.name, item.empty))
                texts[prefix + item.name] = item.text(value)
    return forms.with_titles(ctx, kind, replace(typed, texts=texts, row_keys=keys))


def _conflict(kind: RecordKind, merged: Merged, one: FieldConflict, said: Words) -> Conflict:
    collection, _dot, name = one.field.partition(".")
    original, mine, theirs = (_text(kind, one, value, said) for value in (one.original, one.mine, one.theirs))
    label = said.label(collection)
    if name:
        label = f"{label}: {kind.collection(collection).field(name).label}"
    note = "" if one.known else _("What it was before is not known.")
    if one.row is not None and one.theirs is None:
        note = _("The other removed this row; saved as it stands, it comes back. Remove it to agree.")
    elif one.row is not None and one.mine is None:
        note = _("You removed this row, the other changed it; it stays struck out. Keep it to agree.")
    return Conflict(_input_name(merged, one), label, original, mine, theirs, note)


def _input_name(merged: Merged, one: FieldConflict) -> str:
    """The input that the conflict is about; "" where a row is to be kept or removed instead."""
    collection, _dot, name = one.field.partition(".")
    if one.row is None:
        return one.field
    if not name:
        return ""
    index = [row.id for row in merged.values.collections[collection]].index(one.row)
    return f"{collection}-{index}-{name}"


def _text(kind: RecordKind, one: FieldConflict, value: Any, said: Words) -> str:
    collection, _dot, name = one.field.partition(".")
    if name:
        return said.row_value(kind.collection(collection), name, value)
    return said.value(collection, [value] if isinstance(value, dict) else value)


def _as_changes(one: FieldConflict) -> dict[str, Sequence[Any]]:
    collection, _dot, name = one.field.partition(".")
    sides = (one.original, one.mine, one.theirs)
    if name:
        return {collection: [[{name: side}] for side in sides]}
    return {collection: [[side] if isinstance(side, dict) else side for side in sides]}


def _removed(merged: Merged, name: str) -> set[str]:
    """The rows that the user removed and the other changed."""
    return {str(one.row) for one in merged.conflicts if one.field == name and one.row and one.mine is None}


def _struck(rows: Iterable[Any], removed: set[str], name: str) -> Iterable[Any]:
    for row in rows:
        row_id = next(item.value for item in row.inputs if item.name == f"{name}-{row.key}-id")
        yield replace(row, removed=row_id in removed)


def _labels(said: Words, names: Iterable[str]) -> list[str]:
    return [*dict.fromkeys(said.label(name.partition(".")[0]) for name in names)]
