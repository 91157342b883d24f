"""What the interactions plugin adds to Vinculo."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from litestar.types import ControllerRouterHandler
from pydantic import BaseModel

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import DemoFile, Panel, Widget
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind
from vinculo_interactions import demo_files as files
from vinculo_interactions import pages, records
from vinculo_interactions.settings import InteractionSettings

READ = records.interaction.permission("read")
CREATE = records.interaction.permission("create")


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Interactions."""
    yield records.interaction


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """The quick log, and ticking off a next step."""
    yield from (pages.log, pages.done)


@hookimpl
def panels() -> Iterator[Panel]:
    """The quick log above the timeline of a client, last contact and next step beside it."""
    yield Panel("log", "client", _l("Log an interaction"), pages.composer, CREATE, weight=10)
    yield Panel("contact", "client", _l("In touch"), pages.contact, READ, side=True, weight=10)


@hookimpl
def widgets() -> Iterator[Widget]:
    """What the user promised for today."""
    yield Widget("next_steps", _l("Next steps"), pages.next_steps, READ, weight=10)


@hookimpl
def settings_model() -> type[BaseModel]:
    """What the quick log starts with."""
    return InteractionSettings


@hookimpl
def demo_files(folder: Path, seed: int, today: date) -> Iterator[DemoFile]:
    """Two years of talks with the clients of the sample company."""
    yield DemoFile("interaction", files.write(folder, seed, today), weight=60)
