"""What stands on the card of a client."""

import sqlalchemy as sa
from vinculo.plugins.contributions import PanelContent
from vinculo.web.context import Context

from vinculo_loyalty.models import LoyaltyCard
from vinculo_loyalty.records import loyalty_card, tier


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
