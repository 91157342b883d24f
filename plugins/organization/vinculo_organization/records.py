"""Own companies, outlets, bank accounts and cash desks as kinds of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.company.calendar_models import WorkingCalendar
from vinculo.company.calendar_records import working_calendar
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Group
from vinculo.records import service as records
from vinculo.records.fields import (
    AmountField,
    CountryField,
    CurrencyField,
    DateField,
    Field,
    LinkField,
    TextField,
    YesNoField,
)
from vinculo.records.kind import RecordKind
from vinculo.records.reading import RowValues, Values
from vinculo.web.views import Badge
from vinculo_organization import service
from vinculo_organization.models import Account, CashDesk, Company, Outlet

DOMAIN: Final = "organization"
_NAME: Final = partial(
    TextField, name="name", label=_l("Name"), required=True, max_length=200, key="name_key", searchable=True
)
ACTIVE: Final = YesNoField(
    name="active", label=_l("In use"), default=True, help=_l("What is not in use stays, and is not offered.")
)
COMPANY: Final = LinkField(
    name="company_id", label=_l("Own company"), kind="own_company", required=True, aliases=("company",)
)
PLACE: Final[Sequence[Field]] = (
    TextField(name="street", label=_l("Street"), max_length=300),
    TextField(name="postal_code", label=_l("Postal code"), max_length=20),
    TextField(name="city", label=_l("City"), max_length=100, searchable=True),
    TextField(name="region", label=_l("Region"), max_length=100),
    CountryField(name="country", label=_l("Country")),
)
OPENING: Final[Sequence[Field]] = (
    AmountField(name="opening_balance", label=_l("Opening balance"), default=Decimal("0.00")),
    DateField(name="opened_on", label=_l("Balance of")),
)


def badges(record: Any) -> Sequence[Badge]:
    """That it is the default one, that it is out of use."""
    found = [Badge(_("Default"), "brand", "is_default")] if getattr(record, "is_default", False) else []
    return found if record.active else [*found, Badge(_("Not in use"), field="active")]


def keep_one_default(session: Session, company: Company, changes: Mapping[str, Any], actor: Actor) -> None:
    """The company that was the default one is so no more."""
    if "is_default" not in changes or not company.is_default:
        return
    others = sa.select(Company).where(Company.is_default, Company.id != company.id)
    for other in session.scalars(others.with_for_update()).all():
        records.update(session, own_company, other, Values({"is_default": False}), actor=actor)


def lend_calendar(session: Session, outlet: Outlet, changes: Mapping[str, Any], actor: Actor) -> None:
    """The department that works in an outlet works by its calendar, if it had none."""
    if not changes.keys() & {"calendar_id", "department_id"} or not (
        outlet.calendar_id and outlet.department_id
    ):
        return
    if service.calendar_of(session, outlet.department_id) is None:
        calendar = session.get_one(WorkingCalendar, outlet.calendar_id, with_for_update=True)
        row = RowValues({"department_id": outlet.department_id})
        values = Values(additions={"departments": [row]})
        records.update(session, working_calendar, calendar, values, actor=actor)


own_company = RecordKind(
    name="own_company",
    plural="companies",
    domain=DOMAIN,
    model=Company,
    label=_l("Own company"),
    label_plural=_l("Own companies"),
    new_label=_l("Add own company"),
    icon="building",
    title="name",
    fields=(
        _NAME(help=_l("As you call it.")),
        TextField(name="legal_name", label=_l("Legal name"), max_length=300, searchable=True),
        *PLACE,
        TextField(
            name="tax_id", label=_l("Tax number"), max_length=60, searchable=True, aliases=("cnpj", "inn")
        ),
        TextField(name="vat_id", label=_l("VAT number"), max_length=60),
        TextField(name="registration_number", label=_l("Registration number"), max_length=60),
        CurrencyField(name="currency", label=_l("Currency"), help=_l("Empty: that of the settings.")),
        TextField(
            name="number_prefix",
            label=_l("Prefix of numbers"),
            max_length=20,
            help=_l("What numbers of its documents begin with."),
        ),
        YesNoField(
            name="is_default", label=_l("Default"), help=_l("Documents are of it where nobody says another.")
        ),
        ACTIVE,
    ),
    columns=("name", "legal_name", "tax_id", "country", "currency", "is_default"),
    rules=service.check_company,
    written=keep_one_default,
    badges=badges,
    keys=("name_key",),
    menu=Group.FOOT,
    weight=19,
    administrative=True,
    scoped=False,
    summary=_l(
        "Your own legal entities. Begin with the one whose name the settings hold; it is the default."
    ),
)

outlet = RecordKind(
    name="outlet",
    plural="outlets",
    domain=DOMAIN,
    model=Outlet,
    label=_l("Outlet"),
    label_plural=_l("Outlets"),
    new_label=_l("Add outlet"),
    icon="map-pin",
    title="name",
    fields=(
        _NAME(),
        COMPANY,
        LinkField(
            name="department_id",
            label=_l("Department"),
            kind="department",
            help=_l("Whose users work there."),
        ),
        LinkField(
            name="calendar_id",
            label=_l("Working time"),
            kind="working_calendar",
            help=_l("When it is open; whoever works there works by it, too, unless they have their own."),
        ),
        TextField(name="phone", label=_l("Phone"), max_length=60),
        *PLACE,
        ACTIVE,
    ),
    columns=("name", "company_id", "department_id", "city", "phone"),
    rules=service.check_outlet,
    written=lend_calendar,
    badges=badges,
    keys=("name_key",),
    menu=Group.FOOT,
    weight=19,
    administrative=True,
    scoped=False,
    summary=_l("Places where your companies sell or serve: shops, branches, warehouses."),
)

account = RecordKind(
    name="own_account",
    plural="bank_accounts",
    domain=DOMAIN,
    model=Account,
    label=_l("Bank account"),
    label_plural=_l("Bank accounts"),
    new_label=_l("Add a bank account"),
    icon="currency-dollar",
    title="name",
    fields=(
        _NAME(),
        COMPANY,
        TextField(
            name="number",
            label=_l("Account number or IBAN"),
            required=True,
            max_length=60,
            searchable=True,
            aliases=("iban",),
        ),
        TextField(name="bank_name", label=_l("Bank")),
        TextField(name="bank_code", label=_l("BIC or bank code"), max_length=30, aliases=("bic", "swift")),
        CurrencyField(name="currency", label=_l("Currency"), help=_l("Empty: that of its company.")),
        *OPENING,
        ACTIVE,
    ),
    columns=("name", "company_id", "number", "bank_name", "currency"),
    rules=service.check_account,
    badges=badges,
    keys=("name_key",),
    menu=Group.MONEY,
    weight=80,
    administrative=True,
    scoped=False,
    summary=_l("The accounts of your companies at banks, each in one currency."),
)

desk = RecordKind(
    name="cash_desk",
    plural="cash_desks",
    domain=DOMAIN,
    model=CashDesk,
    label=_l("Cash desk"),
    label_plural=_l("Cash desks"),
    new_label=_l("Add cash desk"),
    icon="inbox",
    title="name",
    fields=(
        _NAME(),
        COMPANY,
        LinkField(name="outlet_id", label=_l("Outlet"), kind="outlet"),
        CurrencyField(name="currency", label=_l("Currency"), help=_l("Empty: that of its company.")),
        *OPENING,
        ACTIVE,
    ),
    columns=("name", "company_id", "outlet_id", "currency"),
    rules=service.check_desk,
    badges=badges,
    keys=("name_key",),
    menu=Group.MONEY,
    weight=81,
    administrative=True,
    scoped=False,
    summary=_l("Where your companies and outlets keep cash, each in one currency."),
)
