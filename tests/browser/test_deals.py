"""The board of deals: cards moved by mouse and keys, a loss with its reason, and two who move one card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from vinculo.clients.records import client
from vinculo.testing import factories
from vinculo_deals.records import deal, lost_reason, pipeline, stage

pytestmark = pytest.mark.browser
REFRESHED = 15_000  # milliseconds; an open board asks every ten seconds

ALL_COLUMNS = {"width": 2200, "height": 900}  # a board that scrolls under the mouse gives it another card


@pytest.fixture
def board(deals_site: Any, open_page: Callable[..., Page]) -> Callable[[str], Page]:
    """Open the board: ``board("helena")``."""

    def board(login: str) -> Page:
        page = open_page(deals_site, login=login, refusing="/move", viewport=ALL_COLUMNS)
        page.goto("/deals/board")
        return page

    return board


@pytest.fixture
def reason(deals_site: Any, name: str) -> str:
    """Why a deal can be lost."""
    with deals_site.database.write() as session:
        factories.make_record(session, lost_reason, name=f"Price of {name}")
    return f"Price of {name}"


@pytest.fixture
def card(deals_site: Any, name: str) -> str:
    """The title of a deal in the first stage."""
    kinds = [client, pipeline, stage, lost_reason]
    with deals_site.database.write() as session:
        factories.make_record(session, deal, title=name, links_to=kinds)
    return name


def column(page: Page, stage_name: str) -> Locator:
    return page.get_by_role("region", name=stage_name, exact=True)


def in_column(page: Page, stage_name: str, title: str) -> Locator:
    return column(page, stage_name).locator(".board-card", has_text=title)


def drag(page: Page, title: str, stage_name: str) -> None:
    page.locator(".board-card", has_text=title).drag_to(column(page, stage_name))


def test_a_card_is_dragged_to_another_stage_and_back_by_undo(board: Any, card: str) -> None:
    page = board("helena")
    drag(page, card, "Offer")
    expect(page.locator(".toast")).to_contain_text(f"“{card}” is in “Offer”.")
    page.reload()
    expect(in_column(page, "Offer", card)).to_be_visible()
    drag(page, card, "Negotiation")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(in_column(page, "Offer", card)).to_be_visible()


def test_a_card_is_moved_by_keys_and_keeps_the_focus(board: Any, card: str) -> None:
    page = board("helena")
    link = page.get_by_role("link", name=card, exact=True)
    link.focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".toast")).to_contain_text(f"“{card}” is in")
    expect(in_column(page, "Interest", card)).to_have_count(0)
    expect(link).to_be_focused()
    page.keyboard.press("m")
    page.keyboard.press("Enter")  # the first stage of the menu
    expect(in_column(page, "Interest", card)).to_be_visible()
    expect(link).to_be_focused()


def test_losing_asks_for_the_reason_and_can_be_left(board: Any, card: str, reason: str) -> None:
    page = board("helena")
    drag(page, card, "Closed lost")
    dialog = page.get_by_role("dialog", name="Stage")
    expect(dialog).to_contain_text(card)
    expect(dialog).to_contain_text("Say why it was lost")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(in_column(page, "Interest", card)).to_be_visible()
    drag(page, card, "Closed lost")
    dialog.get_by_role("combobox", name="Lost because of").fill(reason)
    dialog.get_by_role("option", name=reason).click()
    dialog.get_by_role("button", name="Move to “Closed lost”").click()
    expect(in_column(page, "Closed lost", card)).to_be_visible()


def test_of_two_who_move_one_card_the_second_is_told_and_can_go_on(board: Any, card: str) -> None:
    first, second = board("helena"), board("tereza")
    drag(first, card, "Offer")
    expect(first.locator(".toast")).to_contain_text("is in “Offer”")
    drag(second, card, "Negotiation")
    dialog = second.get_by_role("dialog", name="Stage")
    expect(dialog).to_contain_text("Helena has changed this deal meanwhile: it is in “Offer”.")
    dialog.get_by_role("button", name="Move to “Negotiation”").click()
    expect(second.locator(".toast")).to_contain_text("is in “Negotiation”")
    expect(in_column(second, "Negotiation", card)).to_be_visible()


def test_an_open_board_shows_what_a_colleague_moves(board: Any, card: str) -> None:
    first, second = board("helena"), board("tereza")
    second.get_by_role("link", name=card, exact=True).focus()
    drag(first, card, "Offer")
    expect(in_column(second, "Offer", card)).to_be_visible(timeout=REFRESHED)
    expect(second.get_by_role("link", name=card, exact=True)).to_be_focused()
