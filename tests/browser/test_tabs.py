"""The tabs of a card: by mouse and keyboard, back and forth, by address, on a phone, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def card(site: Any, name: str) -> str:
    """The address of a client who has a counterparty, so that there is a page to go to."""
    client = site.make("client", name)
    site.make("counterparty", f"{name} Ltda", links=[{"client_id": client.id}])
    return f"/clients/{client.id}"


def tab(page: Page, name: str) -> Any:
    return page.get_by_role("navigation", name="Parts of this card").get_by_role("link", name=name)


def shows(page: Page, files: bool) -> None:
    """The tab of files, or else the timeline, is marked and alone to be seen."""
    here, there = ("Files", "Timeline") if files else ("Timeline", "Files")
    expect(tab(page, here)).to_have_attribute("aria-current", "true")
    expect(tab(page, there)).not_to_have_attribute("aria-current", "true")
    expect(page.locator("#timeline:visible")).to_have_count(0 if files else 1)
    expect(page.locator(".card-main .drop:visible")).to_have_count(1 if files else 0)


def test_a_tab_is_opened_by_mouse_and_found_again_by_going_back(page: Page, card: str, name: str) -> None:
    page.goto(card)
    shows(page, files=False)
    tab(page, "Files").click()
    shows(page, files=True)
    expect(page).to_have_url(re.compile(r"\?tab=files$"))
    page.get_by_role("link", name=f"{name} Ltda", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} Ltda")
    page.go_back()
    shows(page, files=True)
    page.reload()
    shows(page, files=True)
    tab(page, "Timeline").click()
    shows(page, files=False)


def test_back_and_forward_lead_through_the_tabs(page: Page, card: str) -> None:
    page.goto("/clients")
    page.goto(card)
    tab(page, "Files").click()
    tab(page, "Files").click()
    page.go_back()
    shows(page, files=False)
    page.go_forward()
    shows(page, files=True)
    page.go_back()
    page.go_back()
    expect(page).to_have_url(re.compile(r"/clients$"))


def test_a_tab_is_opened_by_keyboard_and_keeps_the_focus(page: Page, card: str) -> None:
    page.goto(card)
    tab(page, "Timeline").focus()
    names = page.get_by_role("navigation", name="Parts of this card").get_by_role("link").all_inner_texts()
    for _each in range([name.split("\n")[0] for name in names].index("Files")):  # plugins have tabs, too
        page.keyboard.press("Tab")
    expect(tab(page, "Files")).to_be_focused()
    page.keyboard.press("Enter")
    shows(page, files=True)
    expect(tab(page, "Files")).to_be_focused()


def test_what_was_typed_in_a_tab_outlives_a_look_at_another(page: Page, card: str) -> None:
    page.goto(card)
    page.get_by_role("textbox", name="Note").fill("Half a thought")
    tab(page, "Files").click()
    shows(page, files=True)
    tab(page, "Timeline").click()
    expect(page.get_by_role("textbox", name="Note")).to_have_value("Half a thought")


def test_an_address_leads_to_a_tab_on_a_phone_too(page: Page, card: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{card}?tab=files")
    shows(page, files=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab(page, "Timeline").click()
    shows(page, files=False)
    page.goto(f"{card}?tab=nothing-of-this-kind")
    shows(page, files=False)


def test_on_a_phone_details_are_a_tab_of_their_own(page: Page, card: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(card)
    details = page.get_by_role("heading", name="Details")
    expect(details).to_be_visible()
    expect(tab(page, "Details")).to_have_attribute("aria-current", "true")
    expect(tab(page, "Timeline")).not_to_have_attribute("aria-current", "true")
    expect(page.locator("#timeline:visible")).to_have_count(0)
    tab(page, "Timeline").click()
    shows(page, files=False)
    expect(details).to_be_hidden()
    page.go_back()
    expect(details).to_be_visible()
    page.goto(f"{card}#timeline")
    shows(page, files=False)


def test_without_scripts_each_tab_is_a_page(open_page: Callable[..., Page], site: Any, card: str) -> None:
    page = open_page(site, login="helena", java_script_enabled=False)
    page.goto(card)
    shows(page, files=False)
    tab(page, "Files").click()
    shows(page, files=True)
    expect(page).to_have_url(re.compile(r"\?tab=files"))
    tab(page, "Timeline").click()
    shows(page, files=False)


def test_without_scripts_a_phone_stays_at_the_timeline_that_it_filters(
    open_page: Callable[..., Page], site: Any, card: str
) -> None:
    page = open_page(site, login="helena", java_script_enabled=False)
    page.set_viewport_size(PHONE)
    page.goto(f"{card}?tab=timeline")
    filters = page.locator(".timeline-filter")
    filters.locator("summary").click()
    filters.get_by_label("Words").fill("zebra")
    filters.get_by_role("button", name="Apply filters").click()
    shows(page, files=False)
    page.get_by_role("link", name="Remove filter “zebra”").click()
    shows(page, files=False)
