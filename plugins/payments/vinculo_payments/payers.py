"""Whose payments those of a statement are: by tax id, account, and what was decided before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.counterparties.models import BankAccount, Identifier, Link
from vinculo.records.text import compact
from vinculo_payments import habits
from vinculo_payments.models import Payment


@dataclass(frozen=True, slots=True)
class Payer:
    """Who a payment is of, as far as that is sure, and what it is for."""

    client_id: int | None = None
    counterparty_id: int | None = None
    direction_id: int | None = None


def find(session: Session, payments: Sequence[Payment]) -> list[Payer]:
    """The payer of each. A tax id or an account says it where one counterparty alone has it."""
    by_tax = _only(session, Identifier, {compact(one.party_tax_id) for one in payments})
    by_account = _only(session, BankAccount, {compact(one.party_account) for one in payments})
    known = habits.recall(session, payments)
    links = _links(session, {*by_tax.values(), *by_account.values()})
    found = []
    for place, one in enumerate(payments):
        party = by_account.get(compact(one.party_account)) or by_tax.get(compact(one.party_tax_id))
        habit = known.get(place)
        client = _client(links.get(party, ()), one.paid_on) if party else None
        direction = habit.direction_id if habit else None
        if client is None and habit is not None and party in (None, habit.counterparty_id):
            client, party = habit.client_id, habit.counterparty_id or party
        found.append(Payer(client, party, direction))
    return found


def _only(session: Session, model: Any, values: Iterable[str]) -> Mapping[str, int]:
    """Those of the values that one counterparty alone has, and which."""
    owners: dict[str, set[int]] = defaultdict(set)
    wanted = sorted(filter(None, values))
    for start in range(0, len(wanted), 500):
        query = sa.select(model.key, model.counterparty_id).where(model.key.in_(wanted[start : start + 500]))
        for key, owner in session.execute(query):
            owners[key].add(owner)
    return {key: next(iter(some)) for key, some in owners.items() if len(some) == 1}


def _links(session: Session, counterparties: Iterable[int]) -> Mapping[int, list[Link]]:
    found: dict[int, list[Link]] = defaultdict(list)
    wanted = sorted(counterparties)
    for start in range(0, len(wanted), 500):
        query = sa.select(Link).where(Link.counterparty_id.in_(wanted[start : start + 500]))
        for link in session.scalars(query):
            found[link.counterparty_id].append(link)
    return found


def _client(links: Sequence[Link], day: date) -> int | None:
    """The client a counterparty belonged to on a day, where it was one alone."""
    clients = {
        link.client_id
        for link in links
        if (link.valid_from or day) <= day <= (link.valid_to or day)
    }  # fmt: skip
    return clients.pop() if len(clients) == 1 else None
