"""What deals draw on pages of others."""

from __future__ import annotations

from typing import Final

from vinculo.files import pages as file_pages
from vinculo.i18n import lazy_gettext as _l
from vinculo.notes import panels as note_panels
from vinculo.plugins.contributions import CardAction, Group, MenuItem, PaletteAction, Panel
from vinculo.records.panels import linked
from vinculo_deals import chance_panel, pages, report_pages
from vinculo_deals.board_pages import URL as BOARD
from vinculo_deals.records import deal, lost_reason, pipeline


def new_url(client_id: int) -> str:
    """Where a deal with a client is added."""
    return f"{deal.url}/new?client_id={client_id}&back=/clients/{client_id}"


PANELS: Final = (
    Panel("path", "deal", _l("Stages"), pages.path, pages.READ, weight=5),
    Panel("chance", "deal", _l("Win probability"), chance_panel.show, pages.READ, side=True, weight=20),
    linked(deal, "client_id", weight=25),
    linked(deal, "counterparty_id", weight=20),
    linked(deal, "pipeline_id", weight=20),
    note_panels.about(deal),
    file_pages.panel(deal),
)
REPORTS: Final = MenuItem(
    _l("Reports on deals"), report_pages.URL, "chart-bar", pages.READ, Group.ANALYTICS, 10
)
ACTIONS: Final = (
    CardAction("deal", "client", deal.new_label, deal.icon, new_url, deal.permission("create"), weight=40),
)
PALETTE: Final = (
    PaletteAction("deals.board", _l("Board of deals"), "layout-kanban", BOARD, pages.READ),
    *(
        PaletteAction(f"deals.{kind.name}", kind.label_plural, kind.icon, kind.url, kind.permission("read"))
        for kind in (pipeline, lost_reason)
    ),
)
