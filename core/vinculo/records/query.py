"""Lists: filters, order, pages by key. The same parameters serve pages, API, exports and command line.

``stage=active`` · ``name[contains]=acme`` · ``created_at[gte]=2026-01-01`` · ``stage[in]=a,b`` ·
``responsible_id[empty]=true`` · ``q=`` (search) · ``sort=-created_at`` · ``cursor=`` · ``limit=``.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import FieldError, InvalidError, MalformedError
from vinculo.i18n import current_time_zone
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records import access, cursors, search
from vinculo.records.fields import AmountField, DateField, Field, MomentField, TextField
from vinculo.records.kind import RecordKind
from vinculo.records.text import sort_key

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 500
MAX_CHOICES: Final = 200
CONTROLS: Final = frozenset({"q", "sort", "cursor", "limit", "fields"})
_PARAMETER: Final = re.compile(r"([a-z_][a-z0-9_]*)(?:\[([a-z]+)\])?", re.ASCII)

_COMPARISONS: Final = {
    "eq": eq,
    "lt": lt,
    "lte": le,
    "gt": gt,
    "gte": ge,
}
_DAY: Final = DateField(name="day", label="")

# What every record has beside its kind's own fields.
STANDARD: Final = (
    TextField(name="external_id", label=_l("External id"), max_length=100),
    MomentField(name="created_at", label=_l("Created"), read_only=True),
    MomentField(name="changed_at", label=_l("Changed"), read_only=True),
)


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition: ``field`` is a name, ``operator`` one of the field's operators."""

    field: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Query:
    """What a list shows."""

    filters: Sequence[Filter] = ()
    q: str = ""
    sort: str = ""
    cursor: str = ""
    limit: int = DEFAULT_LIMIT
    fields: Sequence[str] = ()


@dataclass(slots=True)
class Page:
    """Rows of a list (tuples in the order of the asked columns) and the cursors around them."""

    rows: list[Any] = field(default_factory=list)
    next_cursor: str = ""
    previous_cursor: str = ""


def parse(kind: RecordKind, parameters: Iterable[tuple[str, str]], *, typed: bool) -> Query:
    """Read the parameters of an address. ``typed``: values as in the API, else as people write them.

    Raises ``MalformedError`` for a parameter that there is not and ``InvalidError`` for a value.
    """
    filters: dict[tuple[str, str], list[str]] = {}
    controls: dict[str, str] = {}
    for name, text in parameters:
        if name in CONTROLS:
            controls[name] = text
            continue
        found = _PARAMETER.fullmatch(name)
        attribute, operator = (found[1], found[2] or "eq") if found else (name, "eq")
        _check_operator(kind, attribute, operator, name)
        filters.setdefault((attribute, operator), []).append(text)
    errors: list[FieldError] = []
    parsed = [_filter(kind, *key, texts, errors, typed=typed) for key, texts in filters.items()]
    query = Query(
        filters=[item for item in parsed if item is not None],
        q=controls.get("q", "").strip()[:200].replace("\x00", ""),
        sort=_sort(kind, controls.get("sort", "")),
        cursor=controls.get("cursor", ""),
        limit=_limit(controls.get("limit", ""), errors),
        fields=_fields(kind, controls.get("fields", ""), errors),
    )
    if errors:
        raise InvalidError(errors)
    return query


def all_fields(kind: RecordKind) -> Sequence[Field]:
    """The kind's fields and those that every record has."""
    return [*kind.fields, *STANDARD]


def find_field(kind: RecordKind, name: str) -> Field | None:
    """The field of that name, standard ones included."""
    return next((f for f in all_fields(kind) if f.name == name), None)


def _check_operator(kind: RecordKind, attribute: str, operator: str, name: str) -> None:
    found = find_field(kind, attribute)
    if found is None:
        names = ", ".join(f.name for f in all_fields(kind))
        raise MalformedError(
            _("There is no parameter %(name)s; one can filter by: %(names)s.", name=name[:100], names=names),
            code="unknown_parameter",
        )
    if operator not in found.operators:
        raise MalformedError(
            _(
                "%(field)s cannot be compared with [%(operator)s]; use one of: %(operators)s.",
                field=attribute,
                operator=operator,
                operators=", ".join(found.operators),
            ),
            code="unknown_operator",
        )


