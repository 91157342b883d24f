"""The rules of own companies and of what they have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session
from stdnum import bic
from stdnum.exceptions import ValidationError

from vinculo.actor import Actor
from vinculo.company.calendar_models import CalendarDepartment, WorkingCalendar
from vinculo.company.rates import base_currency
from vinculo.counterparties.identifiers import check_accounts, check_identifiers
from vinculo.counterparties.models import BankAccount, Identifier, Scheme
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo_organization.models import Account, CashDesk, Company, Outlet

_BIC: Final = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
_NUMBERS: Final = {"tax_id": Scheme.TAX, "vat_id": Scheme.VAT, "registration_number": Scheme.REGISTRATION}


def default_company(session: Session) -> Company | None:
    """The company that documents are of where nobody says: the one marked so, else the oldest in use."""
    query = sa.select(Company).where(Company.active).order_by(Company.is_default.desc(), Company.id)
    return session.scalars(query.limit(1)).first()


def check_company(session: Session, company: Company, actor: Actor) -> None:
    """A name of its own, and numbers as its country has them; the first company is the default one."""
    company.currency = company.currency or base_currency(session)
    _refuse([*_faults_of_name(session, company), *_faults_of_numbers(company)])
    if not session.scalar(sa.select(sa.exists().where(Company.id != (company.id or 0)))):
        company.is_default = True


def check_outlet(session: Session, outlet: Outlet, actor: Actor) -> None:
    """A name of its own, and no other calendar than its department works by."""
    _refuse([*_faults_of_name(session, outlet), *_faults_of_calendar(session, outlet)])


def check_account(session: Session, account: Account, actor: Actor) -> None:
    """A name of its own, a number that is right where its form can be known, and a currency."""
    account.currency = account.currency or _currency_of(session, account.company_id)
    _refuse([*_faults_of_name(session, account), *_faults_of_account(account)])


def check_desk(session: Session, desk: CashDesk, actor: Actor) -> None:
    """A name of its own, a currency, and an outlet of the same company."""
    desk.currency = desk.currency or _currency_of(session, desk.company_id)
    _refuse([*_faults_of_name(session, desk), *_faults_of_outlet(session, desk)])


def calendar_of(session: Session, department_id: int) -> WorkingCalendar | None:
    """The working time that names a department, whatever those above it have."""
    query = sa.select(WorkingCalendar).join(
        CalendarDepartment, CalendarDepartment.calendar_id == WorkingCalendar.id
    )
    return session.scalars(query.where(CalendarDepartment.department_id == department_id)).first()


def _refuse(faults: Iterable[FieldError]) -> None:
    if errors := [*faults]:
        raise InvalidError(errors)


def _currency_of(session: Session, company_id: int) -> str:
    found = session.scalar(sa.select(Company.currency).where(Company.id == company_id))
    return found or base_currency(session)


def _faults_of_name(session: Session, record: Any) -> Iterator[FieldError]:
    model = type(record)
    same = sa.exists().where(model.name_key == record.name_key, model.id != (record.id or 0))
    if session.scalar(sa.select(same)):
        text = _("“%(name)s” is there already; choose another name, or change that one.", name=record.name)
        yield FieldError("name", text, "duplicate")


def _faults_of_numbers(company: Company) -> Iterator[FieldError]:
    """As those of counterparties are checked, each put into its standard form."""
    for name, scheme in _NUMBERS.items():
        if written := getattr(company, name):
            row = Identifier(scheme=scheme, value=written, country=company.country)
            yield from (replace(fault, field=name) for fault in check_identifiers([row], company.country))
            setattr(company, name, row.value)


def _faults_of_account(account: Account) -> Iterator[FieldError]:
    row = BankAccount(number=account.number, currency=account.currency)
    yield from (replace(fault, field=fault.field.rpartition(".")[2]) for fault in check_accounts([row]))
    account.number = row.number
    code = account.bank_code.replace(" ", "").upper()
    if not _BIC.fullmatch(code):
        return  # a code of another form, as banks of some countries have
    try:
        account.bank_code = bic.validate(code)
    except ValidationError:
        text = _("“%(value)s” is not a valid BIC: check each character.", value=account.bank_code)
        yield FieldError("bank_code", text, "invalid_bic")


def _faults_of_calendar(session: Session, outlet: Outlet) -> Iterator[FieldError]:
    if not (outlet.calendar_id and outlet.department_id):
        return
    with session.no_autoflush:
        held = calendar_of(session, outlet.department_id)
    if held is not None and held.id != outlet.calendar_id:
        text = _(
            "Its department works by “%(name)s”; choose that one, or take the department out of it first."
        )
        yield FieldError("calendar_id", text % {"name": held.name}, "other_calendar")


def _faults_of_outlet(session: Session, desk: CashDesk) -> Iterator[FieldError]:
    if desk.outlet_id is None:
        return
    found = session.execute(
        sa.select(Outlet.name, Outlet.company_id).where(Outlet.id == desk.outlet_id)
    ).first()
    if found is not None and found.company_id != desk.company_id:
        text = _("“%(outlet)s” is of another company; choose an outlet of this one.", outlet=found.name)
        yield FieldError("outlet_id", text, "other_company")
