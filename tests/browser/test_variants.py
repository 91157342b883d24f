"""A line asks for a variant where its product has some, and for nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import serving

from vinculo.accounts.models import Role
from vinculo.testing import factories
from vinculo_catalog.records import product, product_group, unit, variant

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server that sells cups, white or black, and plates."""
    folder = tmp_path_factory.mktemp("shop")
    with serving(folder, f"sqlite:///{folder / 'vinculo.db'}", ["deals", "catalog"]) as site:
        site.make("user", "helena", role=Role.ADMINISTRATOR)
        links = [product_group, unit, product]
        with site.database.write() as session:
            for name in ("Cup", "Plate"):
                made = factories.make_record(session, product, name=name, price="4", links_to=links)
                for colour in ("white", "black") if name == "Cup" else ():
                    values = {"name": f"Cup, {colour}", "product_id": made.id}
                    factories.make_record(session, variant, **values, links_to=links)
        yield site


@pytest.fixture
def line(shop: Any, open_page: Callable[..., Page]) -> Locator:
    """A line that was added to a new deal."""
    page = open_page(shop, login="helena")
    page.goto("/deals/new")
    page.get_by_role("button", name="Add a line").click()
    return page.locator("[data-rows=lines] .rows-list .row").last


def choose(line: Locator, text: str) -> None:
    box = line.locator('[data-lookup="/lookup/product"] input[type=text]')
    box.fill("")
    box.press_sequentially(text)
    line.get_by_role("option", name=text, exact=True).click()


def test_variants_come_and_go_with_the_product(line: Locator) -> None:
    asked = line.locator("[data-within] input[type=text]")
    expect(asked).to_be_hidden()
    choose(line, "Cup")
    expect(asked).to_be_visible()
    asked.click()
    line.get_by_role("option", name="Cup, black").click()
    expect(asked).to_have_value("Cup, black")
    choose(line, "Plate")
    expect(asked).to_be_hidden()
    expect(asked).to_have_value("")
    choose(line, "Cup")
    expect(asked).to_be_visible()
    expect(asked).to_have_value("")
