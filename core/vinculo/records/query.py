"""Lists: filters, order, pages by key. The same parameters serve pages, API, exports and command line.

``stage=active`` · ``name[contains]=acme`` · ``created_at[gte]=2026-01-01`` · ``stage[in]=a,b`` ·
``responsible_id=me`` · ``tags[any]=a,b`` (or ``all``, ``none``) ·
``created_at[gte]=-30d`` (``vinculo.records.relative``) ·
``responsible_id[empty]=true`` · ``any1.stage=lost`` (``vinculo.records.condition_tree``) ·
``q=`` (search) · ``sort=-created_at`` · ``cursor=`` · ``limit=``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import FieldError, InvalidError, MalformedError
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records import (
    access,
    attribution,
    comparing,
    condition_tree,
    criteria,
    cursors,
    operands,
    search,
)
from vinculo.records.condition_tree import Filter, Has, Node
from vinculo.records.fields import Field, MomentField, TextField
from vinculo.records.kind import Criterion, RecordKind
from vinculo.records.operands import Reading
from vinculo.records.ordering import Key, beyond

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 500
MAX_CHOICES: Final = 200
LISTS: Final = frozenset({"in", "any", "all", "none"})  # operators with several values, comma between
CONTROLS: Final = frozenset({"q", "sort", "cursor", "limit", "fields", "saved", "ids", attribution.PARAMETER})
LOOKS: Final = frozenset({"columns", "group", "open", "as", "totals"})  # what pages alone go by
_PARAMETER: Final = re.compile(rf"({condition_tree.PATH})([a-z_][a-z0-9_]*)(?:\[([a-z]+)\])?", re.ASCII)

# What every record has beside its kind's own fields.
STANDARD: Final = (
    TextField(name="external_id", label=_l("External id"), max_length=100),
    MomentField(name="created_at", label=_l("Created"), read_only=True),
    MomentField(name="changed_at", label=_l("Changed"), read_only=True),
)


@dataclass(frozen=True, slots=True)
class Query:
    """What a list shows; with ``ids``, of these records only."""

    filters: Sequence[Node] = ()
    q: str = ""
    sort: str = ""
    cursor: str = ""
    limit: int = DEFAULT_LIMIT
    fields: Sequence[str] = ()
    links: attribution.Links = attribution.Links.RECORDED
    ids: Sequence[int] = ()


@dataclass(slots=True)
class Page:
    """Rows of a list (tuples in the order of the asked columns) and the cursors around them."""

    rows: list[Any] = field(default_factory=list)
    next_cursor: str = ""
    previous_cursor: str = ""


def parse(
    kind: RecordKind, parameters: Iterable[tuple[str, str]], *, typed: bool, me: int | None = None
) -> Query:
    """Read the parameters of an address. ``typed``: values as in the API, else as people write them.

    ``me`` is the user who asks; they are meant by the word of that name.

    Raises ``MalformedError`` for a parameter that there is not and ``InvalidError`` for a value.
    """
    filters: dict[tuple[str, str, str], list[str]] = {}
    controls: dict[str, str] = {}
    for name, text in parameters:
        if name in CONTROLS:
            controls[name] = f"{controls[name]},{text}" if name == "ids" and name in controls else text
            continue
        attribute, operator = split(name)
        _check_operator(inside(kind, path_of(name)), attribute, operator, name)
        filters.setdefault((path_of(name), attribute, operator), []).append(text)
    _check_groups(path for path, _attribute, _operator in filters)
    errors: list[FieldError] = []
    how = Reading(typed, me)
    parsed = [_filter(inside(kind, key[0]), *key, texts, errors, how) for key, texts in filters.items()]
    query = Query(
        filters=condition_tree.grown(item for item in parsed if item is not None),
        q=controls.get("q", "").strip()[:200].replace("\x00", ""),
        sort=_sort(kind, controls.get("sort", "")),
        cursor=controls.get("cursor", ""),
        limit=_limit(controls.get("limit", ""), errors),
        fields=_fields(kind, controls.get("fields", ""), errors),
        links=attribution.asked(controls.items()),
        ids=operands.ids(controls.get("ids", ""), errors),
    )
    if errors:
        raise InvalidError(errors)
    return query


def settled(
    kind: RecordKind,
    parameters: Iterable[tuple[str, str]],
    *,
    typed: bool,
    me: int | None = None,
    fixed: bool = False,
) -> list[tuple[str, str]]:
    """Parameters that ``parse`` has read, with values that pages and programs read alike.

    ``fixed``: relative days, and who is meant by ``me``, as they are now.
    """
    how, found = Reading(typed, me), []
    for name, given in parameters:
        operator = split(name)[1]
        text = given
        field = None if name in CONTROLS or name in LOOKS else asked_field(kind, name)
        if field is not None:
            parts = given.split(",") if operator in LISTS else [given]
            text = ",".join(operands.settle(field, part, operator, how, fixed=fixed) for part in parts)
        found.append((name, text))
    return found


def split(name: str) -> tuple[str, str]:
    """The field and the operator of a parameter, in whatever group."""
    found = _PARAMETER.fullmatch(name)
    return (found[2], found[3] or "eq") if found else (name, "eq")


def path_of(name: str) -> str:
    """The group in which a parameter stands: "any1." of ``any1.stage``, "" where it stands in none."""
    found = _PARAMETER.fullmatch(name)
    return found[1] if found else ""


def is_yes(text: str) -> bool:
    """Whether the value of ``[empty]`` asks for what is empty."""
    return text.strip().lower() not in ("false", "0", "no")


def all_fields(kind: RecordKind) -> Sequence[Field]:
    """The kind's fields, those that every record has, and the facts that plugins know of it."""
    return [*kind.fields, *STANDARD, *(figure.field for figure in kind.figures)]


