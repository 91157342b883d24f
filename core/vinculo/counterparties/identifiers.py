"""Identifiers and accounts, checked by the rules of the country that gave them (python-stdnum)."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any, Final

from babel.numbers import is_currency
from stdnum import get_cc_module, iban, lei
from stdnum.exceptions import ValidationError

from vinculo.counterparties.models import BankAccount, Identifier, Scheme
from vinculo.errors import FieldError
from vinculo.i18n import current_language
from vinculo.i18n import gettext as _
from vinculo.records.countries import country_name
from vinculo.records.text import digits

# stdnum's own names differ by country; these are what people there call “the tax number”.
_TAX_MODULES: Final = {
    "AR": ("cuit",), "AU": ("abn",), "BR": ("cnpj", "cpf"), "CH": ("uid",), "CL": ("rut",), "CN": ("uscc",),
    "CO": ("nit",), "DE": ("vat", "stnr", "idnr"), "ES": ("nif", "cif"), "FR": ("siren", "siret", "tva"),
    "GB": ("vat", "utr"), "IN": ("gstin", "pan"), "IT": ("iva", "codicefiscale"), "JP": ("cn",),
    "MX": ("rfc",), "PL": ("nip",), "PT": ("nif",), "RU": ("inn",), "UA": ("edrpou", "rntrc"),
    "US": ("ein", "tin"),
}  # fmt: skip
_NO_NUMBER: Final = frozenset({"BR"})  # where a number of equal digits passes the checksum


def check_identifiers(rows: list[Identifier], country: str) -> Iterator[FieldError]:
    """Put each into its standard form, or say what is wrong with it."""
    for index, row in enumerate(rows):
        row.country = row.country or country
        try:
            row.value = _standard(row)
        except ValueError as fault:
            yield FieldError(f"identifiers[{index}].value", str(fault), "invalid_identifier")
        row.key = compact(row.value)


def check_accounts(rows: list[BankAccount]) -> Iterator[FieldError]:
    """IBANs must be right; other numbers are kept as they are."""
    for index, row in enumerate(rows):
        row.key = compact(row.number)
        row.currency = row.currency.upper()
        if row.currency and not is_currency(row.currency):
            text = _("“%(value)s” is not the code of a currency; write e.g. EUR.", value=row.currency[:3])
            yield FieldError(f"bank_accounts[{index}].currency", text)
        if row.key[:2].isalpha() and row.key[2:4].isdigit():
            try:
                row.number = iban.format(iban.validate(row.key))
            except ValidationError:
                text = _("“%(value)s” is not a valid IBAN: check each character.", value=row.number)
                yield FieldError(f"bank_accounts[{index}].number", text, "invalid_iban")


def compact(value: str) -> str:
    """Only letters and digits, in capitals."""
    return "".join(char for char in value.upper() if char.isalnum())[:300]


def _standard(row: Identifier) -> str:
    if row.scheme is Scheme.LEI:
        return _checked([lei], row, _("LEI"))
    if row.scheme is Scheme.VAT and row.country:
        found = get_cc_module(row.country.lower(), "vat")
        return _checked([found] if found else [], row, _("VAT number"))
    if row.scheme is Scheme.TAX and row.country:
        return _checked(list(_tax_modules(row.country)), row, _("tax number"))
    return row.value


def _tax_modules(country: str) -> Iterator[Any]:
    names = _TAX_MODULES.get(country)
    if names is None:
        found = get_cc_module(country.lower(), "vat")
        return iter([found] if found else [])
    return (importlib.import_module(f"stdnum.{_folder(country)}.{name}") for name in names)


def _folder(country: str) -> str:
    return {"GB": "gb", "IN": "in_", "ES": "es"}.get(country, country.lower())


def _checked(modules: list[Any], row: Identifier, what: str) -> str:
    """The first module that accepts it words it; without a module nothing can be checked."""
    if not modules:
        return row.value
    for module in modules:
        try:
            number: str = module.validate(row.value)
        except ValidationError:
            continue
        if row.country in _NO_NUMBER and len(set(digits(number))) == 1:
            continue
        return module.format(number) if hasattr(module, "format") else number
    place = country_name(row.country, current_language()) if row.country else ""
    raise ValueError(
        _(
            "“%(value)s” is not a valid %(what)s of %(place)s: check each digit,"
            " or choose another type or country.",
            value=row.value,
            what=what,
            place=place,
        )
        if row.scheme is not Scheme.LEI
        else _("“%(value)s” is not a valid LEI: it has 20 characters and check digits.", value=row.value)
    )
