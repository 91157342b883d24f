"""Conditions in groups: all of them, any of them, or none of them, and groups within groups.

In an address, a parameter says by what precedes its name in which group it stands:
``any1.stage=lost&any1.all1.country=BR&any1.all1.name[contains]=bar`` is what is lost, or is in Brazil and
called so. What stands in no group is fulfilled beside them. The numbers tell groups apart, no more.

``has_interaction1.type=call_in&has_interaction1.happened_at[gte]=-90d`` is a client with whom there was such
a call: the conditions of that group are about interactions, and one of these fulfils all of them.
``lacks_interaction1.`` is that there is none. Both hold groups of the other kinds, and stand in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

DEEPEST: Final = 4  # groups within each other
MOST: Final = 100  # conditions within groups
PATH: Final = r"(?:(?:all|any|none|(?:has|lacks)_[a-z_]{1,60})\d{0,3}\.)*"


class Way(StrEnum):
    """How many of the conditions of a group are fulfilled."""

    ALL = "all"
    ANY = "any"
    NONE = "none"
    HAS = "has"  # they are about a record that hangs on the one in question
    LACKS = "lacks"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition: ``field`` is a name, ``operator`` one of the field's operators.

    ``relative`` is how a value was written that moves with the day or with who asks, else "". ``path`` is
    the group in which it stands, as addresses name it.
    """

    field: str
    operator: str
    value: Any
    relative: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    parts: Sequence[Node]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of these."""

    parts: Sequence[Node]


@dataclass(frozen=True, slots=True)
class Not:
    """What does not fulfil it; a comparison with a value that is missing is not fulfilled."""

    part: Node


@dataclass(frozen=True, slots=True)
class Has:
    """A record of another kind hangs on it that fulfils all of these."""

    kind: str
    parts: Sequence[Node]


Node: TypeAlias = Filter | And | Or | Not | Has


Single = Callable[[Filter | Has], sa.ColumnElement[bool]]


def leaves(nodes: Iterable[Node]) -> Iterator[Filter]:
    """Every single condition."""
    for node in nodes:
        match node:
            case Filter():
                yield node
            case Not(part):
                yield from leaves([part])
            case And(parts) | Or(parts) | Has(_, parts):
                yield from leaves(parts)


def compiled(node: Node, single: Single) -> sa.ColumnElement[bool]:
    """As one expression; ``single`` makes that of one condition, or of what hangs on a record."""
    match node:
        case Filter() | Has():
            return single(node)
        case Not(part):
            return compiled(part, single).is_not(sa.true())
        case And(parts):
            return sa.and_(*(compiled(part, single) for part in parts)).self_group()
        case Or(parts):
            return sa.or_(*(compiled(part, single) for part in parts)).self_group()


def written(node: Node) -> str:
    """In one line, for logs."""
    match node:
        case Filter():
            return f"{node.field}[{node.operator}]={node.value}"
        case Not(part):
            return f"not ({written(part)})"
        case And(parts):
            return f"({' and '.join(map(written, parts))})"
        case Or(parts):
            return f"({' or '.join(map(written, parts))})"
        case Has(kind, parts):
            return f"has {kind} ({' and '.join(map(written, parts))})"


# Paths


def steps(path: str) -> list[str]:
    """The names of the groups of a path, the outermost first."""
    return path.split(".")[:-1]


def way_of(path: str) -> Way:
    """How the conditions in a group are joined; outside of all, all count."""
    names = steps(path)
    return Way(_word(names[-1]).partition("_")[0]) if names else Way.ALL


def kind_in(path: str) -> str:
    """The kind that hangs on the record, whose fields the conditions of a path are about; "" if none."""
    about = [_word(one).partition("_")[2] for one in steps(path)]
    return next((one for one in reversed(about) if one), "")


def _word(step: str) -> str:
    return step.rstrip("0123456789")


def free(path: str, way: Way, taken: Iterable[str], *, kind: str = "") -> str:
    """A path for one more group in another; ``taken`` are paths of conditions that there are.

    ``kind`` is the one of which a record is there, or is not.
    """
    used = {*taken}
    word = f"{way}_{kind}" if kind else way
    names = (f"{path}{word}{number}." for number in range(1, 1000))
    return next(name for name in names if not any(one.startswith(name) for one in used))


def grown(filters: Iterable[Filter]) -> list[Node]:
    """The conditions in the groups that their paths name, in the order in which these first appear."""
    return _grown([(steps(one.path), one) for one in filters])


def _grown(placed: Sequence[tuple[list[str], Filter]]) -> list[Node]:
    found: list[Node] = []
    groups: dict[str, list[tuple[list[str], Filter]]] = {}
    for names, one in placed:
        if names:
            groups.setdefault(names[0], []).append((names[1:], one))
        else:
            found.append(one)
    return [*found, *(_joined(f"{name}.", _grown(inner)) for name, inner in groups.items())]


def _joined(path: str, parts: Sequence[Node]) -> Node:
    match way_of(path):
        case Way.ALL:
            return And(parts)
        case Way.ANY:
            return Or(parts)
        case Way.NONE:
            return Not(Or(parts))
        case Way.HAS:
            return Has(kind_in(path), parts)
        case Way.LACKS:
            return Not(Has(kind_in(path), parts))
