"""The first day: from an empty database to clients, calls and an imported list, as one person lives it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
PASSWORD = "a long password"
CLIENT = "Padaria Luz do Amanhecer"
FILE = """\
Name;Country;E-mail;Phone
Confeitaria Estrela;BR;contato@estrela.example;+55 11 98765-4321
;BR;sem-nome@example.com;
Заря;RU;info@zarya.example;+7 495 123-45-67
Mercado Norte;Atlantis;;
Açougue Silva;BR;silva at example.com;
Quitanda Sol;PT;sol@quitanda.example;
"""
CORRECTIONS = {  # what stands in a rejected row → what should have
    "sem-nome@example.com": ("Name", "Empório Azul"),
    "Atlantis": ("Country", "BR"),
    "silva at example.com": ("E-mail", "silva@example.com"),
}


@pytest.mark.databases("sqlite")
def test_the_first_day(new_site: Any, open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page(new_site)
    set_up(page)
    sign_out_and_in(page)
    add_client(page)
    for name in ("Luz Panificação Ltda", "Luz Comércio de Alimentos Ltda"):
        add_counterparty(page, name)
    log_call(page)
    find(page)
    import_customers(page, tmp_path)
    delete_and_undo(page)


def set_up(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_url(re.compile("/setup$"))
    page.locator("[name=full_name]").fill("Helena Duarte")
    page.locator("[name=login]").fill("helena")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form .primary").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Helena Duarte")


def sign_out_and_in(page: Page) -> None:
    page.locator("details.user > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.locator("[name=login]").fill("helena")
    page.locator("[name=password]").fill("wrong")
    page.locator("form .primary").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.locator("[name=login]").fill("helena")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form .primary").click()
    expect(page).to_have_url(re.compile(r":\d+/$"))


def add_client(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Clients").click()
    expect(page.locator(".empty")).to_contain_text("import the list")
    page.keyboard.press("c")
    page.get_by_label("Name*", exact=True).fill(CLIENT)
    page.get_by_label("Stage").select_option(label="Active")
    page.get_by_role("button", name="Add a contact point").click()
    page.get_by_label("Number or address").fill("+55 11 98765-4321")
    page.get_by_role("button", name="Add a contact point").click()
    page.get_by_label("Type").nth(1).select_option(label="E-mail")
    page.get_by_label("Number or address").nth(1).fill("compras@luz.example")
    page.locator(".form-foot .primary").click()
    expect(page.get_by_role("heading", name=CLIENT, level=1)).to_be_visible()
    expect(page.get_by_role("link", name="+55 11 98765-4321")).to_have_attribute("href", "tel:+5511987654321")
    mail = page.get_by_role("link", name="compras@luz.example")
    expect(mail).to_have_attribute("href", "mailto:compras@luz.example")


def add_counterparty(page: Page, name: str) -> None:
    panel = page.get_by_role("region", name="Counterparties")
    panel.get_by_role("link", name="Add counterparty").click()
    panel.get_by_label("Legal name").fill(name)
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_role("link", name=name, exact=True)).to_be_visible()


def log_call(page: Page) -> None:
    quick = page.locator("#compose")
    quick.locator('a[data-way="interactions.call"]').click()
    quick.get_by_text("Call in").click()
    quick.get_by_label("Subject").fill("Asked for the price of flour")
    quick.get_by_label("Outcome").fill("Offer by Friday")
    quick.get_by_role("button", name="Log", exact=True).click()
    entry = page.get_by_role("region", name="Timeline").get_by_role("listitem")
    expect(entry).to_have_count(1)
    for text in ("Call in", "Asked for the price of flour", "Offer by Friday", "Helena Duarte"):
        expect(entry).to_contain_text(text)


def find(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("flour")
    page.keyboard.press("Enter")
    expect(page.locator("main .results a").first).to_contain_text("Asked for the price of flour")
    page.keyboard.press("Control+k")
    page.keyboard.type("amanhecer")
    expect(page.locator("#palette-results [aria-selected=true]")).to_contain_text(CLIENT)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=CLIENT, level=1)).to_be_visible()


def import_customers(page: Page, folder: Path) -> None:
    page.goto("/clients")
    page.locator(".head .menu > summary").click()
    page.get_by_role("link", name="Import", exact=True).click()
    (folder / "customers.csv").write_text(FILE, encoding="utf-8-sig")
    try_import(page, folder / "customers.csv", unknown="Atlantis")
    expect(page.locator(".stats")).to_have_text(re.compile(r"New\s*3.*Rejected\s*3", re.DOTALL))
    expect(page.get_by_role("region", name="Rows that could not be taken")).to_contain_text("Atlantis")
    assert count_of(page, "Confeitaria") == 0, "a trial saves nothing"
    page.go_back()
    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_role("link", name="Open the list")).to_be_visible()
    corrected = correct(page, folder)
    for name, count in {"Заря": 1, "Mercado Norte": 0}.items():
        assert count_of(page, name) == count
    page.goto("/clients/import")
    try_import(page, corrected)
    expect(page.locator(".stats")).to_have_text(re.compile(r"New\s*3.*Rejected\s*0", re.DOTALL))
    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_role("link", name="Open the list")).to_be_visible()
    for name in ("Empório Azul", "Mercado Norte", "Açougue Silva"):
        assert count_of(page, name) == 1


def try_import(page: Page, file: Path, *, unknown: str = "") -> None:
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Continue").click()
    for column in ("Name", "Country", "E-mail", "Phone"):
        guessed = page.locator(".mapping").get_by_label(column, exact=True).locator("option:checked")
        expect(guessed).not_to_have_text("Leave out")
    page.get_by_role("button", name="Try without saving").click()
    if unknown:
        expect(page.get_by_role("heading", name="What do these values mean?")).to_be_visible()
        expect(page.locator("main")).to_contain_text(unknown)
        page.get_by_role("button", name="Try without saving").click()
    expect(page.get_by_text("this was a trial")).to_be_visible()


def correct(page: Page, folder: Path) -> Path:
    """Take the rejected rows, put right what is wrong in each, and keep the file as it came otherwise."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Download rejected rows").click()
    path = folder / "rejected.csv"
    download.value.save_as(path)
    text = path.read_text(encoding="utf-8-sig")
    dialect = csv.Sniffer().sniff(text.splitlines()[0])
    rows = list(csv.DictReader(text.splitlines(), dialect=dialect))
    assert len(rows) == len(CORRECTIONS)
    for row in rows:
        column, value = next(right for wrong, right in CORRECTIONS.items() if wrong in row.values())
        row[column] = value
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), dialect=dialect)
        writer.writeheader()
        writer.writerows(rows)
    return path


def count_of(page: Page, name: str) -> int:
    page.goto(f"/clients?q={name}")
    return page.locator("#list tbody tr").count()


def delete_and_undo(page: Page) -> None:
    page.goto("/clients?q=Amanhecer")
    page.get_by_role("link", name=CLIENT).click()
    page.locator(".card-head .menu > summary").click()
    page.get_by_role("button", name="Delete").click()
    toast = page.locator(".toast")
    expect(toast).to_contain_text("was deleted")
    assert page.get_by_role("table").get_by_role("link", name=CLIENT).count() == 0
    toast.get_by_role("button", name="Undo").click()
    page.goto("/clients?q=Amanhecer")
    page.get_by_role("link", name=CLIENT).click()
    expect(page.get_by_role("region", name="Counterparties").get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_role("region", name="Timeline").get_by_role("listitem")).to_have_count(1)
