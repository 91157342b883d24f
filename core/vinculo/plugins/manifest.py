"""What a plugin says of itself before it is imported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from babel.support import LazyProxy

KERNEL: Final = "vinculo"  # as a requirement: the kernel itself
_NAME = re.compile(r"[a-z][a-z0-9]{1,30}")
_REQUIREMENT = re.compile(r"\s*([a-z][a-z0-9]{1,30})\s*((?:[<>=!~]=?=?\s*[\w.*+!-]+\s*,?\s*)*)")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The plugin's card. Its tables begin with ``<name>_``.

    ``requires`` names plugins that must be on, each perhaps with versions (``catalog>=1.2,<2``);
    ``vinculo>=0.2`` is about the kernel. ``optional`` names plugins that it works with, but also without.
    """

    name: str
    title: str | LazyProxy
    summary: str | LazyProxy
    version: str
    requires: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    icon: str = "puzzle"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name == KERNEL:
            raise ValueError(f"a plugin's name is a lower-case word, not {self.name!r}")
        for text in self.requires:
            if not _REQUIREMENT.fullmatch(text):
                raise ValueError(f"a requirement is a name and perhaps versions (deals>=1.2), not {text!r}")

    @property
    def needs(self) -> Mapping[str, str]:
        """What it requires: name → versions such as ``>=1.2,<2``, or ""."""
        found = (_REQUIREMENT.fullmatch(text) for text in self.requires)
        return {match[1]: match[2].strip() for match in found if match}

    @property
    def required(self) -> frozenset[str]:
        """The names of the plugins that must be on."""
        return frozenset(self.needs) - {KERNEL}
