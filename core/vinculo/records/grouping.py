"""Lists in groups: by a choice, a user or another link, yes or no, a country, or the month of a date.

How many records each group has is one query, the first rows of all open groups are another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.errors import MalformedError
from vinculo.i18n import current_time_zone, format_month
from vinculo.i18n import gettext as _
from vinculo.records import access, cursors
from vinculo.records import query as queries
from vinculo.records.condition_tree import Filter
from vinculo.records.fields import (
    ChoiceField,
    CodeField,
    DateField,
    Field,
    LinkField,
    MomentField,
    YesNoField,
)
from vinculo.records.kind import RecordKind
from vinculo.records.query import Page, Query

MOST: Final = 200  # of more groups, those with the most records
PAST_MONTHS: Final = 60  # one by one; what is older, or later than the coming year, are two groups more
COMING_MONTHS: Final = 12
BLANK: Final = "!"  # the key of the group without a value; no quoted value is that


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Records that share a value. ``key`` names it in addresses; ``value`` is the model's.

    ``filters`` narrow a list to it, ``parameters`` say the same in an address.
    """

    key: str
    label: str
    count: int
    filters: Sequence[Filter]
    parameters: Sequence[tuple[str, str]]
    value: Any = None
    tone: str = ""


def groupable(kind: RecordKind) -> Sequence[Field]:
    """The fields by which a list can be grouped."""
    able = (ChoiceField, CodeField, DateField, LinkField, MomentField, YesNoField)
    found = [one for one in queries.all_fields(kind) if isinstance(one, able) and "eq" in one.operators]
    return [one for one in found if not kind.figure(one.name)]


def field_of(kind: RecordKind, name: str) -> Field:
    """The field of that name. Raises ``MalformedError`` where a list cannot be grouped by it."""
    found = next((one for one in groupable(kind) if one.name == name), None)
    if found is None:
        names = ", ".join(one.name for one in groupable(kind))
        text = _("One cannot group by %(name)s; use one of: %(names)s.", name=name[:100], names=names)
        raise MalformedError(text, code="unknown_parameter")
    return found


def groups(
    session: Session,
    kind: RecordKind,
    query: Query,
    field: Field,
    *,
    actor: Actor,
    kinds: Mapping[str, RecordKind],
) -> list[Group]:
    """The groups of a list that have records, in their order, that without a value last; one query."""
    months = _Months(field) if isinstance(field, DateField | MomentField) else None
    column = queries.column(kind, field.name)
    keyed: Any = months.number(column) if months else column
    inner = access.within(sa.select(keyed.label("key")).select_from(kind.table), kind, actor)
    inner_query = inner.where(*queries.conditions(session, kind, query, actor)).subquery()
    counted = sa.func.count().label("count")
    grouped = sa.select(inner_query.c.key, counted).group_by(inner_query.c.key)
    statement: Any = grouped.order_by(counted.desc(), inner_query.c.key).limit(MOST)
    if isinstance(field, LinkField):
        statement = _with_titles(statement, kinds[field.kind], actor)
    found = [_group(field, months, *row) for row in session.execute(statement)]
    return sorted(found, key=_order(field))


def _with_titles(statement: Any, other: RecordKind, actor: Actor) -> Any:
    """With the names of what is linked to, as far as the actor sees them."""
    part, target = statement.subquery(), other.table.alias("grouped_by")
    visible = access.condition(other, actor, table=target, few=True)
    same = target.c.id == part.c.key
    title = target.c[other.column(other.title).name]
    joined = part.outerjoin(target, same if visible is None else sa.and_(same, visible))
    return sa.select(part.c.key, part.c["count"], title).select_from(joined)


def _group(field: Field, months: _Months | None, value: Any, count: int, title: str | None = None) -> Group:
    if value is None or value == "":
        blank = Filter(field.name, "empty", True)
        return Group(BLANK, _("Without a value"), count, [blank], [(f"{field.name}[empty]", "true")])
    if months:
        return months.group(value, count)
    label = (title or _("Not visible to you")) if isinstance(field, LinkField) else field.show(value)
    text = ("true" if value else "false") if isinstance(field, YesNoField) else str(value)
    tone = str(field.tones.get(value, "")) if isinstance(field, ChoiceField) else ""
    same = Filter(field.name, "eq", value)
    return Group(key_of(text), label, count, [same], [(field.name, text)], value, tone)


def key_of(text: str) -> str:
    """What a value is called in the parameters of a grouped list, where commas part them."""
    return quote(text, safe="")


def _order(field: Field) -> Any:
    if isinstance(field, ChoiceField):
        places = {option.value: place for place, option in enumerate(field.choices())}
        return lambda one: (one.key == BLANK, places.get(str(one.value), len(places)), one.label)
    if isinstance(field, DateField | MomentField):
        return lambda one: (one.key == BLANK, -(one.value or 0))
    if isinstance(field, YesNoField):
        return lambda one: not one.value
    return lambda one: (one.key == BLANK, one.label.casefold(), one.key)