def find_field(kind: RecordKind, name: str) -> Field | None:
    """The field of that name, standard ones included."""
    return next((f for f in all_fields(kind) if f.name == name), None)


def conditional(kind: RecordKind) -> Sequence[Field]:
    """What its lists can be narrowed by: its fields, and what else is asked of its records."""
    return [*all_fields(kind), *(criterion.field for criterion in kind.criteria)]


def inside(kind: RecordKind, path: str) -> RecordKind:
    """The kind that conditions of a group are about. Raises ``MalformedError`` for one that there is not."""
    name = condition_tree.kind_in(path)
    found = next((one for one in kind.related if one.name == name), None) if name else kind
    if found is None:
        known = ", ".join(one.name for one in kind.related) or "-"
        text = _("No records of the kind %(name)s can be asked for here; there are: %(names)s.")
        raise MalformedError(text % {"name": name, "names": known}, code="unknown_parameter")
    return found


def asked_field(kind: RecordKind, parameter: str) -> Field | None:
    """What a parameter compares, in whatever group; None for what there is not."""
    about = condition_tree.kind_in(path_of(parameter))
    of = next((one for one in kind.related if one.name == about), None) if about else kind
    name = split(parameter)[0]
    return next((f for f in conditional(of) if f.name == name), None) if of else None


def _check_operator(kind: RecordKind, attribute: str, operator: str, name: str) -> None:
    found = _conditional(kind, attribute)
    if found is None:
        names = ", ".join(f.name for f in conditional(kind))
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


def _conditional(kind: RecordKind, name: str) -> Field | None:
    return next((f for f in conditional(kind) if f.name == name), None)


def _check_groups(paths: Iterable[str]) -> None:
    grouped = [path for path in paths if path]
    if any(path.count(".") > condition_tree.DEEPEST for path in grouped):
        text = _("Groups of conditions stand at most %(most)s deep.", most=condition_tree.DEEPEST)
        raise MalformedError(text, code="too_deep")
    if len(grouped) > condition_tree.MOST:
        text = _("At most %(most)s conditions stand in groups.", most=condition_tree.MOST)
        raise MalformedError(text, code="too_many")


