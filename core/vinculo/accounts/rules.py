"""How strict the door is, and who knocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from vinculo.settings.sections import SecuritySettings


@dataclass(frozen=True, slots=True)
class Visit:
    """Who knocks, when, and from where.

    ``cookie`` is that of the session which the browser has, and which ends when another is opened.
    """

    address: str
    user_agent: str
    at: datetime
    cookie: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about signing in."""

    idle: timedelta = timedelta(hours=12)
    longest: timedelta = timedelta(days=7)
    attempts: int = 5
    window: timedelta = timedelta(minutes=15)
    second_factor: str = "optional"

    @classmethod
    def of(cls, security: SecuritySettings) -> Rules:
        """As the settings have it."""
        return cls(
            idle=timedelta(hours=security.session_hours),
            longest=timedelta(hours=security.session_max_hours),
            attempts=security.signin_attempts,
            window=timedelta(minutes=security.signin_window_minutes),
            second_factor=security.second_factor,
        )

    def demand_second_factor(self, *, is_administrator: bool) -> bool:
        """Whether a password alone does not let such a user in."""
        return self.second_factor == "everyone" or (
            self.second_factor == "administrators" and is_administrator
        )
