"""What the reports of payments count: what came in and went out, in the company's currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.clients.models import Client
from vinculo.counterparties.models import Counterparty
from vinculo.db import sums
from vinculo.db.portable import month_of
from vinculo_organization.models import Account, CashDesk
from vinculo_payments.models import Direction, Flow, Payment
from vinculo_payments.records import payment
from vinculo_payments.reports import MOST, Which
from vinculo_payments.service import EARLIEST, LATEST

NIL: Final = Decimal(0)
Place = tuple[int | None, int | None]  # a bank account or a cash desk


@dataclass(frozen=True, slots=True)
class Moved:
    """What came in and went out of a group; ``depth`` is how far below the top of a tree it stands.

    ``below`` are the keys whose sums it has in it, its own among them.
    """

    key: Any
    label: str
    came: Decimal
    went: Decimal
    depth: int = 0
    below: Sequence[Any] = ()


_STRANGER: Final = sa.case((Payment.counterparty_id.is_(None), Payment.party))
# Not the bare columns: for their order SQLite would read every row by an index that has no sums.
_ACCOUNT, _DIRECTION = (sa.func.coalesce(one, 0) for one in (Payment.account_id, Payment.direction_id))
_KEYS: Final[Mapping[str, Sequence[Any]]] = {
    "month": (month_of(Payment.paid_on),),
    "direction": (_DIRECTION,),
    "place": (_ACCOUNT, Payment.desk_id),
    "counterparty": (Payment.counterparty_id, _STRANGER),
}


def _within(which: Which, since: date | None, until: date | None, *columns: Any) -> sa.Select[Any]:
    """Columns of the payments of some days, by the index that begins with flow and day, and has all sums."""
    return which.within(sa.select(*columns), payment).where(
        Payment.flow.in_([*Flow]), Payment.paid_on.between(since or EARLIEST, until or LATEST)
    )


def _sums(
    session: Session, which: Which, keys: Sequence[Any], since: date | None, until: date | None
) -> Iterator[tuple[tuple[Any, ...], bool, Decimal]]:
    """(keys, whether it came in, amount), added up before anything is looked up by name."""
    query = _within(which, since, until, *keys, Payment.flow, *sums.parts(Payment.base_amount))
    for row in session.execute(query.group_by(*keys, Payment.flow)):
        yield tuple(one or None for one in row[:-3]), row[-3] is Flow.IN, sums.whole(row[-2], row[-1])


def moved(session: Session, which: Which, by: str, since: date | None, until: date | None) -> list[Moved]:
    """Payments by month, client, direction, counterparty, or account and cash desk."""
    if by in ("client", "counterparty"):
        return _largest(session, which, by, since, until)
    both: dict[Any, list[Decimal]] = defaultdict(lambda: [NIL, NIL])
    for key, came, amount in _sums(session, which, _KEYS[by], since, until):
        both[key if len(key) > 1 else key[0]][not came] += amount
    if by == "direction":
        return tree(session, both)
    if by == "month":
        return [Moved(key, key, came, went) for key, (came, went) in sorted(both.items())]
    names = places(session)
    found = (Moved(key, names.get(key, ""), came, went) for key, (came, went) in both.items())
    return sorted(found, key=lambda one: (-one.came - one.went, one.label))


def _largest(session: Session, which: Which, by: str, since: date | None, until: date | None) -> list[Moved]:
    """Those that moved most: of many thousands nobody reads all."""
    keys = (which.client(payment),) if by == "client" else _KEYS[by]
    flows = [
        part
        for flow in (Flow.IN, Flow.OUT)
        for part in sums.parts(Payment.base_amount, where=Payment.flow == flow)
    ]
    query = _within(which, since, until, *keys, *flows, sa.func.max(Payment.party)).group_by(*keys)
    most = sa.func.sum(sa.type_coerce(Payment.base_amount, sa.BigInteger) / sa.literal_column("10000.0"))
    rows = session.execute(query.order_by(most.desc().nulls_last(), *keys).limit(MOST)).all()
    named, label = (Client.id, Client.name) if by == "client" else (Counterparty.id, Counterparty.legal_name)
    wanted = {row[0] for row in rows if row[0] is not None}
    names = {row[0]: row[1] for row in session.execute(sa.select(named, label).where(named.in_(wanted)))}
    return [
        Moved(row[0], names.get(row[0]) or ("" if by == "client" else row[-1]) or "",
              sums.whole(*row[-5:-3]), sums.whole(*row[-3:-1]))
        for row in rows
    ]  # fmt: skip


def places(session: Session) -> Mapping[Place, str]:
    """The names of all bank accounts and cash desks."""
    found: dict[Place, str] = {}
    for row in session.execute(sa.select(Account.id, Account.name)):
        found[row.id, None] = row.name
    for row in session.execute(sa.select(CashDesk.id, CashDesk.name)):
        found[None, row.id] = row.name
    return found


def tree(session: Session, amounts: Mapping[int | None, Sequence[Decimal]]) -> list[Moved]:
    """Directions in the order of their tree, each with what is below it; what has none comes last."""
    rows = session.execute(sa.select(Direction.id, Direction.parent_id, Direction.name)).all()
    children: dict[int | None, list[tuple[str, int]]] = defaultdict(list)
    for one, parent, name in rows:
        children[parent].append((name, one))
    found = [
        each for name, one in sorted(children[None]) for each in _branch(name, one, children, amounts, 0)
    ]
    rest = amounts.get(None)
    return [*found, *([Moved(None, "", rest[0], rest[1], below=(None,))] if rest else [])]


def _branch(
    name: str,
    one: int,
    children: Mapping[int | None, Sequence[tuple[str, int]]],
    amounts: Mapping[int | None, Sequence[Decimal]],
    depth: int,
) -> list[Moved]:
    """A direction and those below it of which something moved, or nothing at all."""
    under = [
        each
        for text, child in sorted(children.get(one, ()))
        for each in _branch(text, child, children, amounts, depth + 1)
    ]
    nearest = [each for each in under if each.depth == depth + 1]
    own = amounts.get(one)
    if own is None and not under:
        return []
    came, went = own or (NIL, NIL)
    came += sum((each.came for each in nearest), NIL)
    went += sum((each.went for each in nearest), NIL)
    below = [one, *(key for each in nearest for key in each.below)]
    return [Moved(one, name, came, went, depth, below), *under]


def split(
    session: Session, which: Which, since: date | None, until: date | None
) -> tuple[list[Place], Mapping[Place, Mapping[int | None, list[Decimal]]]]:
    """Bank accounts and cash desks by what moved, and of each what came in and went out by direction."""
    found: dict[Place, dict[int | None, list[Decimal]]] = defaultdict(lambda: defaultdict(lambda: [NIL, NIL]))
    keys = (_ACCOUNT, Payment.desk_id, _DIRECTION)
    for (account, desk, direction), came, amount in _sums(session, which, keys, since, until):
        found[account, desk][direction][not came] += amount
    weight = {place: sum((sum(some, NIL) for some in parts.values()), NIL) for place, parts in found.items()}
    return sorted(found, key=lambda place: -weight[place]), found
