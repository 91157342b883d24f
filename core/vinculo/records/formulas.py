"""Fields whose values are computed of others of their record, when that is written.

A formula is one expression: fields by their names in the API, numbers, texts in quotes, ``+ - * /``,
comparisons, ``and``, ``or``, ``not``, ``a if b else c`` and the functions below. Numbers are exact decimals.
Nothing else is understood, so a formula reaches neither objects of the program nor powers that never end.
Where a value is missing, so is the result.
"""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any, Final

from vinculo.db.custom import Price
from vinculo.i18n import gettext as _
from vinculo.records.fields import MAX_AMOUNT, Field
from vinculo.records.kind import RecordKind

LONGEST: Final = 500  # of a formula
LARGEST: Final = 100  # parts of a formula
TEXT: Final = 1000  # of a result
_PLACES: Final = Decimal("0.0001")
_PARTS: Final = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Name,
    ast.Constant, ast.Load, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub, ast.UAdd, ast.Not, ast.And, ast.Or,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
)  # fmt: skip


class MissingError(Exception):
    """A value that the formula needs is not there; its result is empty."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read: its expression and the names of the fields in it."""

    text: str
    node: ast.Expression
    names: frozenset[str]


def _strict(compute: Callable[..., Any]) -> Callable[..., Any]:
    """The same, with no result where one of the values is missing."""

    def strict(*values: Any) -> Any:
        if None in values:
            raise MissingError
        return compute(*values)

    return strict


def _add(one: Any, other: Any) -> Any:
    if isinstance(one, date) and isinstance(other, Decimal):
        return one + timedelta(days=int(other))
    return one + other


def _subtract(one: Any, other: Any) -> Any:
    if isinstance(one, date):
        return Decimal((one - other).days) if isinstance(other, date) else one - timedelta(days=int(other))
    return one - other


def _round(value: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-min(max(int(places), -15), 4)), ROUND_HALF_UP) + 0


_OPERATORS: Final[Mapping[type, Callable[..., Any]]] = {
    ast.Add: _strict(_add),
    ast.Sub: _strict(_subtract),
    ast.Mult: _strict(operator.mul),
    ast.Div: _strict(operator.truediv),
    ast.USub: _strict(operator.neg),
    ast.UAdd: _strict(operator.pos),
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: _strict(operator.lt),
    ast.LtE: _strict(operator.le),
    ast.Gt: _strict(operator.gt),
    ast.GtE: _strict(operator.ge),
}

FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "abs": _strict(abs),
    "round": _strict(_round),
    "min": _strict(min),
    "max": _strict(max),
    "year": _strict(lambda day: Decimal(day.year)),
    "month": _strict(lambda day: Decimal(day.month)),
    "day": _strict(lambda day: Decimal(day.day)),
    "upper": _strict(str.upper),
    "lower": _strict(str.lower),
    "length": _strict(lambda text: Decimal(len(text))),
    "text": _strict(lambda value: f"{value:f}" if isinstance(value, Decimal) else str(value)),
    "empty": lambda value: value in (None, ""),
    "first": lambda *values: next((one for one in values if one not in (None, "")), None),
}


@functools.lru_cache(1000)
def read(text: str) -> Formula:
    """Read a formula. Raises ``ValueError`` that says what is wrong with it."""
    if len(text) > LONGEST:
        raise ValueError(_("It has %(n)s characters; shorten it to %(max)s.", n=len(text), max=LONGEST))
    try:
        node = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(_("This is no formula; write e.g. x_price * x_quantity.")) from None
    parts = [*ast.walk(node)]
    if len(parts) > LARGEST * 2:
        raise ValueError(_("This formula has too many parts; divide it among several fields."))
    if fault := next(filter(None, map(_fault, parts)), ""):
        raise ValueError(fault)
    functions = {id(part.func) for part in parts if isinstance(part, ast.Call)}
    names = {part.id for part in parts if isinstance(part, ast.Name) and id(part) not in functions}
    exact = ast.fix_missing_locations(_Exact().visit(node))
    return Formula(text, exact, frozenset(names))


def _fault(part: ast.AST) -> str:
    """Why a part of a formula is refused; "" if it is not."""
    if not isinstance(part, _PARTS):
        found = type(part).__name__
        return _("“%(part)s” is not understood in formulas; use + - * /, and, or, if.", part=found)
    if isinstance(part, ast.Call):
        known = isinstance(part.func, ast.Name) and part.func.id in FUNCTIONS
        if not known or part.keywords:
            names = ", ".join(FUNCTIONS)
            return _("There are these functions, with values in brackets: %(names)s.", names=names)
    if isinstance(part, ast.Constant) and not isinstance(part.value, str | int | float):
        return _("Write numbers as 12.5 and texts in quotes.")
    return ""


