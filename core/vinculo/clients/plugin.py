"""What the kernel's clients add, through the hooks that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator

from litestar.types import ControllerRouterHandler

from vinculo.clients import hierarchy, pages, records, timeline
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Panel
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Clients."""
    yield records.client


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Older parts of a timeline, forms to write on it, and what stays on top."""
    yield from (pages.older, pages.compose, pages.pin)


@hookimpl
def panels() -> Iterator[Panel]:
    """The timeline of a client."""
    read = records.client.permission("read")
    yield Panel("hierarchy", "client", _l("Company group"), hierarchy.panel, read, side=True, weight=25)
    yield Panel("timeline", "client", _l("Timeline"), timeline.panel, read, weight=20)
