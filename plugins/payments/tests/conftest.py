"""A company that has the plugin on, with an account, and ways to make invoices and payments."""

import pytest
import sqlalchemy as sa

from vinculo.clients.records import client
from vinculo.counterparties.records import counterparty
from vinculo_organization.records import account as own_account
from vinculo_organization.records import desk as cash_desk
from vinculo_organization.records import own_company
from vinculo_payments.models import Invoice, Payment
from vinculo_payments.records import direction, invoice, payment

LINKS = (client, counterparty, own_company, own_account, cash_desk, direction, invoice)


@pytest.fixture
def plugins_on():
    return ("organization", "payments")


@pytest.fixture
def company(make_record):
    return make_record(own_company, name="Vinculo Ltda", currency="EUR", is_default=True, number_prefix="V-")


@pytest.fixture
def account(make_record, company):
    return make_record(
        own_account, name="Bank", number="NL26VAYB8060476890", company_id=company.id, currency="EUR",
        links_to=LINKS,
    )  # fmt: skip


@pytest.fixture
def make_invoice(make_record, make_client, company):
    """Make an invoice: ``make_invoice("100.00", client_id=1)``; issued unless said otherwise."""

    def make_invoice(amount="100.00", **payload):
        payload.setdefault("client_id", payload.get("client_id") or make_client().id)
        payload = {"state": "issued", "amount": amount, "company_id": company.id, **payload}
        return make_record(invoice, links_to=LINKS, **payload)

    return make_invoice


@pytest.fixture
def make_payment(make_record, account):
    """Make a payment: ``make_payment("100.00", flow="out")``."""

    def make_payment(amount="100.00", **payload):
        return make_record(payment, links_to=LINKS, amount=amount, **{"account_id": account.id, **payload})

    return make_payment


@pytest.fixture
def invoice_row(database):
    """An invoice as it is in its table."""

    def invoice_row(record_id):
        with database.read() as session:
            return session.scalar(sa.select(Invoice).where(Invoice.id == record_id))

    return invoice_row


@pytest.fixture
def payment_row(database):
    """A payment as it is in its table."""

    def payment_row(record_id):
        with database.read() as session:
            return session.scalar(sa.select(Payment).where(Payment.id == record_id))

    return payment_row
