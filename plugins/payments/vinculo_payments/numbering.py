"""Numbers of documents: one after the other within an own company and a year, none left out, none twice."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.company import charging
from vinculo_organization.models import Company
from vinculo_payments.models import Counter

INVOICE: Final = ""
CREDIT: Final = "C"


def give(session: Session, document: Any, kind: str, year: int) -> None:
    """Give a document of ``company_id`` the next number of a year: ``2026-00042`` after the company's prefix.

    The row of the counter stays locked until the transaction ends, and one that fails gives the number back.
    """
    document.series = f"{kind}{document.company_id or 0}/{year}"
    document.serial = charging.count(session, Counter, document.series)
    prefix = sa.select(Company.number_prefix).where(Company.id == document.company_id)
    document.number = f"{session.scalar(prefix) or ''}{kind}{year}-{document.serial:05d}"
