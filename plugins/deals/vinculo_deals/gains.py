"""What deals that were won brought, for whoever counts what came of something."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.records import access
from vinculo.records.kind import Gain, RecordKind
from vinculo_deals.models import Deal, State

NEEDED: Final = {"client_id", "state", "closed_on"}
AMOUNTS: Final = {"amount", "base_amount"}


def won(
    session: Session, kind: RecordKind, actor: Actor, since: date | None, until: date | None
) -> Sequence[Gain] | None:
    """The deals of clients that were won on these days, as far as the actor sees them."""
    hidden = access.hidden(kind, actor)
    if hidden & NEEDED:
        return None
    table = kind.table
    amount = sa.null() if hidden & AMOUNTS else table.c.base_amount
    query = sa.select(table.c.id, table.c.client_id, table.c.closed_on, amount).where(
        Deal.state == State.WON, Deal.client_id.is_not(None), Deal.closed_on.is_not(None)
    )
    if since is not None:
        query = query.where(Deal.closed_on >= since)
    if until is not None:
        query = query.where(Deal.closed_on <= until)
    return [Gain(*row) for row in session.execute(access.within(query, kind, actor))]
