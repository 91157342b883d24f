"""What holds for every order, by whatever door it comes, and what follows when its state changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source
from vinculo.clients.models import Client
from vinculo.company import charging, documents, priced_lines
from vinculo.counterparties.models import Link
from vinculo.db.base import now
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.i18n import today
from vinculo.records.kind import RecordKind
from vinculo_orders.models import STANDING, Counter, Order, OrderLine, OrderMove, State
from vinculo_organization.models import Company, Outlet

Complete = Callable[[Session, Order, Actor], None]
EARLIEST: Final = date(1970, 1, 1)
LATEST: Final = date(2199, 1, 1)
OPEN: Final = (State.DRAFT, State.CONFIRMED, State.PROCESSING)
NEXT: Final[Mapping[State, Sequence[State]]] = {  # the next step forward first, then backward, then the end
    State.DRAFT: (State.CONFIRMED, State.CANCELLED),
    State.CONFIRMED: (State.PROCESSING, State.DONE, State.DRAFT, State.CANCELLED),
    State.PROCESSING: (State.DONE, State.CONFIRMED, State.DRAFT, State.CANCELLED),
    State.DONE: (State.PROCESSING, State.CONFIRMED),
    State.CANCELLED: (State.DRAFT, State.CONFIRMED, State.PROCESSING),
}
FIXED: Final = ("client_id", "company_id", "currency", "number", "ordered_on", "lines")


def check(session: Session, one: Order, actor: Actor, complete: Complete = priced_lines.nothing) -> None:
    """Refuse what cannot be, and fill in what follows: company, number, sums, days, who is responsible."""
    with session.no_autoflush:
        one.ordered_on = one.ordered_on or today()
        if one.state is not State.CANCELLED:
            one.cancel_reason = ""
        _fill(session, one)
        complete(session, one, actor)
        if errors := [*_days(one), *_moved(one, actor), *_fixed(session, one, actor), *_place(session, one)]:
            raise InvalidError(errors)
        for line in one.lines:
            line.client_id = one.client_id
        if one.lines:
            one.amount, one.tax_amount = totals(one.lines)
        if one.state in STANDING and not one.lines and not one.amount:
            text = _("There is nothing in this order: add lines, or an amount.")
            raise InvalidError([FieldError("lines", text, "required")])
        if not one.number:
            _give_number(session, one)
        one.number_key = one.number.casefold()
        documents.snapshot(session, one, on=one.ordered_on)


def _fill(session: Session, one: Order) -> None:
    if one.id is not None:
        return
    if one.company_id is None:
        query = sa.select(Company.id).where(Company.active).order_by(Company.is_default.desc(), Company.id)
        outlet = sa.select(Outlet.company_id).where(Outlet.id == one.outlet_id)
        one.company_id = session.scalar(outlet if one.outlet_id else query.limit(1))
    if one.responsible_id is None:
        owner = sa.select(Client.responsible_id).where(Client.id == one.client_id)
        one.responsible_id = session.scalar(owner)
    if one.counterparty_id is None:
        one.counterparty_id = _legal_entity(session, one.client_id, one.ordered_on)


def _legal_entity(session: Session, client_id: int, day: date) -> int | None:
    """The client's counterparty of that day, where it has but one."""
    held = (sa.or_(Link.valid_from.is_(None), Link.valid_from <= day),
            sa.or_(Link.valid_to.is_(None), Link.valid_to >= day))  # fmt: skip
    query = sa.select(Link.counterparty_id).where(Link.client_id == client_id, *held).distinct().limit(2)
    found = session.scalars(query).all()
    return found[0] if len(found) == 1 else None


def _days(one: Order) -> Iterator[FieldError]:
    for name in ("ordered_on", "due_on"):
        day = getattr(one, name)
        if day is not None and not EARLIEST <= day < LATEST:
            yield FieldError(name, _("Nobody lives to see this day; correct the year."), "out_of_range")
    changed = any(sa.inspect(one).attrs[name].history.has_changes() for name in ("ordered_on", "due_on"))
    if one.due_on is not None and one.due_on < one.ordered_on and changed:
        text = _("It cannot be due before %(day)s, the day it was ordered on.", day=one.ordered_on)
        yield FieldError("due_on", text, "before_ordered")


def was(one: Order) -> State | None:
    """The state before this change; None for a new one."""
    if one.id is None:
        return None
    deleted = sa.inspect(one).attrs.state.history.deleted
    return deleted[0] if deleted else one.state


