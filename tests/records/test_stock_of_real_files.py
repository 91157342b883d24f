"""Stock moves that nobody here wrote: what is on hand and available equals what the file itself says."""

import csv
import html
import re
from decimal import Decimal

import pytest
from click.testing import CliRunner

from vinculo.cli import main
from vinculo.records import importing
from vinculo_warehouse import checks, queries
from vinculo_warehouse.records import document, item

MYWIND = "mywind_stock"
ITEMS = {  # two of its codes are those of two products each
    "id": "external_id", "product_code": "", "product_name": "name", "standard_cost": "cost",
    "reorder_level": "minimum", "target_level": "target", "minimum_reorder_quantity": "lot",
    "description": "", "list_price": "", "quantity_per_unit": "", "discontinued": "", "category": "",
    "supplier_ids": "",
}  # fmt: skip
MOVES = {
    "id": "external_id", "transaction_type": "type", "transaction_created_date": "happened_at",
    "product_id": "item", "quantity": "quantity", "comments": "note", "transaction_modified_date": "",
    "purchase_order_id": "", "customer_order_id": "",
}  # fmt: skip
TYPES = {"1": "receipt", "2": "shipment", "3": "reservation", "4": "adjustment"}


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def plugins_on():
    return ("warehouse",)


def used(mapping):
    return {column: target for column, target in mapping.items() if target}


def told(database, real_file):
    """Compare what was imported with the reference."""
    wanted = {
        row["product_id"]: tuple(Decimal(row[name]) for name in ("on_hand", "on_hold", "available"))
        for row in read(real_file(f"{MYWIND}/reference/stock_by_product.csv"))
    }
    with database.read() as session:
        found = {one.item_id: (one.on_hand, one.reserved, one.available) for one in queries.stock(session)}
        items = queries.items(session, [*range(1, 100)])
        stock = {one.external_id: found.get(one.id, (0, 0, 0)) for one in items.values()}
        assert [*checks.books(session)] == []
    assert stock == wanted
    assert len(stock) == 45
    assert sum(on_hand for on_hand, _reserved, _available in stock.values()) == 1063


def test_the_files_bring_the_stock_of_the_reference(database, bring, real_file):
    bring(item, real_file(f"{MYWIND}/products.csv"), used(ITEMS))
    path = real_file(f"{MYWIND}/inventory_transactions.csv")
    options = {"values": {"transaction_type": TYPES}}
    assert bring(document, path, used(MOVES), **options).created == 102
    assert bring(document, path, used(MOVES), **options).unchanged == 102
    told(database, real_file)


def test_so_they_do_by_the_command(database, real_file, monkeypatch, tmp_path):
    monkeypatch.setenv("VINCULO_DATABASE__URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("VINCULO_PLUGINS__ON", "warehouse")
    monkeypatch.setenv("LANG", "en")
    monkeypatch.chdir(tmp_path)

    def type_in(kind, name, mapping, *more):
        words = ["import", kind, str(real_file(f"{MYWIND}/{name}.csv"))]
        for column, target in mapping.items():
            words += ["--map", f"{column}={target}"]
        return CliRunner().invoke(main, [*words, *more])

    done = type_in("stock_item", "products", ITEMS)
    assert done.stdout == "45 rows: 45 new, 0 changed, 0 unchanged, 0 rejected.\n", done.output
    values = [
        word for number, what in TYPES.items() for word in ("--values", f"transaction_type:{number}={what}")
    ]
    done = type_in("stock_document", "inventory_transactions", MOVES, *values)
    assert done.stdout == "102 rows: 102 new, 0 changed, 0 unchanged, 0 rejected.\n", done.output
    told(database, real_file)

    sound = CliRunner().invoke(main, ["doctor"])
    assert "ok  stock: sound" in sound.stdout


def test_so_they_do_by_the_pages(office, database, bring, real_file):
    bring(item, real_file(f"{MYWIND}/products.csv"), used(ITEMS))
    browser, csrf = office.browser()
    path = real_file(f"{MYWIND}/inventory_transactions.csv")
    page = browser.post(
        "/stock-documents/import", files={"file": (path.name, path.read_bytes())}, data={"_csrf": csrf}
    )
    header = importing.count_rows(path).header
    columns = {f"column-{number}": MOVES.get(one, "") for number, one in enumerate(header)}
    form = {**sent(page.text), **columns, "match": "external_id", "_csrf": csrf, "action": "run"}
    page = browser.post(page.url.path, data=form)
    said = {}
    for found in re.finditer(r'name="(means-\d+)"', page.text):
        before = page.text[: found.start()]
        said[found[1]] = "=" + TYPES[max(TYPES, key=lambda text: before.rfind(f">{text}<"))]
    assert len(said) == 3, "of waste there is none in the file"
    page = browser.post(page.url.path, data={**sent(page.text), **said, "_csrf": csrf, "action": "run"})
    office.work()

    run = browser.get(f"/api/v1/imports/{page.url.path.rpartition('/')[2]}").json()
    assert (run["created"], run["rejected"]) == (102, 0)
    told(database, real_file)


def sent(page):
    """The hidden inputs of a page's form."""
    body = page.split('<form class="form"')[1].split("</form>")[0]
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body)
    return {name: html.unescape(value) for name, value in hidden}


def test_a_row_that_takes_more_than_there_is_is_refused_alone(database, monkeypatch, tmp_path, make_record):
    for name in ("Flour", "Sugar"):
        make_record(item, name=name)
    monkeypatch.setenv("VINCULO_DATABASE__URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("VINCULO_PLUGINS__ON", "warehouse")
    monkeypatch.setenv("LANG", "en")
    monkeypatch.chdir(tmp_path)
    lines = (
        "type,item,quantity",
        "receipt,Flour,5",
        "shipment,Flour,6",
        "shipment,Flour,2",
        "receipt,Sugar,1",
    )
    path = tmp_path / "moves.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["import", "stock_document", str(path)])
    assert "4 rows: 3 new, 0 changed, 0 unchanged, 1 rejected." in done.output, done.output
    with database.read() as session:
        assert [one.on_hand for one in queries.stock(session)] == [3, 1]
        assert [*checks.books(session)] == []
