"""What was decided about a payer before: whose payments they are, and what they are for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo_payments.models import Habit, Payment
from vinculo_payments.statements.lines import plain


def keys(payment: Payment) -> Sequence[str]:
    """What a payer is known by, the surest first: account, tax id, name; hashed, since they stay."""
    known = (
        ("account", plain(payment.party_account)),
        ("tax", plain(payment.party_tax_id)),
        ("name", " ".join(payment.party.split()).casefold()),
    )
    return [
        f"{what}:{payment.flow}:{hashlib.sha256(value.encode()).hexdigest()[:40]}"
        for what, value in known if value
    ]  # fmt: skip


def learn(session: Session, payment: Payment) -> None:
    """Remember what a payment was decided to be, for the next of the same payer."""
    if payment.client_id is None and payment.direction_id is None:
        return
    wanted = keys(payment)
    found = {one.key: one for one in session.scalars(sa.select(Habit).where(Habit.key.in_(wanted)))}
    for key in wanted:
        habit = found.get(key)
        if habit is None:
            habit = Habit(key=key, times=0)
            session.add(habit)
        same = (habit.client_id, habit.direction_id) == (payment.client_id, payment.direction_id)
        habit.times = habit.times + 1 if same else 1
        habit.client_id, habit.counterparty_id = payment.client_id, payment.counterparty_id
        habit.direction_id = payment.direction_id


def recall(session: Session, payments: Sequence[Payment]) -> dict[int, Habit]:
    """What was decided last about the payer of each, by the place in the sequence."""
    wanted = [keys(one) for one in payments]
    flat = {key for some in wanted for key in some}
    found = {one.key: one for one in session.scalars(sa.select(Habit).where(Habit.key.in_(flat)))}
    return {
        place: next(found[key] for key in some if key in found)
        for place, some in enumerate(wanted) if any(key in found for key in some)
    }  # fmt: skip
