"""What the reports of invoices count: what the reader may see, in the company's currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import User
from vinculo.actor import Actor
from vinculo.clients.models import Client
from vinculo.counterparties.models import Counterparty
from vinculo.db import sums
from vinculo.db.portable import days_between
from vinculo.i18n import today
from vinculo.records import access
from vinculo.records.attribution import Links, client_of
from vinculo.records.kind import RecordKind
from vinculo_payments import past
from vinculo_payments.models import Allocation, Flow, Invoice, Payment, State
from vinculo_payments.records import invoice, payment
from vinculo_payments.statistics import BOUNDS

MOST: Final = 500  # rows of a report
YEAR: Final = 365
NIL: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Which:
    """Whose records, that fulfil what, and for which client each counts."""

    actor: Actor
    conditions: Sequence[sa.ColumnElement[bool]] = ()
    links: Links = Links.RECORDED

    def within(self, query: sa.Select[Any], kind: RecordKind) -> sa.Select[Any]:
        """A query narrowed to those, and to what the actor may read."""
        return access.within(query, kind, self.actor).where(*self.conditions)

    def client(self, kind: RecordKind) -> sa.ColumnElement[int]:
        """The client for whom a record counts."""
        return client_of(kind, kind.table, self.links)


@dataclass(frozen=True, slots=True)
class Owed:
    """What somebody owes by age (not due, 1 to 30 days …), and what they have paid in advance, apart."""

    key: Any
    label: str
    parts: Sequence[Decimal]
    advance: Decimal

    @property
    def total(self) -> Decimal:
        """What is open, advances left aside."""
        return sum(self.parts, NIL)


_WHO: Final = sa.func.coalesce(sa.func.nullif(User.full_name, ""), User.login)
_NAMES: Final[Mapping[str, tuple[Any, Any]]] = {  # what is named, and how
    "client": (Client.id, Client.name),
    "counterparty": (Counterparty.id, Counterparty.legal_name),
    "responsible": (User.id, _WHO),
}
_FREE: Final = Payment.free_amount > sa.literal_column("0")  # as the index has it, which no parameter is
FIELDS: Final = {
    "client": "client_id", "counterparty": "counterparty_id", "responsible": "responsible_id",
    "currency": "currency",
}  # fmt: skip


def ageing(session: Session, which: Which, by: str, day: date, *, before: Which | None) -> list[Owed]:
    """What was open at the end of a day, by how long it was past due; who owed most comes first.

    ``before`` says whose payments count as paid in advance; None: nobody's are told.
    """
    key = which.client(invoice) if by == "client" else getattr(Invoice, FIELDS[by])
    parts: dict[Any, list[Decimal]] = defaultdict(lambda: [NIL] * (len(BOUNDS) + 1))
    for one, bucket, large, small in session.execute(_open(which, key, day)):
        parts[one][bucket] += sums.whole(large, small)
    if day < today():
        for one, bucket, amount in past.since(session, which.within, key, _bucket(day), day):
            parts[one][bucket] += amount
    advances = _advances(session, before, by, day) if before else {}
    keys = {*(one for one, some in parts.items() if any(some)), *advances}
    names = _names(session, by, keys)
    nothing = [NIL] * (len(BOUNDS) + 1)
    found = [
        Owed(one, names.get(one, ""), parts.get(one, nothing), advances.get(one, NIL)) for one in keys
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.total, one.label, str(one.key)))


def _bucket(day: date) -> sa.ColumnElement[int]:
    """How old what is due is, by comparisons alone: each row is looked at once."""
    edges = [(Invoice.due_on >= day - timedelta(days=last), place) for place, last in enumerate(BOUNDS)]
    return sa.case(*edges, else_=len(BOUNDS))


def _open(which: Which, key: Any, day: date) -> sa.Select[Any]:
    bucket = _bucket(day)
    query = sa.select(key, bucket, *sums.parts(Invoice.base_open)).where(Invoice.state == State.ISSUED)
    query = query.where(Invoice.issued_on <= day) if day < today() else query
    return which.within(query, invoice).group_by(key, bucket)


def _names(session: Session, by: str, keys: set[Any]) -> Mapping[Any, str]:
    """The names of the keys; all are read where there are many: that is one query, whatever their number."""
    if by not in _NAMES:
        return {one: str(one) for one in keys}
    named, label = _NAMES[by]
    query = sa.select(named, label)
    if len(keys) <= MOST:
        query = query.where(named.in_([one for one in keys if one is not None]))
    return {key: text or "" for key, text in session.execute(query) if key in keys}


def _advances(session: Session, which: Which, by: str, day: date) -> Mapping[Any, Decimal]:
    """What came in and pays no invoice by the end of a day, by the same keys as far as payments have them."""
    if by == "responsible":
        return {}
    key = which.client(payment) if by == "client" else getattr(Payment, FIELDS[by])
    query = sa.select(key, *sums.parts(Payment.base_free)).where(Payment.flow == Flow.IN, _FREE)
    if day < today():
        query = query.where(Payment.paid_on <= day)
    found: dict[Any, Decimal] = defaultdict(lambda: NIL)
    for one, large, small in session.execute(which.within(query, payment).group_by(key)):
        found[one] += sums.whole(large, small)
    if day < today():
        for one, amount in past.taken_later(session, which.within, key, day):
            found[one] += amount
    return {one: amount for one, amount in found.items() if amount}


def expected(session: Session, which: Which) -> Sequence[tuple[date, int, int, Decimal]]:
    """(due day, client, invoices, open) of what is issued, in the order of the days."""
    client = which.client(invoice)
    query = sa.select(Invoice.due_on, client, sa.func.count(), *sums.parts(Invoice.base_open))
    query = which.within(query, invoice).where(Invoice.state == State.ISSUED)
    rows = session.execute(query.group_by(Invoice.due_on, client).order_by(Invoice.due_on))
    return [(day, one, count, sums.whole(large, small)) for day, one, count, large, small in rows]


def days_late(session: Session, which: Which, day: date) -> Mapping[int, list[tuple[int, Decimal]]]:
    """By client: for each payment within a year the days from due to paid, and how much."""
    late, client = days_between(Invoice.due_on, Allocation.paid_on), which.client(invoice)
    query = (
        sa.select(client, late, *sums.parts(Allocation.amount))
        .select_from(Allocation)
        .join(Invoice, Allocation.invoice_id == Invoice.id)
        .where(Invoice.due_on.is_not(None), Allocation.paid_on > day - timedelta(days=YEAR))
    )
    query = which.within(query, invoice).group_by(client, late)
    found: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for one, days, large, small in session.execute(query):
        found[one].append((days, sums.whole(large, small)))
    return found


def invoiced(session: Session, which: Which, since: date, until: date) -> Decimal:
    """What was invoiced from one day to another, both included."""
    query = sa.select(*sums.parts(Invoice.base_amount)).where(
        Invoice.issued_on.between(since, until), Invoice.state.not_in((State.DRAFT, State.CANCELLED))
    )
    return sums.whole(*session.execute(which.within(query, invoice)).one())
