"""Conditions as people compose them: a field, a comparison in words, and what it compares with.

One such condition is one or two parameters of an address (``vinculo.records.query``), and comes back from
them: from 1 to 5 is ``[gte]`` and ``[lte]``, the last 30 days are ``[gte]=-30d`` and ``[lte]=today``.
Conditions of a group are composed alike, each in a group of its own within it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from vinculo.i18n import gettext as _
from vinculo.records import query as queries
from vinculo.records import relative
from vinculo.records.condition_tree import Way, way_of
from vinculo.records.fields import (
    ChoiceField,
    DateField,
    Field,
    LinkField,
    MomentField,
    SeveralField,
    TimeField,
    YesNoField,
)
from vinculo.records.kind import RecordKind
from vinculo.records.operands import ME
from vinculo.web.views import Option

Pairs = Sequence[tuple[str, str]]
_BACK: Final = re.compile(r"-(\d{1,4}[dwmy])", re.ASCII)
_AHEAD: Final = re.compile(r"\+?(\d{1,4}[dwmy])", re.ASCII)


class Shape(StrEnum):
    """What is given beside a comparison."""

    NOTHING = "nothing"
    ONE = "one"
    SEVERAL = "several"
    RANGE = "range"
    SPAN = "span"  # a count of days, weeks, months or years


@dataclass(frozen=True, slots=True)
class Comparison:
    """One way to compare: ``key`` names it in addresses, ``label`` is in the user's language."""

    key: str
    label: str
    shape: Shape = Shape.ONE


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a list: its ``values`` as an address holds them, in the parameters ``names``.

    ``path`` is the group in which it stands.
    """

    field: str
    key: str
    values: Sequence[str]
    names: Sequence[str] = ()
    path: str = ""


def fields_of(kind: RecordKind) -> Sequence[Option]:
    """The fields by which a list can be narrowed."""
    failed = {figure.field.name for figure in kind.figures if figure.failed}
    fields = [one for one in queries.conditional(kind) if one.operators and one.name not in failed]
    return [Option(one.name, str(one.label)) for one in fields]


def offered(field: Field) -> Sequence[Comparison]:
    """The comparisons that suit a field, the usual one first."""
    if isinstance(field, YesNoField):
        return [Comparison("is", _("is"))]
    ways = _ways(field)
    if "empty" in field.operators:
        ways.append(Comparison("empty", _("is empty"), Shape.NOTHING))
        ways.append(Comparison("filled", _("is not empty"), Shape.NOTHING))
    return ways


def _ways(field: Field) -> list[Comparison]:
    if isinstance(field, SeveralField):
        held = (("any", _("has any of")), ("all", _("has all of")), ("none", _("has none of")))
        return [Comparison(key, label, Shape.SEVERAL) for key, label in held]
    if isinstance(field, ChoiceField):
        return [Comparison("is", _("is"), Shape.SEVERAL), Comparison("ne", _("is not"))]
    same = [Comparison("is", _("is")), Comparison("ne", _("is not"))]
    several = [Comparison("in", _("is one of"), Shape.SEVERAL)] if "in" in field.operators else []
    if isinstance(field, LinkField):
        mine = [
            Comparison("me", _("is me"), Shape.NOTHING),
            Comparison("notme", _("is not me"), Shape.NOTHING),
        ]
        return [*(mine if field.kind == "user" else []), *same, *several]
    if isinstance(field, DateField | MomentField):
        return [*_spans(), *_ordered(_("is on"), _("is after"), _("is before")), *several]
    if isinstance(field, TimeField):
        return [*_ordered(_("is at"), _("is after"), _("is before")), *several]
    if "lt" in field.operators:
        return [*_ordered(_("is"), _("is more than"), _("is less than")), *several]
    words = [Comparison("contains", _("contains")), Comparison("starts", _("starts with"))]
    return [*(words if "contains" in field.operators else []), *same, *several]


def _spans() -> list[Comparison]:
    last = Comparison("last", _("is in the last"), Shape.SPAN)
    return [last, Comparison("next", _("is in the next"), Shape.SPAN)]


def _ordered(same: str, more: str, less: str) -> list[Comparison]:
    return [
        Comparison("between", _("is from … to"), Shape.RANGE),
        Comparison("is", same),
        Comparison("gte", _("is from")),
        Comparison("lte", _("is up to")),
        Comparison("gt", more),
        Comparison("lt", less),
        Comparison("ne", _("is not")),
    ]


def comparison(field: Field, key: str) -> Comparison:
    """The comparison of that name, or the usual one where the field has none of it."""
    found = offered(field)
    return next((one for one in found if one.key == key), found[0])


# From parameters, and to them


def of(kind_fields: Iterable[Field], parameters: Pairs, path: str = "") -> list[Condition]:
    """The conditions in a group that parameters consist of, in the order in which fields are first named."""
    known = {field.name: field for field in kind_fields}
    given: dict[str, dict[str, list[str]]] = {}
    for name, value in parameters:
        field, operator = queries.split(name)
        if field in known and name not in queries.CONTROLS and queries.path_of(name) == path:
            given.setdefault(field, {}).setdefault(operator, []).append(value)
    found = [one for name, by in given.items() for one in _of_field(known[name], by, way_of(path))]
    return [replace(one, names=[path + name for name in one.names], path=path) for one in found]


def groups_of(parameters: Pairs, path: str = "") -> list[str]:
    """The groups that stand in a group, or in none, by their paths."""
    paths = [queries.path_of(name) for name, _value in parameters]
    inner = [one for one in paths if one.startswith(path) and one != path]
    return [*dict.fromkeys(f"{path}{one[len(path) :].split('.')[0]}." for one in inner)]


def _of_field(field: Field, by: Mapping[str, list[str]], way: Way) -> list[Condition]:
    rest, found = dict(by), []
    if {"gte", "lte"} <= rest.keys() and "lt" in field.operators and way is Way.ALL:
        found.append(_range(field, rest.pop("gte")[-1], rest.pop("lte")[-1]))
    picks = [*rest.pop("eq", ()), *(part for text in rest.pop("in", ()) for part in text.split(","))]
    if picks:
        names = [name for name in (field.name, f"{field.name}[in]") if queries.split(name)[1] in by]
        found.append(_picked(field, picks, names))
    found += [_plain(field, operator, values[-1]) for operator, values in rest.items()]
    return found


def _range(field: Field, first: str, last: str) -> Condition:
    names = (f"{field.name}[gte]", f"{field.name}[lte]")
    back, ahead = _BACK.fullmatch(first.strip()), _AHEAD.fullmatch(last.strip())
    if back and last.strip() == "today":
        return Condition(field.name, "last", [back[1]], names)
    if ahead and first.strip() == "today":
        return Condition(field.name, "next", [ahead[1]], names)
    return Condition(field.name, "between", [first, last], names)


def _picked(field: Field, picks: Sequence[str], names: Sequence[str]) -> Condition:
    if picks == [ME] and isinstance(field, LinkField):
        return Condition(field.name, "me", (), names)
    single = len(picks) == 1 or isinstance(field, ChoiceField)
    return Condition(field.name, "is" if single else "in", picks, names)


def _plain(field: Field, operator: str, value: str) -> Condition:
    names = (f"{field.name}[{operator}]",)
    if operator == "empty":
        return Condition(field.name, "empty" if queries.is_yes(value) else "filled", (), names)
    if operator == "ne" and value.strip() == ME and isinstance(field, LinkField):
        return Condition(field.name, "notme", (), names)
    values = value.split(",") if operator in queries.LISTS else [value]
    return Condition(field.name, operator, values, names)


def parameters(condition: Condition) -> list[tuple[str, str]]:
    """What an address says for a condition."""
    name, values = condition.path + condition.field, list(condition.values)
    match condition.key:
        case "empty":
            return [(f"{name}[empty]", "true")]
        case "filled":
            return [(f"{name}[empty]", "false")]
        case "me":
            return [(name, ME)]
        case "notme":
            return [(f"{name}[ne]", ME)]
        case "last":
            return [(f"{name}[gte]", f"-{values[0]}"), (f"{name}[lte]", "today")]
        case "next":
            return [(f"{name}[gte]", "today"), (f"{name}[lte]", values[0])]
        case "between":
            return [(f"{name}[gte]", values[0]), (f"{name}[lte]", values[1])]
        case "is" | "in" if len(values) > 1 and not any("," in value for value in values):
            return [(f"{name}[in]", ",".join(values))]
        case "is" | "in":
            return [(name, value) for value in values]  # a name that is repeated means one of several
    return [(f"{name}[{condition.key}]", ",".join(values) if condition.key in queries.LISTS else values[0])]


def replaced(given: Pairs, was: Sequence[str], condition: Condition | None) -> list[tuple[str, str]]:
    """The parameters of a list with a condition in the place of those called ``was``; its first page."""
    fresh = parameters(condition) if condition else []
    gone = {*was, *(name for name, _value in fresh), "cursor"}
    if condition and condition.key in ("is", "in", "me"):
        name = condition.path + condition.field
        gone |= {name, f"{name}[in]"}  # one of several, and one, are one condition
    kept = [(n, v) for n, v in given if n not in gone]
    place = next((i for i, (n, _v) in enumerate(given) if n in was), len(kept))
    return [*kept[:place], *fresh, *kept[place:]]


def without(given: Pairs, path: str) -> list[tuple[str, str]]:
    """The parameters of a list without a group; its first page."""
    return [(n, v) for n, v in given if n != "cursor" and not queries.path_of(n).startswith(path)]


def moved(given: Pairs, path: str, to: str) -> list[tuple[str, str]]:
    """The parameters of a list with a group under another path; its first page."""
    found = []
    for name, value in given:
        inside = queries.path_of(name).startswith(path)
        found.append((to + name[len(path) :] if inside else name, value))
    return [(n, v) for n, v in found if n != "cursor"]


# In words


def in_words(condition: Condition) -> str:
    """What a range or a span says; "" for what is one comparison only."""
    match condition.key:
        case "last":
            return _("in the last %(span)s", span=relative.span(condition.values[0]))
        case "next":
            return _("in the next %(span)s", span=relative.span(condition.values[0]))
    return ""
