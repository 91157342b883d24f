"""Lines that name a variant of their product: called and priced as that, from deal to quotation."""

import pytest

from vinculo.actor import Scope, Source, system
from vinculo.records import importing, mapping
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan

DEALS = "/api/v1/deals"


@pytest.fixture
def plugins_on():
    return ("deals", "catalog")


@pytest.fixture
def shirt(add):
    return add("products", name="Shirt", price="20.00", currency="EUR", tax_rate="19")["id"]


@pytest.fixture
def red(add, shirt):
    """3.00 more than the shirt."""
    return add("variants", product_id=shirt, name="red M", sku="SH-RM", surcharge="3.00")["id"]


@pytest.fixture
def silk(add, shirt):
    """For 55.00, and its name holds that of the shirt."""
    return add("variants", product_id=shirt, name="Shirt, silk", price="55.00")["id"]


@pytest.fixture
def cup(add):
    return add("products", name="Cup", price="4.00", currency="EUR")["id"]


@pytest.fixture
def deal(add):
    return lambda *lines: add("deals", title="Clothes", currency="EUR", lines=list(lines))


@pytest.fixture
def change(admin):
    """Change the line of a deal, and return what became of it."""

    def change(deal, **values):
        line = {"id": deal["lines"][0]["id"], **values}
        answer = admin.patch(f"{DEALS}/{deal['id']}", json={"lines": [line]})
        assert answer.status_code == 200, answer.text
        return told(answer.json()["lines"][0])

    return change


def told(line):
    return line["product"], line["price"], line["variant_id"]


def test_a_line_is_called_and_priced_as_its_variant(deal, shirt, red, silk):
    made = deal(
        {"product_id": shirt, "variant_id": red},
        {"product_id": shirt, "variant_id": silk, "quantity": "2"},
        {"product_id": shirt},
        {"product_id": shirt, "variant_id": red, "product": "For the boss", "price": "1.00"},
    )
    assert [told(one) for one in made["lines"]] == [
        ("Shirt, red M", "23.00", red),
        ("Shirt, silk", "55.00", silk),
        ("Shirt", "20.00", None),
        ("For the boss", "1.00", red),
    ]
    whys = ("The price of the variant itself.",) * 2 + ("The price of the product itself.", "")
    assert tuple(one["price_why"] for one in made["lines"]) == whys
    assert made["amount"] == "154.00"


def test_a_price_rule_of_the_variant_wins(add, deal, shirt, red):
    listed = add("price-lists", name="Sale", currency="EUR")["id"]
    add("price-rules", name="Shirts", list_id=listed, product_id=shirt, amount="18.00")
    add("price-rules", name="Red ones", list_id=listed, variant_id=red, amount="9.00")
    (line,) = deal({"product_id": shirt, "variant_id": red})["lines"]
    assert (line["price"], line["price_why"]) == ("9.00", "By “Sale: Red ones”.")


def test_a_variant_alone_says_the_product(deal, shirt, red):
    (line,) = deal({"variant_id": red})["lines"]
    assert (line["product_id"], *told(line)) == (shirt, "Shirt, red M", "23.00", red)


def test_another_variant_brings_its_own_name_and_price(deal, change, shirt, red, silk):
    made = deal({"product_id": shirt, "unit": "pcs"})
    assert change(made, product_id=shirt, variant_id=red) == ("Shirt, red M", "23.00", red)
    assert change(made, product="Dear one", variant_id=silk) == ("Dear one", "55.00", silk)
    assert change(made, variant_id=None) == ("Shirt", "20.00", None)


def test_a_variant_goes_with_its_product(deal, change, shirt, red, cup):
    made = deal({"product_id": shirt, "variant_id": red})
    assert change(made, product_id=cup, variant_id=red) == ("Cup", "4.00", None)
    other = deal({"product_id": shirt, "variant_id": red})
    assert change(other, product_id=None) == ("Shirt, red M", "23.00", None)


def test_a_variant_of_another_product_is_refused(admin, deal, red, cup, faults):
    line = {"product_id": cup, "variant_id": red}
    answer = admin.post(DEALS, json={"title": "X", "lines": [{"product": "Text"}, line]})
    assert faults(answer) == {("lines[1].variant_id", "other_product")}
    assert "“red M” is no variant of this product" in answer.text
    assert "choose one of its own, or empty the field" in answer.text
    made = deal({"product_id": cup})
    again = {"lines": [{"id": made["lines"][0]["id"], "variant_id": red}]}
    assert faults(admin.patch(f"{DEALS}/{made['id']}", json=again)) == {
        ("lines[0].variant_id", "other_product")
    }
    unknown = admin.post(DEALS, json={"title": "X", "lines": [{"product_id": cup, "variant_id": 99}]})
    assert faults(unknown) == {("lines[0].variant_id", "no_such_record")}


def test_a_variant_that_is_gone_is_missed_only_where_it_is_asked(admin, add, deal, shirt, red, faults):
    made = deal({"product_id": shirt, "variant_id": red})
    admin.delete(f"/api/v1/variants/{red}")
    line = {**made["lines"][0], "quantity": "2"}
    line.pop("price_why")
    url = f"{DEALS}/{made['id']}"
    assert admin.patch(url, json={"lines": [line]}).json()["amount"] == "46.00"
    quoted = add("quotations", deal_id=made["id"])
    assert told(quoted["lines"][0]) == ("Shirt, red M", "23.00", red)
    emptied = admin.patch(url, json={"lines": [{**line, "price": None}]})
    assert faults(emptied) == {("lines[0].variant_id", "variant_gone")}
    assert f"Variant {red} is not in the catalog any more" in emptied.text


