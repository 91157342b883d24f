"""What a token may do of what its user may: never more, whatever it was given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from vinculo.actor import Actor, Rights, Scope

ALL: Final = "*"
EVERYTHING: Final[Sequence[str]] = (ALL,)
READING: Final = ".read"


def narrowed(actor: Actor, scopes: Sequence[str]) -> Actor:
    """The same one with no more than these permissions of their own."""
    if ALL in scopes:
        return actor
    chosen = frozenset(scopes)
    if actor.is_administrator:
        return replace(actor, rights=Rights(dict.fromkeys(chosen, Scope.ALL)), is_administrator=False)
    return replace(actor, rights=actor.rights.only(chosen))


def reading(permissions: Iterable[str]) -> list[str]:
    """Those that change nothing."""
    return sorted(name for name in permissions if name.endswith(READING))
