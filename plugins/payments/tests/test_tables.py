"""Statements that are tables: a bank's own columns, said once; each line once, all of a file or nothing."""

import csv
from collections import Counter, defaultdict
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa

from vinculo.errors import InvalidFileError
from vinculo_payments.models import Flow, Payment, TableLayout
from vinculo_payments.statements import tables
from vinculo_payments.statements.tables import Columns, number

URL = "/payments/statements"
SPEND = Path(__file__).parents[4] / "shared" / "data" / "uk_cabinet_office_spend"
MARCH = (
    "Buchungstag;Betrag;Währung;Name;IBAN;Verwendungszweck\n"
    "02.03.2026;1.190,00;EUR;Luz Ltda;DE02120300000000202051;Invoice V-2026-1\n"
    "03.03.2026;-45,90;EUR;Post AG;;Stamps\n"
    "03.03.2026;-45,90;EUR;Post AG;;Stamps\n"
    "04.03.2026;12,00;USD;Sol Inc;;Refund\n"
)


@pytest.fixture
def send(admin):
    def send(text, name="march.csv", *, to=URL, **data):
        content = text if isinstance(text, bytes) else text.encode()
        return admin.post(to, files={"file": (name, BytesIO(content), "text/csv")}, data=data)

    return send


@pytest.fixture
def booked(database):
    def booked():
        with database.read() as session:
            return session.scalars(sa.select(Payment).order_by(Payment.id)).all()

    return booked


def hidden(page, name):
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56", "1234.56"), ("1,234.56", "1234.56"), ("1 234,56 EUR", "1234.56"), ("R$ 12,5", "12.5"),
        ("(12.00)", "-12"), ("12.00-", "-12"), ("\u221212,00", "-12"), ("1.234", "1234"), ("0.125", "0.125"),
        ("12.345.678", "12345678"), ("1'000.50", "1000.5"), ("-1,234", "-1234"),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(text, value):
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["ten", "12 items", "1,2,3", "--1", "", "NaN", "9" * 30])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(InvalidFileError):
        number(text)


def test_titles_say_what_columns_are_each_of_them_once():
    found = tables.guess(MARCH.partition("\n")[0].split(";")).titles
    assert found == {
        "day": "Buchungstag", "amount": "Betrag", "currency": "Währung", "party": "Name",
        "party_account": "IBAN", "text": "Verwendungszweck",
    }  # fmt: skip
    assert tables.guess(["Дата", "Дебет", "Кредит", "Назначение платежа"]).titles.keys() == {
        "day", "went", "came", "text",
    }  # fmt: skip
    assert not Columns({"day": "Date"}).fits(["Date", "Amount"])


def test_a_table_is_asked_about_once_and_booked_by_what_was_said(send, admin, account, booked, database):
    asked = send(MARCH)
    assert asked.status_code == 200
    assert "Columns of the statement" in asked.text
    assert booked() == []
    form = {"account_id": account.id, "day": "Buchungstag", "amount": "Betrag", "currency": "Währung",
            "party": "Name", "party_account": "IBAN", "text": "Verwendungszweck",
            "upload": hidden(asked.text, "upload"), "name": "march.csv"}  # fmt: skip
    shown = admin.post(f"{URL}/table", data=form)
    assert "3 new, 0 known" in shown.text
    assert "Row 5 is in USD, the account in EUR." in shown.text
    rows = booked()
    assert [(one.flow, f"{one.paid_on}", one.amount, one.party, one.text) for one in rows] == [
        (Flow.IN, "2026-03-02", Decimal("1190.00"), "Luz Ltda", "Invoice V-2026-1"),
        *[(Flow.OUT, "2026-03-03", Decimal("45.90"), "Post AG", "Stamps")] * 2,
    ]
    again = send(MARCH.replace("04.03.2026;12,00;USD", "05.03.2026;13,00;EUR"))
    chosen = again.text.partition('name="account_id"')[2].partition("</select>")[0]
    assert f'<option value="{account.id}" selected' in chosen, "what was said of such a table is known"
    form["upload"] = hidden(again.text, "upload")
    assert "1 new, 3 known" in admin.post(f"{URL}/table", data=form).text
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(TableLayout)) == 1