def _filter(
    kind: RecordKind,
    attribute: str,
    operator: str,
    texts: list[str],
    errors: list[FieldError],
    *,
    typed: bool,
) -> Filter | None:
    found = find_field(kind, attribute)
    assert found is not None
    if operator == "empty":
        return Filter(attribute, operator, texts[-1].strip().lower() not in ("false", "0", "no"))
    values = [part for text in texts for part in (text.split(",") if operator == "in" else [text])]
    if len(values) > 1:
        operator = "in" if operator in ("eq", "in") else operator
    converted = []
    for text in values[:MAX_CHOICES]:
        try:
            converted.append(_value(found, text, operator, typed=typed))
        except (ValueError, TypeError) as fault:
            errors.append(FieldError(attribute, f"{found.label}: {fault}"))
    if not converted:
        return None
    return Filter(attribute, operator, converted if operator == "in" else converted[-1])


def _value(found: Field, text: str, operator: str, *, typed: bool) -> Any:
    if "\x00" in text:
        raise ValueError(_("It holds characters that are no text; type it anew."))
    if operator in ("contains", "starts"):
        return text[:200]
    value = _moment(found, text.strip(), operator, typed=typed) if isinstance(found, MomentField) else None
    if value is None:
        exact = typed and isinstance(
            found, AmountField | DateField
        )  # which people of each language write otherwise
        value = found.read(text.strip()) if exact else found.parse(text)
    if value is None:
        raise ValueError(_("a value is missing; use [empty] to find records without one."))
    return value


def _moment(found: MomentField, text: str, operator: str, *, typed: bool) -> Any:
    """A moment; a day alone stands for its first one, or for its last where the day itself is included."""
    try:
        day = _DAY.read(text) if typed else _DAY.parse(text)
    except ValueError:
        return found.read(text) if typed else found.parse(text)
    if day is None:
        return None
    clock = dt.time.max if operator in ("lte", "gt") else dt.time()
    zone = dt.UTC if typed else current_time_zone()
    return found.read(dt.datetime.combine(day, clock, zone).isoformat())


def _sort(kind: RecordKind, text: str) -> str:
    if not text:
        return kind.sort
    name = text.removeprefix("-")
    if find_field(kind, name) is None and name != "id":
        raise MalformedError(_("One cannot sort by %(name)s.", name=name[:100]), code="unknown_parameter")
    return text


def _limit(text: str, errors: list[FieldError]) -> int:
    if not text:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII) or not 1 <= int(text) <= MAX_LIMIT:
        errors.append(FieldError("limit", _("limit is a whole number from 1 to %(max)s.", max=MAX_LIMIT)))
        return DEFAULT_LIMIT
    return int(text)


