"""What the kernel's counterparties add, through the hooks that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator

from litestar.types import ControllerRouterHandler

from vinculo.counterparties import joint, pages, records
from vinculo.counterparties import panels as links_panels
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import FormPart, Panel
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind
from vinculo.records.ties import tie_routers


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Counterparties."""
    yield records.counterparty


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Moving a counterparty to another client, and adding one on the card of a client."""
    yield from (pages.move_form, pages.move_by_form, pages.move_by_api, *tie_routers(links_panels.TIE))


@hookimpl
def panels() -> Iterator[Panel]:
    """Each side of the link on the other's card."""
    read = records.counterparty.permission("read")
    yield Panel(
        "counterparties", "client", _l("Counterparties"), links_panels.of_client, read, side=True, weight=20
    )
    yield Panel(
        "clients", "counterparty", _l("Clients"), links_panels.of_counterparty, read, side=True, weight=10
    )


@hookimpl
def form_parts() -> Iterator[FormPart]:
    """In the joint view, the counterparty in the form of its client."""
    read = records.counterparty.permission("read")
    yield FormPart("counterparty", ("client",), records.counterparty.label, read, joint.ask)
