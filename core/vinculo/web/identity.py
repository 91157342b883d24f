"""Who sent a request, as the web room sees it. The accounts room finds it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from vinculo.actor import Actor

SESSION_COOKIE = "vinculo_session"
CSRF_COOKIE = "vinculo_csrf"


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in user. ``csrf`` is empty for API tokens, which no browser sends by itself.

    ``in_use`` notes that the session or token is in use, for requests that only read: they run it when
    they are done, in a transaction of its own. ``unread`` is the number of notices that wait.
    """

    actor: Actor
    full_name: str
    role_label: str
    language: str  # empty: as the browser asks
    time_zone: str  # empty: that of the settings
    theme: str  # "", light, dark
    csrf: str = ""
    unread: int = 0
    in_use: Executable | None = None


class Identify(Protocol):
    """Finds the user of a request by session cookie or bearer token."""

    def __call__(self, session: Session, *, cookie: str, bearer: str) -> Identity | None:
        """One query. None without a valid cookie or token; ``NotSignedInError`` for a bad token."""