def _fields(kind: RecordKind, text: str, errors: list[FieldError]) -> Sequence[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    errors.extend(
        FieldError("fields", _("There is no field %(name)s.", name=name[:100]), "unknown_field")
        for name in names
        if find_field(kind, name) is None and name not in ("id", "version")
    )
    return names


def column(kind: RecordKind, name: str) -> sa.Column[Any]:
    """The column behind a field."""
    return kind.column(name)


def _condition(kind: RecordKind, condition: Filter) -> sa.ColumnElement[bool]:
    found = find_field(kind, condition.field)
    assert found is not None
    asked = column(kind, condition.field)
    value = condition.value
    match condition.operator:
        case "empty":
            blank = asked == "" if found.empty == "" else asked.is_(None)
            if found.name == "external_id":
                blank = asked.is_(None)
            return blank if value else ~blank
        case "contains" | "starts":
            return _words(kind, found, condition.operator, value)
        case "in":
            return asked.in_(value)
        case "ne":
            return sa.or_(asked != value, asked.is_(None))
        case comparison:
            compared: sa.ColumnElement[bool] = _COMPARISONS[comparison](asked, value)
            return compared


def _words(kind: RecordKind, found: Field, operator: str, value: str) -> sa.ColumnElement[bool]:
    asked: sa.ColumnElement[Any]
    if isinstance(found, TextField) and found.key:
        asked, term = column(kind, found.key), sort_key(value)
    else:
        asked, term = sa.func.lower(column(kind, found.name)), value.lower()
    if operator == "starts":
        return asked.startswith(term, autoescape=True)
    return asked.contains(term, autoescape=True)


def page(
    session: Session,
    kind: RecordKind,
    query: Query,
    columns: Sequence[Any],
    *,
    actor: Actor,
    action: str = access.READ,
    joins: Sequence[tuple[Any, Any]] = (),
) -> Page:
    """One page of a list of what the actor may read, or do something to; ``kind`` as they see it.

    Each row has ``columns`` and behind them the values that order it.
    ``joins`` are (target, condition) of outer joins, for the names behind links. Both are best given as
    the same objects each time.
    """
    keys = _keys(kind, query.sort)
    backwards, position = cursors.read(query.cursor, query.sort, [key.column.type for key in keys])
    statement = _ordered(tuple(columns), tuple(joins), keys, backwards=backwards)
    statement = access.within(statement, kind, actor, action)
    statement = statement.where(*_conditions(session, kind, query, actor))
    if position is not None:
        statement = statement.where(_beyond(keys, position, backwards=backwards))
    rows = list(session.execute(statement.limit(query.limit + 1)))
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    if backwards:
        rows.reverse()
    result = Page(rows)
    if not rows:
        return result
    if more or backwards:
        result.next_cursor = cursors.write(query.sort, "a", rows[-1][len(columns) :])
    if more if backwards else position is not None:
        result.previous_cursor = cursors.write(query.sort, "b", rows[0][len(columns) :])
    return result


def count(session: Session, kind: RecordKind, query: Query, *, actor: Actor, action: str) -> int:
    """How many rows all pages of a list have together."""
    statement = sa.select(sa.func.count()).select_from(kind.table)
    statement = access.within(statement, kind, actor, action)
    return session.scalar(statement.where(*_conditions(session, kind, query, actor))) or 0


def _conditions(
    session: Session, kind: RecordKind, query: Query, actor: Actor
) -> Iterator[sa.ColumnElement[bool]]:
    for condition in query.filters:
        yield _condition(kind, condition)
    if query.q:
        yield column(kind, "id").in_(search.record_ids(session, kind, query.q, actor=actor))


@functools.lru_cache(10_000)
def _ordered(
    columns: tuple[Any, ...], joins: tuple[tuple[Any, Any], ...], keys: tuple[_Key, ...], *, backwards: bool
) -> sa.Select[Any]:
    """A list without conditions, kept: to build it takes longer than to fetch 50 rows."""
    statement = sa.select(*columns, *(key.column for key in keys)).select_from(keys[-1].column.table)
    for target, condition in joins:
        statement = statement.outerjoin(target, condition)
    return statement.order_by(*(key.order(backwards=backwards) for key in keys))


@dataclass(frozen=True, slots=True)
class _Key:
    column: sa.Column[Any]
    descending: bool
    nullable: bool

    def order(self, *, backwards: bool) -> Any:
        descending = self.descending != backwards
        ordered = self.column.desc() if descending else self.column.asc()
        if not self.nullable:
            return ordered
        return ordered.nulls_first() if backwards else ordered.nulls_last()

    def after(self, value: Any, *, backwards: bool) -> sa.ColumnElement[bool]:
        descending = self.descending != backwards
        if value is None:
            return self.column.is_not(None) if backwards else sa.false()
        beyond = self.column < value if descending else self.column > value
        return sa.or_(beyond, self.column.is_(None)) if self.nullable and not backwards else beyond

    def same(self, value: Any) -> sa.ColumnElement[bool]:
        same: sa.ColumnElement[bool] = self.column.is_(None) if value is None else self.column == value
        return same


def _keys(kind: RecordKind, sort: str) -> tuple[_Key, ...]:
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    found = find_field(kind, name)
    attribute = found.sort_attribute if found else name
    first = column(kind, attribute)
    if attribute == "id":
        return (_Key(first, descending, nullable=False),)
    return (
        _Key(first, descending, kind.nullable(attribute)),
        _Key(column(kind, "id"), descending, nullable=False),
    )


def _beyond(keys: Sequence[_Key], position: Sequence[Any], *, backwards: bool) -> sa.ColumnElement[bool]:
    if not any(key.nullable for key in keys):  # a row comparison uses the index as it is
        values = [sa.bindparam(None, v, type_=k.column.type) for k, v in zip(keys, position, strict=True)]
        left, right = sa.tuple_(*(key.column for key in keys)), sa.tuple_(*values)
        return left < right if keys[0].descending != backwards else left > right
    alternatives = []
    for index, key in enumerate(keys):
        earlier = [k.same(v) for k, v in zip(keys[:index], position, strict=False)]
        alternatives.append(sa.and_(*earlier, key.after(position[index], backwards=backwards)))
    return sa.or_(*alternatives)
