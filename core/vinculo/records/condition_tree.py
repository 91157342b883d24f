"""Conditions in groups: all of them, any of them, or none of them, and groups within groups.

In an address, a parameter says by what precedes its name in which group it stands:
``any1.stage=lost&any1.all1.country=BR&any1.all1.name[contains]=bar`` is what is lost, or is in Brazil and
called so. What stands in no group is fulfilled beside them. The numbers tell groups apart, no more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

DEEPEST: Final = 4  # groups within each other
MOST: Final = 100  # conditions within groups
STEP: Final = re.compile(r"(all|any|none)\d{0,3}", re.ASCII)
PATH: Final = rf"(?:{STEP.pattern.replace('(', '(?:')}\.)*"


class Way(StrEnum):
    """How many of the conditions of a group are fulfilled."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


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


Node: TypeAlias = Filter | And | Or | Not


def leaves(nodes: Iterable[Node]) -> Iterator[Filter]:
    """Every single condition."""
    for node in nodes:
        match node:
            case Filter():
                yield node
            case Not(part):
                yield from leaves([part])
            case And(parts) | Or(parts):
                yield from leaves(parts)


def compiled(node: Node, single: Callable[[Filter], sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
    """As one expression; ``single`` makes that of one condition."""
    match node:
        case Filter():
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


# Paths


def steps(path: str) -> list[str]:
    """The names of the groups of a path, the outermost first."""
    return path.split(".")[:-1]


def way_of(path: str) -> Way:
    """How the conditions in a group are joined; outside of all, all count."""
    names = steps(path)
    return Way(names[-1].rstrip("0123456789")) if names else Way.ALL


def free(path: str, way: Way, taken: Iterable[str]) -> str:
    """A path for one more group in another; ``taken`` are paths of conditions that there are."""
    used = {*taken}
    names = (f"{path}{way}{number}." for number in range(1, 1000))
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
    return [*found, *(_joined(way_of(f"{name}."), _grown(inner)) for name, inner in groups.items())]


def _joined(way: Way, parts: Sequence[Node]) -> Node:
    if way is Way.ALL:
        return And(parts)
    return Or(parts) if way is Way.ANY else Not(Or(parts))
