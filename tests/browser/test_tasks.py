"""A day's tasks without the mouse, and what one is told."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_task_is_added_walked_to_done_and_taken_back(page: Page, name: str) -> None:
    page.goto("/tasks/day")
    page.keyboard.press("c")
    page.keyboard.type(f"Call {name}")
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name=f"Call {name}", exact=True)
    expect(link).to_be_visible()
    link.focus()
    page.keyboard.press("d")
    expect(link).to_have_count(0)
    expect(page.locator(".toast")).to_contain_text(f"Done: Call {name}")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(link).to_be_visible()


def test_a_checklist_is_ticked_in_place(page: Page, name: str) -> None:
    page.goto("/tasks/new")
    page.get_by_label("Subject*", exact=True).fill(f"Visit {name}")
    page.get_by_role("button", name="Add a line").click()
    page.get_by_label("What*", exact=True).fill("Price list")
    page.get_by_role("button", name="Save").click()
    item = page.get_by_role("checkbox", name="Price list")
    expect(item).not_to_be_checked()
    item.click()
    expect(page.get_by_role("checkbox", name="Price list")).to_be_checked()


def test_the_bell_leads_to_what_one_was_told(page: Page, site: Any, name: str) -> None:
    page.goto("/tasks/day")
    page.get_by_role("link", name=re.compile("^Notices")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Notices")
