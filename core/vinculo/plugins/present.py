"""The registry of the app of this moment, for rules that are given a session and nothing else."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from vinculo.db.engine import Database, told
from vinculo.plugins.registry import Registry

_REGISTRY: Final = "vinculo_registry"


def tell(database: Database, registry: Registry) -> None:
    """Let the sessions of a database know what the app consists of that is used from now on."""
    database.tell(**{_REGISTRY: registry})


def registry_of(session: Session) -> Registry | None:
    """What they were told; None where no app runs."""
    found: Registry | None = told(session, _REGISTRY)
    return found
