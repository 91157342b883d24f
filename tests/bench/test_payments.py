"""Half a million payments of as many invoices of 20,000 clients in three years: who owes what, what moved.

``VINCULO_BENCH_PAYMENTS`` says how many; each figure is the 95th percentile.
"""

from __future__ import annotations

import os
import time
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.db.engine import Database
from vinculo.testing.factories import make_record
from vinculo_organization.records import account, own_company
from vinculo_payments import checks, movements, reports
from vinculo_payments.models import Invoice, Payment
from vinculo_payments.records import direction
from vinculo_payments.reports import Which

ADMIN = system(Source.CLI)
PAYMENTS = int(os.environ.get("VINCULO_BENCH_PAYMENTS", "500000"))
CLIENTS, DAYS = 20_000, 1_095
BEGAN = date(2024, 1, 1)
TODAY = BEGAN + timedelta(days=DAYS)
BANKS = ("North", "South", "Harbour")
DIRECTIONS = ("Sales", "Rent", "Wages", "Taxes", "Freight", "Repairs")
MOST = 0.5  # seconds, of the 95th percentile
LONG = {"bank by direction of three years", "three years by bank", "expected", "days late",
        "ageing by client 90 days ago"}  # four times as much: all rows are read  # fmt: skip
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) "
DAY = {  # the day of a number, plus some
    "sqlite": "date('2024-01-01', '+' || ((i % {0} * 7919) % {0} + {1}) || ' days')",
    "postgresql": "(date '2024-01-01' + ((i % {0} * 7919) % {0} + {1}) :: integer)",
}
NOW = {"sqlite": "'2024-01-01 00:00:00.000000'", "postgresql": "timestamptz '2024-01-01 00:00:00+00'"}
TIDY = {"sqlite": ["ANALYZE"], "postgresql": ["SET statement_timeout = 0", "VACUUM ANALYZE"]}
AMOUNT = "(100 + i % 900) * 10000"  # units
PAID = "i % 5 < 4"  # of the invoices; of the payments four of five pay one, of the rest half went out


def fill(session, kind):
    """Of five invoices four are paid in full; of five payments one is an advance or goes out."""
    if kind == "postgresql":
        session.execute(sa.text("SET LOCAL statement_timeout = 0"))
    company = make_record(session, own_company, name="Vinculo", currency="EUR", is_default=True)
    for name in BANKS:
        make_record(session, account, links_to=(own_company,), name=name, number=f"NL{name}",
                    company_id=company.id, currency="EUR")  # fmt: skip
    for name in DIRECTIONS:
        make_record(session, direction, name=name)
    session.flush()
    run = lambda text: session.execute(sa.text(text.replace(":: ", "\\:\\:")))  # noqa: E731 -- stands alone
    stamps, now = "version, created_at, changed_at", f"1, {NOW[kind]}, {NOW[kind]}"
    base = "base_amount, base_currency, base_rate, base_rate_on, base_on"
    day = lambda plus: DAY[kind].format(DAYS, plus)  # noqa: E731 -- stands alone
    run(NUMBERS.format(CLIENTS) + (
        f"INSERT INTO clients_client (name, name_key, stage, industry, country, website, note, {stamps})"
        f" SELECT 'Client ' || i, 'client ' || i, 'active', '', '', '', '', {now} FROM n"
    ))  # fmt: skip
    run(NUMBERS.format(PAYMENTS) + (
        "INSERT INTO payments_invoice (number, number_key, company_id, client_id, about_kind, state,"
        " issued_on, due_on, currency, amount, tax_amount, credited, paid, open_amount, base_open, note,"
        f" {base}, {stamps}) SELECT 'F-' || i, 'f-' || i, 1, 1 + i % {CLIENTS}, '',"
        f" CASE WHEN {PAID} THEN 'paid' ELSE 'issued' END, {day(0)}, {day(14)}, 'EUR', {AMOUNT}, 0, 0,"
        f" CASE WHEN {PAID} THEN {AMOUNT} ELSE 0 END, CASE WHEN {PAID} THEN 0 ELSE {AMOUNT} END,"
        f" CASE WHEN {PAID} THEN 0 ELSE {AMOUNT} END, '', {AMOUNT}, 'EUR', 1, {day(0)}, {day(0)}, {now}"
        " FROM n"
    ))  # fmt: skip
    run(NUMBERS.format(PAYMENTS) + (
        "INSERT INTO payments_payment (title, flow, paid_on, amount, currency, free_amount, base_free,"
        " account_id, direction_id, client_id, number, party, party_tax_id, party_account, text,"
        f" {base}, {stamps}) SELECT 'Payment ' || i, CASE WHEN i % 10 = 9 THEN 'out' ELSE 'in' END,"
        f" {day('i % 40')}, {AMOUNT}, 'EUR', CASE WHEN {PAID} THEN 0 ELSE {AMOUNT} END,"
        f" CASE WHEN {PAID} THEN 0 ELSE {AMOUNT} END, 1 + i % {len(BANKS)},"
        f" CASE WHEN {PAID} THEN 1 ELSE 2 + (i / 5) % {len(DIRECTIONS) - 1} END, 1 + i % {CLIENTS}, '',"
        f" 'Client ' || (1 + i % {CLIENTS}), '', '', '', {AMOUNT}, 'EUR', 1, {day(0)}, {day(0)}, {now} FROM n"
    ))  # fmt: skip
    run(
        "INSERT INTO payments_allocation (payment_id, invoice_id, client_id, amount, paid_on)"
        " SELECT p.id, p.id, p.client_id, p.amount, p.paid_on FROM payments_payment p WHERE p.free_amount = 0"
    )


