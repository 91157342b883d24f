"""What stands on paper of a company of ours: its name, address and numbers, and where to pay to."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.i18n import gettext as _
from vinculo.people import addresses
from vinculo.plugins.listening import Letterhead
from vinculo_organization import service
from vinculo_organization.models import Account, Company


def of_default(session: Session, currency: str) -> Letterhead | None:
    """That of the company that documents are of where nobody says."""
    company = service.default_company(session)
    return of(session, company, currency) if company is not None else None


def of(session: Session, company: Company, currency: str) -> Letterhead:
    """That of a company; it is paid to its account of that currency, else to one of any currency."""
    known = (
        (_("Tax id"), company.tax_id), (_("VAT id"), company.vat_id),
        (_("Registration number"), company.registration_number),
    )  # fmt: skip
    lines = [addresses.line(company), *(f"{label}: {value}" for label, value in known if value)]
    return Letterhead(
        company.legal_name or company.name, company.country, [*filter(None, lines)],
        _pay(session, company, currency),
    )  # fmt: skip


def _pay(session: Session, company: Company, currency: str) -> list[tuple[str, str]]:
    query = sa.select(Account).where(
        Account.company_id == company.id, Account.active, Account.currency.in_((currency, ""))
    )
    account = session.scalars(query.order_by(Account.currency.desc(), Account.id).limit(1)).first()
    if account is None:
        return []
    pairs = (
        (_("Bank"), account.bank_name), (_("Bank code"), account.bank_code),
        (_("Bank account"), account.number),
    )  # fmt: skip
    return [(label, value) for label, value in pairs if value]
