"""What the kernel's counterparties add, through the hooks that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator

from litestar.types import ControllerRouterHandler

from vinculo.counterparties import pages, records
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Panel
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Counterparties."""
    yield records.counterparty


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Moving a counterparty to another client."""
    yield from (pages.move_form, pages.move_by_form, pages.move_by_api)


@hookimpl
def panels() -> Iterator[Panel]:
    """Each side of the link on the other's card."""
    read = records.counterparty.permission("read")
    yield Panel("counterparties", "client", _l("Counterparties"), pages.of_client, read, side=True, weight=20)
    yield Panel("clients", "counterparty", _l("Clients"), pages.of_counterparty, read, weight=10)