def _filter(
    kind: RecordKind,
    path: str,
    attribute: str,
    operator: str,
    texts: list[str],
    errors: list[FieldError],
    how: Reading,
) -> Filter | None:
    found = _conditional(kind, attribute)
    assert found is not None
    if operator == "empty":
        return Filter(attribute, operator, is_yes(texts[-1]), path=path)
    values = [part for text in texts for part in (text.split(",") if operator in LISTS else [text])]
    if len(values) > 1:
        operator = "in" if operator == "eq" else operator
    converted = []
    for text in values[:MAX_CHOICES]:
        try:
            converted.append(operands.read(found, text, operator, how))
        except (ValueError, TypeError) as fault:
            errors.append(FieldError(path + attribute, f"{found.label}: {fault}"))
    if not converted:
        return None
    relative = values[-1].strip() if operands.moves(found, values[-1]) and len(values) == 1 else ""
    return Filter(attribute, operator, converted if operator in LISTS else converted[-1], relative, path)


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


def _counted(kind: RecordKind, links: attribution.Links, condition: Filter) -> sa.ColumnElement[bool]:
    if links and condition.field == kind.client:
        return attribution.compared(kind, links, condition.operator, condition.value)
    found = find_field(kind, condition.field)
    assert found is not None
    return comparing.compared(kind, found, condition)


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
    keys = keys_of(kind, query.sort)
    backwards, position = cursors.read(query.cursor, query.sort, [key.column.type for key in keys])
    statement = _ordered(tuple(columns), tuple(joins), keys, backwards=backwards)
    statement = access.within(statement, kind, actor, action)
    statement = statement.where(*conditions(session, kind, query, actor))
    if position is not None:
        statement = statement.where(beyond(keys, position, backwards=backwards))
    elif query.sort == kind.sort and not (query.q or query.ids):
        statement = statement.where(*criteria.begins(session, kind, query.filters, query.limit + 1))
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
    return session.scalar(statement.where(*conditions(session, kind, query, actor))) or 0


def conditions(
    session: Session, kind: RecordKind, query: Query, actor: Actor
) -> Iterator[sa.ColumnElement[bool]]:
    """What rows of a list fulfil, beside being visible."""
    if query.ids:
        yield column(kind, "id").in_(query.ids)
    for node in query.filters:
        yield condition(session, kind, query, actor, node)
    if query.q:
        yield column(kind, "id").in_(search.record_ids(session, kind, query.q, actor=actor))


def condition(
    session: Session, kind: RecordKind, query: Query, actor: Actor, node: Node
) -> sa.ColumnElement[bool]:
    """One of them. Raises what a criterion raises that cannot be told."""

    def single(one: Filter | Has) -> sa.ColumnElement[bool]:
        if isinstance(one, Filter):
            criterion = kind.criterion(one.field)
            return _fulfils(session, criterion, one) if criterion else _counted(kind, query.links, one)
        of = inside(kind, f"has_{one.kind}.")
        parts = sa.and_(*(condition(session, of, query, actor, part) for part in one.parts))
        return criteria.hanging(kind, of, actor, query.links, parts)

    return condition_tree.compiled(node, single)


def _fulfils(session: Session, criterion: Criterion, asked: Filter) -> sa.ColumnElement[bool]:
    if asked.operator == "ne":
        return criterion.holds(session, [asked.value]).is_not(sa.true())
    return criterion.holds(session, asked.value if asked.operator == "in" else [asked.value])


@functools.lru_cache(10_000)
def _ordered(
    columns: tuple[Any, ...], joins: tuple[tuple[Any, Any], ...], keys: tuple[Key, ...], *, backwards: bool
) -> sa.Select[Any]:
    """A list without conditions, kept: to build it takes longer than to fetch 50 rows."""
    statement = sa.select(*columns, *(key.column for key in keys)).select_from(keys[-1].column.table)
    for target, condition in joins:
        statement = statement.outerjoin(target, condition)
    return statement.order_by(*(key.order(backwards=backwards) for key in keys))


def keys_of(kind: RecordKind, sort: str) -> tuple[Key, ...]:
    """What a list is ordered by; the id is the last."""
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    found = find_field(kind, name)
    attribute = found.sort_attribute if found else name
    first = column(kind, attribute)
    if attribute == "id":
        return (Key(first, descending, nullable=False),)
    return (
        Key(first, descending, kind.nullable(attribute)),
        Key(column(kind, "id"), descending, nullable=False),
    )
