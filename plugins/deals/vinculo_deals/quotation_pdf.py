"""A quotation as a PDF, in its own language."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from babel.numbers import format_currency
from sqlalchemy.orm import Session

from vinculo import printing
from vinculo.accounts.models import User
from vinculo.actor import Actor
from vinculo.clients.models import Client
from vinculo.company import letterhead
from vinculo.company.models import CompanyLogo
from vinculo.counterparties.models import AddressType, Counterparty
from vinculo.counterparties.records import SCHEMES, counterparty
from vinculo.errors import NotFoundError
from vinculo.files import store
from vinculo.files.models import StoredFile
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
from vinculo.records import access, service
from vinculo.settings import CompanySettings
from vinculo_deals import quotations
from vinculo_deals.models import Quotation, QuotationLine

TEMPLATE: Final = Path(__file__).parent / "templates" / "deals" / "quotation.typ"
LETTER: Final = frozenset(("US", "CA", "MX", "CL", "CO", "PH"))  # where paper is no A4


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF and what its file is called."""

    name: str
    content: bytes


def made(session: Session, company: CompanySettings, of: Quotation, *, actor: Actor) -> Printed:
    """Print a quotation as the actor knows the legal entity that it names."""
    with use_locale(of.language, str(current_time_zone())):
        data = _data(session, company, of, actor)
        name = store.safe_name(f"{data['title']}.pdf".replace("/", "-"))
    return Printed(name, printing.pdf(TEMPLATE, data))


def stored(session: Session, folder: Path, of: Quotation) -> Printed | None:
    """What was sent, if its file is still there."""
    found = session.get(StoredFile, of.file_id) if of.file_id else None
    path = folder / store.FOLDER / found.path if found is not None and found.path else None
    return Printed(found.name, path.read_bytes()) if found and path and path.is_file() else None


def money(amount: Decimal, currency: str) -> str:
    """An amount as people of the current language write it, with its currency."""
    return format_currency(amount, currency, locale=babel_locale(current_language()))


def _data(session: Session, company: CompanySettings, of: Quotation, actor: Actor) -> dict[str, Any]:
    discounts = any(line.discount for line in of.lines)
    found = quotations.totals(of.lines, of.currency)
    sums = [(_("Sum"), money(found.total, of.currency))]
    if found.tax:
        rates = [
            (_("Tax %(rate)s %%", rate=format_number(rate)), money(tax, of.currency))
            for rate, tax in found.tax.items()
        ]
        sums = [(_("Without tax"), money(found.net, of.currency)), *rates, *sums]
    heads = [
        "",
        _("Product"),
        _("Quantity"),
        _("Price"),
        *([_("Discount, %")] if discounts else []),
        _("Amount"),
    ]
    seller = letterhead.of(session, company, of.currency)
    return {
        "lang": of.language.partition("_")[0],
        "paper": "us-letter" if (seller.country or company.country) in LETTER else "a4",
        "title": _("Quotation %(number)s", number=of.number),
        "seller": {"name": seller.name, "lines": seller.lines},
        "pay_label": _("Pay to"),
        "pay": seller.pay,
        "logo": _logo(session, company.logo),
        "buyer": _buyer(session, of, actor),
        "facts": [*_facts(session, of)],
        "columns": heads,
        "lines": [[str(at), *_cells(line, of.currency, discounts=discounts)]
                  for at, line in enumerate(of.lines, start=1)],
        "sums": sums,
        "terms": of.terms.splitlines(),
        "note": "" if found.tax else _("Prices are without tax."),
    }  # fmt: skip


def _cells(line: QuotationLine, currency: str, *, discounts: bool) -> Iterator[str]:
    yield line.product
    yield " ".join(filter(None, (format_number(line.quantity), line.unit)))
    yield "" if line.price is None else format_number(line.price)
    if discounts:
        yield format_number(line.discount) if line.discount else ""
    yield "" if line.price is None else money(quotations.amount_of(line, currency), currency)


def _facts(session: Session, of: Quotation) -> Iterator[tuple[str, str]]:
    yield _("Quoted on"), format_date(of.issued_on)
    if of.valid_until is not None:
        yield _("Valid until"), format_date(of.valid_until)
    user = session.get(User, of.responsible_id) if of.responsible_id else None
    if user is not None:
        yield _("Your contact"), user.name


def _buyer(session: Session, of: Quotation, actor: Actor) -> dict[str, Any]:
    """The legal entity as far as the actor sees it, else the client by its name."""
    entity: Counterparty | None = None
    if of.counterparty_id is not None and actor.may(counterparty.permission("read")):
        try:
            entity = service.get(session, counterparty, of.counterparty_id, actor=actor)
        except NotFoundError:
            entity = None
    if entity is None:
        client = session.get(Client, of.client_id) if of.client_id else None
        return {"name": client.name if client else "", "lines": []}
    hidden = access.hidden(counterparty, actor)
    lines: list[str] = []
    if "addresses" not in hidden and (place := _address(entity)):
        lines.append(place)
    if "identifiers" not in hidden:
        lines += [f"{SCHEMES[one.scheme]}: {one.value}" for one in entity.identifiers[:2]]
    return {"name": entity.legal_name, "lines": lines}


def _address(entity: Counterparty) -> str:
    legal: Sequence[Any] = [one for one in entity.addresses if one.type is AddressType.LEGAL]
    found = next(iter(legal or entity.addresses), None)
    return addresses.line(found) if found is not None else ""


def _logo(session: Session, key: str) -> list[int] | None:
    content = session.scalar(sa.select(CompanyLogo.content).where(CompanyLogo.key == key)) if key else None
    return list(content) if content else None


def stream(printed: Printed) -> io.BytesIO:
    """The content as a file that is read."""
    return io.BytesIO(printed.content)
