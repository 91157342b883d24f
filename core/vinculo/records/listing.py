"""The list page of a kind of record: columns, filters, order, pages."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from markupsafe import Markup, escape

from vinculo.i18n import gettext as _
from vinculo.records import access, noting
from vinculo.records import query as queries
from vinculo.records.fields import (
    AmountField,
    ChoiceField,
    CountryField,
    DateField,
    Field,
    IntegerField,
    LinkField,
    MomentField,
    TextField,
)
from vinculo.records.forms import title
from vinculo.records.kind import RecordKind
from vinculo.records.query import Filter, Query
from vinculo.records.reading import Reader
from vinculo.records.text import whole_number
from vinculo.web import origins
from vinculo.web.context import Context
from vinculo.web.views import (
    Action,
    Chip,
    Column,
    Empty,
    Input,
    ListPage,
    Option,
    Origin,
    Row,
    Table,
    Widget,
)

Parameters = Sequence[tuple[str, str]]


def list_page(ctx: Context, kind: RecordKind) -> ListPage:
    """The page for the parameters of the address. Raises what ``query.parse`` raises."""
    kind = access.seen_by(kind, ctx.actor)
    parameters = _clean(ctx, kind)
    asked = queries.parse(kind, parameters, typed=False)
    shown = _shown(kind, _columns_parameter(ctx))
    columns, joins = _columns(ctx, kind, shown)
    origin = origins.of_kind(ctx, kind.name)
    page = queries.page(ctx.session, kind, asked, columns, actor=ctx.actor, joins=joins)
    noting.search(ctx, kind, asked, len(page.rows))
    url = _Address(kind.url, [*parameters, *_given("columns", _columns_parameter(ctx))])
    return ListPage(
        title=str(kind.label_plural),
        url=kind.url,
        table=Table(
            [_column(field, asked, url, origin) for field in shown],
            _rows(kind, shown, page.rows),
            caption=str(kind.label_plural),
        ),
        query=asked.q,
        chips=[_chip(ctx, kind, condition, url) for condition in asked.filters],
        filters=_filters(ctx, kind, dict(parameters)),
        hidden={name: value for name, value in url.parameters if name in ("sort", "columns")},
        primary=_primary(ctx, kind),
        actions=_actions(ctx, kind, parameters),
        previous_url=url.replace(cursor=page.previous_cursor) if page.previous_cursor else "",
        next_url=url.replace(cursor=page.next_cursor) if page.next_cursor else "",
        empty=_empty(ctx, kind, filtered=bool(asked.filters or asked.q)),
        all_columns=[Option(f.name, str(f.label)) for f in queries.all_fields(kind)],
        shown_columns=[f.name for f in shown],
    )


class _Address:
    """The address of the list with some parameters changed; a changed list starts at its first page."""

    def __init__(self, path: str, parameters: Parameters) -> None:
        self.path = path
        self.parameters = [(n, v) for n, v in parameters if n != "cursor"]

    def replace(self, **changes: str) -> str:
        """With these parameters instead."""
        kept = [(n, v) for n, v in self.parameters if n not in changes]
        return self._join([*kept, *changes.items()])

    def without(self, *names: str) -> str:
        """Without these."""
        return self._join([(n, v) for n, v in self.parameters if n not in names])

    def _join(self, parameters: Parameters) -> str:
        return f"{self.path}?{urlencode(list(parameters))}" if parameters else self.path


def _clean(ctx: Context, kind: RecordKind) -> list[tuple[str, str]]:
    """Empty inputs of the filter form say nothing; a typed name stands for the record of that name."""
    given = [(n, v) for n, v in ctx.parameters() if v.strip() and n != "columns"]
    kept = [(n, v) for n, v in given if not n.endswith("__text")]
    names = {name for name, _value in kept}
    reader = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor)
    for name, text in given:
        field_name = name.removesuffix("__text")
        field = queries.find_field(kind, field_name)
        if name.endswith("__text") and field_name not in names and isinstance(field, LinkField):
            try:
                kept.append((field_name, str(reader.named(field, text))))
            except ValueError:
                kept.append((field_name, "0"))  # nobody of that name: an empty list, not an error
    return kept


def _columns_parameter(ctx: Context) -> str:
    return ",".join(value for name, value in ctx.parameters() if name == "columns")


def _given(name: str, value: str) -> list[tuple[str, str]]:
    return [(name, value)] if value else []


def _shown(kind: RecordKind, wanted: str) -> list[Field]:
    names = [name for name in wanted.split(",") if queries.find_field(kind, name)] or list(kind.columns)
    if kind.title not in names:
        names.insert(0, kind.title)
    names.sort(key=lambda name: name != kind.title)
    return [field for name in names if (field := queries.find_field(kind, name))]


def _columns(ctx: Context, kind: RecordKind, shown: Sequence[Field]) -> tuple[list[Any], list[Any]]:
    """What to select, the names behind links included, and the joins for those."""
    columns: list[Any] = [queries.column(kind, "id")]
    joins: list[Any] = []
    for field in shown:
        column = queries.column(kind, field.name)
        if isinstance(field, LinkField):
            other = ctx.registry.kinds[field.kind]
            target = _second(other.table, column)
            joins.append(
                (target, _on(target, column, access.condition(other, ctx.actor, table=target, few=True)))
            )
            columns.append(target.c[other.column(other.title).name])
        else:
            columns.append(column)
    return columns, joins


@functools.cache
def _second(table: sa.FromClause, link: sa.Column[Any]) -> sa.FromClause:
    """A table under a second name; making one costs more than a query."""
    return table.alias(f"{link.table.name}_{link.name}")


@functools.lru_cache(10_000)
def _on(
    target: sa.FromClause, link: sa.Column[Any], visible: sa.ColumnElement[bool] | None
) -> sa.ColumnElement[bool]:
    """What joins it, as far as the user sees what it holds."""
    same: sa.ColumnElement[bool] = target.c.id == link
    return same if visible is None else sa.and_(same, visible)


def _rows(kind: RecordKind, shown: Sequence[Field], rows: Sequence[sa.Row[Any]]) -> list[Row]:
    """Drawn here, column by column: a template takes 3 µs a cell."""
    columns = [_cells(field, [row[index] for row in rows]) for index, field in enumerate(shown, start=1)]
    cells = ('<td class="num">%s</td>' if field.numeric else "<td>%s</td>" for field in shown[1:])
    pattern = '<td><a href="%s">%s</a></td>' + "".join(cells)
    unnamed = escape(str(kind.label))
    found = []
    for row, first, *rest in zip(rows, *columns, strict=True):
        url = f"{kind.url}/{row[0]}"
        html = pattern % (url, first or f"{unnamed} {row[0]}", *rest)
        found.append(Row(row[0], url, html=Markup(html)))  # noqa: S704 # nosec B704 # _cells escaped each part
    return found


def _cells(field: Field, values: Sequence[Any]) -> Sequence[str]:
    """The escaped cells of a column; what stands in it many times is drawn once."""
    known = {value: escape(cell(field, value)) for value in set(values)}
    return [known[value] for value in values]


def cell(field: Field, value: Any) -> str | Markup:
    """A value in a table: what a link points to by name, a choice as a badge."""
    if value is None or value == "":
        return ""
    if isinstance(field, LinkField):
        return str(value)
    if isinstance(field, ChoiceField) and field.tones:
        tone = escape(field.tones.get(value, "neutral"))
        return Markup(f'<span class="badge {tone}">{escape(field.show(value))}</span>')  # noqa: S704 # nosec B704 # both are escaped
    return field.show(value)


def _column(field: Field, asked: Query, url: _Address, origin: Origin | None) -> Column:
    by, descending = asked.sort.removeprefix("-"), asked.sort.startswith("-")
    current = by == field.name
    sortable = not isinstance(field, LinkField)
    target = f"-{field.name}" if current and not descending else field.name
    return Column(
        field.name,
        str(field.label),
        sort_url=url.replace(sort=target) if sortable else "",
        sorted=("desc" if descending else "asc") if current else "",
        numeric=field.numeric,
        origin=origin,
    )


def _chip(ctx: Context, kind: RecordKind, condition: Filter, url: _Address) -> Chip:
    name = condition.field if condition.operator == "eq" else f"{condition.field}[{condition.operator}]"
    names = (name, condition.field) if condition.operator == "in" else (name,)  # a repeated name means “in”
    return Chip(in_words(ctx, kind, condition), url.without(*names))


def in_words(ctx: Context, kind: RecordKind, condition: Filter) -> str:
    """A condition as people read it."""
    field = queries.find_field(kind, condition.field)
    assert field is not None
    if condition.operator == "empty":
        return f"{field.label}: {_('is empty') if condition.value else _('is not empty')}"
    values = condition.value if isinstance(condition.value, list) else [condition.value]
    texts = [title(ctx, field, v) if isinstance(field, LinkField) else field.show(v) for v in values]
    sign = {"gte": "≥ ", "lte": "≤ ", "gt": "> ", "lt": "< ", "ne": "≠ "}.get(condition.operator, "")
    return f"{field.label}: {sign}{', '.join(map(str, texts))}"


def _filters(ctx: Context, kind: RecordKind, given: dict[str, str]) -> list[Input]:
    return [item for field in kind.fields for item in _filter_inputs(ctx, field, given)]


def _filter_inputs(ctx: Context, field: Field, given: dict[str, str]) -> list[Input]:
    label = str(field.label)
    if isinstance(field, CountryField):
        value = given.get(field.name, "")
        tags = Markup('<option value="">{}</option>').format(_("Any")) + field.options_html(value)
        return [Input(field.name, label, Widget.SELECT, value, options_html=tags)]
    if isinstance(field, ChoiceField):
        options = [Option("", _("Any")), *field.choices()]
        return [Input(field.name, label, Widget.SELECT, given.get(field.name, ""), options=options)]
    if isinstance(field, LinkField):
        value = given.get(field.name, "")
        record_id = whole_number(value)
        shown = title(ctx, field, record_id) if record_id is not None else ""
        return [Input(field.name, label, Widget.LINK, value, shown, lookup=f"/lookup/{field.kind}")]
    if isinstance(field, DateField | MomentField):
        return _range(field, Widget.DATE, given)
    if isinstance(field, AmountField | IntegerField):
        return _range(field, Widget.NUMBER, given)
    if isinstance(field, TextField) and not field.multiline:
        name = f"{field.name}[contains]"
        return [Input(name, label, Widget.TEXT, given.get(name, ""))]
    return []


def _range(field: Field, widget: Widget, given: dict[str, str]) -> list[Input]:
    bounds = (("gte", _("%(field)s from", field=field.label)), ("lte", _("%(field)s to", field=field.label)))
    names = [(f"{field.name}[{sign}]", label) for sign, label in bounds]
    return [Input(name, label, widget, given.get(name, "")) for name, label in names]


def _primary(ctx: Context, kind: RecordKind) -> Action | None:
    if not ctx.actor.may(kind.permission("create")):
        return None
    return Action(str(kind.new_label), f"{kind.url}/new", "plus", primary=True, key="c")


def _actions(ctx: Context, kind: RecordKind, parameters: Parameters) -> list[Action]:
    query = urlencode([(n, v) for n, v in parameters if n not in ("cursor", "limit")])
    suffix = f"?{query}" if query else ""
    found = []
    if ctx.actor.may(kind.permission("import")):
        found.append(Action(_("Import"), f"{kind.url}/import", "upload"))
    if ctx.actor.may(kind.permission("export")):
        found.append(Action(_("Export CSV"), f"{kind.url}/export.csv{suffix}", "download"))
        found.append(Action(_("Export XLSX"), f"{kind.url}/export.xlsx{suffix}", "download"))
    if kind.owner and access.writes(kind, ctx.actor, [kind.owner], "update"):
        found.append(Action(_("Hand over…"), f"{kind.url}/hand-over{suffix}", "users"))
    return found


def _empty(ctx: Context, kind: RecordKind, *, filtered: bool) -> Empty:
    if filtered:
        return Empty(
            _("Nothing matches"),
            _("No record fits these filters. Remove one, or search for fewer letters."),
            [Action(_("Show all"), kind.url)],
        )
    actions = [action for action in (_primary(ctx, kind), *_actions(ctx, kind, ())[:1]) if action]
    text = str(kind.summary) or _("Add the first one by hand, or import a file that you have.")
    return Empty(_("No %(kind)s yet", kind=str(kind.label_plural).lower()), text, actions)
