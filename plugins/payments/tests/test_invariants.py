"""Money is exact: under any order of steps, and under many writers at once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vinculo.errors import VinculoError
from vinculo.records import service
from vinculo.records.reading import Values
from vinculo.testing.factories import SYSTEM
from vinculo_payments import allocating, checks
from vinculo_payments.models import Allocation, Invoice, Payment, State
from vinculo_payments.records import credit_note, invoice, payment

WRITERS = 16
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ("invoice", "receive", "pay back", "allocate", "release", "credit", "cancel", "change")
        ),
        st.integers(0, 3),
        st.integers(0, 3),
        st.decimals("0.01", "50.00", places=2),
    ),
    min_size=5,
    max_size=25,
)


@pytest.fixture
def client_id(make_client, company, account):
    return make_client("Padaria Luz").id


def take(session, step, client_id):
    """Take a step, if the rules let it."""
    what, first, second, amount = step
    ids = {
        model: session.scalars(sa.select(model.id).order_by(model.id)).all() for model in (Invoice, Payment)
    }
    bill = ids[Invoice][first % len(ids[Invoice])] if ids[Invoice] else None
    paid = ids[Payment][second % len(ids[Payment])] if ids[Payment] else None

    def create(kind, **values):
        service.create(session, kind, Values(values), actor=SYSTEM)

    def locked(kind, record_id):
        return service.get(session, kind, record_id, actor=SYSTEM, lock=True)

    match what:
        case "invoice":
            create(invoice, client_id=client_id, state=State.ISSUED, amount=amount, currency="EUR")
        case "receive" | "pay back":
            flow = "in" if what == "receive" else "out"
            create(payment, client_id=client_id, flow=flow, amount=amount, account_id=1)
        case "allocate" if bill and paid:
            allocating.allocate(session, payment, locked(payment, paid), {bill: amount}, actor=SYSTEM)
        case "release" if bill and paid:
            allocating.release(session, payment, locked(payment, paid), bill, actor=SYSTEM)
        case "credit" if bill:
            create(credit_note, invoice_id=bill, amount=amount)
        case "cancel" if bill:
            values = Values({"state": State.CANCELLED})
            service.update(session, invoice, locked(invoice, bill), values, actor=SYSTEM)
        case "change" if paid:
            service.update(session, payment, locked(payment, paid), Values({"amount": amount}), actor=SYSTEM)


@given(steps=STEPS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_steps_sums_agree(database, client_id, steps):
    for step in steps:
        try:
            with database.write() as session:
                take(session, step, client_id)
        except VinculoError:
            continue
    with database.read() as session:
        assert checks.sound(session) == []
        wrong = sa.select(Payment.id).where(
            sa.or_(Payment.free_amount < 0, Payment.free_amount > Payment.amount)
        )
        assert session.scalars(wrong).all() == []


def test_many_writers_give_no_number_twice_and_no_penny_away(database, client_id):
    def write(seed):
        rng = Random(seed)
        for _n in range(6):
            what = rng.choice(("invoice", "receive", "allocate", "allocate", "release", "credit"))
            amount = Decimal(rng.randint(1, 5000)) / 100
            try:
                with database.write() as session:
                    take(session, (what, rng.randint(0, 30), rng.randint(0, 30), amount), client_id)
            except VinculoError:
                continue

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))

    with database.read() as session:
        assert checks.sound(session) == []
        serials = session.scalars(sa.select(Invoice.serial).order_by(Invoice.serial)).all()
        assert serials == list(range(1, len(serials) + 1))
        assert len(serials) > 3
        taken = sa.select(sa.func.sum(Allocation.amount)).where(Allocation.payment_id == Payment.id)
        over = sa.select(Payment.id).where(Payment.amount < taken.scalar_subquery())
        assert session.scalars(over).all() == []


def test_what_was_read_before_it_was_locked_is_read_anew(database, make_invoice, make_payment):
    bill = make_invoice("100.00")
    paid = make_payment("100.00", client_id=bill.client_id)
    with database.write() as session:
        locked = service.get(session, payment, paid.id, actor=SYSTEM, lock=True)
        allocating.allocate(session, payment, locked, {bill.id: Decimal(40)}, actor=SYSTEM)
    with database.write() as session:
        seen = session.scalars(sa.select(Allocation)).one()
        for table, column in (("payments_allocation", "amount"), ("payments_invoice", "paid")):
            session.execute(sa.text(f"UPDATE {table} SET {column} = {column} + 100000"))  # another, meanwhile
        session.execute(sa.text("UPDATE payments_payment SET free_amount = free_amount - 100000"))
        locked = service.get(session, payment, paid.id, actor=SYSTEM, lock=True)
        allocating.release(session, payment, locked, seen.invoice_id, actor=SYSTEM)
    with database.read() as session:
        assert checks.sound(session) == []
