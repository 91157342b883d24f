"""How tables of each bank account are read: said once, and kept with the account."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from litestar.datastructures import UploadFile
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.company.rates import base_currency
from vinculo.errors import FieldError, InvalidError, InvalidFileError
from vinculo.i18n import gettext as _
from vinculo.records import import_uploads
from vinculo.web.site import Site
from vinculo_organization.models import Account
from vinculo_payments import booking
from vinculo_payments.models import Statement, TableLayout
from vinculo_payments.statements import tables
from vinculo_payments.statements.tables import Columns, Sample


def of(session: Session, account_id: int) -> Columns | None:
    """What was said of the tables of an account."""
    kept = _kept(session, account_id)
    return None if kept is None else _columns(kept)


def fitting(session: Session, header: Sequence[str]) -> tuple[int, Columns] | None:
    """The only account whose tables have such columns, and what they are."""
    rows = session.scalars(sa.select(TableLayout).order_by(TableLayout.account_id))
    found = [(one.account_id, said) for one in rows if (said := _columns(one)).fits(header)]
    return found[0] if len(found) == 1 else None


def receive(site: Site, sent: UploadFile | None) -> tuple[Path, Sample] | None:
    """Keep a file that is a table, and what it looks like; None for what is none, which is for others."""
    try:
        path = import_uploads.store(site, sent)
    except InvalidFileError:
        return None
    shown = tables.sample(path)
    if shown is None:
        path.unlink()
        return None
    return path, shown


def accounts(session: Session) -> Sequence[Account]:
    """Our bank accounts by name."""
    return session.scalars(sa.select(Account).where(Account.active).order_by(Account.name_key)).all()


def book(
    session: Session, path: Path, name: str, account_id: int | None, columns: Columns, *, actor: Actor
) -> Statement:
    """Book what is new in a table, and keep how it was read.

    Raises ``InvalidError`` without an account, and ``InvalidFileError``; then nothing is written.
    """
    account = session.get(Account, account_id) if account_id is not None else None
    if account is None:
        fault = FieldError("account_id", _("Say of which of your bank accounts this table is."), "required")
        raise InvalidError([fault])
    currency = account.currency or base_currency(session)
    read = tables.read(path, columns, account=account.number, currency=currency)
    _keep(session, account.id, columns)
    return booking.keep(session, tables.FORMAT, [(account, read)], name, actor=actor)


def _columns(kept: TableLayout) -> Columns:
    return Columns(kept.titles, kept.outward, kept.month_first)


def _kept(session: Session, account_id: int) -> TableLayout | None:
    return session.scalar(sa.select(TableLayout).where(TableLayout.account_id == account_id))


def _keep(session: Session, account_id: int, columns: Columns) -> None:
    session.scalar(sa.select(Account.id).where(Account.id == account_id).with_for_update(key_share=True))
    kept = _kept(session, account_id)
    if kept is None:
        kept = TableLayout(account_id=account_id)
        session.add(kept)
    kept.titles, kept.outward, kept.month_first = dict(columns.titles), columns.outward, columns.month_first
    session.flush()
