"""Lists with scripts: a group of filters is put together under its chip, and a card is dragged."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_any_of_two_conditions_without_leaving_the_list(page: Page, site: Any, name: str) -> None:
    for number, stage in enumerate(("lost", "active", "potential")):
        site.make("client", f"{name} {number}", stage=stage)
    page.goto(f"/clients?q={name}")
    page.locator("summary", has_text="Filter").click()
    page.get_by_role("button", name="Any of several conditions").click()
    page.get_by_role("button", name="Stage", exact=True).click()
    page.get_by_role("checkbox", name="Lost").check()
    page.get_by_role("button", name="Apply filter").last.click()
    page.get_by_role("link", name="Stage: Lost", exact=True).click()
    page.get_by_role("button", name="Add a condition").click()
    page.locator(".chip").get_by_role("button", name="Stage", exact=True).click()
    page.get_by_role("checkbox", name="Active").check()
    page.locator(".chip .primary").click()
    expect(page.get_by_role("link", name="Stage: Lost or Stage: Active", exact=True)).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(2)


def test_a_card_is_dragged_to_another_column(page: Page, site: Any, name: str) -> None:
    client = site.make("client", name, stage="potential")
    page.goto(f"/clients?as=board&group=stage&q={name}")
    active = page.locator('.board-column[data-value="active"]')
    page.locator(".board-card", has_text=name).drag_to(active)
    expect(page.locator(".toast")).to_be_visible()  # it is in the column before it is saved
    expect(active.locator(".board-card", has_text=name)).to_be_visible()
    page.goto(f"/clients/{client.id}")
    expect(page.locator("[data-part=stage]")).to_contain_text("Active")
