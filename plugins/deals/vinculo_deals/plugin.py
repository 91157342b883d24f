"""What the deals plugin adds to Vinculo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from litestar.types import ControllerRouterHandler
from sqlalchemy.orm import Session

from vinculo.plugins import contributions as give
from vinculo.plugins.hookspecs import hookimpl
from vinculo.plugins.promising import Promise
from vinculo.records import kind, view_uses
from vinculo_deals import demo, parts, process_demo, queries, steps
from vinculo_deals.jobs import job_handlers, schedules

__all__ = ("job_handlers", "schedules")


@hookimpl
def record_kinds() -> Iterator[kind.RecordKind]:
    """Deals, pipelines, their stages with what these ask for, reasons for losing, and quotations."""
    yield from parts.KINDS


@hookimpl
def permissions() -> Sequence[give.Permission]:
    """Going past what is not met, approving steps, and the days of quotations."""
    return parts.PERMISSIONS


@hookimpl
def uses_of_parts(session: Session, fields: view_uses.Fields) -> list[str]:
    """Rules of stages."""
    return steps.using(session, fields)


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """The board, the calendar, reports, moving a deal, and quotations."""
    yield from parts.ROUTES


@hookimpl
def menu_items() -> Iterator[give.MenuItem]:
    """Deals with the number of those that are behind, reports, and quotations."""
    yield from parts.MENU


@hookimpl
def panels() -> Sequence[give.Panel]:
    """The stages of a deal, its notes and files; the deals of a record on its card."""
    return parts.PANELS


widgets = hookimpl(lambda: parts.WIDGETS)  # the user's open deals on the home page
checks = hookimpl(lambda: parts.CHECKS)  # whether reports count what there is
outcomes = hookimpl(lambda: parts.OUTCOMES)  # deals that were won
facts = hookimpl(lambda: parts.FACTS)  # what is open with a client, what was won, and how often


@hookimpl
def criteria() -> Sequence[give.Criterion]:
    """The group of products, where there are such groups."""
    return parts.CRITERIA


@hookimpl
def card_actions() -> Sequence[give.CardAction]:
    """A deal for a client."""
    return parts.ACTIONS


@hookimpl
def palette_actions() -> Sequence[give.PaletteAction]:
    """Where pipelines and reasons are kept."""
    return parts.PALETTE


@hookimpl
def promises() -> Iterator[Promise]:
    """Deals that are won promise what their lines offer."""
    dropped = ("lost", "reopened")
    yield Promise(
        "deal", made=("won",), dropped=dropped, goods=queries.goods, sold=("won",), sold_on="closed_on"
    )


@hookimpl
def demo_files(folder: Path, seed: int, today: date) -> Sequence[give.DemoFile]:
    """Deals with the clients of the sample company."""
    return [*demo.write(folder, seed, today), process_demo.write(folder)]


@hookimpl
def demo_filled(session: Session) -> None:
    """Quotations that were sent, and answered; how likely deals are to be won; what was forecast."""
    parts.fill(session)
