"""What holds for every invoice, credit note and payment, by whatever door it comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source
from vinculo.clients.models import Client
from vinculo.company import charging, documents, rates
from vinculo.counterparties.models import Counterparty, Link
from vinculo.db import sums
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.i18n import today
from vinculo_organization.models import Account, CashDesk, Company
from vinculo_payments import numbering, terms
from vinculo_payments.models import (
    ZERO,
    Allocation,
    CreditNote,
    Direction,
    Flow,
    Invoice,
    InvoiceLine,
    Payment,
    State,
)

EARLIEST: Final = date(1970, 1, 1)
LATEST: Final = date(2199, 1, 1)
FIXED: Final = ("company_id", "client_id", "currency", "issued_on", "amount", "number")
STANDING: Final = (State.ISSUED, State.PAID)


def check_invoice(session: Session, one: Invoice, actor: Actor) -> None:
    """Refuse what cannot be, and fill in what follows: company, sums, days, the number once it is issued."""
    with session.no_autoflush:
        one.credited, one.paid = one.credited or ZERO, one.paid or ZERO
        one.tax_amount = one.tax_amount or ZERO
        one.number = one.number or ""
        if one.company_id is None:
            one.company_id = standard_company(session)
        if errors := [*_days(one, "issued_on", "due_on"), *_fixed(one, actor)]:
            raise InvalidError(errors)
        for line in one.lines:
            line.client_id = one.client_id
        if one.lines:
            one.amount, one.tax_amount = totals(one.lines)
        if one.id is None and one.responsible_id is None:
            owner = sa.select(Client.responsible_id).where(Client.id == one.client_id)
            one.responsible_id = session.scalar(owner)
        if one.state in STANDING:
            _issue(session, one)
        elif one.state is State.CANCELLED and (one.paid or one.credited):
            text = _("Of this invoice %(paid)s is paid or credited; take that back first.",
                     paid=one.paid + one.credited)  # fmt: skip
            raise InvalidError([FieldError("state", text, "paid")])
        one.number_key = one.number.casefold()
        documents.snapshot(session, one, on=one.issued_on or today())
        settle(one)


def standard_company(session: Session) -> int | None:
    """The own company that documents are of where none is said; None where there is none at all."""
    query = sa.select(Company.id).where(Company.active).order_by(Company.is_default.desc(), Company.id)
    return session.scalar(query.limit(1))


def _issue(session: Session, one: Invoice) -> None:
    if not one.amount:
        raise InvalidError([FieldError("lines", _("An invoice needs an amount: add lines."), "required")])
    one.issued_on = one.issued_on or today()
    if not one.currency:
        company = session.get(Company, one.company_id) if one.company_id else None
        one.currency = (company.currency if company else "") or rates.base_currency(session)
    if one.counterparty_id is None:
        one.counterparty_id = _payer(session, one.client_id, one.issued_on)
    one.due_on = one.due_on or one.issued_on + timedelta(days=terms.days(session, one))
    if not one.number:
        numbering.give(session, one, numbering.INVOICE, one.issued_on.year)


def _payer(session: Session, client_id: int, day: date) -> int | None:
    """The client's counterparty of that day, where it has but one."""
    query = sa.select(Link.counterparty_id).where(
        Link.client_id == client_id,
        sa.or_(Link.valid_from.is_(None), Link.valid_from <= day),
        sa.or_(Link.valid_to.is_(None), Link.valid_to >= day),
    )
    found = session.scalars(query.distinct().limit(2)).all()
    return found[0] if len(found) == 1 else None


def _fixed(one: Invoice, actor: Actor) -> Iterator[FieldError]:
    """What was issued stands as it is: another has it in hand. Files may complete what they gave a number."""
    by_file = is_file(actor) and one.serial is None and not one.paid and not one.credited
    if one.id is None or by_file:
        return
    known = sa.inspect(one).attrs
    before = known.state.history.deleted
    was = before[0] if before else one.state
    if was is State.DRAFT:
        return
    text = _("The invoice is issued, and stays as it is: cancel it, or add a credit note.")
    if one.state is State.DRAFT:
        yield FieldError("state", text, "issued")
    for name in FIXED:
        history = known[name].history
        if history.has_changes() and history.deleted and history.deleted[0] not in (None, ""):
            yield FieldError(name, text, "issued")
    if known.lines.history.has_changes() or any(sa.inspect(line).modified for line in one.lines):
        yield FieldError("lines", text, "issued")


