"""Within how many days what is invoiced is to be paid: the terms that name it most closely."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo_payments.models import Term

DAYS: Final = 14  # where nothing is agreed
LONGEST: Final = 365
NAMES: Final = ("counterparty_id", "client_id", "company_id")  # the closest first


def days(session: Session, of: Any) -> int:
    """The days of an invoice: those of its counterparty, else of its client, else of its own company.

    Of several for the same, as merged clients may leave, those that were written last.
    """
    closest = [getattr(Term, name).is_not(None).desc() for name in NAMES]
    query = sa.select(Term.days).where(*_fitting(of)).order_by(*closest, Term.id.desc())
    found = session.scalar(query.limit(1))
    return DAYS if found is None else found


def _fitting(of: Any) -> Iterator[sa.ColumnElement[bool]]:
    """What the terms name is what the invoice names."""
    for name in NAMES:
        column, value = getattr(Term, name), getattr(of, name)
        yield column.is_(None) if value is None else sa.or_(column.is_(None), column == value)
