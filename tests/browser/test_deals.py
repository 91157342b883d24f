"""The board of deals: cards moved by mouse and keys or changed, a loss with its reason, two with one card."""

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


@pytest.fixture
def board(deals_site: Any, open_page: Callable[..., Page]) -> Callable[[str], Page]:
    """Open the board: ``board("helena")``."""

    def board(login: str) -> Page:
        page = open_page(deals_site, login=login, refusing=("/move", "/quick"))
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
    """As a hand does it: columns that are out of sight come once the card is at the edge of the board."""
    card, target = page.locator(".board-card", has_text=title), column(page, stage_name)
    card.scroll_into_view_if_needed()
    box, board = card.bounding_box(), page.locator(".board").bounding_box()
    assert box
    assert board
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] - 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + box["height"] - 4)
    for number in range(80):
        there = target.bounding_box()
        assert there
        if there["x"] + 60 < board["x"] + board["width"] - 70:
            break
        page.mouse.move(board["x"] + board["width"] - 8, board["y"] + 200 + number % 3)
    page.mouse.move(there["x"] + 30, there["y"] + 150)
    page.mouse.move(there["x"] + 34, there["y"] + 154)
    page.mouse.up()


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
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Interest", exact=True).press("Enter")
    expect(in_column(page, "Interest", card)).to_be_visible()
    expect(link).to_be_focused()


def test_a_board_that_scrolls_gives_the_hand_no_other_card(board: Any, card: str) -> None:
    page = board("helena")
    box = page.locator(".board-card", has_text=card).bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] - 8)
    page.mouse.down()
    page.locator(".board").evaluate("board => board.scrollBy(300, 0)")
    page.mouse.move(box["x"] + 80, box["y"] + box["height"])
    page.mouse.move(box["x"] + 300, box["y"] + box["height"])
    expect(page.locator(".dragged:not(:has-text('" + card + "'))")).to_have_count(0)
    page.mouse.up()
    expect(in_column(page, "Interest", card)).to_have_count(1)
    expect(page.locator(".toast")).to_have_count(0)


def test_a_deal_is_changed_on_the_board_by_keys_alone(board: Any, card: str) -> None:
    page = board("helena")
    link = page.get_by_role("link", name=card, exact=True)
    link.focus()
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog", name=card)
    dialog.get_by_label("Amount").fill("many")
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Amount")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Amount").fill("1250")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text(f"{card}: saved.")
    expect(in_column(page, "Interest", card)).to_contain_text("1,250")
    expect(link).to_be_focused()
    page.keyboard.press("m")
    page.get_by_role("link", name="Change…").click()
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()


def test_losing_asks_for_the_reason_and_can_be_left(board: Any, card: str, reason: str) -> None:
    page = board("helena")
    drag(page, card, "Closed lost")
    dialog = page.get_by_role("dialog", name=card)
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
    dialog = second.get_by_role("dialog", name=card)
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
