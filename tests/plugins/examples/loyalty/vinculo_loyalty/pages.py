"""What stands on the card of a client, and in its form."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
from vinculo.clients.models import Client
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import PanelContent
from vinculo.records import service
from vinculo.records.fields import TextField
from vinculo.records.form_parts import Asked, fields_of
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Values
from vinculo.web.context import Context

from vinculo_loyalty.models import LoyaltyCard
from vinculo_loyalty.records import loyalty_card, tier

NUMBER = TextField(name="number", label=_l("Number"), max_length=40)


def panel(ctx: Context, client_id: int) -> PanelContent | None:
    """The client's card with its tier, or the way to one; nothing for who may not give one out."""
    card = ctx.session.scalar(sa.select(LoyaltyCard).where(LoyaltyCard.client_id == client_id))
    may_add = ctx.actor.may(loyalty_card.permission("create"))
    if card is None and not may_add:
        return None
    html = ctx.fragment(
        "loyalty/panel.html",
        card=card,
        url=f"{loyalty_card.url}/{card.id}" if card else f"{loyalty_card.url}/new?client_id={client_id}",
        tier=tier(card) if card else None,
    )
    return PanelContent(html)


def ask(ctx: Context, kind: RecordKind, client: Client | None) -> Asked | None:
    """The number of a card to give out, where the client has none."""
    mine = sa.select(LoyaltyCard.id).where(LoyaltyCard.client_id == client.id) if client else None
    if mine is not None and ctx.session.scalar(mine):
        return None
    return fields_of(kind, [NUMBER], {}, partial(give, ctx))


def give(ctx: Context, client: Client, values: Mapping[str, Any]) -> None:
    """Give out a card, if its number was typed."""
    if values["number"]:
        card = Values({"client_id": client.id, "number": values["number"]})
        service.create(ctx.session, loyalty_card, card, actor=ctx.actor)
