"""What one app is made of: built once from settings and enabled plugins, never changed after."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import jinja2
from sqlalchemy.orm import Session

from vinculo.db.engine import Database
from vinculo.plugins.registry import Registry
from vinculo.settings import Settings
from vinculo.web.identity import Identify


class Enqueue(Protocol):
    """Puts a job in the caller's transaction; see ``vinculo.jobs.port``."""

    def __call__(self, tx: Session, name: str, **payload: Any) -> str:
        """The job's id."""


@dataclass(frozen=True, slots=True)
class Site:
    """The parts that requests and jobs share. Handlers run in ``threads``, one for each connection."""

    settings: Settings
    database: Database
    registry: Registry
    identify: Identify
    templates: jinja2.Environment
    enqueue: Enqueue
    threads: ThreadPoolExecutor
