"""What deals draw on pages of others."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from vinculo.files import pages as file_pages
from vinculo.i18n import lazy_gettext as _l
from vinculo.notes import panels as note_panels
from vinculo.plugins.contributions import (
    CardAction,
    Check,
    Group,
    MenuItem,
    PaletteAction,
    Panel,
    Permission,
    Widget,
)
from vinculo.plugins.listening import Outcome
from vinculo.records.panels import linked
from vinculo_deals import (
    board_pages,
    calendar_pages,
    catalogue,
    chance_panel,
    demo,
    facts,
    jobs,
    mine,
    pages,
    process,
    process_api,
    process_pages,
    quotation_parts,
    report_pages,
    steps,
    tallies,
    walk_demo,
)
from vinculo_deals.process_records import rule, step
from vinculo_deals.quotation_records import quotation
from vinculo_deals.records import deal, lost_reason, pipeline, stage


def new_url(client_id: int) -> str:
    """Where a deal with a client is added."""
    return f"{deal.url}/new?client_id={client_id}&back=/clients/{client_id}"


def fill(session: Session) -> None:
    """What the sample company has that no file holds."""
    demo.fill(session)
    walk_demo.fill(session)
    jobs.fill(session)


PANELS: Final = (
    Panel("path", "deal", _l("Stages"), process_pages.path, pages.READ, weight=5),
    Panel("chance", "deal", _l("Win probability"), chance_panel.show, pages.READ, side=True, weight=20),
    Panel(
        "process", "pipeline", _l("What stages ask for"), process_pages.of_pipeline, step.permission("read")
    ),
    Panel("conditions", "deal_rule", _l("Conditions"), process_pages.of_rule, rule.permission("read")),
    *quotation_parts.PANELS,
    linked(deal, "client_id", weight=25),
    linked(deal, "counterparty_id", weight=20),
    linked(deal, "pipeline_id", weight=20),
    note_panels.about(deal),
    file_pages.panel(deal),
)
DEALS: Final = MenuItem(
    deal.label_plural, deal.url, deal.icon, pages.READ, Group.SALES, deal.weight, mine.waiting
)
REPORTS: Final = MenuItem(
    _l("Reports on deals"), report_pages.URL, "chart-bar", pages.READ, Group.ANALYTICS, 10
)
KINDS: Final = (stage, pipeline, lost_reason, deal, step, rule, quotation)
MENU: Final = (DEALS, REPORTS, *quotation_parts.MENU)
ROUTES: Final = (
    *board_pages.handlers, *calendar_pages.handlers, *report_pages.handlers, *process_pages.handlers,
    *process_api.handlers, *quotation_parts.ROUTES, *pages.handlers,
)  # fmt: skip
FACTS: Final = facts.FACTS
OUTCOMES: Final = (
    Outcome(
        "deals.won", _l("Deals won"), deal.name, "closed_on", "base_amount", where=(("state", "won"),),
        weight=10,
    ),
)  # fmt: skip
CHECKS: Final = (
    Check("deals", tallies.check, _l("Tell the makers of Vinculo: reports on stages and steps are off.")),
)
CRITERIA: Final = catalogue.CRITERIA
PERMISSIONS: Final = (
    Permission(process.OVERRIDE, _l("Move deals past what is not met"), administrative=True),
    *quotation_parts.PERMISSIONS,
    Permission(steps.APPROVE, _l("Approve steps of deals"), administrative=True),
)
ACTIONS: Final = (
    CardAction("deal", "client", deal.new_label, deal.icon, new_url, deal.permission("create"), weight=40),
)
WIDGETS: Final = (Widget("deals", _l("My deals"), mine.widget, pages.READ, weight=7),)
PALETTE: Final = (
    PaletteAction("deals.board", _l("Board of deals"), "layout-kanban", board_pages.URL, pages.READ),
    PaletteAction(
        "deals.calendar", _l("Calendar of expected closes"), "calendar", calendar_pages.URL, pages.READ
    ),
    *(
        PaletteAction(f"deals.{kind.name}", kind.label_plural, kind.icon, kind.url, kind.permission("read"))
        for kind in (pipeline, lost_reason, step, rule)
    ),
)