class _Months:
    """The months of a date around today: as SQL the number of one, and what makes one a group."""

    def __init__(self, field: DateField | MomentField) -> None:
        today = now().astimezone(current_time_zone()).date()
        first = today.year * 12 + today.month - 1 - PAST_MONTHS
        numbers = range(first, first + PAST_MONTHS + COMING_MONTHS + 2)
        self.field = field
        self.days = [dt.date(number // 12, number % 12 + 1, 1) for number in numbers]
        self.edges = [self._edge(day) for day in self.days]

    def _edge(self, day: dt.date) -> Any:
        if isinstance(self.field, DateField):
            return day
        return dt.datetime.combine(day, dt.time(), current_time_zone()).astimezone(dt.UTC)

    def number(self, column: Any) -> Any:
        """0 is what is older, 1 the first month; as deep a tree of comparisons as needed, not a chain."""
        return sa.case((column.is_(None), sa.null()), else_=self._tree(column, 0, len(self.edges)))

    def _tree(self, column: Any, low: int, high: int) -> Any:
        if low == high:
            return sa.literal_column(str(low), sa.Integer)
        middle = (low + high) // 2
        left, right = self._tree(column, low, middle), self._tree(column, middle + 1, high)
        return sa.case((column < self.edges[middle], left), else_=right)

    def group(self, number: int, count: int) -> Group:
        """The group of a number."""
        name, filters, parameters = self.field.name, [], []
        if number > 0:
            filters.append(Filter(name, "gte", self.edges[number - 1]))
            parameters.append((f"{name}[gte]", self.days[number - 1].isoformat()))
        if number < len(self.edges):
            filters.append(Filter(name, "lt", self.edges[number]))
            parameters.append((f"{name}[lt]", self.days[number].isoformat()))
        if number == 0:
            key, label = "earlier", _("Earlier")
        elif number == len(self.edges):
            key, label = "later", _("Later")
        else:
            key, label = f"{self.days[number - 1]:%Y-%m}", format_month(self.days[number - 1])
        return Group(key, label, count, filters, parameters, number)


def narrowed(parameters: Sequence[tuple[str, str]], query: Query, group: Group) -> list[tuple[str, str]]:
    """The parameters of a list for one of its groups alone; a narrower condition of the list stays."""
    own = {queries.split(name)[0] for name, _value in group.parameters}
    stays, fresh = set(), []
    for said, (name, value) in zip(group.filters, group.parameters, strict=True):
        narrower = [
            one.value > said.value if said.operator == "gte" else one.value < said.value
            for one in query.filters
            if isinstance(one, Filter)
            and said.operator in ("gte", "lt")
            and (one.field, one.operator) == (said.field, said.operator)
        ]
        if any(narrower):
            stays.add(name)
        else:
            fresh.append((name, value))
    gone = {*(n for n, _v in group.parameters), "group", "open", "as", "cursor"} - stays
    equal = {name for one in own for name in (one, f"{one}[in]", f"{one}[ne]", f"{one}[empty]")}
    return [*((n, v) for n, v in parameters if n not in gone and n not in equal), *fresh]


def heads(
    session: Session,
    kind: RecordKind,
    query: Query,
    wanted: Sequence[Group],
    columns: Sequence[Any],
    *,
    actor: Actor,
    limit: int,
    joins: Sequence[tuple[Any, Any]] = (),
) -> list[Page]:
    """The first rows of each of these groups, as ``query.page`` gives them; one query for all."""
    keys = queries.keys_of(kind, query.sort)
    pages = [Page() for _group in wanted]
    if not wanted:
        return pages
    parts = []
    for number, group in enumerate(wanted):
        own = replace(query, filters=[*query.filters, *group.filters], cursor="")
        asked = [sa.literal(number), *columns, *(key.column for key in keys)]
        part = sa.select(*(one.label(f"c{place}") for place, one in enumerate(asked)))
        part = part.select_from(kind.table)
        for target, condition in joins:
            part = part.outerjoin(target, condition)
        part = access.within(part, kind, actor).where(*queries.conditions(session, kind, own, actor))
        part = part.order_by(*(key.order(backwards=False) for key in keys)).limit(limit + 1)
        parts.append(sa.select(part.subquery()))
    for number, *row in session.execute(sa.union_all(*parts)):
        page = pages[number]
        if len(page.rows) < limit:
            page.rows.append(row)
        else:
            last = page.rows[-1][len(columns) :]
            page.next_cursor = cursors.write(query.sort, "a", last)
    return pages
