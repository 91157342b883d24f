"""What the interactions plugin adds to Vinculo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from litestar.types import ControllerRouterHandler
from pydantic import BaseModel

from vinculo.files import pages as file_pages
from vinculo.i18n import lazy_gettext as _l
from vinculo.notes import panels as note_panels
from vinculo.plugins.contributions import CardAction, Composer, DemoFile, Fact, Panel, Widget
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind
from vinculo_interactions import demo_files as files
from vinculo_interactions import facts as known
from vinculo_interactions import pages, records
from vinculo_interactions.models import InteractionType
from vinculo_interactions.settings import InteractionSettings

READ = records.interaction.permission("read")
CREATE = records.interaction.permission("create")
WAYS = (
    ("call", _l("Log a call"), "phone", (InteractionType.CALL_OUT, InteractionType.CALL_IN)),
    ("meeting", _l("Log a meeting"), "users", (InteractionType.MEETING,)),
    ("message", _l("Log a message"), "mail", (InteractionType.EMAIL, InteractionType.SMS)),
)


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Interactions."""
    yield records.interaction


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """The quick log, and ticking off a next step."""
    yield from (pages.log, pages.done)


@hookimpl
def composers() -> Iterator[Composer]:
    """The quick log above the timeline of a client."""
    for name, label, icon, types in WAYS:
        render = partial(pages.composer, types)
        yield Composer(f"interactions.{name}", label, icon, render, CREATE, weight=20)


@hookimpl
def panels() -> Iterator[Panel]:
    """Last contact and next step beside the timeline of a client; notes and files of an interaction."""
    yield note_panels.about(records.interaction)
    yield file_pages.panel(records.interaction)
    yield Panel("contact", "client", _l("In touch"), pages.contact, READ, side=True, weight=10)


@hookimpl
def facts() -> Sequence[Fact]:
    """When one was in touch with a client, how often, and what waits."""
    return known.FACTS


@hookimpl
def card_actions() -> Iterator[CardAction]:
    """Logging a call with a client in the whole form."""
    yield CardAction("call", "client", _l("Log call"), "phone-outgoing", pages.call_url, CREATE)


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
