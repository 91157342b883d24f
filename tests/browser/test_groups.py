"""Composing the conditions of a group: whom they find follows as one types, and one client is explained."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_conditions_are_composed_with_what_they_find(page: Page, site: Any, name: str) -> None:
    for number, stage in enumerate(("lost", "active", "active")):
        site.make("client", f"{name} {number}", stage=stage)
    page.goto("/segments/new")
    page.get_by_label("Name").fill(f"Group {name}")
    page.locator("form .primary").first.click()
    page.get_by_role("link", name="Conditions", exact=True).click()
    expect(page.locator("#found")).to_contain_text("Without conditions nobody is in the group.")
    page.evaluate("window.stayed = true")

    found = page.locator("#found")
    page.locator("summary", has_text="Add a condition").click()
    page.get_by_role("button", name="Name", exact=True).click()
    page.get_by_label("Value").fill(name[:-2])
    expect(found).to_contain_text("3 clients")  # before it is applied
    page.get_by_label("Value").fill(f"{name} 1")
    expect(found).to_contain_text("1 client")
    page.keyboard.press("Escape")
    expect(found).to_contain_text("Without conditions nobody is in the group.")

    page.locator("summary", has_text="Add a condition").click()
    page.get_by_role("button", name="Name", exact=True).click()
    page.get_by_label("Value").fill(name)
    page.get_by_role("button", name="Apply filter").last.click()
    expect(page).to_have_url(re.compile("name%5Bcontains%5D="))
    expect(found).to_contain_text("3 clients")
    explain_one(page, name)
    assert page.evaluate("window.stayed")  # all of it on one page

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Group {name}")
    expect(page.locator("main")).to_contain_text("2 clients")


def explain_one(page: Page, name: str) -> None:
    found = page.locator("#found")
    page.get_by_role("link", name=f"Why {name} 0?").click()
    expect(found).to_contain_text(f"{name} 0 Is in the group.")
    page.locator("summary", has_text="Add a condition").click()
    page.get_by_role("button", name="Stage", exact=True).click()
    page.get_by_role("checkbox", name="Active").check()
    expect(found).to_contain_text("2 clients")
    expect(found).to_contain_text(f"{name} 0 Is not in the group.")
    page.get_by_role("button", name="Apply filter").last.click()
    expect(page.get_by_role("link", name="Stage: Active", exact=True)).to_be_visible()
    expect(found).to_contain_text("found: Lost")