def test_a_quotation_takes_it_over_and_gives_it_back(admin, add, deal, shirt, red, silk):
    made = deal({"product_id": shirt, "variant_id": red})
    quoted = add("quotations", deal_id=made["id"])
    assert told(quoted["lines"][0]) == ("Shirt, red M", "23.00", red)
    line = {"id": quoted["lines"][0]["id"], "variant_id": silk}
    admin.patch(f"/api/v1/quotations/{quoted['id']}", json={"lines": [line]})
    assert "Shirt, silk" in admin.get(f"/quotations/{quoted['id']}").text
    for step, body in (("send", {}), ("accept", {"take": True})):
        assert admin.post(f"/api/v1/quotations/{quoted['id']}/{step}", json=body).status_code < 300
    (held,) = admin.get(f"{DEALS}/{made['id']}").json()["lines"]
    assert told(held) == ("Shirt, silk", "55.00", silk)


def test_without_the_catalog_variants_are_kept(deal, shirt, red, switch_plugin, open_browser, make_user):
    made = deal({"product_id": shirt, "variant_id": red})
    url, boss = f"{DEALS}/{made['id']}", make_user("admin", role="Administrator")
    switch_plugin("catalog", False)
    admin = open_browser(boss)
    (line,) = admin.get(url).json()["lines"]
    assert "variant_id" not in line
    assert 'name="lines-0-variant_id"' not in admin.get(f"/deals/{made['id']}/edit").text
    changed = admin.patch(url, json={"lines": [{"id": line["id"], "quantity": "3"}]})
    assert changed.json()["amount"] == "69.00"
    switch_plugin("catalog", True)
    admin = open_browser(boss)
    (line,) = admin.get(url).json()["lines"]
    assert told(line) == ("Shirt, red M", "23.00", red)


def test_a_form_offers_the_variants_of_the_product_alone(admin, add, deal, shirt, red, silk, cup):
    other = add("variants", product_id=cup, name="Cup, black")["id"]
    made = deal({"product_id": shirt, "variant_id": red})
    form = admin.get(f"/deals/{made['id']}/edit").text
    assert 'data-lookup="/lookup/variant?within=product_id" data-within="lines-0-product_id"' in form

    def offered(**asked):
        text = admin.get("/lookup/variant", params={"within": "product_id", **asked}).text
        return [one for one in (red, silk, other) if f'data-value="{one}"' in text]

    assert offered(of=shirt) == [red, silk]
    assert offered(of=shirt, q="SILK") == [silk]
    assert offered(of=cup) == [other]
    assert offered() == offered(of="x") == offered(of=shirt, within="name") == []


def test_a_form_without_scripts_takes_the_name_of_a_variant(admin, shirt, silk):
    typed = {
        "title": "Clothes", "currency": "EUR", "lines-0-product_id__text": "Shirt", "lines-0-product_id": "",
        "lines-0-variant_id__text": "Shirt, silk", "lines-0-variant_id": "", "lines-0-quantity": "1",
        "lines-0-discount": "0",
    }  # fmt: skip
    answer = admin.post("/deals/new", data=typed)
    assert answer.status_code in (200, 303), answer.text
    (line,) = admin.get(f"{DEALS}/1").json()["lines"]
    assert told(line) == ("Shirt, silk", "55.00", silk)


def test_files_name_variants_by_name_or_sku(admin, deal, database, tmp_path, shirt, red, silk):
    rows = ["external_id,title,currency,catalog_product,catalog_variant", "D-1,Clothes,EUR,Shirt,SH-RM"]
    rows += ['D-1,Clothes,EUR,Shirt,"Shirt, silk"', "D-2,More,EUR,Shirt,velvet"]
    path = tmp_path / "deals.csv"
    path.write_text("\n".join(rows))
    kinds = admin.app.state.site.registry.kinds
    kind = kinds["deal"]
    columns = mapping.guess(kind, importing.count_rows(path).header)
    plan = Plan(kind=kind, path=path, mapping=columns, match=mapping.default_match(kind, columns))
    rejects = Rejects(tmp_path / "rejects.csv")
    tally = importing.run(database, kinds, plan, actor=system(Source.IMPORT), rejects=rejects)
    rejects.finish()
    assert "no Variant called “velvet”" in " ".join(text for _row, text in tally.errors)
    lines = admin.get(f"{DEALS}/1").json()["lines"]
    assert [told(one) for one in lines] == [("Shirt, red M", "23.00", red), ("Shirt, silk", "55.00", silk)]
    told_back = admin.get("/deals/export.csv").text
    assert "catalog_product,catalog_variant" in told_back
    assert "Shirt,sh-rm" in told_back, "of the first line, as an import finds them"


def test_who_sees_no_variants_keeps_those_that_are_there(admin, deal, shirt, red, silk, member, make_role):
    names = ("deals.deal.read", "deals.deal.update", "catalog.product.read")
    make_role("Member", {"*": None, **dict.fromkeys(names, Scope.ALL)})
    made = deal({"product_id": shirt, "variant_id": red})
    url, line = f"{DEALS}/{made['id']}", {"id": made["lines"][0]["id"], "variant_id": red}
    kept = member.patch(url, json={"lines": [{**line, "quantity": "2"}]})
    assert (kept.status_code, kept.json()["amount"]) == (200, "46.00")
    assert member.patch(url, json={"lines": [{**line, "variant_id": silk}]}).status_code == 422
    assert member.get("/lookup/variant", params={"within": "product_id", "of": shirt}).status_code == 403