@pytest.fixture(scope="module")
def paid(database_kind, new_url):
    database = Database(new_url())
    with database.write() as session:
        fill(session, database_kind)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in TIDY[database_kind]:
            connection.exec_driver_sql(statement)
    with database.read() as session:
        if database_kind == "postgresql":
            session.execute(sa.text("SET LOCAL statement_timeout = 0"))
        assert checks.sound(session) == []
        counts = [session.scalar(sa.select(sa.func.count()).select_from(one)) for one in (Invoice, Payment)]
        assert counts == [PAYMENTS, PAYMENTS]
    yield database
    database.close()


def p95(rounds, work):
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return sorted(took)[int(0.95 * len(took))]


def test_half_a_million_payments(paid, database_kind, effort, report):
    rounds = max(20, effort.rounds * 3)
    month = date(2026, 5, 1), date(2026, 5, 31)

    everything, past = Which(ADMIN), TODAY - timedelta(days=90)

    def read(work, *given, **named):
        def run():
            with paid.read() as session:
                assert work(session, everything, *given, **named)

        run()
        return p95(rounds, run)

    took = {
        **{f"ageing by {by}": read(reports.ageing, by, TODAY, before=everything) for by in reports.FIELDS},
        "ageing by client 90 days ago": read(reports.ageing, "client", past, before=everything),
        **{
            f"a month by {by}": read(movements.moved, by, *month)
            for by in ("month", "direction", "place", "client", "counterparty")
        },
        "bank by direction of a month": read(movements.split, *month),
        "three years by month": read(movements.moved, "month", None, None),
        "three years by direction": read(movements.moved, "direction", None, None),
        "three years by bank": read(movements.moved, "place", None, None),
        "bank by direction of three years": read(movements.split, None, None),
        "invoiced in a year": read(reports.invoiced, TODAY - timedelta(days=365), TODAY),
        "expected": read(reports.expected),
        "days late": read(reports.days_late, TODAY),
    }
    for name, seconds in took.items():
        report.add("payments", database=database_kind, payments=PAYMENTS, what=name, p95_ms=seconds * 1000)
    late = {name: seconds for name, seconds in took.items() if seconds > MOST * (1 + 3 * (name in LONG))}
    assert late == {}
