"""The inputs of a condition: what is drawn for each comparison, and what was typed into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import relative
from vinculo.records.conditions import Comparison, Condition, Shape, comparison
from vinculo.records.fields import (
    ChoiceField,
    CodeField,
    DateField,
    Field,
    LinkField,
    MomentField,
    PriceField,
    TextField,
    YesNoField,
)
from vinculo.records.forms import title
from vinculo.records.operands import ME
from vinculo.records.reading import Reader
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.views import Input, Option, Widget

FIRST: Final = "_a"
LAST: Final = "_b"
PICK: Final = "_pick"
FEW: Final = 30  # choices that are ticked; of more, several are named line by line
_DAY: Final = "day"


# Drawing


def inputs(ctx: Context, field: Field, how: Comparison, now: Condition, *, typed: bool) -> Sequence[Input]:
    """What is filled in beside a comparison; ``typed``: with what the address says was typed."""
    values = [*now.values, "", ""]
    match how.shape:
        case Shape.ONE:
            return _edge(ctx, field, how, FIRST, values[0], _("Value"), typed=typed)
        case Shape.RANGE:
            first = _edge(ctx, field, how, FIRST, values[0], _("From"), typed=typed)
            return [*first, *_edge(ctx, field, how, LAST, values[1], _("To"), typed=typed)]
        case Shape.SPAN:
            return _span(ctx, values[0])
        case Shape.SEVERAL:
            return _several(ctx, field, now, typed=typed)
    return []


def picks(ctx: Context, field: Field, how: Comparison, now: Condition) -> Sequence[tuple[Option, bool]]:
    """The choices that are ticked or not, where one of several is asked for."""
    if how.shape is not Shape.SEVERAL:
        return []
    ticked = _ticked(ctx) or list(now.values)
    if isinstance(field, ChoiceField):
        return [(option, option.value in ticked) for option in field.choices()]
    if isinstance(field, LinkField):
        return [(Option(one, _named(ctx, field, one)), True) for one in ticked if one.strip()]
    if isinstance(field, CodeField):
        return [(Option(one, field.show(one)), True) for one in ticked if one.strip()]
    return []


def _ticked(ctx: Context) -> list[str]:
    return [value for name, value in ctx.parameters() if name == PICK]


def _named(ctx: Context, field: LinkField, value: str) -> str:
    number = whole_number(value)
    if value == ME:
        return _("me")
    return (title(ctx, field, number) if number is not None else "") or value


def _edge(
    ctx: Context, field: Field, how: Comparison, name: str, value: str, label: str, *, typed: bool
) -> list[Input]:
    """One value. Days can be one of the calendar, or one that moves with it."""
    told = ctx.parameter(name) if typed else value
    moving = isinstance(field, DateField | MomentField) and how.shape in (Shape.ONE, Shape.RANGE)
    if not moving:
        return [_value(ctx, field, how, name, told, label, typed=typed)]
    kept = relative.parts(value)
    when = (kept[0] or "+") + kept[2] if kept else value if value in relative.NAMED else _DAY
    if typed:
        when = ctx.parameter(f"{name}-when", _DAY)
    count = ctx.parameter(f"{name}-count") if typed else kept[1] if kept else ""
    day = told if typed or when == _DAY else ""
    return [
        Input(f"{name}-when", label, Widget.SELECT, when, options=_moments()),
        Input(name, _("Day"), Widget.DATE, day[:10] if len(day) > 10 else day),
        Input(f"{name}-count", _("How many"), Widget.NUMBER, count, max_length=4),
    ]


def _moments() -> list[Option]:
    found = [Option(_DAY, _("a day of the calendar"))]
    found += [Option(one, relative.in_words(one)) for one in relative.NAMED]
    back = (_("days ago"), _("weeks ago"), _("months ago"), _("years ago"))
    ahead = (_("days from now"), _("weeks from now"), _("months from now"), _("years from now"))
    found += [Option(f"-{unit}", label) for unit, label in zip(relative.UNITS, back, strict=True)]
    return found + [Option(f"+{unit}", label) for unit, label in zip(relative.UNITS, ahead, strict=True)]


def _value(
    ctx: Context, field: Field, how: Comparison, name: str, value: str, label: str, *, typed: bool
) -> Input:
    if how.key in ("contains", "starts"):
        return Input(name, label, Widget.TEXT, value, max_length=200)
    if isinstance(field, YesNoField):
        words = [Option("true", _("Yes")), Option("false", _("No"))]
        return Input(name, label, Widget.SELECT, value or "true", options=words)
    if isinstance(field, CodeField):
        return Input(name, label, Widget.SELECT, value, options_html=field.options_html(value))
    if isinstance(field, ChoiceField):
        return Input(name, label, Widget.SELECT, value, options=field.choices())
    if isinstance(field, LinkField):
        shown = ctx.parameter(f"{name}__text") if typed else _named(ctx, field, value) if value else ""
        return Input(name, label, Widget.LINK, value, shown, lookup=f"/lookup/{field.kind}")
    plain = Widget.TEXT if isinstance(field, TextField | PriceField) else field.widget
    return Input(name, label, plain, value)


def _span(ctx: Context, value: str) -> list[Input]:
    kept = relative.parts(value) or ("", "30", "d")
    count = ctx.parameter(f"{FIRST}-count", kept[1])
    unit = ctx.parameter(f"{FIRST}-unit", kept[2])
    words = (_("days"), _("weeks"), _("months"), _("years"))
    options = [Option(one, label) for one, label in zip(relative.UNITS, words, strict=True)]
    return [
        Input(f"{FIRST}-count", _("How many"), Widget.NUMBER, count, max_length=4),
        Input(f"{FIRST}-unit", _("Of what"), Widget.SELECT, unit, options=options),
    ]


def _several(ctx: Context, field: Field, now: Condition, *, typed: bool) -> list[Input]:
    if isinstance(field, ChoiceField):
        return []
    if isinstance(field, LinkField):
        shown = ctx.parameter(f"{FIRST}__text") if typed else ""
        return [Input(FIRST, _("One more"), Widget.LINK, "", shown, lookup=f"/lookup/{field.kind}")]
    if isinstance(field, CodeField):
        tags = '<option value=""></option>' + field.options_html("")
        return [Input(FIRST, _("One more"), Widget.SELECT, "", options_html=tags)]
    text = ctx.parameter(FIRST) if typed else "\n".join(now.values)
    return [Input(FIRST, _("Values, one a line"), Widget.TEXTAREA, text)]


# Reading


def read(ctx: Context, field: Field) -> Condition:
    """The condition that was filled in. Raises ``InvalidError``."""
    how = comparison(field, ctx.parameter("_op"))
    match how.shape:
        case Shape.NOTHING:
            values = []
        case Shape.ONE:
            values = [_read_edge(ctx, field, how, FIRST)]
        case Shape.RANGE:
            values = [_read_edge(ctx, field, how, name) for name in (FIRST, LAST)]
        case Shape.SPAN:
            values = [_read_count(ctx, FIRST) + _read_unit(ctx)]
        case Shape.SEVERAL:
            values = _read_several(ctx, field)
    if "" in values or (how.shape is Shape.SEVERAL and not values):
        text = _("Say what %(field)s is compared with.", field=field.label)
        raise InvalidError([FieldError(field.name, text, "required")])
    return Condition(field.name, how.key, values)


def _read_edge(ctx: Context, field: Field, how: Comparison, name: str) -> str:
    when = ctx.parameter(f"{name}-when", _DAY)
    if not isinstance(field, DateField | MomentField) or when == _DAY:
        return _read_value(ctx, field, how, name)
    if when in relative.NAMED:
        return when
    return f"{'-' if when.startswith('-') else ''}{_read_count(ctx, name)}{when[1:2]}"


def _read_value(ctx: Context, field: Field, how: Comparison, name: str) -> str:
    value = ctx.parameter(name).strip()
    if not isinstance(field, LinkField) or value or how.shape is Shape.NOTHING:
        return value
    reader = Reader(ctx.session, ctx.registry.kinds, actor=ctx.actor)
    try:
        found = reader.named(field, ctx.parameter(f"{name}__text"))
    except ValueError as fault:
        raise InvalidError([FieldError(field.name, str(fault))]) from fault
    return "" if found is None else str(found)


def _read_count(ctx: Context, name: str) -> str:
    count = whole_number(ctx.parameter(f"{name}-count").strip())
    if count is None or not 0 <= count <= 9999:
        text = _("Say how many, as a whole number up to %(max)s.", max=9999)
        raise InvalidError([FieldError(f"{name}-count", text)])
    return str(count)


def _read_unit(ctx: Context) -> str:
    unit = ctx.parameter(f"{FIRST}-unit")
    return unit if unit in relative.UNITS else relative.UNITS[0]


def _read_several(ctx: Context, field: Field) -> list[str]:
    found = [value for value in _ticked(ctx) if value.strip()]
    if isinstance(field, ChoiceField):
        return found
    if isinstance(field, LinkField | CodeField):
        more = _read_value(ctx, field, comparison(field, "is"), FIRST)
        return [*dict.fromkeys([*found, *([more] if more else [])])]
    return [line.strip() for line in ctx.parameter(FIRST).splitlines() if line.strip()]
