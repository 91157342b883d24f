"""The conditions of a list in words, as its chips say them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.records import attribution, conditions, relative
from vinculo.records import query as queries
from vinculo.records.condition_tree import Filter, Way, leaves, way_of
from vinculo.records.conditions import Condition
from vinculo.records.fields import DateField, Field, LinkField, MomentField, TimeField
from vinculo.records.forms import title
from vinculo.records.kind import RecordKind
from vinculo.records.operands import ME
from vinculo.records.query import Query
from vinculo.web.context import Context
from vinculo.web.views import Chip


def chips(
    ctx: Context, kind: RecordKind, asked: Query, parameters: Sequence[tuple[str, str]], *, at: str = ""
) -> Iterator[Chip]:
    """Each condition of a list, with the form that changes it and the list without it.

    ``at`` is the page that has the conditions, if it is not the list of the kind.
    """
    here = [(AT, at)] if at else []

    def url(rest: Sequence[tuple[str, str]]) -> str:
        return f"{at or kind.url}?{urlencode(rest or [('saved', '0')])}"

    if asked.ids:
        words = ngettext("%(n)s selected record", "%(n)s selected records", len(asked.ids))
        yield Chip(words, url([(n, v) for n, v in parameters if n != "ids"]))
    teller = Teller(ctx, kind, asked, parameters)
    for condition, words in teller.conditions():
        own = [*parameters, *here, ("_field", condition.field), ("_was", " ".join(condition.names))]
        rest = conditions.replaced(parameters, condition.names, None)
        yield Chip(words, url(rest), f"{kind.url}/filter?{urlencode(own)}")
    for path, words in teller.groups():
        own = [*parameters, *here, ("_group", path)]
        yield Chip(words, url(conditions.without(parameters, path)), f"{kind.url}/filter?{urlencode(own)}")
    if way := attribution.asked(parameters):
        text = _("Counted: %(way)s", way=attribution.words(way)[0])
        yield Chip(text, url([pair for pair in parameters if pair[0] != attribution.PARAMETER]))


AT: Final = "_at"  # says, in the address of the form of a condition, to which page it leads back


class Teller:
    """Says what a list is narrowed to; ``asked`` is what its ``parameters`` were read as."""

    def __init__(
        self, ctx: Context, kind: RecordKind, asked: Query, parameters: Sequence[tuple[str, str]]
    ) -> None:
        self._ctx, self._kind, self._parameters = ctx, kind, parameters
        self._parsed = {(one.path, one.field, one.operator): one for one in leaves(asked.filters)}

    def conditions(self, path: str = "") -> Iterator[tuple[Condition, str]]:
        """The single conditions of a group, or those in none."""
        kind = queries.inside(self._kind, path)
        for one in conditions.of(queries.conditional(kind), self._parameters, path):
            if words := _of_condition(self._ctx, kind, one, self._parsed):
                yield one, words

    def groups(self, path: str = "") -> Iterator[tuple[str, str]]:
        """The groups in a group, or in none, by their paths."""
        for inner in conditions.groups_of(self._parameters, path):
            if words := self._group(inner):
                yield inner, words

    def all(self, path: str = "") -> list[str]:
        """Everything, part by part."""
        return [*(words for _one, words in self.conditions(path)), *(w for _path, w in self.groups(path))]

    def _group(self, path: str) -> str:
        single = [words for _one, words in self.conditions(path)]
        inner = [
            f"({words})" if len(self.all(below)) > 1 and way_of(below) in (Way.ALL, Way.ANY) else words
            for below, words in self.groups(path)
        ]
        parts = [*single, *inner]
        match way_of(path):
            case Way.NONE if parts:
                return _("none of") + f" ({'; '.join(parts)})"
            case Way.HAS | Way.LACKS as way:
                label = queries.inside(self._kind, path).label_plural
                words = _("There are: %(kind)s") if way is Way.HAS else _("There are no: %(kind)s")
                return words % {"kind": label} + f" ({'; '.join(parts)})"
            case Way.ALL:
                return (" " + _("and") + " ").join(parts)
        return (" " + _("or") + " ").join(parts)


def _of_condition(
    ctx: Context, kind: RecordKind, condition: Condition, parsed: Mapping[tuple[str, str, str], Filter]
) -> str:
    field = _field(kind, condition.field)
    operators = {
        "is": ("eq", "in"),
        "in": ("in", "eq"),
        "me": ("eq",),
        "notme": ("ne",),
        "filled": ("empty",),
    }
    asked = operators.get(condition.key, ("gte", "lte") if len(condition.names) == 2 else (condition.key,))
    found = [one for operator in asked if (one := parsed.get((condition.path, condition.field, operator)))]
    if not found:
        return ""
    if said := conditions.in_words(condition):
        return f"{field.label}: {said}"
    if condition.key == "between" and len(found) == 2:
        return f"{field.label}: {' … '.join(_value(ctx, field, one) for one in found)}"
    return in_words(ctx, kind, found[0])


def in_words(ctx: Context, kind: RecordKind, condition: Filter) -> str:
    """A condition as people read it."""
    field = _field(kind, condition.field)
    if condition.operator == "empty":
        return f"{field.label}: {_('is empty') if condition.value else _('is not empty')}"
    said = _value(ctx, field, condition)
    match condition.operator:
        case "contains":
            said = _("contains “%(text)s”", text=said)
        case "starts":
            said = _("starts with “%(text)s”", text=said)
    return f"{field.label}: {_compared(field, condition, said)}"


def _field(kind: RecordKind, name: str) -> Field:
    return next(field for field in queries.conditional(kind) if field.name == name)


def _value(ctx: Context, field: Field, condition: Filter) -> str:
    if condition.relative:
        return _("me") if condition.relative == ME else relative.in_words(condition.relative)
    if condition.operator in ("contains", "starts"):
        return str(condition.value)
    values = condition.value if isinstance(condition.value, list) else [condition.value]
    texts = [title(ctx, field, v) if isinstance(field, LinkField) else field.show(v) for v in values]
    return ", ".join(map(str, texts))


def _compared(field: Field, condition: Filter, said: str) -> str:
    """What a value says with its operator, as people speak of amounts and of days."""
    spans = relative.parts(condition.relative)
    match condition.operator:
        case "ne":
            return _("not %(value)s", value=said)
        case "all":
            return f"{_('all of')} {said}"
        case "none":
            return f"{_('none of')} {said}"
        case "lt" if spans and spans[0]:
            return _("more than %(span)s ago", span=relative.span(condition.relative))
        case "gt" if spans and spans[0]:
            return _("less than %(span)s ago", span=relative.span(condition.relative))
    return (_in_time if isinstance(field, DateField | MomentField | TimeField) else _in_size)(condition, said)


def _in_time(condition: Filter, said: str) -> str:
    match condition.operator:
        case "gte":
            return _("%(value)s or later", value=said)
        case "lte":
            return _("%(value)s or earlier", value=said)
        case "gt":
            return _("after %(value)s", value=said)
        case "lt":
            return _("before %(value)s", value=said)
    return said


def _in_size(condition: Filter, said: str) -> str:
    match condition.operator:
        case "gte":
            return _("at least %(value)s", value=said)
        case "lte":
            return _("at most %(value)s", value=said)
        case "gt":
            return _("more than %(value)s", value=said)
        case "lt":
            return _("less than %(value)s", value=said)
    return said
