"""What the warehouse plugin adds to Vinculo."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from litestar.types import ControllerRouterHandler

from vinculo.plugins import contributions as give
from vinculo.plugins.hookspecs import hookimpl
from vinculo.plugins.listening import Subscription
from vinculo.records.kind import RecordKind
from vinculo_warehouse import demo, parts, promises
from vinculo_warehouse import facts as known


@hookimpl
def record_kinds() -> Sequence[RecordKind]:
    """Warehouses, their locations, items and documents."""
    return parts.KINDS


@hookimpl
def routers() -> Sequence[ControllerRouterHandler]:
    """Reports, the moves, and what is done on cards."""
    return parts.ROUTES


@hookimpl
def permissions() -> Sequence[give.Permission]:
    """Seeing stock."""
    return parts.PERMISSIONS


@hookimpl
def menu_items() -> Sequence[give.MenuItem]:
    """Reports."""
    return parts.MENU


@hookimpl
def panels() -> Sequence[give.Panel]:
    """Stock and moves on the cards of items and products; documents on those of all others."""
    return parts.PANELS


@hookimpl
def facts() -> Sequence[give.Fact]:
    """What there is of an item and a product; what was shipped to a client last, and waits for it."""
    return known.FACTS


@hookimpl
def card_actions() -> Sequence[give.CardAction]:
    """A shipment to a client."""
    return parts.ACTIONS


@hookimpl
def palette_actions() -> Sequence[give.PaletteAction]:
    """Locations and moves."""
    return parts.PALETTE


@hookimpl
def widgets() -> Sequence[give.Widget]:
    """What runs short."""
    return parts.WIDGETS


@hookimpl
def performers() -> Sequence[give.Performer]:
    """Returns and replacements that were approved."""
    return parts.PERFORMERS


@hookimpl
def checks() -> Sequence[give.Check]:
    """Whether balances are the sum of the moves."""
    return parts.CHECKS


@hookimpl
def subscriptions() -> Sequence[Subscription]:
    """What is promised, and no longer, to be reserved and released."""
    return promises.SUBSCRIPTIONS


@hookimpl
def demo_files(folder: Path, seed: int, today: date) -> Sequence[give.DemoFile]:
    """Two warehouses, items, and a year of documents with the clients of the sample company."""
    return demo.write(folder, seed, today)
