"""What interactions add to pages of others: panels, ways to write, widgets, an entry of the menu."""

from __future__ import annotations

from functools import partial
from typing import Final

from vinculo.files import pages as file_pages
from vinculo.i18n import lazy_gettext as _l
from vinculo.notes import panels as note_panels
from vinculo.plugins.contributions import CardAction, Composer, Group, MenuItem, Panel, Permission, Widget
from vinculo_interactions import clock_pages, pages, records
from vinculo_interactions.models import InteractionType

READ: Final = records.interaction.permission("read")
CREATE: Final = records.interaction.permission("create")
CALLS: Final = (InteractionType.CALL_OUT, InteractionType.CALL_IN, InteractionType.CALL_MISSED)
MESSAGES: Final = (
    InteractionType.EMAIL, InteractionType.EMAIL_IN, InteractionType.SMS, InteractionType.SMS_IN,
)  # fmt: skip
WAYS: Final = (
    ("call", _l("Log a call"), "phone", CALLS),
    ("meeting", _l("Log a meeting"), "users", (InteractionType.MEETING,)),
    ("message", _l("Log a message"), "mail", MESSAGES),
)
COMPOSERS: Final = tuple(
    Composer(f"interactions.{name}", label, icon, partial(pages.composer, types), CREATE, weight=20)
    for name, label, icon, types in WAYS
)
PANELS: Final = (
    note_panels.about(records.interaction),
    file_pages.panel(records.interaction),
    Panel("contact", "client", _l("In touch"), pages.contact, READ, side=True, weight=10),
)
ACTIONS: Final = (CardAction("call", "client", _l("Log call"), "phone-outgoing", pages.call_url, CREATE),)
WIDGETS: Final = (
    Widget("unanswered", _l("Waiting for an answer"), clock_pages.waiting, READ, weight=8),
    Widget("next_steps", _l("Next steps"), pages.next_steps, READ, weight=10),
    Widget("silent", _l("Silent clients"), clock_pages.silent, READ, weight=20),
)
PERMISSIONS: Final = (Permission(clock_pages.MANAGE, _l("Change the response clock"), administrative=True),)
MENU: Final = (MenuItem(_l("Response clock"), clock_pages.URL, "clock", clock_pages.MANAGE, Group.FOOT, 20),)
