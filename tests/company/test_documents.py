"""A document keeps what its amount was worth on its day; one without a rate waits for it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

import vinculo.accounts.models  # noqa: F401 -- the table that the keys of a record lead to
from vinculo.actor import Source, system
from vinculo.company import completing, documents
from vinculo.company.documents import BASE_FIELDS, BaseAmount
from vinculo.company.models import ExchangeRate
from vinculo.company.records import exchange_rate
from vinculo.company.service import CURRENCY
from vinculo.db.base import Base, Record
from vinculo.records import service
from vinculo.records.fields import AmountField, CurrencyField, DateField, TextField
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Values

ACTOR = system(Source.CLI)
MARCH = date(2026, 3, 2)
APRIL = date(2026, 4, 1)


class Invoice(BaseAmount, Record):
    """A document of no plugin."""

    __tablename__ = "invoice"

    name: Mapped[str] = mapped_column(sa.String(50), default="")
    day: Mapped[date]
    amount: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(sa.String(3), default="")


Base.metadata.remove(Invoice.__table__)


def take(session, record, actor):
    documents.snapshot(session, record, on=record.day)


invoice = RecordKind(
    name="invoice",
    plural="invoices",
    domain="documents",
    model=Invoice,
    label="Invoice",
    label_plural="Invoices",
    new_label="Add",
    icon="box",
    title="name",
    fields=(
        TextField(name="name", label="Name"),
        DateField(name="day", label="Day", required=True),
        AmountField(name="amount", label="Amount"),
        CurrencyField(name="currency", label="Currency"),
        *BASE_FIELDS,
    ),
    columns=("name",),
    scoped=False,
    rules=take,
)


@pytest.fixture
def company(database):
    """Rates and invoices, each written in a transaction of its own."""
    with database.write() as session:
        Invoice.__table__.create(session.connection())

    class Company:
        def rate(self, currency, day, rate, base="USD"):
            with database.write() as session:
                session.add(ExchangeRate(currency=currency, base=base, day=day, rate=Decimal(rate)))

        def moves_to(self, currency):
            database.tell(**{CURRENCY: currency})

        def bill(self, amount="100", currency="EUR", day=MARCH, **more):
            fields = {"name": "A", "day": day, "amount": amount and Decimal(amount), "currency": currency}
            with database.write() as session:
                return service.create(session, invoice, Values({**fields, **more}), actor=ACTOR).id

        def change(self, bill, **values):
            with database.write() as session:
                row = service.get(session, invoice, bill, actor=ACTOR, lock=True)
                service.update(session, invoice, row, Values(values), actor=ACTOR)

        def told(self, bill):
            with database.read() as session:
                row = service.get(session, invoice, bill, actor=ACTOR)
                return row.base_amount, row.base_currency, row.base_rate, row.base_rate_on

        def complete(self):
            return completing.complete(database, {"invoice": invoice, "exchange_rate": exchange_rate})

    return Company()


def test_a_document_tells_what_its_amount_was_worth_on_its_day(company):
    company.rate("EUR", date(2026, 2, 27), "1.0825")

    bill = company.bill("100.30")

    assert company.told(bill) == (Decimal("108.57"), "USD", Decimal("1.0825"), date(2026, 2, 27))


def test_later_rates_change_nothing_and_neither_does_another_name(company):
    company.rate("EUR", MARCH, "1.10")
    bill = company.bill()
    company.rate("EUR", MARCH.replace(day=1), "9")
    with_another = company.bill()

    company.change(bill, name="B")

    assert company.told(bill)[0] == company.told(with_another)[0] == Decimal("110.00")


@pytest.mark.parametrize(
    ("change", "worth"),
    [
        ({"amount": Decimal(200)}, "220.00"),
        ({"day": APRIL}, "120.00"),
        ({"currency": "GBP"}, "150.00"),
        ({"currency": "USD"}, "100.00"),
        ({"amount": None}, None),
    ],
)
def test_another_amount_currency_or_day_takes_it_anew(company, change, worth):
    company.rate("EUR", MARCH, "1.10")
    company.rate("GBP", MARCH, "1.50")
    company.rate("EUR", APRIL, "1.20")
    bill = company.bill()

    company.change(bill, **change)

    assert company.told(bill)[0] == (worth and Decimal(worth))


def test_one_without_a_currency_has_that_of_the_company(company):
    bill = company.bill("9.9999", currency="")

    assert company.told(bill) == (Decimal("9.9999"), "USD", Decimal("1.00"), MARCH)


def test_one_without_a_rate_is_kept_and_completed_once_the_rate_is_there(company, database):
    bill, other = company.bill(), company.bill(currency="GBP")
    assert company.told(bill) == (None, "USD", None, None)
    assert company.complete() == 0

    company.rate("EUR", MARCH, "1.10")

    assert company.complete() == 1
    assert company.told(bill) == (Decimal("110.00"), "USD", Decimal("1.10"), MARCH)
    assert company.told(other)[0] is None
    with database.read() as session:
        row = service.get(session, invoice, other, actor=ACTOR)
        assert [one.label for one in documents.badges(row)] == ["No rate of GBP yet"]


def test_a_rate_that_leads_beyond_what_can_be_held_leaves_it_waiting(company):
    bill = company.bill("100000000000000")
    company.rate("EUR", MARCH, "100")

    assert company.complete() == 0
    assert company.told(bill)[0] is None


def test_documents_keep_the_currency_that_the_company_had(company):
    company.rate("EUR", MARCH, "1.10")
    bill, waiting = company.bill(), company.bill(currency="GBP")

    company.moves_to("EUR")
    company.rate("GBP", MARCH, "1.50")
    company.change(bill, name="B")
    company.complete()

    assert company.told(bill)[:2] == (Decimal("110.00"), "USD")
    assert company.told(waiting)[:2] == (Decimal("150.00"), "USD")
    assert company.told(company.bill())[:2] == (Decimal("100.00"), "EUR")


def test_the_card_tells_of_the_rate_only_where_there_is_one_to_tell(company, database):
    company.rate("EUR", MARCH, "1.10")
    foreign, own = company.bill(), company.bill(currency="USD")

    with database.read() as session:
        for bill, shown in ((foreign, True), (own, False)):
            row = service.get(session, invoice, bill, actor=ACTOR)
            assert {field.on_card(row) for field in BASE_FIELDS} == {shown}