class _Exact(ast.NodeTransformer):
    """Numbers as they are written, not as a float comes near them."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            node.value = Decimal(repr(node.value))  # type: ignore[assignment]
        return node


def evaluate(formula: Formula, values: Mapping[str, Any]) -> Any:
    """The result. Raises ``MissingError``, or ``ValueError`` that says why there is none."""
    from simpleeval import InvalidExpression, SimpleEval  # noqa: PLC0415 -- only who has formulas needs it

    names = {name: _plain(value) for name, value in values.items()}
    runner = SimpleEval(operators=dict(_OPERATORS), functions=dict(FUNCTIONS), names=names)
    try:
        return runner.eval(formula.text, previously_parsed=formula.node.body)
    except (DivisionByZero, InvalidOperation):
        raise ValueError(_("It divides by zero.")) from None
    except (Overflow, OverflowError, InvalidExpression, RecursionError):
        raise ValueError(_("The result is too large.")) from None
    except (TypeError, AttributeError, ValueError):
        raise ValueError(_("It puts together what does not fit, such as a text and a number.")) from None


def _plain(value: Any) -> Any:
    match value:
        case Price():
            return value.amount
        case bool():
            return value
        case int():
            return Decimal(value)
        case tuple():
            return ", ".join(value)
        case str():
            return str(value)
        case other:
            return other


def result(field: Field, values: Mapping[str, Any]) -> Any:
    """What a field that has a formula holds; None where something is missing. Raises ``ValueError``."""
    formula = read(field.formula)
    absent = sorted(formula.names - values.keys())
    if absent:
        raise ValueError(_("There is no field %(name)s.", name=absent[0]))
    try:
        found = evaluate(formula, values)
    except MissingError:
        return None
    return None if found is None else _fitting(field, found)


def _fitting(field: Field, value: Any) -> Any:
    wanted = type_of(field)
    if wanted is str and isinstance(value, str):
        return value[:TEXT]
    if wanted is Decimal and isinstance(value, Decimal) and value.is_finite():
        if abs(value) > MAX_AMOUNT:
            raise ValueError(_("The result is too large."))
        return value.quantize(_PLACES, ROUND_HALF_UP)
    if isinstance(value, wanted) and wanted is not Decimal:
        return value
    raise ValueError(_("The result is not of the type of this field."))


def type_of(field: Field) -> type:
    """The type of its results."""
    python: type = field.stored.python_type
    return python


def computed(kind: RecordKind) -> Sequence[Field]:
    """The fields of a kind that are computed, each after those it needs."""
    return _ordered(kind.whole)


@functools.lru_cache(200)
def _ordered(kind: RecordKind) -> Sequence[Field]:
    fields = {field.name: field for field in kind.fields if field.formula}
    return [fields[name] for name in _in_order({name: needs(one.formula) for name, one in fields.items()})]


def needs(text: str) -> frozenset[str]:
    """The fields that a formula names; none where it cannot be read."""
    try:
        return read(text).names
    except ValueError:
        return frozenset()


def _in_order(needed: Mapping[str, frozenset[str]]) -> list[str]:
    """Names behind those they need; in a circle, as they come."""
    found: dict[str, None] = {}

    def put(name: str, open_: frozenset[str]) -> None:
        for other in sorted(needed[name] & needed.keys() - open_):
            if other not in found:
                put(other, open_ | {other})
        found.setdefault(name)

    for name in needed:
        put(name, frozenset({name}))
    return [*found]


def circle(needed: Mapping[str, frozenset[str]]) -> Sequence[str]:
    """The first circle among names and what they need, its beginning at both ends; empty without one."""
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> Sequence[str]:
        if name in path:
            return (*path[path.index(name) :], name)
        if name in done:
            return ()
        for other in sorted(needed.get(name, ())):
            if found := walk(other, (*path, name)):
                return found
        done.add(name)
        return ()

    return next((found for name in needed if (found := walk(name, ()))), ())


def compute(kind: RecordKind, record: Any) -> None:
    """Set what is computed of a record; empty where it cannot be: see ``reason``."""
    fields = computed(kind)
    if not fields:
        return
    values = _held(kind, record)
    for field in fields:
        try:
            values[field.name] = result(field, values)
        except ValueError:
            values[field.name] = None
        setattr(record, field.name, values[field.name])


def _held(kind: RecordKind, record: Any) -> dict[str, Any]:
    found = {field.name: getattr(record, field.name) for field in kind.whole.fields}
    return {
        field.name: field.empty if found[field.name] is None else found[field.name]
        for field in kind.whole.fields
    }


def reason(kind: RecordKind, field: Field, record: Any) -> str:
    """Why there is no result, in the current language; "" where there is one, or a value is missing."""
    try:
        result(field, _held(kind, record))
    except ValueError as fault:
        return str(fault)
    return ""
