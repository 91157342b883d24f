"""What deals draw on pages of others."""

from __future__ import annotations

from typing import Final

from vinculo.files import pages as file_pages
from vinculo.notes import panels as note_panels
from vinculo.plugins.contributions import CardAction, PaletteAction
from vinculo.records.panels import linked
from vinculo_deals.records import deal, lost_reason, pipeline


def new_url(client_id: int) -> str:
    """Where a deal with a client is added."""
    return f"{deal.url}/new?client_id={client_id}&back=/clients/{client_id}"


PANELS: Final = (
    linked(deal, "client_id", weight=20),
    linked(deal, "counterparty_id", weight=20),
    linked(deal, "pipeline_id", weight=20),
    note_panels.about(deal),
    file_pages.panel(deal),
)
ACTIONS: Final = (
    CardAction("deal", "client", deal.new_label, deal.icon, new_url, deal.permission("create"), weight=40),
)
PALETTE: Final = tuple(
    PaletteAction(f"deals.{kind.name}", kind.label_plural, kind.icon, kind.url, kind.permission("read"))
    for kind in (pipeline, lost_reason)
)