def _days(one: Any, *names: str) -> Iterator[FieldError]:
    for name in names:
        day = getattr(one, name)
        if day is not None and not EARLIEST <= day < LATEST:
            yield FieldError(name, _("Nobody lives to see this day; correct the year."), "out_of_range")


def totals(lines: Sequence[InvoiceLine]) -> tuple[Decimal, Decimal]:
    """(amount with tax, tax) of lines, each line rounded to a hundredth, half up, tax and net apart."""
    return charging.totals(charged(line) for line in lines)


def charged(line: InvoiceLine) -> tuple[Decimal, Decimal]:
    """(net, tax) of a line, each rounded."""
    return charging.charged(line.quantity, line.price, line.discount, line.tax)


def free(one: Payment, amount: Decimal) -> None:
    """So much of a payment pays no invoice."""
    one.free_amount = amount
    one.base_free = ZERO if one.base_amount is None else worth(amount, one.base_amount, one.amount)


def settle(one: Invoice) -> None:
    """What is open, and whether it is paid; to be called whenever one of its parts has changed."""
    if one.state not in STANDING:
        one.open_amount = one.base_open = ZERO
        return
    amount = one.amount or ZERO
    one.open_amount = amount - one.credited - one.paid
    one.state = State.PAID if one.open_amount <= 0 else State.ISSUED
    known = one.base_amount if one.base_amount is not None and amount else None
    one.base_open = ZERO if known is None else worth(one.open_amount, known, amount)


def worth(part: Decimal, base: Decimal, amount: Decimal) -> Decimal:
    """What a part of an amount is worth, of which the whole is worth ``base``."""
    return part if base == amount else charging.hundredths(part * base / amount)


def keep_invoice(session: Session, one: Invoice) -> None:
    """Refuse to delete what has a number: numbers have no gaps. Raises ``ConflictError``."""
    if one.serial is not None:
        raise ConflictError(_("An invoice with a number stays; cancel it instead."), code="issued")
    if session.scalar(sa.select(1).where(Allocation.invoice_id == one.id).limit(1)):
        raise ConflictError(_("The invoice is paid; take the payments off it first."), code="allocated")


def check_credit(session: Session, one: CreditNote, actor: Actor) -> None:
    """Take it off its invoice, which stays locked; give it a number."""
    with session.no_autoflush:
        invoice = session.get_one(Invoice, one.invoice_id, with_for_update=True, populate_existing=True)
        one.client_id, one.company_id = invoice.client_id, invoice.company_id
        one.issued_on = one.issued_on or today()
        if one.id is not None and sa.inspect(one).attrs.invoice_id.history.has_changes():
            text = _("A credit note stays with its invoice; add another.")
            raise InvalidError([FieldError("invoice_id", text, "issued")])
        others = sa.select(*sums.parts(CreditNote.amount)).where(
            CreditNote.invoice_id == invoice.id, CreditNote.id != (one.id or 0)
        )
        before = sums.whole(*session.execute(others).one())
        rest = (invoice.amount or ZERO) - before
        if errors := [*_days(one, "issued_on"), *_too_much(one, invoice, rest)]:
            raise InvalidError(errors)
        if not one.number:
            numbering.give(session, one, numbering.CREDIT, one.issued_on.year)
        invoice.credited = before + one.amount
        settle(invoice)


def _too_much(one: CreditNote, invoice: Invoice, rest: Decimal) -> Iterator[FieldError]:
    if invoice.state not in STANDING:
        yield FieldError("invoice_id", _("Only what was issued can be credited."), "not_issued")
    elif one.amount is None or one.amount <= 0 or one.amount > rest:
        text = _("Write an amount from 0.01 to %(rest)s, which is left of the invoice.", rest=rest)
        yield FieldError("amount", text, "too_much")


