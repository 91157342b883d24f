"""What marketing draws on pages of others."""

from __future__ import annotations

from typing import Final

from vinculo.files import pages as file_pages
from vinculo.i18n import lazy_gettext as _l
from vinculo.notes import panels as note_panels
from vinculo.plugins.contributions import OF_CLIENTS, FormPart, Group, MenuItem, Panel
from vinculo.records.panels import linked
from vinculo_marketing import form_pages, pages, report_pages, source_api
from vinculo_marketing.form_records import consent
from vinculo_marketing.records import campaign, event, participant

ROUTES: Final = (*source_api.handlers, *report_pages.handlers, *form_pages.handlers)
MENU: Final = (
    MenuItem(_l("Reports on marketing"), report_pages.URL, "chart-bar", pages.READ, Group.ANALYTICS, 15),
)
SOURCE: Final = _l("Source of the contact")
FORMS: Final = (FormPart(pages.PART, (OF_CLIENTS,), SOURCE, pages.CREATE, pages.ask),)
PANELS: Final = (
    Panel("source", OF_CLIENTS, SOURCE, pages.panel, pages.READ, side=True, weight=30),
    Panel("address", "web_form", _l("Address and use"), form_pages.panel, form_pages.READ, side=True),
    linked(consent, "person_id", side=True, weight=60),
    linked(participant, "event_id", weight=5),
    linked(event, "campaign_id", weight=10),
    linked(campaign, "channel_id", weight=10),
    linked(participant, "client_id", weight=60),
    *(note_panels.about(kind) for kind in (campaign, event)),
    *(file_pages.panel(kind) for kind in (campaign, event)),
)
