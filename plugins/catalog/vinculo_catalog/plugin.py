"""What the catalog plugin adds to Vinculo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from litestar.types import ControllerRouterHandler

from vinculo.plugins import contributions as give
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind
from vinculo_catalog import demo, pages, parts, price_pages, price_records, records
from vinculo_catalog.permissions import PERMISSIONS
from vinculo_catalog.pricer import PRICER


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Groups, units, products, variants, price lists and their rules."""
    yield from (*records.KINDS, *price_records.KINDS)


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Making variants, the common units, what a product costs, and discount limits."""
    yield from (*pages.handlers, *price_pages.handlers)


@hookimpl
def permissions() -> Sequence[give.Permission]:
    """Setting discount limits."""
    return PERMISSIONS


@hookimpl
def panels() -> Sequence[give.Panel]:
    """The variants, notes and files of a product, the products of a group."""
    return parts.PANELS


@hookimpl
def card_actions() -> Sequence[give.CardAction]:
    """Variants, all at once."""
    return parts.ACTIONS


@hookimpl
def palette_actions() -> Sequence[give.PaletteAction]:
    """Where groups, units and variants are kept."""
    return parts.PALETTE


@hookimpl
def pricers() -> Iterator[give.Pricer]:
    """What lines of documents may name, and what it costs."""
    yield PRICER


@hookimpl
def demo_files(folder: Path, seed: int, today: date) -> Sequence[give.DemoFile]:
    """Products of the sample company."""
    return demo.write(folder)
