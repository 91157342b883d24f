"""What payments draw on pages of others, and where their own pages are."""

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
)
from vinculo.plugins.listening import Outcome
from vinculo.records.panels import linked
from vinculo_payments import (
    api,
    checks,
    pages,
    performing,
    print_pages,
    report_pages,
    statement_pages,
    table_pages,
)
from vinculo_payments.models import Flow
from vinculo_payments.records import direction, invoice, payment, term


def new_url(client_id: int) -> str:
    """Where an invoice of a client is added."""
    return f"{invoice.url}/new?client_id={client_id}&back=/clients/{client_id}"


ROUTES: Final = (*report_pages.handlers, *statement_pages.handlers, *pages.handlers, *print_pages.handlers,
                 *api.handlers)  # fmt: skip
MENU: Final = (
    MenuItem(table_pages.TITLE, table_pages.URL, "file-import", pages.IMPORT, Group.MONEY, 40),
    MenuItem(_l("Reports on payments"), report_pages.URL, "chart-bar", pages.READ, Group.ANALYTICS, 30),
)
PANELS: Final = (
    Panel("paid", "invoice", _l("Paid with"), pages.paid, pages.READ, weight=5),
    Panel("print", "credit_note", _l("Print"), pages.credit_pdf, pages.READ_CREDITS, weight=5),
    Panel("pays", "payment", _l("Pays"), pages.pays, pages.READ_PAYMENTS, weight=5),
    Panel("made", EVERY_KIND, invoice.label_plural, pages.made_of, pages.READ, weight=30),
    linked(invoice, "client_id", weight=42),
    linked(payment, "client_id", weight=43),
    linked(term, "client_id", weight=90),
    linked(invoice, "counterparty_id", weight=42),
    linked(payment, "counterparty_id", weight=43),
    note_panels.about(invoice),
    file_pages.panel(invoice),
)
ACTIONS: Final = (
    CardAction("invoice", "client", invoice.new_label, invoice.icon, new_url, pages.CREATE, weight=60),
)
PALETTE: Final = (
    PaletteAction("payments.statements", table_pages.TITLE, "file-import", table_pages.URL,
                  pages.IMPORT),
    PaletteAction("payments.directions", direction.label_plural, direction.icon, direction.url,
                  direction.permission("read")),
    PaletteAction("payments.terms", term.label_plural, term.icon, term.url, term.permission("read")),
)  # fmt: skip
CHECKS: Final = (
    Check("payments", checks.sound, _l("Restore a backup from before, and tell the makers of Vinculo.")),
)
PERFORMERS: Final = (Performer("credit_note", _l("Credit note"), performing.credit),)
OUTCOMES: Final = (
    Outcome(
        "payments.paid", _l("Payments received"), payment.name, "paid_on", "base_amount",
        where=(("flow", Flow.IN),), weight=30,
    ),
)  # fmt: skip
