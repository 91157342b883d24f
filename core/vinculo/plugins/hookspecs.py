"""The contract between the kernel and its plugins: what a plugin may add, and when it is asked.

All hooks but ``demo_files``, ``demo_filled`` and ``uses_of_parts`` are called once, when an app is built. A
hook that raises then keeps its plugin from being loaded. Those from ``performers`` on are in ``workspecs``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from litestar.types import ControllerRouterHandler
    from sqlalchemy.orm import Session

    from vinculo.plugins.contributions import (
        CardAction,
        Composer,
        Criterion,
        Fact,
        FormPart,
        ListAction,
        MenuItem,
        PaletteAction,
        Panel,
        Permission,
        Widget,
    )
    from vinculo.records.kind import RecordKind

hookspec = pluggy.HookspecMarker("vinculo")
hookimpl = pluggy.HookimplMarker("vinculo")


@hookspec
def record_kinds() -> Iterable[RecordKind]:
    """Add kinds of records.

    Called when an app is built. Each kind gets list, form, card, REST, import, export, search,
    history, its permissions and, unless it says otherwise, a menu entry. Two kinds of one name
    keep the later plugin from being loaded.

    Example::

        @hookimpl
        def record_kinds():
            yield records.interaction
    """
    return ()


@hookspec
def routers() -> Iterable[ControllerRouterHandler]:
    """Add pages and API routes beside those of the record kinds.

    Called when an app is built. Handlers are made with the decorators of ``vinculo.web.routes``,
    which ask for a permission.

    Example::

        @hookimpl
        def routers():
            yield pages.router
    """
    return ()


@hookspec
def menu_items() -> Iterable[MenuItem]:
    """Add entries to the main menu.

    Called when an app is built. Entries are sorted by group, weight and label; one needs its permission. An
    entry that leads to the list of a record kind stands in the place of the one which the kind has by itself.

    Example::

        @hookimpl
        def menu_items():
            yield MenuItem(_l("Board"), "/deals/board", "layout-kanban", "deals.deal.read")
    """
    return ()


@hookspec
def permissions() -> Iterable[Permission]:
    """Add permissions beside those of the record kinds.

    Called when an app is built. A route with a permission that nobody declared keeps its plugin out.

    Example::

        @hookimpl
        def permissions():
            yield Permission("deals.reports.read", _l("See reports of deals"))
    """
    return ()


@hookspec
def panels() -> Iterable[Panel]:
    """Add boxes to the cards of records, of this plugin's kinds or of others.

    Called when an app is built; a panel's ``render`` is called each time the card is shown. One for
    ``EVERY_KIND`` is on the cards of all kinds that people work with but its plugin's own. When it
    raises, the card shows a stub that names the plugin, and the error is logged. A ready one, of the
    records that point to the one on the card, is made by ``vinculo.records.panels.linked``.

    Example::

        @hookimpl
        def panels():
            yield Panel("deals", "client", _l("Deals"), pages.client_panel, "deals.deal.read")
    """
    return ()


@hookspec
def composers() -> Iterable[Composer]:
    """Add ways to write something on the timeline of a client.

    Called when an app is built; ``render`` is called when the way is chosen, the first one each time the
    card is shown, with the same care as for a panel.

    Example::

        @hookimpl
        def composers():
            yield Composer("deals.visit", _l("Visit"), "map-pin", pages.visit, "deals.deal.create")
    """
    return ()


@hookspec
def facts() -> Iterable[Fact]:
    """Add what is known of records: last contact, overdue debt, open deals.

    Called when an app is built; a fact's ``expression`` is called once for each reader and each way in which
    records can be counted for clients (``vinculo.records.attribution``), which ``told.rows()`` obeys. A fact
    is a read-only field of its kind: a column, a filter and an order of its list, in exports and, where it is
    asked for, in the API; some stand in the head of the card. When ``expression`` raises, a stub that names
    the plugin stands in its place, and the error is logged.

    Example::

        @hookimpl
        def facts():
            yield Fact(
                "client",
                IntegerField(name="deals_open", label=_l("Open deals"), help=_l("Deals not won or lost.")),
                records.deal,
                queries.open_deals,
                tells=("client_id", "stage"),
            )
    """
    return ()


@hookspec
def criteria() -> Iterable[Criterion]:
    """Add conditions by which lists can be narrowed and which are no column: to be in a group, on a route.

    Called when an app is built; a criterion's ``holds`` is called each time that a list, an export or a
    program uses it. One about clients narrows what hangs on clients, too: records of which any client
    fulfils it. What ``holds`` raises refuses the list, so that it never shows more or less than was meant.

    Example::

        @hookimpl
        def criteria():
            field = GroupField(name="segment", label=_l("Group"), kind="segment")
            yield Criterion("client", field, queries.members, "segments.segment.read")
    """
    return ()


@hookspec
def card_actions() -> Iterable[CardAction]:
    """Add buttons to the head of the cards of records, of this plugin's kinds or of others.

    Called when an app is built; ``url`` is called each time the card is shown. Buttons are sorted by weight
    and name, and shown only to users who hold the button's permission.

    Example::

        @hookimpl
        def card_actions():
            yield CardAction("deal", "client", _l("New deal"), "plus", pages.new_url, "deals.deal.create")
    """
    return ()


@hookspec
def list_actions() -> Iterable[ListAction]:
    """Add things to do with all records of a list, or with those that are ticked.

    Called when an app is built. Each leads to a page of the plugin; ``vinculo.records.bulk_pages.asked``
    reads from its address which records are meant. They are sorted by weight and name, and shown only to
    users who hold the action's permission.

    Example::

        @hookimpl
        def list_actions():
            yield ListAction("route", "client", _l("Plan a route"), "map-pin", "/routes/new", "routes.plan")
    """
    return ()


@hookspec
def form_parts() -> Iterable[FormPart]:
    """Add parts to the forms in which records of other kinds are added and changed.

    Called when an app is built; ``ask`` is called each time such a form is shown or sent, and its answer's
    ``save`` in the transaction that saves the record, after it. What ``save`` raises takes the record back,
    too: an error of ``vinculo.errors`` is shown in the part, beside its inputs where it names them; after any
    other, the part says which plugin failed, and the error is logged. When ``ask`` raises, a stub stands in
    the form, which can be saved without it. Parts are sorted by weight and name, and shown only to users who
    hold the part's permission. The API and imports know nothing of them.

    Example::

        @hookimpl
        def form_parts():
            yield FormPart(
                "marketing_touch", (OF_CLIENTS,), _l("Source"), "marketing.touch.create", touches.ask
            )

    with::

        def ask(ctx, kind, record):
            held = {} if record is None else {"campaign_id": touches.campaign_of(ctx.session, kind, record)}
            return fields_of(kind, (CAMPAIGN,), held, partial(touches.write, ctx, kind))
    """
    return ()


@hookspec
def palette_actions() -> Iterable[PaletteAction]:
    """Add things to do to the command palette (Ctrl+K), beside adding and importing records.

    Called when an app is built. Actions are sorted by weight and name; one needs its permission.

    Example::

        @hookimpl
        def palette_actions():
            yield PaletteAction("deals.forecast", _l("Forecast"), "eye", "/forecast", "deals.deal.read")
    """
    return ()


@hookspec
def uses_of_parts(session: Session, fields: Mapping[str, AbstractSet[str]]) -> Iterable[str]:
    """Say in words what this plugin keeps that needs fields, facts or kinds of others: rules, schedules.

    Called when somebody asks what switching a plugin on or off would do, beside the saved views that use
    them. ``fields`` are names by kind, ``*`` the kind itself; ``vinculo.records.view_uses.uses`` compares.

    Example::

        @hookimpl
        def uses_of_parts(session, fields):
            used = fields.get("client", ())
            return [f"Alarm: {one.name}" for one in alarms.all(session) if one.field in used]
    """
    return ()


@hookspec
def widgets() -> Iterable[Widget]:
    """Add boxes to the home page.

    Called when an app is built; ``render`` is called each time the page is shown, with the same
    care as for a panel.

    Example::

        @hookimpl
        def widgets():
            yield Widget("stuck", _l("Stuck deals"), pages.stuck_widget, "deals.deal.read")
    """
    return ()
