"""Counterparties as a kind of record."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.counterparties.identifiers import check_accounts, check_identifiers
from vinculo.counterparties.links import check_links
from vinculo.counterparties.models import (
    Address,
    AddressType,
    BankAccount,
    Counterparty,
    Identifier,
    Link,
    Scheme,
)
from vinculo.errors import InvalidError
from vinculo.i18n import lazy_gettext as _l
from vinculo.people import addresses, contacts
from vinculo.records.fields import ChoiceField, CountryField, DateField, LinkField, TextField
from vinculo.records.kind import Collection, FileColumn, RecordKind, Through
from vinculo.records.likeness import Contacts, Names, Numbers, Places

SCHEMES = {
    Scheme.TAX: _l("Tax number"),
    Scheme.VAT: _l("VAT number"),
    Scheme.REGISTRATION: _l("Registration number"),
    Scheme.LEI: _l("LEI"),
    Scheme.OTHER: _l("Other number"),
}
ADDRESS_TYPES = {
    AddressType.LEGAL: _l("Legal address"),
    AddressType.POSTAL: _l("Postal address"),
    AddressType.DELIVERY: _l("Delivery address"),
}


def check_counterparty(session: Session, counterparty: Counterparty, actor: Actor) -> None:
    """Numbers right, accounts right, one client at a time. Raises ``InvalidError`` with every fault."""
    errors = [
        *check_identifiers(counterparty.identifiers, counterparty.country),
        *check_accounts(counterparty.bank_accounts),
        *check_links(session, counterparty.links, actor),
    ]
    try:
        contacts.check(counterparty.contact_points, country=counterparty.country)
    except InvalidError as fault:
        errors.extend(fault.errors)
    if errors:
        raise InvalidError(errors)


def _identifier_line(row: Identifier) -> str:
    return f"{SCHEMES[row.scheme]}: {row.value}"


def _account_line(row: BankAccount) -> str:
    return " · ".join(part for part in (row.number, row.bank_name, row.bank_code, row.currency) if part)


def _column(key: str, label: Any, field: str, group: str, *aliases: str, **constants: Any) -> FileColumn:
    return FileColumn(key=key, label=label, field=field, group=group, aliases=aliases, constants=constants)


LINKS = Collection(
    name="links",
    label=_l("Clients"),
    add_label=_l("Add a client"),
    model=Link,
    fields=(
        LinkField(name="client_id", label=_l("Client"), kind="client", required=True),
        DateField(name="valid_from", label=_l("From")),
        DateField(name="valid_to", label=_l("To")),
        TextField(name="reason", label=_l("Reason")),
    ),
    file_columns=(
        _column("client", _l("Client"), "client_id", "link", "customer", "account"),
        _column("valid_from", _l("From"), "valid_from", "link", "link from"),
        _column("valid_to", _l("To"), "valid_to", "link", "link to"),
        _column("reason", _l("Reason"), "reason", "link", "link reason"),
    ),
    same=("client_id", "valid_from"),
    shown=False,
    help=_l("A counterparty belongs to one client at a time; when it moves, the old period ends."),
)

IDENTIFIERS = Collection(
    name="identifiers",
    label=_l("Identifiers"),
    add_label=_l("Add an identifier"),
    model=Identifier,
    fields=(
        ChoiceField(
            name="scheme", label=_l("Type"), enum=Scheme, labels=SCHEMES, required=True, default=Scheme.TAX
        ),
        TextField(name="value", label=_l("Number"), required=True, max_length=60, searchable=True),
        CountryField(name="country", label=_l("Country")),
    ),
    file_columns=(
        _column(
            "tax_id",
            _l("Tax number"),
            "value",
            "tax_id",
            "tax number",
            "tin",
            "cnpj",
            "inn",
            scheme=Scheme.TAX,
        ),
        _column("vat_id", _l("VAT number"), "value", "vat_id", "vat number", "vat", scheme=Scheme.VAT),
        _column(
            "registration_number",
            _l("Registration number"),
            "value",
            "registration",
            scheme=Scheme.REGISTRATION,
        ),
        _column("lei", _l("LEI"), "value", "lei", scheme=Scheme.LEI),
    ),
    same=("scheme", "value"),
    line=_identifier_line,
)

ACCOUNTS = Collection(
    name="bank_accounts",
    label=_l("Bank accounts"),
    add_label=_l("Add a bank account"),
    model=BankAccount,
    fields=(
        TextField(
            name="number", label=_l("Account number or IBAN"), required=True, max_length=60, searchable=True
        ),
        TextField(name="bank_name", label=_l("Bank")),
        TextField(name="bank_code", label=_l("BIC or bank code"), max_length=30),
        TextField(name="currency", label=_l("Currency"), max_length=3),
    ),
    file_columns=(
        _column("bank_account", _l("Account number or IBAN"), "number", "bank", "iban", "account number"),
        _column("bank_name", _l("Bank"), "bank_name", "bank"),
        _column("bank_bic", _l("BIC or bank code"), "bank_code", "bank", "bic", "swift"),
    ),
    same=("number",),
    line=_account_line,
)

ADDRESSES = addresses.collection(Address, ADDRESS_TYPES, enum=AddressType, usual=AddressType.LEGAL)

counterparty = RecordKind(
    name="counterparty",
    plural="counterparties",
    domain="counterparties",
    model=Counterparty,
    label=_l("Counterparty"),
    label_plural=_l("Counterparties"),
    new_label=_l("Add counterparty"),
    icon="building",
    title="legal_name",
    fields=(
        TextField(
            name="legal_name",
            label=_l("Legal name"),
            required=True,
            max_length=300,
            key="legal_name_key",
            searchable=True,
            aliases=("name", "company", "company name", "counterparty"),
        ),
        TextField(name="legal_form", label=_l("Legal form"), max_length=60),
        CountryField(name="country", label=_l("Country")),
        TextField(name="note", label=_l("Note"), multiline=True, max_length=10_000),
    ),
    collections=(LINKS, IDENTIFIERS, ACCOUNTS, ADDRESSES, contacts.collection()),
    columns=("legal_name", "legal_form", "country", "changed_at"),
    sort="legal_name",
    rules=check_counterparty,
    through=(Through(Link.counterparty_id, Link.client_id),),
    match=("external_id", "tax_id", "lei"),
    mergeable=True,
    traits=(
        Names(part="legal_name", weight=60, against=20),
        Numbers(part="identifiers", weight=90, against=60),
        Contacts(part="contact_points", weight=50),
        Places(part="addresses", weight=25),
    ),
    weight=20,
    aliases=("legal entity", "legal"),
    named_after="client",
    summary=_l(
        "Counterparties are the legal entities behind your clients: contracts and invoices name them."
    ),
)
