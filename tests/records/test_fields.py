"""Values: what is read is what is written, exactly, in each language."""
# ruff: noqa: RUF001 -- words in two alphabets

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vinculo.db.types import SCALE, Money
from vinculo.i18n import LANGUAGES, use_locale
from vinculo.records.countries import country_code, country_name, names
from vinculo.records.fields import (
    MAX_AMOUNT,
    AmountField,
    CountryField,
    DateField,
    IntegerField,
    MomentField,
    TextField,
    UrlField,
    YesNoField,
)

AMOUNT = AmountField(name="amount", label="Amount")
UNITS = st.integers(-int(MAX_AMOUNT) * SCALE, int(MAX_AMOUNT) * SCALE)
ANY_LANGUAGE = st.sampled_from(list(LANGUAGES))


@given(units=UNITS, language=ANY_LANGUAGE)
@example(units=12_340_000, language="pt_BR")  # 1.234 there
@example(units=-1, language="ru")
@example(units=0, language="en")
def test_an_amount_survives_api_form_page_and_database(units, language):
    amount = Decimal(units) / SCALE

    with use_locale(language):
        assert AMOUNT.read(AMOUNT.dump(amount)) == amount
        assert AMOUNT.parse(AMOUNT.text(amount)) == amount
        try:
            assert AMOUNT.parse(AMOUNT.show(amount)) == amount
        except ValueError as fault:
            assert language == "pt_BR", fault  # noqa: PT017 -- “1.234” may mean either there: refused
    assert Money().process_bind_param(AMOUNT.read(str(amount)), None) == units


@given(value=st.decimals(-MAX_AMOUNT, MAX_AMOUNT, allow_nan=False))
@example(Decimal("1.00000000000000000000000000000000000001"))
def test_an_amount_is_taken_exactly_or_not_at_all(value):
    try:
        read = AMOUNT.read(f"{value:f}")
    except ValueError:
        assert value * SCALE != int(value * SCALE) or len(value.as_tuple().digits) > 20
    else:
        assert read == value


@pytest.mark.parametrize(
    "text", ["1e", "NaN", "Infinity", "1_000", "0x10", "१२", "--1", "", "9" * 20, "1.00001", "1,5x"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        AMOUNT.read(text)


@pytest.mark.parametrize(
    ("language", "typed", "amount"),
    [
        ("en", "1,234.50", "1234.50"), ("en", "1 234.5", "1234.50"), ("en", "1234", "1234.00"),
        ("pt_BR", "1.234,50", "1234.50"), ("pt_BR", "1234,5", "1234.50"), ("pt_BR", "0,0001", "0.0001"),
        ("pt_BR", "1234.50", "1234.50"),
        ("pt_BR", "1.234.567", "1234567.00"),
        ("ru", "1.234", "1.234"), ("ru", "1 234,50", "1234.50"), ("ru", "-1\u00a0234,5", "-1234.50"),
    ],
)  # fmt: skip
def test_amounts_are_typed_as_people_write_them(language, typed, amount):
    with use_locale(language):
        assert str(AMOUNT.parse(typed)) == amount


def test_thousands_are_never_taken_for_decimals():
    with use_locale("pt_BR"), pytest.raises(ValueError, match=r"1234 \w+ 1,234"):
        AMOUNT.parse("1.234")
    assert AMOUNT.text(Decimal("1.234")) == "1.2340"


@given(value=st.integers(-(2**31), 2**31 - 1), language=ANY_LANGUAGE)
def test_a_whole_number_survives_form_and_api(value, language):
    field = IntegerField(name="n", label="N")
    with use_locale(language):
        assert field.parse(field.text(value)) == field.read(field.dump(value)) == value


@given(day=st.dates(min_value=dt.date(1000, 1, 1)), language=ANY_LANGUAGE)
def test_a_day_survives_api_form_and_page(day, language):
    field = DateField(name="day", label="Day")
    with use_locale(language):
        assert (
            field.read(field.dump(day)) == field.parse(field.text(day)) == field.parse(field.show(day)) == day
        )


@given(
    moment=st.datetimes(timezones=st.timezones(), allow_imaginary=False),
    zone=st.sampled_from(["UTC", "America/Sao_Paulo", "Asia/Vladivostok"]),
)
@example(dt.datetime(1, 1, 1, tzinfo=dt.UTC), "America/Sao_Paulo")
@example(dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.UTC), "Asia/Vladivostok")
def test_a_moment_is_one_moment_in_every_zone_or_refused(moment, zone):
    field = MomentField(name="at", label="At")
    with use_locale("en", zone):
        try:
            read = field.read(moment.isoformat())
        except ValueError:
            assert moment.year in (1, 9999)
            return
        assert read.timestamp() == moment.timestamp()
        assert field.read(field.dump(read)) == read
        assert field.show(read)
        whole = read.replace(second=0, microsecond=0)
        if 1900 < read.year < 2100 and not read.astimezone(dt.UTC).dst():
            assert abs(field.parse(field.text(whole)) - whole) <= dt.timedelta(hours=1)  # clocks are set back


@given(text=st.text(max_size=300))
def test_a_line_of_text_is_kept_without_its_edges_or_refused(text):
    field = TextField(name="t", label="T")
    try:
        read = field.read(text)
    except ValueError:
        assert len(text.strip()) > 200 or "\0" in text or not text.isprintable()
    else:
        assert read == text.replace("\r\n", "\n").strip()
        read.encode()


@given(
    text=st.one_of(st.text(max_size=60), st.from_regex(r"(javascript|data|vbscript|https?):[/]{0,2}.{0,20}"))
)
def test_an_address_of_the_web_is_http_or_nothing(text):
    try:
        read = UrlField(name="u", label="U").parse(text)
    except ValueError:
        return
    assert not read or read.lower().startswith(("http://", "https://"))
    assert not set(read) & set("<>\"' \n\t")


def test_addresses_of_the_web_as_people_type_them():
    parse = UrlField(name="u", label="U").parse
    assert parse("luz.example") == "https://luz.example"
    assert parse("http://luz.example:8080/a?b=c#d") == "http://luz.example:8080/a?b=c#d"
    for wrong in (
        "javascript:alert(1)",
        "JaVaScRiPt://%0aalert(1)",
        "data:text/html,x",
        "ftp://a.example",
        "http://",
        "http:// a",
    ):
        with pytest.raises(ValueError, match="is no web address"):
            parse(wrong)


def test_countries_are_known_by_code_and_by_name_in_each_language():
    for language in LANGUAGES:
        for code, name in names(language):
            assert country_code(code.lower()) == code
            assert country_name(country_code(name), language) == name
    assert country_code("РОССИЯ") == "RU"
    assert country_code("brasil") == "BR"
    with pytest.raises(ValueError, match="Germany"):
        CountryField(name="c", label="C").parse("Germny")


@pytest.mark.parametrize(
    ("text", "value"), [("sim", True), ("Да", True), ("x", True), ("НЕТ", False), ("", False)]
)
def test_yes_and_no_in_our_languages(text, value):
    assert YesNoField(name="y", label="Y").parse(text) is value
