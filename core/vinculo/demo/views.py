"""Views of lists that the people of the sample company share."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from vinculo.actor import Source, system
from vinculo.clients.records import client
from vinculo.records import saved
from vinculo.records.models import Sharing
from vinculo.records.saved import Wish

EVERYONE: Final = Sharing.EVERYONE
VIEWS: Final = (
    Wish("Mine", [("responsible_id", "me")], EVERYONE),
    Wish("Prospects", [("stage", "potential"), ("sort", "-created_at")], EVERYONE),
    Wish("Stages", [("as", "board"), ("columns", "name,industry,responsible_id")], EVERYONE),
    Wish("By responsible", [("group", "responsible_id"), ("stage[ne]", "lost")], EVERYONE),
    Wish("New this month", [("created_at[gte]", "this_month")], EVERYONE),
)


def save(session: Session) -> None:
    """Save them; they are of clients."""
    for wish in VIEWS:
        saved.create(session, client, wish, actor=system(Source.CLI))
