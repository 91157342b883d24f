"""Sixteen processes that write at once, some killed in the middle: money stays exact.

``VINCULO_WRITERS=60`` lets them write for sixty seconds.
"""

import math
import multiprocessing
import os
import random
import time
from collections import Counter
from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.db.engine import Database
from vinculo.errors import VinculoError
from vinculo.records import service
from vinculo.records.reading import Values
from vinculo_payments import allocating, booking, checks
from vinculo_payments.models import Allocation, CreditNote, Flow, Invoice, Payment, State
from vinculo_payments.models import Counter as Series
from vinculo_payments.models import Statement as Kept
from vinculo_payments.records import credit_note, invoice, payment

WRITERS, KILLED = 16, 5
SHORT = 5.0
SECONDS = float(os.environ.get("VINCULO_WRITERS", SHORT))
SYSTEM = system(Source.CLI)
STEPS = ("invoice", "receive", "pay back", "allocate", "allocate", "release", "credit", "read", "read")
BEGAN, DAYS = date(2026, 1, 1), 400
FILE = (
    "OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>EUR</CURDEF><BANKACCTFROM><ACCTID>NL26VAYB8060476890</ACCTID>"
    "</BANKACCTFROM><BANKTRANLIST>{lines}</BANKTRANLIST></STMTRS></OFX>"
)
LINE = (
    "<STMTTRN><DTPOSTED>{day:%Y%m%d}</DTPOSTED><TRNAMT>{amount}</TRNAMT><NAME>Padaria</NAME>"
    "<MEMO>Thank you</MEMO></STMTTRN>"
)
fork = multiprocessing.get_context("fork")  # nothing is imported anew


def ledger(first, last):
    """What the bank has of the days from one to another: (day, amount); the first two of a day are equal."""
    for number in range(first, last):
        day = BEGAN + timedelta(days=number)
        amount = Decimal(100 + number % 37) / 4
        yield from ((day, amount), (day, amount), (day, -amount - 1))


def statement(first, last):
    """The same as the bank writes it."""
    lines = "".join(LINE.format(day=day, amount=amount) for day, amount in ledger(first, last))
    return FILE.format(lines=lines).encode()


def act(session, rng, what, clients):
    """One step that a user could take."""
    amount = Decimal(rng.randint(1, 20_000)) / 100

    def create(kind, **values):
        service.create(session, kind, Values(values), actor=SYSTEM)

    def some(model):
        return session.scalar(
            sa.select(model.id).order_by(model.id.desc()).offset(rng.randrange(12)).limit(1)
        )

    def locked(record_id):
        return service.get(session, payment, record_id, actor=SYSTEM, lock=True)

    match what:
        case "invoice":
            create(invoice, client_id=rng.choice(clients), state=State.ISSUED, amount=amount, currency="EUR")
        case "receive" | "pay back":
            flow = Flow.IN if what == "receive" else Flow.OUT
            create(payment, client_id=rng.choice(clients), flow=flow, amount=amount, account_id=1)
        case "allocate" if one := some(Payment):
            paid = locked(one)
            bills = sa.select(Invoice.id).where(Invoice.client_id == (paid.client_id or rng.choice(clients)))
            last = session.scalars(bills.order_by(Invoice.id.desc()).limit(6)).all()
            parts = dict.fromkeys(rng.sample(last, min(2, len(last))), amount / 20)
            allocating.allocate(session, payment, paid, parts, actor=SYSTEM)
        case "release" if (one := some(Allocation)) and (row := session.get(Allocation, one)):
            allocating.release(session, payment, locked(row.payment_id), row.invoice_id, actor=SYSTEM)
        case "credit" if bill := some(Invoice):
            create(credit_note, invoice_id=bill, amount=amount / 10)
        case "read":
            first = rng.randrange(DAYS - 12)
            booking.book(session, statement(first, first + 12), "days.ofx", actor=SYSTEM)


