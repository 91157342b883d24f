"""What an app is made of, and what would come and go with a switch: the difference of two apps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from vinculo.plugins.contributions import Part
from vinculo.plugins.registry import Registry

Action = Literal["on", "off"]
Parts = Mapping[Part, Sequence[str]]
WHOLE: Final = "*"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a switch would do; ``appears`` and ``goes`` name parts, sorted, without empty ones.

    ``names`` are the plugins that are switched, in that order: with ``cascade`` also ``others``, those
    that require the plugin (off) or that it requires (on). Without it these stand against the switch.
    ``rows`` counts the rows of each table, which stay; ``migrations`` will be run before. ``views`` are the
    saved views, in words, that use what goes or comes. ``refusal`` says why it cannot be switched at all.
    """

    action: Action
    name: str
    names: Sequence[str]
    others: Sequence[str] = ()
    appears: Parts = field(default_factory=dict)
    goes: Parts = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    migrations: Sequence[str] = ()
    refusal: str = ""
    views: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """The same as builtins."""
        return {
            "action": self.action,
            "name": self.name,
            "names": [*self.names],
            "others": [*self.others],
            "appears": {part.value: [*items] for part, items in self.appears.items()},
            "goes": {part.value: [*items] for part, items in self.goes.items()},
            "rows": dict(self.rows),
            "migrations": [*self.migrations],
            "refusal": self.refusal,
            "views": [*self.views],
        }


Inventory = frozenset[tuple[Part, str]]


def inventory(registry: Registry, routes: Iterable[str]) -> Inventory:
    """All parts of an app; ``routes`` are its routes as ``GET /clients``."""
    return frozenset([*registry.owners, *((Part.ROUTES, route) for route in routes)])


def difference(before: Inventory, after: Inventory) -> tuple[Parts, Parts]:
    """What appears, and what goes."""
    return _by_part(after - before), _by_part(before - after)


def fields_of(parts: Parts) -> Mapping[str, set[str]]:
    """The columns, facts and conditions among parts, by kind; ``WHOLE`` stands for a kind itself."""
    found: dict[str, set[str]] = {}
    for part in (Part.COLUMNS, Part.FACTS, Part.CRITERIA):
        for name in parts.get(part, ()):
            kind, _dot, field = name.partition(".")
            found.setdefault(kind, set()).add(field)
    for name in parts.get(Part.EVENTS, ()):
        kind, _dot, event = name.rpartition(".")
        if event == "created":
            found.setdefault(kind, set()).add(WHOLE)
    return found


def _by_part(found: Inventory) -> Parts:
    parts = {part: sorted(name for kind, name in found if kind is part) for part in Part}
    return {part: names for part, names in parts.items() if names}
