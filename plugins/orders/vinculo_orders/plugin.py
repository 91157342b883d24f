"""What the orders plugin adds to Vinculo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from litestar.types import ControllerRouterHandler

from vinculo.plugins import contributions as give
from vinculo.plugins.hookspecs import hookimpl
from vinculo.plugins.listening import Outcome
from vinculo.plugins.promising import Promise
from vinculo.records.kind import RecordKind
from vinculo_orders import demo, parts, records
from vinculo_orders import facts as known


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Orders."""
    yield records.order


@hookimpl
def routers() -> Sequence[ControllerRouterHandler]:
    """The report, moving an order, and making one of what was sold."""
    return parts.ROUTES


@hookimpl
def menu_items() -> Sequence[give.MenuItem]:
    """The report."""
    return parts.MENU


@hookimpl
def panels() -> Sequence[give.Panel]:
    """How far an order is; the orders of a client, a counterparty, and of what they were made of."""
    return parts.PANELS


@hookimpl
def facts() -> Sequence[give.Fact]:
    """What is open with a client, what it ordered, and when last."""
    return known.FACTS


@hookimpl
def card_actions() -> Sequence[give.CardAction]:
    """An order of a client."""
    return parts.ACTIONS


@hookimpl
def promises() -> Sequence[Promise]:
    """Orders that are confirmed promise what their lines say."""
    return parts.PROMISES


@hookimpl
def outcomes() -> Sequence[Outcome]:
    """Orders that were confirmed."""
    return parts.OUTCOMES


@hookimpl
def demo_files(folder: Path, seed: int, today: date) -> Sequence[give.DemoFile]:
    """Orders of the clients of the sample company."""
    return demo.write(folder, seed, today)
