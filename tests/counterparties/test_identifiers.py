"""Identifiers: whatever is typed, of whatever country, is taken or refused in words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vinculo.counterparties import identifiers
from vinculo.counterparties.models import BankAccount, Identifier, Scheme
from vinculo.records.countries import names

COUNTRIES = [code for code, _name in names("en")]
NUMBERS = st.one_of(
    st.text(max_size=30),
    st.text("0123456789.-/ ²٣ABZ", max_size=20),
    st.from_regex(r"[A-Z]{0,2}[0-9]{5,15}[A-Z]?", fullmatch=True),
)


@settings(max_examples=300, deadline=None)
@given(value=NUMBERS, country=st.sampled_from(COUNTRIES), scheme=st.sampled_from(list(Scheme)))
def test_any_number_of_any_country_is_taken_or_refused_in_words(value, country, scheme):
    row = Identifier(scheme=scheme, value=value, country="")
    errors = list(identifiers.check_identifiers([row], country))

    assert row.country == country
    assert row.value == value if errors else len(row.value) <= 60
    assert all(error.message.startswith("“") for error in errors)


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_rules_of_each_country_can_be_loaded(country):
    for module in identifiers._tax_modules(country):
        assert callable(module.validate)


@given(number=st.text(max_size=40))
def test_any_account_is_taken_or_refused(number):
    errors = list(identifiers.check_accounts([BankAccount(number=number, currency="")]))
    assert all(error.code == "invalid_iban" for error in errors)
