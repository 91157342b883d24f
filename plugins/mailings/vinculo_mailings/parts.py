"""What mailings draw on pages of others, and where their own pages are."""

from __future__ import annotations

from typing import Final

from litestar.types import ControllerRouterHandler

from vinculo.clients.records import client
from vinculo.i18n import lazy_gettext as _l
from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins.contributions import Group, ListAction, MenuItem, Panel
from vinculo.plugins.listening import SmsGateway, Subscription
from vinculo_mailings import (
    api,
    cli,
    gateways,
    mailbox,
    pages,
    planning,
    preview,
    public,
    records,
    report_pages,
    sending,
)
from vinculo_mailings.facts import FACTS
from vinculo_mailings.permissions import PERMISSIONS
from vinculo_mailings.records import KINDS
from vinculo_mailings.settings import MailingSettings

# What plugin.py takes from here beside what is named below.
__all__ = [
    "FACTS",
    "KINDS",
    "PERMISSIONS",
    "ControllerRouterHandler",
    "MailingSettings",
    "SmsGateway",
    "Subscription",
]

READ: Final = records.mailing.permission("read")
TEMPLATES: Final = records.template.permission("read")
ROUTES: Final = (
    *public.handlers, *preview.handlers, *report_pages.handlers, *pages.handlers, *api.handlers
)  # fmt: skip
MENU: Final = (MenuItem(_l("Results of mailings"), report_pages.URL, "chart-bar", READ, Group.ANALYTICS, 30),)
PANELS: Final = (
    Panel("delivery", "mailing", _l("Sending"), pages.delivery, READ, weight=5),
    Panel("preview", "mailing_template", _l("Preview"), preview.panel, TEMPLATES, weight=5),
    Panel("audience", "mailing", _l("Audience"), pages.audience_panel, READ, weight=10),
    Panel(
        "mailings", client.name, _l("Mailings"), pages.of_client, records.send.permission("read"), weight=60
    ),
)
LIST_ACTIONS: Final = (
    ListAction(
        "mailing",
        client.name,
        _l("Mailing…"),
        "mail",
        "/mailings/choose",
        records.mailing.permission("update"),
    ),
)
GATEWAYS: Final = (
    SmsGateway("http", _l("By HTTP"), gateways.http),
    SmsGateway("smpp", _l("By SMPP"), gateways.smpp),
)
SUBSCRIPTIONS: Final = (Subscription("mailings.by_event", planning.wanted, planning.happened),)
JOBS: Final = {
    planning.DUE: JobHandler(planning.due),
    sending.JOB: JobHandler(sending.send, retries=2, priority=110),
    mailbox.JOB: JobHandler(mailbox.read, retries=0),
    preview.TRY: JobHandler(preview.send_trial, retries=1),
}
SCHEDULES: Final = (Schedule(planning.DUE, "* * * * *"), Schedule(mailbox.JOB, "* * * * *"))
COMMANDS: Final = (cli.mailings,)
