"""What orders draw on pages of others, and where their own pages are."""

from __future__ import annotations

from typing import Final

from vinculo.files import pages as file_pages
from vinculo.i18n import lazy_gettext as _l
from vinculo.notes import panels as note_panels
from vinculo.plugins.contributions import EVERY_KIND, CardAction, Group, MenuItem, Panel
from vinculo.plugins.listening import Outcome
from vinculo.plugins.promising import Promise
from vinculo.records.panels import linked
from vinculo_orders import api, pages, queries, report_pages
from vinculo_orders.models import STANDING
from vinculo_orders.records import order


def new_url(client_id: int) -> str:
    """Where an order of a client is added."""
    return f"{order.url}/new?client_id={client_id}&back=/clients/{client_id}"


ROUTES: Final = (*report_pages.handlers, *pages.handlers, *api.handlers)
MENU: Final = (
    MenuItem(_l("Reports on orders"), report_pages.URL, "chart-bar", pages.READ, Group.ANALYTICS, 25),
)
PANELS: Final = (
    Panel("process", order.name, _l("Progress"), pages.process, pages.READ, weight=5),
    Panel("orders_made", EVERY_KIND, order.label_plural, pages.made_of, pages.READ, weight=28),
    linked(order, "client_id", weight=41),
    linked(order, "counterparty_id", weight=41),
    note_panels.about(order),
    file_pages.panel(order),
)
ACTIONS: Final = (
    CardAction("order", "client", order.new_label, order.icon, new_url, pages.CREATE, weight=45),
)
PROMISES: Final = (
    Promise(
        order.name, made=("confirmed",), dropped=("cancelled", "reopened", "done"), goods=queries.goods,
        origin=queries.origin, made_of=queries.made_of, taken=queries.taken, sold=STANDING,
        sold_on="ordered_on", weight=10,
    ),
)  # fmt: skip
OUTCOMES: Final = (
    Outcome(
        "orders.ordered", order.label_plural, order.name, "ordered_on", "base_amount",
        where=(("state[in]", ",".join(STANDING)),), weight=20,
    ),
)  # fmt: skip
