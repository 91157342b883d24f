"""What the warehouse draws on pages of others, and where its own pages are."""

from __future__ import annotations

from typing import Final

from vinculo.files import pages as file_pages
from vinculo.i18n import lazy_gettext as _l
from vinculo.notes import panels as note_panels
from vinculo.plugins.contributions import (
    EVERY_KIND,
    CardAction,
    Check,
    Group,
    MenuItem,
    PaletteAction,
    Panel,
    Performer,
    Widget,
)
from vinculo.records.panels import linked
from vinculo_warehouse import actions, api, checks, pages, report_pages
from vinculo_warehouse.permissions import PERMISSIONS, STOCK
from vinculo_warehouse.records import document, item, location, warehouse

__all__ = [
    "ACTIONS",
    "CHECKS",
    "KINDS",
    "MENU",
    "PALETTE",
    "PANELS",
    "PERFORMERS",
    "PERMISSIONS",
    "ROUTES",
    "WIDGETS",
]


def new_url(client_id: int) -> str:
    """Where a shipment to a client is added."""
    return f"{document.url}/new?type=shipment&client_id={client_id}&back=/clients/{client_id}"


ROUTES: Final = (*report_pages.handlers, *pages.handlers, *api.handlers)
MENU: Final = (MenuItem(_l("Stock and turnover"), report_pages.URL, "chart-bar", STOCK, Group.STOCK, 40),)
PANELS: Final = (
    Panel("contents", document.name, _l("Lines"), pages.contents, pages.READ, weight=5),
    Panel("stock", item.name, _l("Stock"), pages.item_stock, STOCK, weight=5),
    Panel("moves", item.name, _l("Stock moves"), pages.item_moves, STOCK, weight=10),
    Panel("stock", "product", _l("Stock"), pages.product_stock, STOCK, weight=15),
    Panel("warehouse", EVERY_KIND, document.label_plural, pages.of_record, pages.READ, weight=38),
    linked(location, "warehouse_id", weight=10),
    note_panels.about(document),
    file_pages.panel(document),
    file_pages.panel(item),
)
ACTIONS: Final = (
    CardAction("shipment", "client", _l("New shipment"), "box", new_url, pages.CREATE, weight=58),
)
PALETTE: Final = (
    PaletteAction(
        "warehouse.locations", location.label_plural, location.icon, location.url, location.permission("read")
    ),
    PaletteAction("warehouse.moves", _l("Stock moves"), "arrow-right", "/warehouse/moves", STOCK),
)
WIDGETS: Final = (Widget("warehouse_short", _l("Runs short"), pages.widget, STOCK, weight=30),)
PERFORMERS: Final = (
    Performer("return", _l("Return from a client"), actions.returned),
    Performer("replacement", _l("Shipment"), actions.replaced),
)
CHECKS: Final = (
    Check("stock", checks.books, _l("Restore a backup from before, or count the items that are named.")),
)
KINDS: Final = (warehouse, location, item, document)