def keep_credit(session: Session, one: CreditNote) -> None:
    """Refuse to delete what has a number. Raises ``ConflictError``."""
    raise ConflictError(_("A credit note has a number, and stays."), code="issued")


def check_payment(session: Session, one: Payment, actor: Actor) -> None:
    """Refuse what cannot be; what no invoice takes is free."""
    with session.no_autoflush:
        one.paid_on = one.paid_on or today()
        if errors := [*_days(one, "paid_on"), *_of_payment(one)]:
            raise InvalidError(errors)
        taken = allocated(session, one.id) if one.id is not None else ZERO
        if errors := list(_of_allocated(one, taken)):
            raise InvalidError(errors)
        if not one.currency:
            one.currency = _currency(session, one)
        documents.snapshot(session, one, on=one.paid_on)
        free(one, one.amount - taken)
        if taken and sa.inspect(one).attrs.paid_on.history.has_changes():
            parts = sa.update(Allocation).where(Allocation.payment_id == one.id)
            session.execute(parts.values(paid_on=one.paid_on))
        one.title = _called(session, one)


def _of_payment(one: Payment) -> Iterator[FieldError]:
    if one.account_id is not None and one.desk_id is not None:
        text = _("Choose a bank account or a cash desk, not both.")
        yield FieldError("desk_id", text, "one_of_two")
    if one.amount is None or one.amount <= 0:
        yield FieldError("amount", _("Write an amount above 0; which way it goes says the flow."), "positive")


def _of_allocated(one: Payment, taken: Decimal) -> Iterator[FieldError]:
    """What pays invoices may not be pulled from under them."""
    if not taken:
        return
    if one.amount < taken:
        text = _("Invoices have %(taken)s of it; take the payment off them first.", taken=taken)
        yield FieldError("amount", text, "allocated")
    for name in ("flow", "currency", "client_id"):
        if sa.inspect(one).attrs[name].history.deleted:
            text = _("Invoices have %(taken)s of it; take the payment off them first.", taken=taken)
            yield FieldError(name, text, "allocated")


def _currency(session: Session, one: Payment) -> str:
    place: Account | CashDesk | None = session.get(Account, one.account_id) if one.account_id else None
    if one.desk_id:
        place = session.get(CashDesk, one.desk_id)
    return (place.currency if place else "") or rates.base_currency(session)


def _called(session: Session, one: Payment) -> str:
    party = one.party
    if not party and one.counterparty_id:
        party = (
            session.scalar(sa.select(Counterparty.legal_name).where(Counterparty.id == one.counterparty_id))
            or ""
        )
    if not party and one.client_id:
        party = session.scalar(sa.select(Client.name).where(Client.id == one.client_id)) or ""
    number = _("No. %(number)s", number=one.number) if one.number else ""
    return " ".join(filter(None, (number, party)))[:300] or one.text[:300] or _("Payment")


def keep_payment(session: Session, one: Payment) -> None:
    """Refuse to delete what pays invoices, and what a bank has booked. Raises ``ConflictError``."""
    if one.line_key is not None:
        raise ConflictError(_("It stands in a statement of the bank, and stays."), code="booked")
    if one.free_amount != one.amount:
        raise ConflictError(_("It pays invoices; take it off them first."), code="allocated")


def allocated(session: Session, payment_id: int) -> Decimal:
    """How much of a payment invoices have."""
    query = sa.select(*sums.parts(Allocation.amount)).where(Allocation.payment_id == payment_id)
    return sums.whole(*session.execute(query).one())


def is_file(actor: Actor) -> bool:
    """Whether it comes from a file, which tells what was."""
    return actor.source is Source.IMPORT


def sign(flow: Flow) -> int:
    """What money of a flow does to an invoice: 1 pays it, -1 pays back."""
    return 1 if flow is Flow.IN else -1


def check_direction(session: Session, one: Direction, actor: Actor) -> None:
    """Refuse a direction that would be part of itself."""
    above, seen = one.parent_id, set()
    while above is not None and above not in seen:
        seen.add(above)
        if above == one.id:
            text = _("A direction cannot be part of itself; choose another.")
            raise InvalidError([FieldError("parent_id", text, "cycle")])
        above = session.scalar(sa.select(Direction.parent_id).where(Direction.id == above))
