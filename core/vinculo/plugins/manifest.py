"""What a plugin says of itself before it is imported."""

from __future__ import annotations

import re
from dataclasses import dataclass

from babel.support import LazyProxy

_NAME = re.compile(r"[a-z][a-z0-9]{1,30}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The plugin's card. Its tables begin with ``<name>_``; ``requires`` names plugins that must be on."""

    name: str
    title: str | LazyProxy
    summary: str | LazyProxy
    version: str
    requires: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    icon: str = "puzzle"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a plugin's name is a lower-case word, not {self.name!r}")
