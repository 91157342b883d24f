"""What a product costs: by hand, with the reason, and what is in the way of an answer."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from vinculo.actor import FieldAccess, Scope
from vinculo_catalog.models import PriceRule, Product


@pytest.fixture
def shop(admin, add):
    """Beans at 20.00 a kg that cost 12.00, in a group within a group, and a list of prices."""
    top = add("product-groups", name="Coffee")
    group = add("product-groups", name="Beans", parent_id=top["id"])
    beans = add("products", name="Espresso", price="20.00", cost="12.00", currency="EUR",
                group_id=group["id"], tax_rate="20")  # fmt: skip
    retail = add("price-lists", name="Retail", currency="EUR")

    def rule(amount, of=None, **values):
        made = add("price-rules", list_id=(of or retail)["id"], amount=amount, **values)
        assert "id" in made, made
        return made

    def price(**asked):
        return admin.get(f"/api/v1/products/{beans['id']}/price", params=asked).json()

    return SimpleNamespace(top=top, group=group, beans=beans, retail=retail, rule=rule, price=price)


def test_without_a_rule_the_price_of_the_product_holds(shop):
    found = shop.price()

    assert (found["amount"], found["currency"], found["unit"]) == ("20.00", "EUR", "pcs")
    assert (found["rule_id"], found["tax_rate"]) == (None, "20.00")


def test_the_more_specific_rule_wins_and_says_why(shop):
    everything = shop.rule("5", formula="discount")  # 20 less 5 %: 19.00
    coffee = shop.rule("10", formula="discount", group_id=shop.top["id"])  # 18.00
    beans = shop.rule("15", formula="discount", group_id=shop.group["id"])  # 17.00
    assert shop.price()["amount"] == "17.00"

    own = shop.rule("50", formula="cost_plus", product_id=shop.beans["id"])  # 12 and 50 %: 18.00
    many = shop.rule("16.50", product_id=shop.beans["id"], min_quantity="10")

    found = shop.price()
    assert (found["amount"], found["rule_id"]) == ("18.00", own["id"])
    assert {one["rule_id"]: one["why"] for one in found["lost"]} == {
        many["id"]: "its least quantity is 10.00",
        beans["id"]: "it is less specific about what is sold",
        coffee["id"]: "it is less specific about what is sold",
        everything["id"]: "it is less specific about what is sold",
    }
    assert shop.price(quantity="10")["amount"] == "16.50"


def test_who_does_not_see_what_a_product_cost_cannot_work_it_out(shop, admin, member, make_role):
    """12.00 and 50 % is 18.00: whoever knew the percent, or chose it, knew the cost."""
    rights = {f"catalog.{kind}.{may}": Scope.ALL for kind in ("product", "price_list", "price_rule")
              for may in ("read", "create", "update")}  # fmt: skip
    make_role("Member", rights, {("product", "cost"): FieldAccess.HIDDEN})
    own = shop.rule("50", formula="cost_plus", product_id=shop.beans["id"])
    assert own["amount"] == "50.00"

    asked = member.get(f"/api/v1/products/{shop.beans['id']}/price").json()
    seen = member.get(f"/api/v1/price-rules/{own['id']}").json()
    assert (asked["amount"], asked["rule_id"]) == ("18.00", own["id"])
    assert seen.keys().isdisjoint({"amount", "formula"})
    assert "50" not in member.get(f"/price-rules/{own['id']}").text.partition("<main")[2]
    assert "amount" not in member.get(f"/api/v1/price-rules/{own['id']}/history").text

    of = {"list_id": shop.retail["id"], "product_id": shop.beans["id"]}
    mine = {**of, "formula": "cost_plus", "amount": "0"}
    sent = {"version": seen["version"], "amount": "0"}
    for refused in (
        member.post("/api/v1/price-rules", json=mine),
        member.post("/api/v1/price-rules", json=of),
        member.patch(f"/api/v1/price-rules/{own['id']}", json=sent),
    ):
        assert refused.status_code in (403, 422), refused.text
    assert shop.price()["amount"] == "18.00"


def test_rules_hold_on_their_days(shop):
    shop.rule("9.99", valid_from="2026-03-01", valid_to="2026-03-31", product_id=shop.beans["id"])

    assert [shop.price(on=f"2026-{day}")["amount"] for day in ("02-28", "03-01", "03-31", "04-01")] == [
        "20.00", "9.99", "9.99", "20.00",
    ]  # fmt: skip


def test_a_list_may_start_from_another_which_makes_no_prices_itself(add, shop):
    base = add("price-lists", name="Base", currency="EUR", applies=False)
    shop.rule("16.00", of=base, product_id=shop.beans["id"])
    assert shop.price()["amount"] == "20.00"

    shop.rule("25", formula="list_plus", other_list_id=base["id"], rounding="ninety_nine")
    assert shop.price()["amount"] == "19.99"  # 16 and 25 %: 20.00, whose nearest is 19.99

    refused = add("price-rules", list_id=base["id"], amount="1", formula="list_plus",
                  other_list_id=shop.retail["id"])  # fmt: skip
    assert refused == {"other_list_id": "cycle"}


def test_the_price_of_a_pack_is_that_of_what_is_in_it(add, change, shop):
    box = next(one for one in [add("units", code="carton")])
    change("products", shop.beans, packs=[{"unit_id": box["id"], "factor": "12"}])
    shop.rule("18.00", product_id=shop.beans["id"], min_quantity="12")

    found = shop.price(unit_id=box["id"])

    assert (found["amount"], found["unit"]) == ("216.00", "carton")  # 12 of them at 18.00
    other = add("units", code="furlong")
    assert shop.price(unit_id=other["id"])["code"] == "units_apart"


def test_another_currency_takes_the_rate_of_the_day_or_says_that_there_is_none(add, shop):
    assert shop.price(currency="USD", on="2026-03-02")["code"] == "rate_missing"

    add("rates", currency="EUR", base="USD", day="2026-03-01", rate="1.10")
    found = shop.price(currency="USD", on="2026-03-02")

    assert (found["amount"], found["currency"]) == ("22.00", "USD")


def test_a_variant_has_its_own_price_or_adds_to_that_of_the_product(add, shop):
    small = add("variants", product_id=shop.beans["id"], name="Small", surcharge="-2.50")
    gift = add("variants", product_id=shop.beans["id"], name="Gift", price="31.00")
    free = add("variants", product_id=shop.beans["id"], name="Free", surcharge="-99.00")

    prices = [shop.price(variant_id=one["id"])["amount"] for one in (small, gift, free)]
    assert prices == ["17.50", "31.00", "0.00"]
    shop.rule("7.00", variant_id=gift["id"])
    shop.rule("8.00", product_id=shop.beans["id"])
    assert shop.price(variant_id=gift["id"])["amount"] == "7.00"
    assert shop.price(variant_id=small["id"])["amount"] == "8.00"
    assert shop.price()["amount"] == "8.00"


@pytest.fixture
def keep(database):
    """Let a rule name what a plugin had that is off now, or a group that is gone."""

    def keep(rule, **values):
        with database.write() as session:
            session.execute(sa.update(PriceRule).where(PriceRule.id == rule["id"]).values(**values))
        return rule

    return keep


def test_a_rule_for_a_group_or_an_outlet_waits_for_the_plugin_that_is_off(admin, shop, keep, database):
    of_group = keep(shop.rule("1.00"), segment_id=1)
    of_outlet = keep(shop.rule("1.00"), outlet_id=1)

    url = f"/api/v1/price-rules/{of_group['id']}"
    assert "segment_id" not in admin.get(url).json()
    assert admin.patch(url, json={"name": "Bakeries"}).status_code == 200
    with database.read() as session:
        assert session.get(PriceRule, of_group["id"]).segment_id == 1

    found = shop.price(outlet_id=1)

    assert found["amount"] == "20.00"
    assert {one["rule_id"]: one["why"] for one in found["lost"]} == {
        of_group["id"]: "it waits for the plugin “Groups”, which is off",
        of_outlet["id"]: "it waits for the plugin “Own companies”, which is off",
    }


class TestWithGroups:
    @pytest.fixture
    def plugins_on(self):
        return ("catalog", "segments")

    def test_a_rule_for_a_group_is_for_its_clients(self, admin, add, shop, make_client):
        inside, outside = make_client("Padaria Luz"), make_client("Bar do Zé")
        group = add("segments", name="Bakeries", way="manual", shared=True)
        add("memberships", segment_id=group["id"], client_id=inside.id)
        shop.rule("15.00", segment_id=group["id"])
        shop.rule("18.00")

        assert shop.price(client_id=inside.id)["amount"] == "15.00"
        assert shop.price(client_id=outside.id)["amount"] == "18.00"
        assert shop.price()["amount"] == "18.00"

    def test_a_group_that_is_gone_makes_no_price(self, shop, keep, make_client):
        keep(shop.rule("15.00"), segment_id=999)

        assert shop.price(client_id=make_client().id)["amount"] == "20.00"


@pytest.mark.parametrize(
    "wrong", [{"quantity": "0"}, {"quantity": "-1"}, {"quantity": "many"}, {"on": "soon"}]
)
def test_what_cannot_be_asked_is_refused_with_the_field(shop, wrong):
    assert shop.price(**wrong)["errors"][0]["field"] == next(iter(wrong))


def test_a_client_that_is_not_there_is_refused_with_the_field(shop):
    (fault,) = shop.price(client_id="999999")["errors"]
    assert (fault["field"], fault["code"]) == ("client_id", "no_such_record")


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"amount": "-1"}, {"amount": "negative"}),
        ({"amount": "101", "formula": "discount"}, {"amount": "out_of_range"}),
        ({"amount": "-101", "formula": "cost_plus"}, {"amount": "out_of_range"}),
        ({"amount": "1", "valid_from": "2026-02-01", "valid_to": "2026-01-01"}, {"valid_to": "ends_before"}),
    ],
)
def test_rules_that_cannot_be_are_refused(add, shop, values, fault):
    assert add("price-rules", list_id=shop.retail["id"], **values) == fault


def test_a_rule_is_about_one_thing(add, shop):
    both = {"product_id": shop.beans["id"], "group_id": shop.group["id"]}
    assert add("price-rules", list_id=shop.retail["id"], amount="1", **both) == {"group_id": "two_targets"}


def test_the_page_shows_price_and_reasons(admin, shop):
    shop.rule("15.00", name="Spring", product_id=shop.beans["id"])
    shop.rule("18.00", name="Everything")

    page = admin.get(f"/products/{shop.beans['id']}/price?quantity=2").text

    assert "<strong>15 EUR<" in page
    assert "Retail: Spring" in page
    assert "it is less specific about what is sold" in page
    assert "<strong>15 EUR<" in admin.get(f"/products/{shop.beans['id']}").text
    assert admin.get(f"/products/{shop.beans['id']}/price?quantity=none").status_code == 422


def test_a_huge_price_is_refused_rather_than_wrong(shop, add, change):
    change("products", shop.beans, price="900000000000000")
    box = add("units", code="carton")
    change("products", shop.beans, packs=[{"unit_id": box["id"], "factor": "1000"}])

    assert shop.price(unit_id=box["id"])["errors"][0]["code"] == "too_large"


def test_the_price_has_no_more_than_four_places(change, shop, database):
    change("products", shop.beans, price="0.0001")
    with database.read() as session:
        assert session.get_one(Product, shop.beans["id"]).price == Decimal("0.0001")
    assert shop.price()["amount"] == "0.0001"