def test_what_is_wrong_is_named_by_row_and_column_and_changes_nothing(send, admin, account, booked):
    upload = hidden(
        send(MARCH.replace("-45,90;EUR;Post AG;;Stamps\n04", "many;EUR;Post;;\n04")).text, "upload"
    )
    form = {"account_id": account.id, "day": "Buchungstag", "amount": "Betrag", "upload": upload}
    page = admin.post(f"{URL}/table", data=form)
    assert page.status_code == 422
    assert "row 4, column “Betrag”: “many” is no amount." in page.text
    page = admin.post(f"{URL}/table", data={**form, "day": "Name"})
    assert "row 2, column “Name”: “Luz Ltda” is no day." in page.text
    page = admin.post(f"{URL}/table", data={**form, "amount": ""})
    assert "Say which column is the day" in page.text
    page = admin.post(f"{URL}/table", data={**form, "account_id": ""})
    assert "Say of which of your bank accounts this table is." in page.text
    assert booked() == []
    page = admin.post(f"{URL}/table", data={**form, "currency": "Name"})
    assert "Nothing of this table can be booked. Row 2 is in LUZ LTDA, the account in EUR." in page.text
    assert booked() == []
    for token in ("", "../../secret", "0" * 32):
        gone = admin.post(f"{URL}/table", data={**form, "upload": token})
        assert "The file is not here any more" in gone.text


@pytest.mark.parametrize("content", [b"", b"one word", b"\x00\x01\x02" * 50, b"%PDF-1.7 ...", b"a;b\n"])
def test_what_is_no_table_is_refused_as_no_statement(send, account, booked, content):
    refused = send(content)
    assert refused.status_code == 422
    assert "cannot be read" in refused.text
    assert booked() == []


def test_debit_and_credit_in_two_columns_and_the_month_first(send, account, booked):
    text = "Date,Paid out,Paid in,Details\n03/02/2026,12.50,,Coffee\n03/03/2026,,40.00,Refund\n"
    columns = '{"titles": {"day": "Date", "went": "Paid out", "came": "Paid in"}, "month_first": true}'
    made = send(text, to="/api/v1/payments/statements", account_id=account.id, columns=columns)
    assert made.json()["booked"] == 2
    assert [(one.flow, f"{one.paid_on}", one.amount) for one in booked()] == [
        (Flow.OUT, "2026-03-02", Decimal("12.50")), (Flow.IN, "2026-03-03", Decimal("40.00")),
    ]  # fmt: skip
    again = send(text, to="/api/v1/payments/statements", account_id=account.id)  # as it was said before
    assert (again.json()["booked"], again.json()["known"]) == (0, 2)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, "account_id"),
        ({"account_id": "99"}, "required"),
        ({"account_id": "1", "columns": "{"}, "invalid"),
        ({"account_id": "1", "columns": '{"titles": {"colour": "Date"}}'}, "invalid"),
        ({"account_id": "1", "columns": '{"titles": {"day": "Nowhere", "amount": "Sum"}}'}, "columns"),
    ],
)
def test_programs_are_told_what_is_wrong(send, account, booked, data, code):
    answer = send("Date,Sum\n2026-03-02,1\n", to="/api/v1/payments/statements", **data)
    assert answer.status_code in (400, 422), answer.text
    assert code in answer.text
    assert booked() == []


@pytest.mark.skipif(not SPEND.is_dir(), reason="needs ../shared/data")
def test_a_year_of_spending_comes_to_its_reference_and_comes_once(send, account, booked):
    columns = (
        '{"titles": {"day": "Date", "amount": "Amount", "party": "Supplier", "text": "Expense Type",'
        ' "number": "Transaction number"}, "outward": true}'
    )
    files = sorted(SPEND.glob("2021-*.csv"))
    for path in [*files, files[0]]:
        sent = (
            {"account_id": account.id, "columns": columns} if path is files[0] else {"account_id": account.id}
        )
        made = send(path.read_bytes(), path.name, to="/api/v1/payments/statements", **sent)
        assert made.status_code == 201, made.text
    assert made.json()["booked"] == 0
    with (SPEND / "reference" / "monthly_totals.csv").open(encoding="utf-8", newline="") as file:
        known = {row["month"]: (int(row["lines"]), Decimal(row["revenue"])) for row in csv.DictReader(file)}
    sums, counts = defaultdict(Decimal), Counter()
    for one in booked():
        assert one.flow is Flow.OUT
        sums[f"{one.paid_on:%Y-%m}"] += one.amount
        counts[f"{one.paid_on:%Y-%m}"] += 1
    assert {month: (counts[month], sums[month]) for month in sums} == known
