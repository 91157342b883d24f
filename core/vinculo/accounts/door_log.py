"""Who came in, who went, and who tried to, in the event log."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from vinculo.accounts.models import User
from vinculo.actor import Actor, Source
from vinculo.events import log

ENTERED: Final = "signed in"
FAILED: Final = "sign-in failed"
LEFT: Final = "signed out"


def note(session: Session, action: str, user: User | None, *, address: str, browser: str = "") -> None:
    """Tell of a user at the door.

    A name that no user has is left out: people type their password there by mistake.
    """
    known = user if action != FAILED else None  # whoever failed may be anybody
    told = {"address": address, "browser": browser}
    log.write(
        session,
        actor=Actor(known.id if known else None, known.name if known else "", Source.PAGE),
        action=action,
        kind="user",
        record_id=user.id if user else 0,
        title=user.login if user else "",
        changes={name: [None, text[:300]] for name, text in told.items() if text},
        version=None,
    )
