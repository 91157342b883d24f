"""Keyboard first: a day's work without the mouse."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_slash_goes_to_the_search_of_the_list(page: Page, site: Any, name: str) -> None:
    site.make("client", name)
    page.goto("/clients")
    page.keyboard.press("/")
    page.keyboard.type(name)
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?.*q=Padaria"))


def test_slash_goes_to_the_search_of_everything_where_there_is_no_list(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    expect(page.get_by_label("Search everything")).to_be_focused()


def test_j_and_k_walk_and_enter_opens(page: Page, site: Any, name: str) -> None:
    for number in (1, 2, 3):
        site.make("client", f"{name} {number}")
    page.goto(f"/clients?q={name}")
    for key in "jjjk":
        page.keyboard.press(key)
    expect(page.get_by_role("link", name=f"{name} 2")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} 2")


def test_c_creates_and_e_edits(page: Page, site: Any, name: str) -> None:
    page.goto("/clients")
    page.keyboard.press("c")
    expect(page.get_by_role("heading", level=1)).to_have_text("Add client")
    expect(page.get_by_label("Name*", exact=True)).to_be_focused()
    client = site.make("client", name)
    page.goto(f"/clients/{client.id}")
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile(f"/clients/{client.id}/edit$"))


def test_letters_typed_into_a_field_are_only_letters(page: Page) -> None:
    page.goto("/clients/new")
    field = page.get_by_label("Name*", exact=True)
    field.press_sequentially("ce?/jk")
    expect(field).to_have_value("ce?/jk")
    expect(page).to_have_url(re.compile("/clients/new$"))
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_question_mark_lists_the_keys(page: Page) -> None:
    page.goto("/clients")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_palette_finds_records_and_pages(page: Page, site: Any, name: str) -> None:
    site.make("client", name)
    page.goto("/settings")
    page.keyboard.press("Control+k")
    page.keyboard.type(name)
    expect(page.locator("#palette-results [aria-selected=true]")).to_contain_text(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.wait_for_load_state()
    page.keyboard.press("Control+k")
    page.keyboard.type("counterpart")
    expect(page.locator("#palette-results [aria-selected=true]")).to_contain_text("Counterparties")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/counterparties$"))


def test_palette_does_things_and_waits_for_no_answer(page: Page) -> None:
    page.goto("/people")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Find a record, a page or an action")
    expect(field).to_be_focused()
    expect(page.get_by_role("option", name="Clients", exact=True)).to_be_visible()
    page.keyboard.type("> light and dark")
    expect(page.get_by_role("option", selected=True)).to_have_text("Switch between light and dark")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("Control+k")
    field.fill("> add person")  # and Enter before the answer is there
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/people/new$"))


def test_link_field_is_chosen_with_the_arrows(page: Page, site: Any, name: str) -> None:
    site.make("client", name)
    page.goto("/counterparties/new")
    page.get_by_label("Legal name*").fill(f"{name} Ltda")
    page.get_by_role("button", name="Add a client").click()
    page.keyboard.type(name)
    expect(page.get_by_role("option", name=name)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} Ltda")
    expect(page.get_by_role("main").get_by_role("link", name=name, exact=True)).to_be_visible()


def test_first_tab_skips_to_the_content(page: Page) -> None:
    page.goto("/clients")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_palette_offers_what_the_page_offers(page: Page, site: Any, name: str) -> None:
    client = site.make("client", name)
    page.goto(f"/clients/{client.id}")
    page.keyboard.press("Control+k")
    here = page.get_by_role("group", name="On this page")
    expect(here.get_by_role("option", name="Log a meeting")).to_be_visible()
    expect(page.locator(f'#palette-results a[href="/clients/{client.id}"]')).to_have_count(0)
    page.keyboard.type("log meet")
    expect(page.get_by_role("option", selected=True)).to_have_text("Log a meeting")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("#compose .way:not([hidden])").get_by_label("Subject")).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("Control+k")
    page.keyboard.type("delete")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text(f"{name} was deleted.")
