"""What a currency is worth on a day: the last rate on or before it, exact until it is rounded once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vinculo.company import rates
from vinculo.company.models import ExchangeRate, Quote
from vinculo.company.rates import RateMissingError
from vinculo.errors import InvalidError

FIRST = date(2026, 1, 1)
shared = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
days = st.integers(0, 60).map(lambda number: FIRST + timedelta(number))
amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=4)
figures = st.decimals(min_value=Decimal("0.0001"), max_value=10_000, places=6).filter(lambda one: one > 0)


def put(session, currency, day, rate, *, base="USD", units=1, quote=Quote.DIRECT):
    session.add(
        ExchangeRate(currency=currency, base=base, day=day, rate=Decimal(rate), units=units, quote=quote)
    )
    session.flush()


@shared
@given(known=st.sets(days), asked=days)
def test_the_last_rate_on_or_before_a_day_counts(session, known, asked):
    session.execute(sa.delete(ExchangeRate))
    for day in known:
        put(session, "EUR", day, 1 + (day - FIRST).days)
    before = [day for day in known if day <= asked]

    if not before:
        with pytest.raises(RateMissingError):
            rates.rate_at(session, "EUR", asked)
        return
    found = rates.rate_at(session, "EUR", asked)

    assert found.day == max(before)
    assert found.rate == 1 + (max(before) - FIRST).days


@given(amount=amounts, rate=figures, units=st.sampled_from([1, 10, 100, 1000]), into=st.sampled_from("AB"))
def test_amounts_are_rounded_once_and_half_to_even(amount, rate, units, into):
    currency, step = {"A": ("JPY", Decimal(1)), "B": ("EUR", Decimal("0.01"))}[into]
    exact = Fraction(amount) * rates.worth(rate, units, Quote.DIRECT)

    found = rates.rounded(exact, currency)

    assert abs(Fraction(found) - exact) <= Fraction(step) / 2
    assert found == found.quantize(step)
    assert found == (amount * rate / units).quantize(step, ROUND_HALF_EVEN)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [("0.125", "EUR", "0.12"), ("0.135", "EUR", "0.14"), ("2.5", "JPY", "2"), ("1.2345", "KWD", "1.234")],
)
def test_each_currency_has_its_decimal_places(amount, currency, rounded):
    assert rates.rounded(Fraction(amount), currency) == Decimal(rounded)


@given(rate=figures, units=st.sampled_from([1, 100]))
def test_a_rate_written_inversely_is_the_other_one_turned_around(rate, units):
    direct, inverse = (rates.worth(rate, units, quote) for quote in (Quote.DIRECT, Quote.INVERSE))

    assert direct * inverse == 1


def test_a_nominal_of_a_hundred_units(session):
    put(session, "JPY", FIRST, "53.1714", base="RUB", units=100)

    assert rates.rate_at(session, "JPY", FIRST, base="RUB").rate == Decimal("0.531714")


def test_a_rate_the_other_way_round_counts(session):
    put(session, "USD", FIRST, "0.8", base="EUR")

    assert rates.to_base(session, Decimal(80), "EUR", FIRST) == Decimal("100.00")


def test_of_one_day_the_rate_of_the_currency_itself_goes_first(session):
    put(session, "USD", FIRST, "0.8", base="EUR")
    put(session, "EUR", FIRST, "1.5")

    assert rates.rate_at(session, "EUR", FIRST).rate == Decimal("1.50")


def test_between_two_currencies_by_that_of_the_company(session):
    put(session, "EUR", FIRST, "1.2")
    put(session, "GBP", FIRST, "1.5")

    assert rates.convert(session, Decimal(100), "EUR", "GBP", FIRST) == Decimal("80.00")


def test_the_own_currency_needs_no_rate(session):
    assert rates.to_base(session, Decimal("9.99"), "USD", FIRST) == Decimal("9.99")


def test_a_missing_rate_is_told_with_the_remedy(session):
    put(session, "EUR", FIRST, "1.2")

    with pytest.raises(RateMissingError, match=r"EUR to USD .* /rates/new\?currency=EUR") as told:
        rates.to_base(session, Decimal(1), "EUR", FIRST - timedelta(1))

    assert told.value.code == "rate_missing"


def test_more_than_can_be_held_is_refused(session):
    put(session, "EUR", FIRST, 900_000)

    with pytest.raises(InvalidError, match="The amount is more than") as told:
        rates.to_base(session, Decimal(10**12), "EUR", FIRST)

    assert told.value.errors[0].code == "too_large"


def rate(browser, **values):
    sent = {"currency": "EUR", "day": "2026-03-02", "rate": "1.0823", **values}
    return browser.post("/api/v1/rates", json=sent)


def test_a_rate_leads_to_the_currency_of_the_company_unless_said(admin):
    made = rate(admin).json()

    assert (made["base"], made["rate"], made["external_id"]) == ("USD", "1.0823", "EUR-USD-2026-03-02")


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"currency": "USD"}, "currency", "same_currency"),
        ({"rate": "0.0000000001"}, "rate", "out_of_range"),
        ({"rate": "0.0000000001", "quote": "inverse"}, "rate", "out_of_range"),
        ({"rate": "0"}, "rate", "invalid"),
        ({"rate": "1.23456789012"}, "rate", "invalid"),
        ({"currency": "ZZZ"}, "currency", "invalid"),
        ({"units": 0}, "units", "invalid"),
    ],
)
def test_what_cannot_be_is_refused(admin, values, field, code):
    answer = rate(admin, **values)

    assert answer.status_code == 422, answer.text
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [(field, code)]


def test_one_rate_of_a_day(admin):
    rate(admin)

    answer = rate(admin, rate="2")

    assert answer.json()["errors"][0]["code"] == "duplicate"


def test_the_key_of_a_rate_follows_its_day(admin):
    made = rate(admin).json()

    changed = admin.patch(f"/api/v1/rates/{made['id']}", json={"day": "2026-03-03"}).json()

    assert changed["external_id"] == "EUR-USD-2026-03-03"


def test_ten_decimal_places_are_kept_and_shown(admin):
    made = rate(admin, currency="VND", rate="0.0000392157").json()

    assert "0.0000392157" in admin.get(f"/rates/{made['id']}").text
    assert admin.get("/api/v1/rates?rate[lt]=0.0000392158").json()["items"][0]["id"] == made["id"]


def test_members_read_rates_and_do_not_change_them(member, admin):
    rate(admin)

    assert rate(member, day="2026-03-03").status_code == 403
    assert "EUR" in member.get("/rates").text


def test_the_list_has_no_totals_of_rates(admin):
    rate(admin)

    assert "totals" not in admin.get("/rates").text
