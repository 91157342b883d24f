"""What complaints draw on pages of others, and where their own pages are."""

from __future__ import annotations

from typing import Final

from vinculo.files import pages as file_pages
from vinculo.i18n import lazy_gettext as _l
from vinculo.notes import panels as note_panels
from vinculo.plugins.contributions import (
    EVERY_KIND,
    CardAction,
    Group,
    MenuItem,
    PaletteAction,
    Panel,
    Permission,
    Widget,
)
from vinculo_complaints import api, clock_pages, pages, report_pages
from vinculo_complaints.actions import APPROVE
from vinculo_complaints.records import complaint


def new_url(client_id: int) -> str:
    """Where a complaint of a client is added."""
    return f"{complaint.url}/new?client_id={client_id}&back=/clients/{client_id}"


ROUTES: Final = (*report_pages.handlers, *clock_pages.handlers, *pages.handlers, *api.handlers)
MENU: Final = (
    MenuItem(_l("Reports on complaints"), report_pages.URL, "chart-bar", pages.READ, Group.ANALYTICS, 20),
    MenuItem(_l("Clock of complaints"), clock_pages.URL, "clock", clock_pages.MANAGE, Group.FOOT, 21),
)
PERMISSIONS: Final = (
    Permission(APPROVE, _l("Approve what is done about complaints")),
    Permission(clock_pages.MANAGE, _l("Change the clock of complaints"), administrative=True),
)
PANELS: Final = (
    Panel("process", "complaint", _l("Progress"), pages.process, pages.READ, weight=5),
    Panel("measures", "complaint", _l("Actions"), pages.measures, pages.READ, weight=10),
    Panel("complaints", EVERY_KIND, complaint.label_plural, pages.panel, pages.READ, weight=35),
    note_panels.about(complaint),
    file_pages.panel(complaint),
)
ACTIONS: Final = (
    CardAction("complaint", "client", complaint.new_label, complaint.icon, new_url, pages.CREATE, weight=55),
)
WIDGETS: Final = (Widget("complaints", _l("My complaints"), clock_pages.widget, pages.READ, weight=9),)
PALETTE: Final = tuple(
    PaletteAction(f"complaints.{kind.name}", kind.label_plural, kind.icon, kind.url, kind.permission("read"))
    for kind in pages.LISTS
)