def write(url, number, told, clients):
    """Write until the time is over, and tell what came of it; those that are killed know no end."""
    database, rng, done = Database(url, busy_timeout_ms=30_000), random.Random(number), Counter()
    ends = math.inf if number < KILLED else time.monotonic() + SECONDS
    while time.monotonic() < ends:
        what = rng.choice(STEPS)
        try:
            with database.write() as session:
                act(session, rng, what, clients)
            done[what] += 1
        except VinculoError:
            done["refused"] += 1
        except Exception as error:  # noqa: BLE001 -- the test tells of it
            done[f"{what}: {error}"[:2000]] += 1
    told.put(done)


def test_money_is_exact_under_sixteen_writers_some_of_them_killed(database, make_client, account, capsys):
    clients = [make_client(f"Client {number}").id for number in range(3)]
    database.close()  # no connection is shared with those that begin now
    url, told = database.url.render_as_string(hide_password=False), fork.SimpleQueue()
    processes = [
        fork.Process(target=write, args=(url, number, told, clients), daemon=True)
        for number in range(WRITERS)
    ]
    for process in processes:
        process.start()
    time.sleep(SECONDS / 2)
    for process in processes[:KILLED]:
        process.kill()
    for process in processes:
        process.join()
    done = Counter()
    while not told.empty():
        done.update(told.get())

    assert [one.exitcode for one in processes] == [-9] * KILLED + [0] * (WRITERS - KILLED)
    with capsys.disabled() if SECONDS > SHORT else nullcontext():
        print(f"\n{dict(done)}")
    assert {*done} - {*STEPS, "refused"} == set()
    assert done.total() > 0
    if SECONDS > SHORT:  # a busy machine does little in five
        assert min(done[what] for what in ("invoice", "allocate", "read")) > 0, done
    with database.read() as session:
        assert checks.sound(session) == []
        numbers_have_no_gap(session)
        nothing_is_given_twice(session)
        lines_are_booked_once(session)
    with database.write() as session:  # what is missing of the bank's book is booked now
        booking.book(session, statement(0, DAYS), "all.ofx", actor=SYSTEM)
    with database.read() as session:
        assert booked(session) == Counter(ledger(0, DAYS))
        signed = sum((amount for _day, amount in ledger(0, DAYS)), Decimal(0))
        assert sum(day_amount[1] * times for day_amount, times in booked(session).items()) == signed


def numbers_have_no_gap(session):
    for model in (Invoice, CreditNote):
        serials = session.scalars(sa.select(model.serial).order_by(model.serial)).all()
        assert serials == list(range(1, len(serials) + 1))
        series = session.scalars(sa.select(model.series).distinct()).all()
        assert len(series) == (1 if serials else 0)
        last = sa.select(Series.last).where(Series.series.in_(series))
        assert (session.scalar(last) or 0) == len(serials)


def nothing_is_given_twice(session):
    for model, key in ((Payment, Allocation.payment_id), (Invoice, Allocation.invoice_id)):
        amounts = dict(session.execute(sa.select(model.id, model.amount)).all())
        taken = Counter()
        of = sa.select(key, Allocation.amount, Payment.flow).join(
            Payment, Payment.id == Allocation.payment_id
        )
        for one, amount, flow in session.execute(of):
            taken[one] += amount if model is Payment or flow is Flow.IN else -amount
        assert [one for one, amount in taken.items() if amount > amounts[one]] == []


def booked(session):
    """The lines of the bank that are there, by day and amount."""
    query = sa.select(Payment.paid_on, Payment.amount, Payment.flow).where(Payment.line_key.is_not(None))
    rows = session.execute(query)
    return Counter((day, amount if flow is Flow.IN else -amount) for day, amount, flow in rows)


def lines_are_booked_once(session):
    """Each no more often than the bank has it, and as many as the files say that were read."""
    found, known = booked(session), Counter(ledger(0, DAYS))
    assert found - known == Counter()
    assert sum(found.values()) == (session.scalar(sa.select(sa.func.sum(Kept.booked))) or 0)
