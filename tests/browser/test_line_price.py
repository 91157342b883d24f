"""While a line is typed, what it would cost stands below its price."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from vinculo.testing import factories
from vinculo_catalog.price_records import price_list, price_rule
from vinculo_catalog.records import product, unit

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page: Callable[..., Page], goods_site: Any) -> Page:
    return open_page(goods_site, login="helena")


@pytest.fixture
def beans(goods_site: Any) -> None:
    """Beans at 20 a kilogram, from ten on at 17.50."""
    with goods_site.database.write() as session:
        make = factories.make_record
        kilogram = make(session, unit, code="kg", name="kilogram")
        made = make(session, product, name="Espresso", price="20", currency="USD", unit_id=kilogram.id,
                    links_to=[unit])  # fmt: skip
        listed = make(session, price_list, name="Wholesale", currency="USD")
        make(session, price_rule, name="Ten", list_id=listed.id, product_id=made.id, min_quantity="10",
             amount="17.50", links_to=[price_list, product])  # fmt: skip


def test_the_price_follows_what_is_chosen(page: Page, beans: None) -> None:
    page.goto("/deals/new")
    page.get_by_role("button", name="Add a line").click()
    row = page.locator("[data-rows=lines] .rows-list .row").first
    hint = row.get_by_role("status")
    product_input = row.get_by_role("combobox", name="From the catalog")
    expect(hint).to_have_text("")
    product_input.press_sequentially("Espr")
    row.get_by_role("option", name="Espresso").click()
    expect(hint).to_have_text("20 USD · The price of the product itself.")
    row.get_by_label("Quantity").fill("10")
    row.get_by_label("Quantity").press("Tab")
    expect(hint).to_have_text("17.50 USD · By “Wholesale: Ten”.")

    page.get_by_role("button", name="Add a line").click()
    other = page.locator("[data-rows=lines] .rows-list .row").last.get_by_role("status")
    expect(other).to_have_text("")
    page.get_by_label("Currency").select_option("EUR")
    expect(hint).not_to_contain_text("17.50 USD")
    product_input.fill("")
    product_input.press("Tab")
    expect(hint).to_have_text("")
