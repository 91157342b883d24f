"""What the payments plugin adds to Vinculo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from litestar.types import ControllerRouterHandler

from vinculo.plugins import contributions as give
from vinculo.plugins.hookspecs import hookimpl
from vinculo.plugins.listening import Outcome
from vinculo.records.kind import RecordKind
from vinculo_payments import demo, parts, records
from vinculo_payments import facts as known


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Invoices, credit notes, payments, their directions, and when invoices are due."""
    yield from (records.direction, records.invoice, records.credit_note, records.payment, records.term)


@hookimpl
def routers() -> Sequence[ControllerRouterHandler]:
    """Reports, statements, and what is done on cards."""
    return parts.ROUTES


@hookimpl
def menu_items() -> Sequence[give.MenuItem]:
    """Statements and reports."""
    return parts.MENU


@hookimpl
def panels() -> Sequence[give.Panel]:
    """What pays what, and the invoices of a client, a counterparty, and of what promises goods."""
    return parts.PANELS


@hookimpl
def facts() -> Sequence[give.Fact]:
    """What a client owes, what of it is past due, when it paid last."""
    return known.FACTS


@hookimpl
def card_actions() -> Sequence[give.CardAction]:
    """An invoice of a client."""
    return parts.ACTIONS


@hookimpl
def palette_actions() -> Sequence[give.PaletteAction]:
    """Statements, and where directions are kept."""
    return parts.PALETTE


@hookimpl
def performers() -> Iterable[give.Performer]:
    """Credit notes that were approved."""
    return parts.PERFORMERS


@hookimpl
def checks() -> Iterable[give.Check]:
    """That sums kept are those of what is behind them."""
    return parts.CHECKS


@hookimpl
def outcomes() -> Iterable[Outcome]:
    """What clients paid."""
    return parts.OUTCOMES


@hookimpl
def demo_files(folder: Path, seed: int, today: date) -> Sequence[give.DemoFile]:
    """Invoices and payments of the clients of the sample company."""
    return demo.write(folder, seed, today)
