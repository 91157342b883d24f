"""What stands before the name of a command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """What stands before the name of the command."""

    config: Path | None = None
    verbose: bool = False
