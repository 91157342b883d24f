"""What each value came from, and how it may be shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

PREFIX: Final = "VINCULO_"
HIDDEN: Final = "***"

_SECRET_NAME = re.compile(r"(password|passwd|secret|token|credentials?|dsn|key)$", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/@\s]*?):([^@\s]*)@|(?<=password=)[^&\s]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Origins:
    """What each value came from: the environment, else what was chosen, else the file, else the defaults."""

    file: Path | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)  # vinculo_server__port → its spelling
    chosen: AbstractSet[str] = frozenset()  # keys of [company] that stand in the database

    def variable(self, keys: Iterable[str]) -> str | None:
        """The variable that sets a key, or the whole table of it."""
        names = [key.lower() for key in keys]
        for name in (PREFIX.lower() + "__".join(names), PREFIX.lower() + names[0]):
            if name in self.variables:
                return self.variables[name]
        return None

    def of(self, key: str) -> str:
        """``env:NAME``, ``page``, ``file:PATH`` or ``default``."""
        keys = key.split(".")
        if variable := self.variable(keys):
            return f"env:{variable}"
        if keys[0] == "company" and keys[-1] in self.chosen:
            return "page"
        inner: Any = self.document
        for part in keys:
            if not isinstance(inner, Mapping) or part not in inner:
                return "default"
            inner = inner[part]
        return f"file:{self.file}"


def shown(key: str, value: object) -> str:
    """A value as text, secrets hidden."""
    if isinstance(value, SecretStr) or (value and is_secret(key)):
        return HIDDEN
    text = str(value) if isinstance(value, str | Path) else json.dumps(value, ensure_ascii=False, default=str)
    return _PASSWORD_IN_URL.sub(lambda found: f"{found[1]}:{HIDDEN}@" if found[2] else HIDDEN, text)


def is_secret(key: str) -> bool:
    """Whether the name of a key speaks of a secret."""
    return bool(_SECRET_NAME.search(key.rpartition(".")[2]))
