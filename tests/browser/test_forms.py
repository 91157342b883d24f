"""Nothing that was typed is lost, and everything works before scripts arrive."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, expect

pytestmark = pytest.mark.browser
PASSWORD = "a long password"


@pytest.fixture
def plain_page(site: Any, open_page: Callable[..., Page]) -> Page:
    """A window without JavaScript."""
    return open_page(site, login="helena", java_script_enabled=False)


def test_sign_in_works_without_scripts(site: Any, open_page: Callable[..., Page]) -> None:
    site.register("tereza", PASSWORD)
    page = open_page(site, java_script_enabled=False)
    page.goto("/clients")
    page.locator("[name=login]").fill("tereza")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form .primary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Clients")


def test_client_is_added_and_found_without_scripts(plain_page: Page, name: str) -> None:
    page = plain_page
    page.goto("/clients")
    page.get_by_role("link", name="Add client").first.click()
    page.get_by_label("Name*", exact=True).fill(name)
    page.get_by_role("button", name="Add a contact point").click()
    expect(page.get_by_label("Name*", exact=True)).to_have_value(name)
    page.get_by_label("Number or address").fill("+7 495 123-45-67")
    page.locator(".form-foot .primary").click()
    expect(page.get_by_role("link", name="+7 495 123-45-67")).to_be_visible()
    page.get_by_label("Search everything").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator("main .results li")).to_contain_text(name)


def test_menus_and_deleting_work_without_scripts(plain_page: Page, site: Any, name: str) -> None:
    page = plain_page
    page.goto(f"/clients/{site.make('client', name).id}")
    page.locator(".card-head .menu > summary").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Undo").click()
    page.goto(f"/clients?q={name}")
    expect(page.get_by_role("link", name=name)).to_be_visible()


def test_leaving_a_form_with_changes_asks(page: Page, name: str) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto("/clients/new")
    page.get_by_label("Name*", exact=True).press_sequentially(name)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="People").click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.get_by_label("Name*", exact=True)).to_have_value(name)


def test_saving_or_changing_nothing_does_not_ask(page: Page, name: str) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(page.url), dialog.accept()))
    page.goto("/clients/new")
    page.goto("/clients/new")
    page.get_by_label("Name*", exact=True).press_sequentially(name)
    page.locator(".form-foot .primary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert asked == []


def test_failed_save_keeps_the_form_and_says_what_to_do(page: Page, name: str) -> None:
    page.goto("/clients/new")
    page.get_by_label("Name*", exact=True).fill(name)
    page.get_by_role("button", name="Add a contact point").click()
    page.get_by_label("Number or address").fill("not a phone at all")
    page.locator(".form-foot .primary").click()
    field = page.get_by_label("Number or address")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("not a phone at all")
    expect(field).to_have_accessible_description(re.compile("write e.g. "))
    expect(page.get_by_label("Name*", exact=True)).to_have_value(name)


@pytest.fixture
def two(site: Any, open_page: Callable[..., Page], name: str) -> tuple[Page, Page]:
    """Two who have the form of one client open, the second without JavaScript."""
    client = site.make("client", name, note="before", industry="Retail")
    first, second = (
        open_page(site, login="helena"),
        open_page(site, login="rafael", java_script_enabled=False),
    )
    for page in (first, second):
        page.goto(f"/clients/{client.id}/edit")
    return first, second


def test_two_who_change_different_fields_lose_nothing(two: tuple[Page, Page]) -> None:
    first, second = two
    first.get_by_label("Industry").fill("Bakery")
    second.get_by_label("Note").fill("after")
    for page in two:
        page.locator(".form-foot .primary").click()
    expect(second.locator(".toast")).to_contain_text("together with what was changed meanwhile")
    expect(second.locator(".attributes")).to_contain_text("Bakery")
    expect(second.locator(".attributes")).to_contain_text("after")


@pytest.mark.parametrize(("side", "kept"), [("Yours", "Café"), ("Saved meanwhile", "Bakery")])
def test_what_both_changed_is_chosen_and_saved_with_one_click(
    two: tuple[Page, Page], side: str, kept: str
) -> None:
    first, second = two
    first.get_by_label("Industry").fill("Bakery")
    first.get_by_label("Note").fill("hers")
    second.get_by_label("Industry").fill("Café")
    for page in two:
        page.locator(".form-foot .primary").click()
    notice = second.get_by_role("alert")
    expect(notice).to_contain_text("Somebody changed this record")
    expect(notice).to_contain_text("Taken over from the other: Note")
    choice = notice.get_by_role("group", name="Industry")
    for text in ("Café", "Bakery", "Retail"):
        expect(choice).to_contain_text(text)
    choice.get_by_label(side).check()
    second.locator(".form-foot .primary").click()
    expect(second.locator(".attributes")).to_contain_text(kept)
    expect(second.locator(".attributes")).to_contain_text("hers")


def test_who_types_on_after_a_stale_save_means_his_own_value(
    site: Any, open_page: Callable[..., Page], name: str
) -> None:
    client = site.make("client", name)
    first, second = open_page(site, login="helena"), open_page(site, login="rafael")
    for page, industry in ((first, "Bakery"), (second, "Café")):
        page.goto(f"/clients/{client.id}/edit")
        page.get_by_label("Industry").fill(industry)
    for page in (first, second):
        page.locator(".form-foot .primary").click()
    second.get_by_role("alert").get_by_label("Saved meanwhile").check()
    second.get_by_label("Industry").fill("Tea house")
    second.locator(".form-foot .primary").click()
    expect(second.locator(".attributes")).to_contain_text("Tea house")


def test_a_change_is_taken_back_on_the_page_of_changes(site: Any, page: Page, name: str) -> None:
    client = site.make("client", name)
    page.goto(f"/clients/{client.id}/edit")
    page.get_by_label("Industry").fill("Bakery")
    page.locator(".form-foot .primary").click()
    page.goto(f"/clients/{client.id}/history")
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".toast")).to_contain_text("The change was taken back.")
    expect(page.locator(".history > li").first).to_contain_text("Change taken back")


def test_theme_is_kept(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    with page.expect_response(re.compile("/settings/theme")):
        page.get_by_role("button", name="Dark theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    with page.expect_response(re.compile("/settings/theme")):
        page.get_by_role("button", name="Light theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
