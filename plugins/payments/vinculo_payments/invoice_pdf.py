"""An invoice or a credit note as a PDF, in whatever language the buyer reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from babel.numbers import format_currency
from sqlalchemy.orm import Session

from vinculo import printing
from vinculo.actor import Actor
from vinculo.clients.models import Client
from vinculo.counterparties.models import AddressType, Counterparty
from vinculo.counterparties.records import SCHEMES, counterparty
from vinculo.errors import NotFoundError
from vinculo.files import store
from vinculo.i18n import (
    babel_locale,
    current_language,
    current_time_zone,
    format_date,
    format_number,
    use_locale,
)
from vinculo.i18n import gettext as _
from vinculo.people import addresses
from vinculo.plugins.listening import Letterhead
from vinculo.records import access, service
from vinculo_organization import letterhead
from vinculo_organization.models import Company
from vinculo_payments.models import CreditNote, Invoice, InvoiceLine
from vinculo_payments.service import charged

TEMPLATE: Final = Path(__file__).parent / "templates" / "payments" / "invoice.typ"
LETTER: Final = frozenset(("US", "CA", "MX", "CL", "CO", "PH"))  # where paper is no A4
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF and what its file is called."""

    name: str
    content: bytes


def of_invoice(session: Session, of: Invoice, language: str, *, actor: Actor) -> Printed:
    """Print an invoice as the actor knows the legal entity that it names."""
    with use_locale(language, str(current_time_zone())):
        return _printed(invoice_data(session, of, actor))


def of_credit(session: Session, of: CreditNote, language: str, *, actor: Actor) -> Printed:
    """The same of a credit note."""
    with use_locale(language, str(current_time_zone())):
        return _printed(credit_data(session, of, actor))


def _printed(data: dict[str, Any]) -> Printed:
    name = store.safe_name(f"{data['title']}.pdf".replace("/", "-"))
    return Printed(name, printing.pdf(TEMPLATE, data))


def invoice_data(session: Session, of: Invoice, actor: Actor) -> dict[str, Any]:
    """What is printed of an invoice, in the current language."""
    seller = _seller(session, of.company_id, of.currency)
    discounts = any(line.discount for line in of.lines)
    title = _("Invoice %(number)s", number=of.number) if of.number else _("Draft of an invoice")
    facts = [(_("Issued on"), of.issued_on), (_("Due on"), of.due_on)]
    data = {
        **_around(session, of, seller, title, actor),
        "facts": [(label, format_date(day)) for label, day in facts if day is not None],
        "columns": [_("Product"), _("Quantity"), _("Price"), *([_("Discount, %")] if discounts else []),
                    _("Tax, %"), _("Amount")],
        "lines": [_cells(line, of.currency, discounts=discounts) for line in of.lines],
        "sums": _sums(of),
        "pay": [*seller.pay, *([(_("Reference"), of.number)] if seller.pay and of.number else [])],
    }  # fmt: skip
    if not of.lines:
        data |= {"columns": ["", _("Amount")], "lines": [[title, _money(of.amount, of.currency)]]}
    return data


def credit_data(session: Session, of: CreditNote, actor: Actor) -> dict[str, Any]:
    """What is printed of a credit note, in the current language."""
    about = session.get_one(Invoice, of.invoice_id)
    seller = _seller(session, of.company_id, about.currency)
    text = _("For invoice %(number)s", number=about.number)
    amount = _money(of.amount, about.currency)
    return {
        **_around(session, about, seller, _("Credit note %(number)s", number=of.number), actor),
        "facts": [(_("Issued on"), format_date(of.issued_on))],
        "columns": [_("Reason"), _("Amount")],
        "lines": [[": ".join(filter(None, (text, of.reason))), amount]],
        "sums": [(_("Credited"), amount)],
        "pay": [],
    }


def _seller(session: Session, company_id: int | None, currency: str) -> Letterhead:
    company = session.get(Company, company_id) if company_id else None
    return letterhead.of(session, company, currency) if company else Letterhead("")


def _around(session: Session, of: Invoice, seller: Letterhead, title: str, actor: Actor) -> dict[str, Any]:
    return {
        "lang": current_language().partition("_")[0],
        "paper": "us-letter" if seller.country in LETTER else "a4",
        "title": title,
        "seller": {"name": seller.name, "lines": seller.lines},
        "buyer_label": _("Bill to"),
        "buyer": _buyer(session, of, actor),
        "pay_label": _("Pay to"),
    }


def _buyer(session: Session, of: Invoice, actor: Actor) -> dict[str, Any]:
    """The legal entity as far as the actor sees it, else the client by its name."""
    found = _entity(session, of, actor)
    if found is None:
        client = session.get_one(Client, of.client_id)
        return {"name": client.name, "lines": []}
    hidden = access.hidden(counterparty, actor)
    lines = [f"{SCHEMES[one.scheme]}: {one.value}" for one in found.identifiers[:3]]
    return {
        "name": found.legal_name,
        "lines": [*_address(found, hidden), *([] if "identifiers" in hidden else lines)],
    }


def _entity(session: Session, of: Invoice, actor: Actor) -> Counterparty | None:
    if of.counterparty_id is None or not actor.may(counterparty.permission("read")):
        return None
    try:
        found: Counterparty = service.get(session, counterparty, of.counterparty_id, actor=actor)
    except NotFoundError:
        return None
    return found


def _address(of: Counterparty, hidden: frozenset[str]) -> Iterator[str]:
    if "addresses" in hidden:
        return
    ranked = sorted(of.addresses, key=lambda one: one.type is not AddressType.LEGAL)
    yield from (addresses.line(one) for one in ranked[:1])


def _money(amount: Decimal | None, currency: str) -> str:
    return (
        "" if amount is None else format_currency(amount, currency, locale=babel_locale(current_language()))
    )


def _cells(line: InvoiceLine, currency: str, *, discounts: bool) -> list[str]:
    net, _tax = charged(line)
    middle = [format_number(line.discount) if line.discount else ""] if discounts else []
    return [
        line.product, format_number(line.quantity), _money(line.price, currency), *middle,
        format_number(line.tax), _money(net, currency),
    ]  # fmt: skip


def _sums(of: Invoice) -> Pairs:
    """Net, each rate of tax, the whole; and what of it is credited or paid, and what is left."""

    def show(amount: Decimal) -> str:
        return _money(amount, of.currency)

    amount = of.amount or Decimal(0)
    found = [(_("Without tax"), show(amount - of.tax_amount))] if of.tax_amount else []
    found += [(_("Tax %(rate)s %%", rate=format_number(rate)), show(tax)) for rate, tax in _taxes(of.lines)]
    found.append((_("Sum"), show(amount)))
    less = [
        (label, part) for label, part in ((_("Credited"), of.credited), (_("Paid so far"), of.paid)) if part
    ]
    found += [(label, show(-part)) for label, part in less]
    return [*found, *([(_("To pay"), show(of.open_amount))] if less else [])]


def _taxes(lines: Sequence[InvoiceLine]) -> list[tuple[Decimal, Decimal]]:
    rates: dict[Decimal, Decimal] = {}
    for line in lines:
        if line.tax:
            rates[line.tax] = rates.get(line.tax, Decimal(0)) + charged(line)[1]
    return sorted(rates.items())
