"""What the kernel's people add, through the hooks that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator

from litestar.types import ControllerRouterHandler

from vinculo.i18n import lazy_gettext as _l
from vinculo.people import panels as people_panels
from vinculo.people import records
from vinculo.plugins.contributions import Group, MenuItem, Panel
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind
from vinculo.records.ties import tie_routers


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """People, and the list of their roles."""
    yield records.person
    yield records.role


@hookimpl
def menu_items() -> Iterator[MenuItem]:
    """The list of roles, which administrators change."""
    yield MenuItem(_l("Roles"), records.role.url, "id", records.role.permission("read"), Group.FOOT, 25)


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Adding people on the cards of clients and counterparties."""
    for tie in (people_panels.AT_CLIENT, people_panels.AT_COUNTERPARTY):
        yield from tie_routers(tie)


@hookimpl
def panels() -> Iterator[Panel]:
    """The people of a client and of a counterparty."""
    read = records.person.permission("read")
    yield Panel("people", "client", _l("People"), people_panels.of_client, read, side=True, weight=30)
    yield Panel("people", "counterparty", _l("People"), people_panels.of_counterparty, read, side=True)
