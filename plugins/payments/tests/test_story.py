"""From a deal to its invoice, the statement that pays it, and what is left; by page and by program."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.records import service
from vinculo.records.reading import RowValues, Values
from vinculo_payments import checks
from vinculo_payments.models import Allocation, Invoice, Payment, State
from vinculo_payments.records import invoice

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>
<GrpHdr><MsgId>1</MsgId><CreDtTm>2026-03-03T10:00:00</CreDtTm></GrpHdr>
<Stmt><Id>1</Id><CreDtTm>2026-03-03T10:00:00</CreDtTm>
<Acct><Id><IBAN>NL26VAYB8060476890</IBAN></Id><Ccy>EUR</Ccy></Acct>{entries}</Stmt></BkToCstmrStmt></Document>"""
ENTRY = """<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>{day}</Dt></BookgDt><NtryDtls><TxDtls><RltdPties><Dbtr><Nm>Padaria Luz</Nm></Dbtr>
<DbtrAcct><Id><IBAN>PT50000201231234567890154</IBAN></Id></DbtrAcct></RltdPties>
<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def entry(amount, text, side="CRDT", day="2026-03-02"):
    return ENTRY.format(amount=amount, side=side, day=day, text=text)


@pytest.fixture
def read(admin):
    """Read a statement by the page; where it leads."""

    def read(*entries, content=None):
        content = content or CAMT.format(entries="".join(entries)).encode()
        return admin.post(
            "/payments/statements", files={"file": ("march.xml", BytesIO(content), "application/xml")},
            follow_redirects=False,
        )  # fmt: skip

    return read


@pytest.fixture
def count(database):
    def count(model):
        with database.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(model))

    return count


def test_an_invoice_is_numbered_without_gaps_and_stands(admin, make_invoice, make_client, company):
    client = make_client("Padaria Luz")
    first = make_invoice(client_id=client.id, issued_on="2026-03-01")
    second = make_invoice(client_id=client.id, issued_on="2026-03-02")
    draft = make_invoice(client_id=client.id, state="draft")
    assert [first.number, second.number, draft.number] == ["V-2026-00001", "V-2026-00002", ""]
    assert (first.due_on, first.open_amount) == (date(2026, 3, 15), Decimal("100.00"))

    changed = admin.patch(f"/api/v1/invoices/{first.id}", json={"amount": "1.00"})
    assert (changed.status_code, changed.json()["errors"][0]["code"]) == (422, "issued")
    gone = admin.delete(f"/api/v1/invoices/{first.id}")
    assert (gone.status_code, gone.json()["code"]) == (409, "issued")
    ended = admin.patch(f"/api/v1/invoices/{second.id}", json={"state": "cancelled"})
    assert (ended.status_code, ended.json()["open_amount"]) == (200, "0.00")
    third = admin.patch(f"/api/v1/invoices/{draft.id}", json={"state": "issued", "issued_on": "2026-03-05"})
    assert third.json()["number"] == "V-2026-00003"


def test_a_file_completes_what_it_gave_a_number(database, make_client, company):
    values = {"client_id": make_client().id, "number": "A-17", "state": State.ISSUED, "currency": "EUR"}
    by_file = system(Source.IMPORT)
    with database.write() as session:
        rows = [RowValues({"product": one, "price": Decimal(5)}) for one in ("Flour", "Sugar")]
        first = Values(values, collections={"lines": rows[:1]})
        made = service.create(session, invoice, first, actor=by_file)
        service.update(session, invoice, made, Values(additions={"lines": rows[1:]}), actor=by_file)
        assert (made.number, made.amount, made.open_amount) == ("A-17", 10, 10)


def test_lines_make_up_the_amount_with_tax(make_invoice):
    lines = [
        {"product": "Flour", "quantity": "3", "price": "19.99", "discount": "10", "tax": "23"},
        {"product": "Carriage", "price": "5.00"},
    ]
    found = make_invoice(None, lines=lines)
    assert (found.amount, found.tax_amount) == (Decimal("71.38"), Decimal("12.41"))


def test_a_statement_pays_what_it_names_once(admin, read, count, make_invoice, account, invoice_row):
    paid, other = make_invoice("120.50", issued_on="2026-02-01"), make_invoice("120.50")
    answer = read(entry("120.50", f"Fatura {paid.number}"), entry("80.00", "Rent", side="DBIT"))
    assert answer.status_code == 303
    page = admin.get(answer.headers["location"])
    assert paid.number in page.text
    assert "Its number stands in the text." in page.text
    admin.post(f"{answer.headers['location']}/allocate")
    assert [invoice_row(one.id).state for one in (paid, other)] == ["paid", "issued"]

    # A file that overlaps brings what is new in it alone.
    again = read(
        entry("120.50", f"Fatura {paid.number}"), entry("7.00", "New"), entry("80.00", "Rent", side="DBIT")
    )
    assert count(Payment) == 3
    assert "1 new, 2 known" in admin.get(again.headers["location"]).text


def test_what_is_no_statement_of_ours_changes_nothing(read, count, account):
    stranger = CAMT.replace("NL26VAYB8060476890", "DE02120300000000202051")
    assert read(content=stranger.format(entries=entry("1.00", "x")).encode()).status_code == 422
    assert read(content=CAMT.format(entries=entry("1.00", "x")).encode()[:-40]).status_code == 422
    dollars = CAMT.replace("<Ccy>EUR</Ccy>", "<Ccy>USD</Ccy>")
    assert read(content=dollars.format(entries=entry("1.00", "x")).encode()).status_code == 422
    assert count(Payment) == 0


def test_who_paid_once_is_known_again(admin, read, make_invoice, account, payment_row):
    invoice = make_invoice("50.00")
    read(entry("50.00", "thanks"))
    assert payment_row(1).client_id is None
    told = {"invoices": [{"invoice_id": invoice.id, "amount": "50.00"}]}
    assert admin.post("/api/v1/payments/1/allocations", json=told).json()["free_amount"] == "0.00"
    read(entry("9.00", "more", day="2026-03-09"))
    assert payment_row(2).client_id == invoice.client_id


def test_no_more_is_allocated_than_is_free_or_open(
    admin, make_invoice, make_payment, invoice_row, payment_row
):
    one, two = make_invoice("60.00"), make_invoice("60.00", currency="USD")
    mine = make_invoice("60.00", client_id=one.client_id)
    paid = make_payment("100.00", client_id=one.client_id)

    def allocate(**amounts):
        parts = [{"invoice_id": int(key[1:]), "amount": amount} for key, amount in amounts.items()]
        return admin.post(f"/api/v1/payments/{paid.id}/allocations", json={"invoices": parts})

    for wrong in ({f"i{one.id}": "60.01"}, {f"i{two.id}": "1.00"}, {f"i{one.id}": "0"},
                  {f"i{one.id}": "60.00", f"i{mine.id}": "40.01"}):  # fmt: skip
        assert allocate(**wrong).status_code == 422
    assert (invoice_row(one.id).open_amount, payment_row(paid.id).free_amount) == (60, 100)

    assert allocate(**{f"i{one.id}": "60.00", f"i{mine.id}": "15.00"}).json()["free_amount"] == "25.00"
    assert (invoice_row(one.id).state, invoice_row(mine.id).open_amount) == ("paid", 45)
    assert admin.delete(f"/api/v1/payments/{paid.id}").status_code == 409
    assert admin.patch(f"/api/v1/payments/{paid.id}", json={"amount": "74.99"}).status_code == 422
    released = admin.post(f"/api/v1/payments/{paid.id}/allocations/{one.id}/release", json={})
    assert released.json()["free_amount"] == "85.00"
    assert (invoice_row(one.id).state, invoice_row(one.id).open_amount) == ("issued", 60)


def test_a_credit_note_lowers_what_is_open_and_money_goes_back(
    admin, make_invoice, make_payment, invoice_row
):
    one = make_invoice("100.00")
    paid = make_payment("100.00", client_id=one.client_id)
    told = {"invoices": [{"invoice_id": one.id, "amount": "100.00"}]}
    admin.post(f"/api/v1/payments/{paid.id}/allocations", json=told)
    too_much = admin.post("/api/v1/credit-notes", json={"invoice_id": one.id, "amount": "100.01"})
    assert (too_much.status_code, too_much.json()["errors"][0]["field"]) == (422, "amount")
    note = admin.post(
        "/api/v1/credit-notes", json={"invoice_id": one.id, "amount": "30.00", "reason": "Broken"}
    )
    assert note.json()["number"].startswith("V-C")
    assert (invoice_row(one.id).open_amount, invoice_row(one.id).state) == (-30, "paid")

    back = make_payment("30.00", flow="out", client_id=one.client_id)
    told = {"invoices": [{"invoice_id": one.id, "amount": "30.00"}]}
    assert admin.post(f"/api/v1/payments/{back.id}/allocations", json=told).status_code == 200
    assert invoice_row(one.id).open_amount == 0


@pytest.mark.parametrize("plugins_on", [("organization", "payments", "deals")])
def test_one_click_makes_an_invoice_of_a_deal(admin, make_client, company, count, plugins_on):
    client = make_client("Padaria Luz")
    lines = [{"product": "Flour", "quantity": "2", "price": "10.00", "discount": "5"}]
    deal = admin.post(
        "/api/v1/deals", json={"client_id": client.id, "lines": lines, "currency": "EUR"}
    ).json()
    assert "Issue an invoice" in admin.get(f"/deals/{deal['id']}").text
    answer = admin.post(f"/invoices/of/deal/{deal['id']}", follow_redirects=False)
    assert answer.status_code == 303
    made = admin.get(f"/api/v1{answer.headers['location']}").json()
    assert (made["amount"], made["state"], made["client_id"]) == ("19.00", "issued", client.id)
    assert admin.post(f"/invoices/of/deal/{deal['id']}").status_code == 409
    assert count(Invoice) == 1


def test_sums_stay_those_of_what_is_behind_them(database, make_invoice, make_payment):
    make_invoice("10.00"), make_payment("10.00")
    with database.read() as session:
        assert checks.sound(session) == []
    with database.write() as session:
        session.execute(sa.update(Payment).values(free_amount=Decimal("3.00")))
        session.execute(sa.update(Invoice).values(open_amount=Decimal("3.00")))
    with database.read() as session:
        assert len(checks.sound(session)) == 2
        assert session.scalar(sa.select(sa.func.count()).select_from(Allocation)) == 0
