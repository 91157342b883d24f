"""What happens around signing in is written to the event log, each under a name that does not change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from vinculo.accounts.models import User
from vinculo.accounts.rules import Visit
from vinculo.actor import Actor, Source
from vinculo.events import log

KIND: Final = "user"
NOBODY: Final = 0  # the number under which failures of names that nobody has are logged


def themselves(user: User, source: Source = Source.PAGE) -> Actor:
    """A user who acts for themselves, before there is a session to say so."""
    return Actor(user_id=user.id, name=user.name, source=source)


def note(
    session: Session, user: User, action: str, *, actor: Actor, at: datetime, **facts: str | int
) -> None:
    """Something was done to a user's account. Facts are what it is now."""
    changes = {name: [None, value] for name, value in facts.items()}
    sum_up(session, user, action, changes, actor=actor, at=at)


def sum_up(
    session: Session, user: User, action: str, changes: Mapping[str, Any], *, actor: Actor, at: datetime
) -> None:
    """The same with what there was before as well."""
    log.write(
        session, actor=actor, action=action, kind=KIND, record_id=user.id, title=user.name,
        changes=changes, version=None, at=at,
    )  # fmt: skip


def signed_in(session: Session, user: User, visit: Visit, method: str) -> None:
    """Somebody got in."""
    note(
        session,
        user,
        "signed in",
        actor=themselves(user),
        at=visit.at,
        method=method,
        address=visit.address[:64],
    )


def refused(session: Session, user: User | None, visit: Visit, stage: str) -> None:
    """Somebody did not get in.

    A name that nobody has is not written down: people type passwords into the wrong field.
    """
    log.write(
        session,
        actor=Actor(user_id=None, name="", source=Source.PAGE),
        action="sign-in failed",
        kind=KIND,
        record_id=user.id if user else NOBODY,
        title=user.name if user else "",
        changes={"stage": [None, stage], "address": [None, visit.address[:64]]},
        version=None,
        at=visit.at,
    )
