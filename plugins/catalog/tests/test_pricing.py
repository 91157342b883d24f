"""Which rule wins and what it makes: by hand, and for whatever rules there may be."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinculo_catalog import pricing
from vinculo_catalog.models import Formula, Rounding
from vinculo_catalog.pricing import ALL, GROUP, PRODUCT, VARIANT, Candidate

days = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))
amounts = st.decimals(-1000, 1000, places=2)
prices = st.none() | st.fractions(0, 100_000)
candidates = st.builds(
    Candidate, st.integers(1, 1000), st.sampled_from([ALL, GROUP, PRODUCT, VARIANT]), st.integers(0, 5),
    st.booleans(), st.booleans(), st.decimals(0, 100, places=1), days, days, st.integers(-3, 3),
    st.booleans(),
)  # fmt: skip
rules = st.lists(candidates, min_size=1, max_size=8, unique_by=lambda one: one.id)


@given(rules, st.randoms(use_true_random=False))
def test_the_winner_does_not_depend_on_the_order_of_rules(given_rules, rng):
    shuffled = [*given_rules]
    rng.shuffle(shuffled)

    assert pricing.ranked(shuffled) == pricing.ranked(given_rules)


@given(rules)
def test_nothing_more_specific_loses(given_rules):
    first, *others = pricing.ranked(given_rules)

    assert all(first.target >= one.target for one in others)
    alike = [one for one in others if (one.target, one.distance) == (first.target, first.distance)]
    assert all(first.segment >= one.segment for one in alike)
    assert all(pricing.lost_by(first, one) in pricing.CRITERIA for one in others)


@given(st.sampled_from(Formula), amounts, prices, prices, prices, st.sampled_from(Rounding))
def test_no_price_is_negative(formula, amount, base, cost, other, how):
    price = pricing.computed(formula, amount, base=base, cost=cost, other=lambda: other)

    assert price is None or pricing.rounded(price, how) >= 0


@given(st.fractions(0, 100_000), st.sampled_from([*pricing.STEPS]))
def test_rounding_moves_by_half_a_step_at_most_and_once(price, how):
    once = pricing.rounded(price, how)

    assert abs(once - price) <= Fraction(pricing.STEPS[how]) / 2
    assert pricing.rounded(once, how) == once


@pytest.mark.parametrize(
    ("price", "how", "rounded"),
    [
        ("12.345", Rounding.CENT, "12.35"),
        ("12.344", Rounding.CENT, "12.34"),
        ("12.37", Rounding.FIVE_CENTS, "12.35"),
        ("12.375", Rounding.FIVE_CENTS, "12.40"),
        ("12.34", Rounding.TENTH, "12.3"),
        ("12.5", Rounding.WHOLE, "13"),
        ("14.99", Rounding.TEN, "10"),
        ("15", Rounding.TEN, "20"),
        ("12.34", Rounding.NINETY_NINE, "11.99"),
        ("12.50", Rounding.NINETY_NINE, "12.99"),
        ("10", Rounding.NINETY_NINE, "9.99"),
        ("0.10", Rounding.NINETY_NINE, "0.99"),
        ("0", Rounding.NINETY_NINE, "0"),
    ],
)
def test_a_price_is_rounded(price, how, rounded):
    assert pricing.rounded(Fraction(price), how) == Fraction(rounded)


@pytest.mark.parametrize(
    ("formula", "amount", "price"),
    [
        (Formula.FIXED, "7.50", "7.5"),
        (Formula.DISCOUNT, "15", "85"),  # 100 - 15 %
        (Formula.DISCOUNT, "100", "0"),
        (Formula.COST_PLUS, "30", "78"),  # 60 + 30 %
        (Formula.COST_PLUS, "-100", "0"),
        (Formula.LIST_PLUS, "-5", "85.5"),  # 90 - 5 %
    ],
)
def test_a_formula_by_hand(formula, amount, price):
    found = pricing.computed(
        formula, Decimal(amount), base=Fraction(100), cost=Fraction(60), other=lambda: Fraction(90)
    )

    assert found == Fraction(price)


def test_each_criterion_decides_where_those_before_it_are_equal():
    plain = Candidate(9, PRODUCT, min_quantity=Decimal(1))
    for name, better in {
        "target": Candidate(10, VARIANT),
        "segment": Candidate(10, PRODUCT, segment=True),
        "outlet": Candidate(10, PRODUCT, outlet=True),
        "quantity": Candidate(10, PRODUCT, min_quantity=Decimal(2)),
        "period": Candidate(10, PRODUCT, min_quantity=Decimal(1), valid_to=date(2026, 3, 1)),
        "priority": Candidate(10, PRODUCT, min_quantity=Decimal(1), priority=1),
        "age": Candidate(8, PRODUCT, min_quantity=Decimal(1)),
    }.items():
        assert pricing.ranked([plain, better])[0] is better
        assert pricing.lost_by(better, plain) == name


def test_of_groups_the_nearer_wins():
    near, far = Candidate(2, GROUP, distance=0), Candidate(1, GROUP, distance=1)

    assert pricing.ranked([far, near]) == [near, far]
