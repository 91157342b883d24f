"""What the reports count: one query each, of what the reader may see, in the company's currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import User
from vinculo.actor import Actor
from vinculo.clients.models import Client
from vinculo.counterparties.models import Counterparty
from vinculo.db import sums
from vinculo.db.portable import days_between
from vinculo.records import access
from vinculo_organization.models import Account, CashDesk
from vinculo_payments.models import Allocation, Direction, Flow, Invoice, Payment, State
from vinculo_payments.records import invoice, payment
from vinculo_payments.statistics import BOUNDS

MOST: Final = 500


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
        return sum(self.parts, Decimal(0))


_WHO: Final = sa.func.coalesce(sa.func.nullif(User.full_name, ""), User.login)
_BY: Final[Mapping[str, tuple[Any, Any, Any]]] = {  # key, label, and what an invoice is joined with
    "client": (Invoice.client_id, Client.name, (Client, Client.id == Invoice.client_id)),
    "counterparty": (
        Invoice.counterparty_id, Counterparty.legal_name,
        (Counterparty, Counterparty.id == Invoice.counterparty_id),
    ),
    "responsible": (Invoice.responsible_id, _WHO, (User, User.id == Invoice.responsible_id)),
    "currency": (Invoice.currency, Invoice.currency, None),
}  # fmt: skip
FIELDS: Final = {
    "client": "client_id", "counterparty": "counterparty_id", "responsible": "responsible_id",
    "currency": "currency",
}  # fmt: skip


def ageing(session: Session, actor: Actor, by: str, day: date) -> list[Owed]:
    """What is open today, by how long it is past due on ``day``; who owes most comes first."""
    key, label, join = _BY[by]
    age = days_between(Invoice.due_on, sa.literal(day, sa.Date()))
    edges = [age <= last for last in BOUNDS]
    between = [edges[0], *(sa.and_(~a, b) for a, b in pairwise(edges)), ~edges[-1]]
    columns = [part for where in between for part in sums.parts(Invoice.base_open, where=where)]
    query = sa.select(key, sa.func.max(label), *columns).select_from(Invoice)
    query = query if join is None else query.outerjoin(*join)
    query = access.within(query, invoice, actor).where(Invoice.state == State.ISSUED)
    advances = _advances(session, actor, by)
    found = [
        Owed(row[0], row[1] or "", [sums.whole(*row[at : at + 2]) for at in range(2, len(row), 2)],
             advances.get(row[0], Decimal(0)))
        for row in session.execute(query.group_by(key))
    ]  # fmt: skip
    found = [one for one in found if one.total or one.advance]
    return sorted(found, key=lambda one: (-one.total, str(one.label)))[:MOST]


def _advances(session: Session, actor: Actor, by: str) -> Mapping[Any, Decimal]:
    """What came in and pays no invoice yet, by the same keys as far as payments have them."""
    keys = {
        "client": Payment.client_id,
        "counterparty": Payment.counterparty_id,
        "currency": Payment.currency,
    }
    if by not in keys:
        return {}
    query = sa.select(keys[by], *sums.parts(Payment.base_free)).where(
        Payment.flow == Flow.IN, Payment.free_amount > 0
    )
    query = access.within(query, payment, actor).group_by(keys[by])
    return {key: sums.whole(large, small) for key, large, small in session.execute(query)}


@dataclass(frozen=True, slots=True)
class Moved:
    """What came in and went out of a group."""

    key: Any
    label: str
    came: Decimal
    went: Decimal


def moved(session: Session, actor: Actor, by: str, since: date | None, until: date | None) -> list[Moved]:
    """Payments by month, direction, account or cash desk."""
    month = sa.func.substr(sa.cast(Payment.paid_on, sa.String), 1, 7)
    place = sa.func.coalesce(Account.name, CashDesk.name)
    key, label = {
        "month": (month, month),
        "direction": (Payment.direction_id, Direction.name),
        "place": (place, place),
        "counterparty": (Payment.counterparty_id, sa.func.coalesce(Counterparty.legal_name, Payment.party)),
    }[by]
    if by == "counterparty":
        key = sa.func.coalesce(Counterparty.legal_name, Payment.party)
    query = sa.select(
        key, sa.func.max(label), *sums.parts(Payment.base_amount, where=Payment.flow == Flow.IN),
        *sums.parts(Payment.base_amount, where=Payment.flow == Flow.OUT),
    ).select_from(Payment)  # fmt: skip
    match by:
        case "direction":
            query = query.outerjoin(Direction, Direction.id == Payment.direction_id)
        case "place":
            query = query.outerjoin(Account, Account.id == Payment.account_id)
            query = query.outerjoin(CashDesk, CashDesk.id == Payment.desk_id)
        case "counterparty":
            query = query.outerjoin(Counterparty, Counterparty.id == Payment.counterparty_id)
    query = access.within(query, payment, actor)
    query = query.where(Payment.paid_on >= since) if since else query
    query = query.where(Payment.paid_on <= until) if until else query
    rows = session.execute(query.group_by(key).order_by(key))
    return [Moved(row[0], row[1] or "", sums.whole(*row[2:4]), sums.whole(*row[4:6])) for row in rows]


def expected(session: Session, actor: Actor) -> Sequence[tuple[date, int, int, Decimal]]:
    """(due day, client, invoices, open) of what is issued, in the order of the days."""
    query = sa.select(Invoice.due_on, Invoice.client_id, sa.func.count(), *sums.parts(Invoice.base_open))
    query = access.within(query, invoice, actor).where(Invoice.state == State.ISSUED)
    rows = session.execute(query.group_by(Invoice.due_on, Invoice.client_id).order_by(Invoice.due_on))
    return [(day, client, count, sums.whole(large, small)) for day, client, count, large, small in rows]


def days_late(session: Session, actor: Actor) -> Mapping[int, list[tuple[int, Decimal]]]:
    """By client: for each payment of an invoice the days from due to paid, and how much."""
    late = days_between(Invoice.due_on, Allocation.paid_on)
    query = (
        sa.select(Invoice.client_id, late, *sums.parts(Allocation.amount))
        .join(Allocation, Allocation.invoice_id == Invoice.id)
        .where(Invoice.due_on.is_not(None))
    )
    query = access.within(query, invoice, actor).group_by(Invoice.client_id, late)
    found: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for client, days, large, small in session.execute(query):
        found[client].append((days, sums.whole(large, small)))
    return found


def invoiced(session: Session, actor: Actor, since: date, until: date) -> Decimal:
    """What was invoiced from one day to another, both included."""
    query = sa.select(*sums.parts(Invoice.base_amount)).where(
        Invoice.issued_on.between(since, until), Invoice.state.in_((State.ISSUED, State.PAID))
    )
    return sums.whole(*session.execute(access.within(query, invoice, actor)).one())