def _moved(one: Order, actor: Actor) -> Iterator[FieldError]:
    """What a file brings may be in any state: it tells what was."""
    before = was(one)
    if actor.source is Source.IMPORT or before is one.state:
        return
    if before is None and one.state not in (State.DRAFT, State.CONFIRMED):
        text = _("A new order is a draft, or confirmed; move it on from there.")
        yield FieldError("state", text, "not_next")
    elif before is not None and one.state not in NEXT[before]:
        text = _("An order that is “%(before)s” cannot become “%(after)s”; choose one of: %(next)s.")
        shown = {"before": before.value, "after": one.state.value, "next": ", ".join(NEXT[before])}
        yield FieldError("state", text % shown, "not_next")
    if one.state is State.CANCELLED and not one.cancel_reason:
        yield FieldError("cancel_reason", _("Say why it is cancelled."), "required")


def _fixed(session: Session, one: Order, actor: Actor) -> Iterator[FieldError]:
    """What was confirmed stands as it is; files may complete orders whose number they brought."""
    before = was(one)
    by_file = actor.source is Source.IMPORT and one.serial is None
    if before in (None, State.DRAFT) or one.state is State.DRAFT or by_file:
        return
    known = sa.inspect(one).attrs
    text = _("The order is confirmed, and stays as it is: take it back to the draft first.")
    for name in FIXED:
        changed = known[name].history.has_changes()
        if changed or (name == "lines" and any(session.is_modified(line) for line in one.lines)):
            yield FieldError(name, text, "confirmed")


def _place(session: Session, one: Order) -> Iterator[FieldError]:
    if one.outlet_id is None or not sa.inspect(one).attrs.outlet_id.history.has_changes():
        return
    outlet = session.get(Outlet, one.outlet_id)
    if outlet is not None and outlet.company_id != one.company_id:
        text = _("“%(outlet)s” is of another own company; choose one of this company.", outlet=outlet.name)
        yield FieldError("outlet_id", text, "other_company")


def totals(lines: Sequence[OrderLine]) -> tuple[Decimal | None, Decimal | None]:
    """(amount with tax, tax) of lines as an invoice of them comes to; (None, None) where a price is missing.

    Each line is rounded to a hundredth, half up, tax and net apart.
    """
    parts = []
    for line in lines:
        if line.price is None:
            return None, None
        parts.append(charging.charged(line.quantity, line.price, line.discount, line.tax_rate))
    return charging.totals(parts)


def _give_number(session: Session, one: Order) -> None:
    """The next one of company and year, as ``O2026-00042`` after the company's prefix.

    Nobody else counts meanwhile; a transaction that fails gives it back, a draft that is deleted does not.
    """
    one.series = f"{one.company_id or 0}/{one.ordered_on.year}"
    one.serial = charging.count(session, Counter, one.series)
    prefix = session.scalar(sa.select(Company.number_prefix).where(Company.id == one.company_id))
    one.number = f"{prefix or ''}O{one.ordered_on.year}-{one.serial:05d}"


def keep(session: Session, one: Order) -> None:
    """Refuse to delete what was confirmed. Raises ``ConflictError``."""
    if one.state is not State.DRAFT:
        text = _("%(number)s was confirmed; it can be cancelled, not deleted.", number=one.number)
        raise ConflictError(text, code="order_confirmed")


def follow(session: Session, kind: RecordKind, one: Order, changes: Mapping[str, Any], actor: Actor) -> None:
    """Keep who changed the state when, and tell the log by names that stay."""
    if "client_id" in changes:
        for part in (OrderMove, OrderLine):
            mine = sa.update(part).where(part.order_id == one.id)
            session.execute(mine.values(client_id=one.client_id))
    if "state" not in changes:
        return
    move = OrderMove(order_id=one.id, client_id=one.client_id, state=one.state, at=now())
    move.user_id = actor.user_id
    session.add(move)
    for action in _said(changes["state"][0], one.state):
        log.write(
            session, actor=actor, action=action, kind=kind.name, record_id=one.id, title=one.number,
            client_id=one.client_id, version=None,
        )  # fmt: skip


def _said(before: str | None, after: State) -> Iterator[str]:
    """What the log is told: once that it is confirmed, however far it came at once."""
    if after in (State.CONFIRMED, State.PROCESSING) and before not in STANDING:
        yield "confirmed"
    if after in (State.PROCESSING, State.DONE, State.CANCELLED):
        yield {State.PROCESSING: "begun", State.DONE: "done", State.CANCELLED: "cancelled"}[after]
    if after is State.DRAFT and before in STANDING:
        yield "reopened"
