"""What quotations draw on cards, where their pages are, and who may change for how long they hold."""

from __future__ import annotations

from typing import Final

from vinculo.i18n import lazy_gettext as _l
from vinculo.notes import panels as note_panels
from vinculo.plugins.contributions import Group, MenuItem, Panel, Permission
from vinculo_deals import quotation_api, quotation_pages
from vinculo_deals.quotation_pages import DAYS, MANAGE, READ
from vinculo_deals.quotation_records import quotation

PANELS: Final = (
    Panel("quotations", "deal", quotation.label_plural, quotation_pages.of_deal, READ, weight=10),
    Panel("offer", "quotation", _l("What is offered"), quotation_pages.card, READ, weight=5),
    note_panels.about(quotation),
)
ROUTES: Final = (*quotation_pages.handlers, *quotation_api.handlers)
MENU: Final = (
    MenuItem(
        quotation.label_plural, quotation.url, quotation.icon, READ, Group.SALES, 12, quotation_pages.waiting
    ),
    MenuItem(_l("Days of quotations"), DAYS, "clock", MANAGE, Group.FOOT, 22),
)
PERMISSIONS: Final = (Permission(MANAGE, _l("Change the days of quotations"), administrative=True),)
