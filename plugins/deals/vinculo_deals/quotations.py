"""What holds for every quotation: its number, what it is made from, what it comes to, and that it stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.company import priced_lines, rates
from vinculo.counterparties.models import Link
from vinculo.db import keeping, locking
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.i18n import current_language, today
from vinculo.i18n import gettext as _
from vinculo.records import service as records
from vinculo.records.kind import RecordKind
from vinculo_deals import limits
from vinculo_deals.models import Deal, Language, Offer, Quotation, QuotationLine
from vinculo_deals.service import EARLIEST, LATEST, MOST

Complete = Callable[[Session, Quotation, Actor], None]
OPEN: Final = (Offer.DRAFT, Offer.SENT)
FROZEN: Final = ("issued_on", "valid_until", "currency", "language", "terms", "counterparty_id", "lines")
COPIED: Final = (
    "product", "product_id", "variant_id", "quantity", "unit", "price", "price_why", "discount", "tax_rate",
)  # fmt: skip
_HUNDRED: Final = 100


@dataclass(frozen=True, slots=True)
class Totals:
    """What lines come to: without tax, the tax by rate, with tax. ``tax`` is empty where no line says one."""

    net: Decimal
    tax: Mapping[Decimal, Decimal]

    @property
    def total(self) -> Decimal:
        """With tax."""
        return self.net + sum(self.tax.values(), Decimal(0))


def amount_of(line: QuotationLine, currency: str) -> Decimal:
    """Quantity times price less the discount, in the smallest units of the currency."""
    exact = Fraction(line.quantity) * Fraction(line.price or 0)
    return rates.rounded(exact * (1 - Fraction(line.discount) / _HUNDRED), currency)


def totals(lines: Sequence[QuotationLine], currency: str) -> Totals:
    """The sum of the lines as they are printed; tax is taken of the sum of each rate."""
    by_rate: dict[Decimal, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.tax_rate is not None:
            by_rate[line.tax_rate] += amount_of(line, currency)
    tax = {
        rate: rates.rounded(Fraction(net) * Fraction(rate) / _HUNDRED, currency)
        for rate, net in sorted(by_rate.items())
    }
    return Totals(sum((amount_of(line, currency) for line in lines), Decimal(0)), tax)


def check(session: Session, of: Quotation, actor: Actor, complete: Complete = priced_lines.nothing) -> None:
    """Complete a new one from its deal, or from the version before; refuse what cannot be."""
    if of.id is None:
        _begin(session, of, actor)
    of.issued_on = of.issued_on or today()
    of.currency = of.currency or rates.base_currency(session)
    of.language = of.language or Language(current_language())
    complete(session, of, actor)
    if of.id is not None:
        _keep(session, of)
    if of.lines and all(line.price is not None for line in of.lines):
        found = totals(of.lines, of.currency)
        of.net, of.total = found.net, found.total
        of.tax = sum(found.tax.values(), Decimal(0)) if found.tax else None
    else:
        of.net = of.tax = of.total = None
    if errors := [*_faults(of)]:
        raise InvalidError(errors)


def _faults(of: Quotation) -> Iterator[FieldError]:
    for name in ("issued_on", "valid_until"):
        day = getattr(of, name)
        if day is not None and not EARLIEST <= day < LATEST:
            yield FieldError(name, _("Nobody lives to see this day; correct the year."), "out_of_range")
    if of.valid_until is not None and of.valid_until < of.issued_on:
        text = _("It cannot end before %(day)s, the day it is made on.", day=of.issued_on)
        yield FieldError("valid_until", text, "before_start")
    if of.total is not None and of.total > MOST:
        text = _("The lines add up to %(amount)s, more than %(most)s; check quantities and prices.")
        yield FieldError("lines", text % {"amount": of.total, "most": MOST}, "too_much")


def _begin(session: Session, of: Quotation, actor: Actor) -> None:
    before = keeping.get(session, Quotation, of.previous_id)
    deal = keeping.get_one(session, Deal, of.deal_id)
    if before is not None and before.deal_id != deal.id:
        text = _("%(number)s is of another deal.", number=before.number)
        raise InvalidError([FieldError("previous_id", text, "other_deal")])
    of.state, of.client_id = Offer.DRAFT, deal.client_id
    of.responsible_id = of.responsible_id or deal.responsible_id
    of.issued_on = of.issued_on or today()
    if of.valid_until is None and (days := limits.NUMBERS.read(session)[limits.VALID]):
        of.valid_until = of.issued_on + timedelta(days=days)
    source: Any = before or deal
    of.currency = of.currency or source.currency
    of.language = of.language or (before.language if before else Language(current_language()))
    of.terms = of.terms or (before.terms if before else "")
    of.counterparty_id = of.counterparty_id or source.counterparty_id or _legal_entity(session, of)
    if not of.lines and of.currency == (source.currency or of.currency):
        of.lines = copies(source.lines)
    _number(session, of, before)


def copies(lines: Sequence[Any]) -> list[QuotationLine]:
    """Lines of a deal or of a quotation, anew."""
    return [
        QuotationLine(**{name: getattr(line, name) for name in COPIED if hasattr(line, name)})
        for line in lines
    ]


def _legal_entity(session: Session, of: Quotation) -> int | None:
    """The counterparty of the client, where it has but one on that day."""
    if of.client_id is None:
        return None
    held = (sa.or_(Link.valid_from.is_(None), Link.valid_from <= of.issued_on),
            sa.or_(Link.valid_to.is_(None), Link.valid_to >= of.issued_on))  # fmt: skip
    query = sa.select(Link.counterparty_id).where(Link.client_id == of.client_id, *held).distinct().limit(2)
    found = session.scalars(query).all()
    return found[0] if len(found) == 1 else None


def _number(session: Session, of: Quotation, before: Quotation | None) -> None:
    """A version has the number of the one it was made from; nobody else counts meanwhile."""
    locking.hold(session, Quotation.__tablename__)
    if before is None:
        of.year, of.edition = of.issued_on.year, 1
        last = sa.select(sa.func.max(Quotation.sequence)).where(Quotation.year == of.year)
        of.sequence = (session.scalar(last) or 0) + 1
    else:
        of.year, of.sequence = before.year, before.sequence
        same = (Quotation.year == of.year, Quotation.sequence == of.sequence)
        of.edition = (session.scalar(sa.select(sa.func.max(Quotation.edition)).where(*same)) or 0) + 1
    tail = f"-{of.edition}" if of.edition > 1 else ""
    of.number = f"{of.year}-{of.sequence:04}{tail}"


def _keep(session: Session, of: Quotation) -> None:
    """What was sent stays as it was, and nothing is put into another deal."""
    for name in ("deal_id", "previous_id"):
        if sa.inspect(of).attrs[name].history.has_changes():
            text = _("A quotation stays in its deal; make another one there.")
            raise InvalidError([FieldError(name, text, "other_deal")])
    was = sa.inspect(of).attrs["state"].history.deleted
    if (was[0] if was else of.state) is Offer.DRAFT:
        return
    changed = [name for name in FROZEN if sa.inspect(of).attrs[name].history.has_changes()]
    if changed or any(session.is_modified(line) for line in of.lines):
        text = _("%(number)s was sent and stays as it is; make a new version of it.", number=of.number)
        raise ConflictError(text, code="quotation_sent")


def refuse_sent(session: Session, of: Quotation) -> None:
    """Only drafts are deleted."""
    if of.state is not Offer.DRAFT:
        text = _("%(number)s was sent; it can be declined or replaced, not deleted.", number=of.number)
        raise ConflictError(text, code="quotation_sent")


def follow(session: Session, kind: RecordKind, deal: Deal, changes: Mapping[str, Any]) -> None:
    """Quotations are of the client of their deal, and open ones of who is responsible for it."""
    if changes.keys().isdisjoint(("client_id", "responsible_id")):
        return
    for one in session.scalars(sa.select(Quotation).where(Quotation.deal_id == deal.id)):
        if "client_id" in changes:
            one.client_id = deal.client_id
        if "responsible_id" in changes and one.state in OPEN:
            one.responsible_id = deal.responsible_id
        session.flush()
        records.project(session, kind, one, new=False)
