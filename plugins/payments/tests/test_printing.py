"""Invoices and credit notes as PDF, and when invoices are due."""

import io
from datetime import date

import pytest
from pypdf import PdfReader

from vinculo.i18n import use_locale
from vinculo.testing.factories import SYSTEM
from vinculo_organization.records import account as own_account
from vinculo_organization.records import own_company
from vinculo_payments import invoice_pdf
from vinculo_payments.models import CreditNote, Invoice

URL = "/api/v1/payment-terms"
LINES = [
    {
        "product": 'Flour #read("/etc/passwd")',
        "quantity": "3",
        "price": "19.99",
        "discount": "10",
        "tax": "23",
    },
    {"product": "Carriage", "price": "5.00"},
]  # fmt: skip


@pytest.fixture
def bill(make_record, make_client, make_counterparty, make_invoice):
    """An invoice of a company with tax id and bank, to a legal entity with an address."""
    company = make_record(
        own_company, name="Seller", legal_name="Vinculo Ltda", street="Rua 2", city="Porto", tax_id="PT501",
        currency="EUR",
    )  # fmt: skip
    for number, currency in (("12345678", "USD"), ("NL26VAYB8060476890", "EUR")):
        make_record(own_account, links_to=(own_company,), name=currency, number=number, currency=currency,
                    company_id=company.id, bank_name="Banco Luz", bank_code="LUZPT")  # fmt: skip
    client = make_client("Padaria Luz")
    make_counterparty(
        "Padaria Luz *Ltda*", links=[{"client_id": client.id}],
        addresses=[{"street": "Rua 1", "city": "São Paulo", "country": "BR"}],
        identifiers=[{"scheme": "tax", "value": "11222333"}],
    )  # fmt: skip
    return make_invoice(None, lines=LINES, client_id=client.id, company_id=company.id, issued_on="2026-03-01",
                        currency="EUR")  # fmt: skip


def test_an_invoice_is_printed_in_each_language_with_all_that_a_buyer_needs(admin, bill, database):
    for language in ("en", "pt_BR", "ru"):
        answer = admin.get(f"/invoices/{bill.id}/pdf?language={language}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF")
    assert admin.get(f"/api/v1/invoices/{bill.id}/pdf").content.startswith(b"%PDF")
    assert admin.get(f"/invoices/{bill.id}/pdf?language=xx").status_code == 422
    assert f"/invoices/{bill.id}/pdf?language=en" in admin.get(f"/invoices/{bill.id}").text

    with database.read() as session, use_locale("en"):
        data = invoice_pdf.invoice_data(session, session.get(Invoice, bill.id), SYSTEM)
    assert data["title"] == f"Invoice {bill.number}"
    assert data["seller"] == {"name": "Vinculo Ltda", "lines": ["Rua 2, Porto", "Tax id: PT501"]}
    assert data["buyer"]["name"] == "Padaria Luz *Ltda*"
    assert data["buyer"]["lines"][0] == "Rua 1, São Paulo, Brazil"
    assert "11" in data["buyer"]["lines"][1]
    assert data["lines"][0] == [LINES[0]["product"], "3", "€19.99", "10", "23", "€53.97"]
    assert data["sums"] == [("Without tax", "€58.97"), ("Tax 23 %", "€12.41"), ("Sum", "€71.38")]
    assert data["pay"][-2:] == [("Bank account", "NL26 VAYB 8060 4768 90"), ("Reference", bill.number)]


def text_of(answer):
    """What a reader of the PDF sees, with single spaces."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]
    return " ".join(" ".join(pages).replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Invoice", "Tax 23 %", "€19.99", "€53.97", "€71.38", "Due on 15 Mar 2026")),
        ("pt_BR", ("Fatura", "€ 19,99", "€ 53,97", "€ 71,38")),
        ("ru", ("Счёт", "19,99 €", "53,97 €", "71,38 €")),
    ],
)
def test_what_is_printed_reads_as_it_was_written(admin, bill, language, words):
    found = text_of(admin.get(f"/invoices/{bill.id}/pdf?language={language}"))
    said = (bill.number, "Vinculo Ltda", "Rua 2, Porto", "Padaria Luz *Ltda*", "NL26 VAYB 8060 4768 90",
            LINES[0]["product"], "Carriage", *words)  # fmt: skip
    assert [one for one in said if one not in found] == [], found


def test_what_is_paid_and_credited_is_told_and_a_credit_note_names_its_invoice(
    admin, bill, database, make_payment
):
    paid = make_payment("20.00", client_id=bill.client_id, currency="EUR")
    told = {"invoices": [{"invoice_id": bill.id, "amount": "20.00"}]}
    admin.post(f"/api/v1/payments/{paid.id}/allocations", json=told)
    note = {"invoice_id": bill.id, "amount": "1.38", "reason": "Broken"}
    made = admin.post("/api/v1/credit-notes", json=note).json()
    with database.read() as session, use_locale("en"):
        sums = invoice_pdf.invoice_data(session, session.get(Invoice, bill.id), SYSTEM)["sums"]
        data = invoice_pdf.credit_data(session, session.get(CreditNote, made["id"]), SYSTEM)
    assert sums[-3:] == [("Credited", "-€1.38"), ("Paid so far", "-€20.00"), ("To pay", "€50.00")]
    assert data["lines"] == [[f"For invoice {bill.number}: Broken", "€1.38"]]
    assert admin.get(f"/credit-notes/{made['id']}/pdf").content.startswith(b"%PDF")
    assert f"/credit-notes/{made['id']}/pdf" in admin.get(f"/credit-notes/{made['id']}").text


def test_an_invoice_is_due_by_the_terms_that_name_it_most_closely(
    admin, make_invoice, make_client, make_counterparty, company
):
    client, other = make_client("Padaria Luz"), make_client("Other")
    entity = make_counterparty("Luz Ltda")

    def due(**values):
        return (make_invoice(issued_on="2026-03-01", **values).due_on - date(2026, 3, 1)).days

    def agree(days, **names):
        return admin.post(URL, json={"name": f"{days} days", "days": days, **names})

    assert due(client_id=client.id) == 14
    for days, names in ((10, {}), (30, {"company_id": company.id}), (45, {"client_id": client.id}),
                        (0, {"counterparty_id": entity.id})):  # fmt: skip
        assert agree(days, **names).status_code == 201
    assert due(client_id=other.id) == 30
    assert due(client_id=client.id) == 45
    assert due(client_id=client.id, counterparty_id=entity.id) == 0
    assert due(client_id=client.id, due_on="2026-03-03") == 2
    assert agree(60, client_id=client.id).status_code == 201
    assert due(client_id=client.id) == 60, "what was agreed last"
    assert agree(366).status_code == 422
