"""What is pressing with a client, as badges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from vinculo.clients.records import client
from vinculo.records import facts
from vinculo.web.context import Context
from vinculo.web.views import Badge
from vinculo_interactions.models import Answer

ALARM: Final = "interactions_silence_alarm"
UNANSWERED: Final = "interactions_unanswered"


def badges(ctx: Context, client_id: int) -> Sequence[Badge]:
    """What is pressing with a client: silence, and what waits for an answer."""
    seen = facts.seen_by(ctx.registry, client, ctx.actor, ctx.parameters())
    found = [one for name in (ALARM, UNANSWERED) if (one := seen.figure(name))]
    if not found:
        return ()
    query = sa.select(*(one.expression for one in found)).select_from(client.table)
    row = ctx.session.execute(query.where(client.table.c.id == client_id)).one()
    pairs = zip(found, row, strict=True)
    return [
        Badge(one.field.show(value), "warn" if value == Answer.WAITING else "bad")
        for one, value in pairs
        if value
    ]
