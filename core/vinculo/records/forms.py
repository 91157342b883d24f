"""Forms of a kind of record: drawing them, and reading what comes back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import sqlalchemy as sa
from markupsafe import Markup

from vinculo.errors import FieldError, InvalidError, MalformedError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.records import access, visible
from vinculo.records.fields import (
    ChoiceField,
    CodeField,
    Field,
    LinkField,
    PriceField,
    SeveralField,
    TextField,
)
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.reading import MAX_ROWS, Reader, RowValues, Values, links_of, missing, missing_row
from vinculo.records.text import whole_number
from vinculo.web import origins
from vinculo.web.context import Context
from vinculo.web.views import Form, Input, InputRow, InputRows, Option, Origin, Widget

BLANK_KEY: Final = "__key__"
BLANK_OPTION: Final = Markup('<option value="">—</option>')
_ROW: Final = re.compile(r"(?P<name>[a-z_]+)-(?P<key>\d{1,4})-(?P<field>[a-z_]+)", re.ASCII)


@dataclass(slots=True)
class Typed:
    """Form texts by input name, as they were typed or as a record has them."""

    texts: Mapping[str, str]
    displays: Mapping[str, str] = field(default_factory=dict)
    row_keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    origin: Origin | None = None  # of the kind's own inputs

    def text(self, name: str) -> str:
        """What stands in an input."""
        return self.texts.get(name, "")


def submitted(ctx: Context, kind: RecordKind, prefix: str = "") -> Typed:
    """What the user sent, rows marked for removal left out; ``prefix`` begins the names of its inputs.

    Raises ``MalformedError`` for nothing at all, which would read as if all rows had been removed.
    """
    if not ctx.form:
        raise MalformedError(_("The form arrived empty. Load the page again and repeat."))
    texts = {name.removeprefix(prefix): ctx.value(name) for name in ctx.form if name.startswith(prefix)}
    gathered = {f.name: text for f in kind.fields if (text := _gathered(ctx, f, prefix + f.name))}
    return from_texts(ctx, kind, texts | gathered)


def _gathered(ctx: Context, item: Field, name: str) -> str:
    """The text of a field that several inputs of one name, or two, are for."""
    if isinstance(item, SeveralField):
        return "\n".join(one for one in ctx.form.get(name, ()) if isinstance(one, str)).strip()
    if isinstance(item, PriceField) and (amount := ctx.value(name).strip()):
        return amount if item.split(amount)[1] else f"{amount} {ctx.value(f'{name}__currency')}".strip()
    return ""


def from_texts(ctx: Context, kind: RecordKind, texts: Mapping[str, str]) -> Typed:
    """Texts by input name, as if they had been typed; links that come by id alone get their names."""
    typed = _typed(kind, texts)
    typed.origin = origins.of_kind(ctx, kind.name)
    typed.displays = {**_titles(ctx, kind, typed), **typed.displays}
    return typed


def prefilled(ctx: Context, kind: RecordKind) -> Typed:
    """A new form: defaults, and what the address brings along (``?client_id=5``)."""
    texts = {f.name: f.text(f.initial) for f in kind.writable() if f.default is not None}
    for item in kind.writable():
        if isinstance(item, CodeField):
            texts.setdefault(item.name, getattr(ctx.site.settings.company, item.setting))
        if item.name == kind.owner:
            texts.setdefault(item.name, str(ctx.actor.user_id or ""))
    return from_texts(ctx, kind, {**texts, **dict(ctx.parameters())})


def of_record(ctx: Context, kind: RecordKind, record: Any) -> Typed:
    """What a record has."""
    texts = {f.name: f.text(getattr(record, f.name)) for f in kind.writable()}
    keys = {}
    for collection in kind.editable():
        rows = getattr(record, collection.name)
        keys[collection.name] = [str(index) for index in range(len(rows))]
        for index, row in enumerate(rows):
            prefix = f"{collection.name}-{index}-"
            texts[f"{prefix}id"] = str(row.id)
            texts.update({f"{prefix}{f.name}": f.text(getattr(row, f.name)) for f in collection.fields})
    return with_titles(ctx, kind, Typed(texts, row_keys=keys, origin=origins.of_kind(ctx, kind.name)))


def with_titles(ctx: Context, kind: RecordKind, typed: Typed) -> Typed:
    """The same with the names of the records that its links point to."""
    return replace(typed, displays=_titles(ctx, kind, typed))


def row_input(name: str) -> tuple[str, str, str] | None:
    """Collection, key of the row and field that an input is of."""
    found = _ROW.fullmatch(name)
    return (found["name"], found["key"], found["field"]) if found else None


def with_row(typed: Typed, collection: str) -> Typed:
    """The same with one more blank row, for browsers without JavaScript."""
    keys = typed.row_keys.get(collection, [])
    new = str(max((int(key) for key in keys), default=-1) + 1)
    return replace(typed, row_keys={**typed.row_keys, collection: [*keys, new]})


def _typed(kind: RecordKind, texts: Mapping[str, str]) -> Typed:
    keys: dict[str, dict[str, None]] = {c.name: {} for c in kind.editable()}
    for name in texts:
        found = _ROW.fullmatch(name)
        if found and found["name"] in keys and f"{found['name']}-{found['key']}-_delete" not in texts:
            keys[found["name"]][found["key"]] = None
    displays = {name.removesuffix("__text"): text for name, text in texts.items() if name.endswith("__text")}
    rows = {name: sorted(found, key=int)[:MAX_ROWS] for name, found in keys.items()}
    return Typed(texts, displays, rows)


def _titles(ctx: Context, kind: RecordKind, typed: Typed) -> dict[str, str]:
    """Names of the records that link inputs hold the ids of."""
    found = {}
    for name, link in _link_inputs(kind, typed):
        record_id = whole_number(typed.text(name))
        if record_id is not None and f"{name}__text" not in typed.texts:
            found[name] = title(ctx, link, record_id) or str(record_id)
    return found


def title(ctx: Context, link: LinkField, record_id: int) -> str:
    """What the record behind a link is called; "" if there is none, or none that the user sees."""
    other = ctx.registry.kinds[link.kind]
    query = access.within(sa.select(other.column(other.title)), other, ctx.actor, few=True)
    return ctx.session.scalar(query.where(other.table.c.id == record_id)) or ""


def _link_inputs(kind: RecordKind, typed: Typed) -> list[tuple[str, LinkField]]:
    found: list[tuple[str, LinkField]] = [(link.name, link) for link in kind.links()]
    for collection in kind.editable():
        for key in typed.row_keys.get(collection.name, ()):
            found += [
                (f"{collection.name}-{key}-{f.name}", f)
                for f in collection.fields
                if isinstance(f, LinkField)
            ]
    return found


def draw(
    kind: RecordKind,
    typed: Typed,
    *,
    action: str,
    cancel: str,
    version: int | None = None,
    errors: Sequence[FieldError] = (),
    hidden: Mapping[str, str] | None = None,
    fixed: Mapping[str, str] | None = None,
) -> Form:
    """The form with what was typed and, beside each field, what is wrong with it.

    ``fixed`` are the texts of what is shown and cannot be typed: see ``fixed_of``.
    """
    fixed = fixed or {}
    by_field: dict[str, list[str]] = {}
    for error in errors:
        by_field.setdefault(error.field, []).append(error.message)
    inputs = [
        _fixed(f, fixed[f.name], typed)
        if f.read_only
        else _conditional(kind, f, _input(f, f.name, typed, by_field.pop(f.name, ())))
        for f in kind.fields
        if not f.read_only or f.name in fixed
    ]
    collections = [_rows(collection, typed, by_field) for collection in kind.editable()]
    return Form(
        action=action,
        inputs=_focused(inputs),
        collections=collections,
        cancel=cancel,
        version=version,
        errors=[message for messages in by_field.values() for message in messages],
        hidden=hidden or {},
    )


def faults_of(error: VinculoError | None) -> Sequence[FieldError]:
    """What to show in a form after it was refused; a refusal of the whole is of no field."""
    if error is None:
        return []
    return error.errors if isinstance(error, InvalidError) else [FieldError("", error.message, error.code)]


def fixed_of(ctx: Context, kind: RecordKind, record: Any) -> dict[str, str]:
    """The texts of the fields of a record that the user may only read."""
    found = {}
    for item in kind.fields:
        value = getattr(record, item.name)
        if item.read_only and value is not None:
            shown = title(ctx, item, value) or str(value) if isinstance(item, LinkField) else item.show(value)
            found[item.name] = shown
    return found


def _fixed(item: Field, text: str, typed: Typed) -> Input:
    return Input(item.name, str(item.label), Widget.STATIC, display=text, origin=typed.origin)


def _focused(inputs: list[Input]) -> list[Input]:
    """The cursor goes to the first fault, else to the first field."""
    first = next((i for i, one in enumerate(inputs) if one.widget is not Widget.STATIC), 0)
    target = next((i for i, one in enumerate(inputs) if one.errors), first)
    return [replace(one, autofocus=index == target) for index, one in enumerate(inputs)]


def _conditional(kind: RecordKind, item: Field, drawn: Input) -> Input:
    """The same, told where it counts."""
    when = item.shown_when
    if when is None:
        return drawn
    said = " ".join(filter(None, [drawn.help, visible.in_words(kind, item)]))
    return replace(drawn, required=when.required, help=said, when=when.field, when_values=when.values)


def _input(item: Field, name: str, typed: Typed, errors: Sequence[str]) -> Input:
    options: Sequence[Option] = ()
    chosen: Sequence[str] = ()
    text, display, options_html = typed.text(name), typed.displays.get(name, ""), Markup()
    if isinstance(item, PriceField):
        options, (text, display) = item.choices(), item.split(text)
    elif isinstance(item, SeveralField):
        options, chosen = item.choices(), item.options_in(text)
    elif isinstance(item, CodeField):
        options_html = BLANK_OPTION + item.options_html(typed.text(name))
    elif item.widget is Widget.SELECT:
        options = item.choices() if item.required else [Option("", "—"), *item.choices()]
    return Input(
        name=name,
        label=str(item.label),
        widget=item.widget,
        value=text,
        display=display,
        options=options,
        chosen=chosen,
        options_html=options_html,
        lookup=item.lookup if isinstance(item, LinkField) else "",
        within=item.holder(name) if isinstance(item, LinkField) else "",
        required=item.required,
        help=str(item.help),
        errors=errors,
        max_length=item.max_length if isinstance(item, TextField) else None,
        origin=typed.origin if name == item.name else None,
        hint=item.hint,
    )


def _rows(collection: Collection, typed: Typed, by_field: dict[str, list[str]]) -> InputRows:
    keys = typed.row_keys.get(collection.name, ())
    rows = []
    for index, key in enumerate(keys):
        path = f"{collection.name}[{index}]"
        inputs = [
            _input(f, f"{collection.name}-{key}-{f.name}", typed, by_field.pop(f"{path}.{f.name}", ()))
            for f in collection.fields
            if not f.read_only
        ]
        row_id = f"{collection.name}-{key}-id"
        inputs.append(Input(name=row_id, label="", widget=Widget.HIDDEN, value=typed.text(row_id)))
        rows.append(InputRow(key, inputs, by_field.pop(path, ())))
    blank = Typed({})
    for f in collection.fields:
        if f.default is not None:
            blank = Typed({**blank.texts, f"{collection.name}-{BLANK_KEY}-{f.name}": f.text(f.initial)})
    fields = [f for f in collection.fields if not f.read_only]
    return InputRows(
        name=collection.name,
        label=str(collection.label),
        rows=rows,
        blank=InputRow(
            BLANK_KEY, [_input(f, f"{collection.name}-{BLANK_KEY}-{f.name}", blank, ()) for f in fields]
        ),
        add_label=str(collection.add_label),
        help=str(collection.help),
        errors=by_field.pop(collection.name, ()),
    )


def read(ctx: Context, kind: RecordKind, typed: Typed, *, record: Any = None) -> Values:
    """The values that a submitted form of a new record, or of ``record``, means.

    Its blank rows are taken out. Raises ``InvalidError`` with every fault.
    """
    typed.row_keys = _without_blank_rows(kind, typed)
    kept = links_of(kind, record) if record is not None else frozenset()
    reader = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor, kept=kept)
    errors: list[FieldError] = []
    values = Values()
    for item in kind.writable():
        if _was_sent(item, item.name, typed):
            _read_field(ctx, reader, item, item.name, item.name, typed, values.fields, errors)
    for collection in kind.editable():
        values.collections[collection.name] = _read_rows(ctx, reader, collection, typed, errors)
    values.version = whole_number(typed.text("version"))
    if record is None:
        errors.extend(missing(kind, values.fields, {error.field for error in errors}))
    if errors:
        raise InvalidError(errors)
    return values


def _was_sent(item: Field, name: str, typed: Typed) -> bool:
    # An unticked checkbox is not sent at all.
    return name in typed.texts or f"{name}__text" in typed.texts or item.widget is Widget.CHECKBOX


def _read_field(
    ctx: Context,
    reader: Reader,
    item: Field,
    name: str,
    path: str,
    typed: Typed,
    into: dict[str, Any],
    errors: list[FieldError],
) -> None:
    if isinstance(item, LinkField):
        reader.guarded(item, path, lambda: linked(ctx, reader, item, name, typed), into, errors)
        if isinstance(into.get(item.name), int):
            reader.check_link(item, into[item.name], path, errors)
        return
    reader.guarded(item, path, lambda: item.parse(typed.text(name)), into, errors)


def linked(ctx: Context, reader: Reader, link: LinkField, name: str, typed: Typed) -> int | None:
    """The picked record, unless another name was typed over it."""
    chosen, text = typed.text(name), typed.texts.get(f"{name}__text")
    if text is None:
        return link.parse(chosen)
    if not text.strip():
        return None
    record_id = whole_number(chosen)
    if record_id is not None and text.strip() == (title(ctx, link, record_id).strip() or str(record_id)):
        return link.parse(chosen)
    return reader.named(link, text)


def _read_rows(
    ctx: Context, reader: Reader, collection: Collection, typed: Typed, errors: list[FieldError]
) -> list[RowValues]:
    rows: list[RowValues] = []
    for index, key in enumerate(typed.row_keys.get(collection.name, ())):
        prefix, path = f"{collection.name}-{key}-", f"{collection.name}[{index}]"
        fields = [f for f in collection.fields if not f.read_only]
        row = RowValues({}, whole_number(typed.text(f"{prefix}id")))
        for item in fields:
            _read_field(
                ctx, reader, item, f"{prefix}{item.name}", f"{path}.{item.name}", typed, row.values, errors
            )
        if row.id is None:
            errors.extend(missing_row(collection, row.values, path, {e.field for e in errors}))
        rows.append(row)
    return rows


def _without_blank_rows(kind: RecordKind, typed: Typed) -> Mapping[str, Sequence[str]]:
    """The rows in which something stands, so that faults of form and of rules number them alike."""
    kept = {}
    for collection in kind.editable():
        fields = [f for f in collection.fields if not f.read_only]
        kept[collection.name] = [
            key
            for key in typed.row_keys.get(collection.name, ())
            if typed.text(f"{collection.name}-{key}-id")
            or _has_content(fields, f"{collection.name}-{key}-", typed)
        ]
    return kept


def _has_content(fields: Sequence[Field], prefix: str, typed: Typed) -> bool:
    """Whether anything was typed into a row; selects and checkboxes have values by themselves."""
    for item in fields:
        name = f"{prefix}{item.name}"
        own = isinstance(item, ChoiceField) or item.widget is Widget.CHECKBOX
        if not own and (typed.text(name).strip() or typed.text(f"{name}__text").strip()):
            return True
    return False
