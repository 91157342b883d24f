"""Files of rates as banks publish them are recognised, read as it is said, and make no doubles."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from vinculo.company import rates
from vinculo.records import import_runs

ECB = """Date,USD,JPY,CYP,
2026-03-03,1.0842,162.05,N/A,
2026-03-02,1.0823,161.91,0.585,
"""
ECB_DAY = """Date, USD, JPY,
02 March 2026, 1.0823, 161.91,
"""
LONG = "date;currency;rate\n02/03/2026;USD;5,8941\n02.03.2026;EUR;6,3790\n"
RUSSIA = "nominal;data;curs;cdx\n100;02.03.2026;53,1714;Японская иена\n1;02.03.2026;85,2004;Доллар США\n"
SERIES = "KEY,CURRENCY,CURRENCY_DENOM,TIME_PERIOD,OBS_VALUE\nEXR.D,GBP,EUR,2026-03-02,0.8415\n"
DAY = date(2026, 3, 2)


@pytest.fixture
def bring(admin):
    def bring(text, base="USD", quote="direct", name="rates.csv"):
        file = (name, text.encode(), "text/csv")
        data = {"base": base, "quote": quote, "source": "A bank"}
        answer = admin.post("/rates/bank", data=data, files={"file": file})
        if answer.status_code != 200:
            return answer.text
        number = int(answer.url.path.rpartition("/")[2])
        site = admin.app.state.site
        import_runs.execute(site, number, site.actor_of)
        run = admin.get(f"/api/v1/imports/{number}").json()
        return run["state"], run["created"], run["changed"], run["unchanged"], run["rejected"]

    return bring


@pytest.fixture
def upload(admin):
    """Import a file as any other kind's, by its columns."""

    def upload(text, **data):
        file = {"file": ("rates.csv", text.encode(), "text/csv")}
        answer = admin.post("/api/v1/rates/import", data=data, files=file)
        assert answer.status_code == 202, answer.text
        site = admin.app.state.site
        import_runs.execute(site, answer.json()["id"], site.actor_of)
        run = admin.get(f"/api/v1/imports/{answer.json()['id']}").json()
        return run["created"], run["changed"], run["unchanged"], run["rejected"]

    return upload


@pytest.fixture
def rate(database):
    def rate(currency, base, day=DAY):
        with database.read() as session:
            return rates.rate_at(session, currency, day, base=base).rate

    return rate


def test_a_column_for_each_currency(bring, rate):
    assert bring(ECB, "EUR", "inverse") == ("done", 5, 0, 0, 0)

    assert rate("USD", "EUR") == Decimal("0.9239582371")  # 1 / 1.0823
    assert rate("EUR", "USD") == Decimal("1.0823")
    assert rate("JPY", "USD") == Decimal("0.0066845779")  # 1.0823 / 161.91
    assert rate("CYP", "EUR", date(2026, 3, 9)) == Decimal("1.7094017094")  # the last one that there is


def test_the_file_of_one_day(bring, rate):
    assert bring(ECB_DAY, "EUR", "inverse") == ("done", 2, 0, 0, 0)

    assert rate("EUR", "JPY") == Decimal("161.91")


def test_a_row_for_each_currency_with_commas_and_days_of_two_kinds(bring, rate):
    assert bring(LONG, "BRL") == ("done", 2, 0, 0, 0)

    assert (rate("USD", "BRL"), rate("EUR", "BRL")) == (Decimal("5.8941"), Decimal("6.379"))


def test_so_many_units_and_names_of_currencies(bring, rate):
    assert bring(RUSSIA, "RUB") == ("done", 2, 0, 0, 0)

    assert (rate("JPY", "RUB"), rate("USD", "RUB")) == (Decimal("0.531714"), Decimal("85.2004"))


def test_a_file_may_say_what_its_figures_lead_to(bring, rate):
    assert bring(SERIES, "USD", "inverse") == ("done", 1, 0, 0, 0)

    assert rate("EUR", "GBP") == Decimal("0.8415")


def test_the_same_file_again_changes_nothing_and_another_figure_one(bring):
    bring(LONG, "BRL")

    assert bring(LONG, "BRL") == ("done", 0, 0, 2, 0)
    assert bring(LONG.replace("5,8941", "5,90"), "BRL") == ("done", 0, 1, 1, 0)


def test_what_is_no_rate_is_rejected_row_by_row(bring):
    rows = ("2026-03-02,USD,5.1", "yesterday,EUR,6", "2026-03-02,Doubloon,1", "2026-03-02,GBP,much")

    assert bring("\n".join(["date,currency,rate", *rows]), "BRL") == ("done", 1, 0, 0, 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Name,City\nLuz,Braga\n", "These are no rates"),
        ("Date,USD\n2026-03-02,N/A\n", "There are no rates in the file"),
        ("", "The file is empty"),
    ],
)
def test_other_files_are_refused_in_words(bring, text, said):
    assert said in bring(text)


def test_what_figures_lead_to_must_be_a_currency(bring):
    assert "is not the code of a currency" in bring(LONG, base="Doubloon")


def test_programs_bring_them_too_in_the_currency_of_the_company(admin):
    file = {"file": ("rates.csv", LONG.encode(), "text/csv")}

    answer = admin.post("/api/v1/rates/bank", files=file)

    assert (answer.status_code, answer.json()["total"]) == (202, 2)
    refused = admin.post("/api/v1/rates/bank", files=file, data={"quote": "both", "base": "BRL"})
    assert [one["field"] for one in refused.json()["errors"]] == ["quote"]
    assert admin.post("/api/v1/rates/bank", data={"base": "BRL"}).json()["errors"][0]["code"] == "required"


def test_the_list_and_the_palette_lead_there(admin):
    assert "/rates/bank" in admin.get("/rates").text


def test_members_bring_none(member):
    assert member.get("/rates/bank").status_code == 403


def test_an_ordinary_file_changes_the_rates_that_are_there(upload, rate):
    assert upload("currency,day,rate,base\nEUR,2026-03-02,6.10,BRL\nUSD,2026-03-02,5.20,BRL\n") == (
        2,
        0,
        0,
        0,
    )

    file = (
        "currency,day,rate,base\nEUR,2026-03-02,6.15,BRL\nEUR,2026-03-03,6.20,BRL\nUSD,2026-03-02,5.20,BRL\n"
    )
    assert upload(file, dry_run="true") == (1, 1, 1, 0)
    assert upload(file) == (1, 1, 1, 0)
    assert (rate("EUR", "BRL"), rate("USD", "BRL")) == (Decimal("6.15"), Decimal("5.20"))
    assert upload("currency,day,rate,base\nEUR,2026-03-02,6.15,BRL\n,2026-03-02,1,BRL\n") == (0, 0, 1, 1)
