"""The pages of reports: what is owed and how long, as of any day, and what moved where and what for."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from vinculo.i18n import today
from vinculo.testing.factories import SYSTEM
from vinculo_organization.records import account as own_account
from vinculo_organization.records import own_company
from vinculo_payments import reports
from vinculo_payments.records import direction
from vinculo_payments.reports import Which

URL = "/invoices/reports"
EVERYTHING = Which(SYSTEM)
LINKS = (own_company,)
DEEPER = "\N{NO-BREAK SPACE}" * 4


@pytest.fixture
def shown(admin):
    """The rows of a report; a cell is its text."""

    def shown(name="ageing", **asked):
        answer = admin.get(f"{URL}/{name}", params=asked)
        assert answer.status_code == 200, answer.text
        if "<tbody>" not in answer.text:
            return []
        body = answer.text[answer.text.index("<tbody>") : answer.text.index("</tbody>")]
        return [
            [re.sub(r"<[^>]+>", "", cell).replace("&#160;", " ") for cell in re.findall(r"<td.*?</td>", row)]
            for row in re.findall(r"<tr>.*?</tr>", body)
        ]

    return shown


@pytest.fixture
def allocate(admin):
    def allocate(payment, invoice, amount):
        told = {"invoices": [{"invoice_id": invoice.id, "amount": amount}]}
        assert admin.post(f"/api/v1/payments/{payment.id}/allocations", json=told).status_code == 200

    return allocate


def test_reports_tell_what_is_owed_by_age(shown, make_invoice, make_payment, make_client):
    client = make_client("Padaria Luz")
    make_invoice("100.00", client_id=client.id, issued_on="2026-01-01", due_on="2099-01-01", currency="USD")
    make_invoice("40.00", client_id=client.id, issued_on="2020-01-01", due_on="2020-01-31", currency="USD")
    make_payment("15.00", client_id=client.id, currency="USD")
    assert shown() == [["Padaria Luz", "100", "", "", "", "40", "140", "-15"]]
    assert shown(by="currency") == [["USD", "100", "", "", "", "40", "140", "-15"]]
    assert len(shown("expected")) > 0


def test_of_a_day_that_is_over_stands_what_was_open_then(
    admin, shown, make_invoice, make_payment, make_client, allocate
):
    client = make_client("Padaria Luz")
    days = {"issued_on": "2026-01-10", "due_on": "2026-01-20", "currency": "USD"}
    first, second = (make_invoice(amount, client_id=client.id, **days) for amount in ("100.00", "50.00"))
    make_invoice("7.00", client_id=client.id, **{**days, "issued_on": "2026-03-01", "due_on": "2026-03-15"})
    early = make_payment("30.00", client_id=client.id, currency="USD", paid_on="2026-01-15")
    late = make_payment("120.00", client_id=client.id, currency="USD", paid_on="2026-02-10")
    allocate(early, first, "30.00"), allocate(late, first, "70.00"), allocate(late, second, "20.00")
    note = {"invoice_id": second.id, "amount": "5.00", "issued_on": "2026-02-20"}
    assert admin.post("/api/v1/credit-notes", json=note).status_code == 201

    assert shown(on="2026-01-09") == []
    assert shown(on="2026-01-12") == [["Padaria Luz", "150", "", "", "", "", "150", ""]]
    assert shown(on="2026-01-31") == [["Padaria Luz", "", "120", "", "", "", "120", ""]]
    assert shown(on="2026-02-10") == [["Padaria Luz", "", "30", "", "", "", "30", "-30"]]
    assert shown(on="2026-02-20") == [["Padaria Luz", "", "", "25", "", "", "25", "-30"]]
    assert shown(on="2026-03-01") == [["Padaria Luz", "7", "", "25", "", "", "32", "-30"]]
    assert admin.get(f"{URL}/ageing?on=2099-01-01").status_code == 422
    assert admin.get(f"{URL}/ageing?on=x").status_code == 422

    # A payment that turns out to be of another day counts on that day.
    admin.patch(f"/api/v1/payments/{late.id}", json={"paid_on": "2026-01-14"})
    assert shown(on="2026-01-31") == [["Padaria Luz", "", "30", "", "", "", "30", "-30"]]


def test_what_pays_an_invoice_of_later_was_paid_in_advance(
    shown, make_invoice, make_payment, make_client, allocate
):
    client = make_client("Padaria Luz")
    came = make_payment("80.00", client_id=client.id, currency="USD", paid_on="2026-01-05")
    bill = make_invoice("60.00", client_id=client.id, currency="USD", issued_on="2026-02-01")
    allocate(came, bill, "60.00")
    assert shown(on="2026-01-31") == [["Padaria Luz", "", "", "", "", "", "", "-80"]]
    assert shown(on="2026-02-01") == [["Padaria Luz", "", "", "", "", "", "", "-20"]]


@pytest.mark.parametrize("plugins_on", [("organization", "payments", "segments")])
def test_reports_are_narrowed_as_lists_are_and_count_for_the_client_of_the_day(
    shown, admin, make_invoice, make_payment, make_client, make_counterparty
):
    old, new = make_client("Old"), make_client("New")
    entity = make_counterparty("Luz Ltda", links=[
        {"client_id": old.id, "valid_to": "2026-01-31"}, {"client_id": new.id, "valid_from": "2026-02-01"},
    ])  # fmt: skip
    of_then = {"counterparty_id": entity.id, "currency": "USD"}
    make_invoice("10.00", client_id=new.id, issued_on="2026-01-10", due_on="2020-01-01", **of_then)
    make_payment("3.00", client_id=new.id, paid_on="2026-01-10", **of_then)
    make_invoice("90.00", client_id=old.id, issued_on="2026-02-10", due_on="2020-01-01", currency="USD")

    def owed(**asked):
        return {row[0]: (row[-2], row[-1]) for row in shown(**asked)}

    assert owed() == {"Old": ("90", ""), "New": ("10", "-3")}
    assert owed(links="as-was") == {"Old": ("100", "-3")}
    assert owed(links="as-is") == {"Old": ("90", ""), "New": ("10", "-3")}
    assert owed(client_id=new.id) == {"New": ("10", "-3")}
    assert owed(state="issued", counterparty_id=entity.id) == {"New": ("10", "")}, "payments have no state"
    group = admin.post("/api/v1/segments", json={"name": "Few", "type": "manual"})
    if group.status_code == 201:
        number = group.json()["id"]
        assert owed(segment=number) == {}
    assert [row[0] for row in shown("dynamics", by="client", links="as-was")] == ["Old"]
    assert [row[0] for row in shown("dynamics", by="client")] == ["New"]


def test_a_direction_has_in_it_what_is_below_it(shown, admin, make_record, make_payment, company, account):
    spent = make_record(direction, name="Spent")
    rent, wages = (make_record(direction, name=one, parent_id=spent.id) for one in ("Rent", "Wages"))
    other = make_record(own_account, links_to=LINKS, name="Other", number="X1", company_id=company.id)
    for amount, of, place in (
        (500, rent, account),
        (70, wages, account),
        (30, wages, other),
        (8, spent, other),
    ):
        make_payment(f"{amount}.00", flow="out", direction_id=of.id, account_id=place.id, currency="USD")
    make_payment("1000.00", currency="USD")
    rent, wages = f"{DEEPER}Rent", f"{DEEPER}Wages"
    assert shown("dynamics", by="direction") == [
        ["Spent", "", "608", "-608"], [rent, "", "500", "-500"], [wages, "", "100", "-100"],
        ["Without a value", "1,000", "", "1,000"],
    ]  # fmt: skip
    assert shown("split") == [
        ["Spent", "-570", "-38", "-608"], [rent, "-500", "", "-500"], [wages, "-70", "-30", "-100"],
        ["Without a value", "1,000", "", "1,000"],
    ]  # fmt: skip
    page = admin.get(f"{URL}/split").text
    links = re.findall(r'href="(/payments\?[^"]*account_id[^"]*)"', page)
    assert len(links) == 6
    assert len(admin.get(f"/api/v1{links[0].replace('&amp;', '&')}").json()["items"]) == 2


def test_of_a_foreign_invoice_a_past_day_is_rounded_as_the_invoice(
    database, make_invoice, make_payment, allocate
):
    """What was open then and what is paid of it since are the whole, to the penny."""
    bill = make_invoice("100.00", currency="USD", issued_on="2026-01-10", due_on="2026-01-20")
    paid = make_payment("33.33", client_id=bill.client_id, currency="USD", paid_on="2026-02-10")
    with database.write() as session:  # as a rate of 0.333 has made it
        row = session.get(type(bill), bill.id)
        row.base_amount, row.base_open = Decimal("33.30"), Decimal("33.30")
    allocate(paid, bill, "33.33")
    with database.read() as session:
        of = {day: reports.ageing(session, EVERYTHING, "client", day, before=None) for day in
              (date(2026, 1, 31), date(2026, 2, 10), today() - timedelta(days=1), today())}  # fmt: skip
    assert [of[day][0].total for day in of] == [Decimal(x) for x in ("33.30", "22.20", "22.20", "22.20")]
