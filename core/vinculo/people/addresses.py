"""Postal addresses: those of people, and what those of counterparties have in common with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from vinculo.i18n import current_language
from vinculo.i18n import lazy_gettext as _l
from vinculo.people.models import PersonAddress, PersonAddressType
from vinculo.records.countries import country_name
from vinculo.records.fields import ChoiceField, CountryField, TextField
from vinculo.records.kind import Collection, FileColumn, Text

TYPES: Final = {
    PersonAddressType.HOME: _l("Home address"),
    PersonAddressType.WORK: _l("Work address"),
    PersonAddressType.POSTAL: _l("Postal address"),
}


def collection(
    model: type[Any], types: Mapping[Any, Text], *, enum: type[StrEnum], usual: StrEnum
) -> Collection:
    """The addresses of a kind whose model has them as ``addresses``; ``usual`` is the type of a new one."""
    return Collection(
        name="addresses",
        label=_l("Addresses"),
        add_label=_l("Add an address"),
        model=model,
        fields=(
            ChoiceField(name="type", label=_l("Type"), enum=enum, labels=types, required=True, default=usual),
            TextField(name="street", label=_l("Street"), max_length=300, searchable=True),
            TextField(name="postal_code", label=_l("Postal code"), max_length=20),
            TextField(name="city", label=_l("City"), max_length=100, searchable=True),
            TextField(name="region", label=_l("Region"), max_length=100),
            CountryField(name="country", label=_l("Country")),
        ),
        file_columns=(
            _column(
                "street",
                _l("Street"),
                "address",
                "legal address",
                "street address",
                "address line 1",
                "address 1",
            ),
            _column("postal_code", _l("Postal code"), "zip", "zip code", "post code"),
            _column("city", _l("City"), "town", "suburb"),
            _column("region", _l("Region"), "state", "province"),
        ),
        same=("type", "street", "postal_code", "city"),
        line=line,
    )


def of_people() -> Collection:
    """The addresses of people."""
    found = collection(PersonAddress, TYPES, enum=PersonAddressType, usual=PersonAddressType.HOME)
    more = (
        FileColumn(key="address_type", label=_l("Type of address"), field="type", group="address",
                   aliases=("address type",)),
        _column("country", _l("Country")),
    )  # fmt: skip
    return replace(found, file_columns=(*found.file_columns, *more))


def line(address: Any) -> str:
    """An address on one line: street, then place."""
    place = " ".join(part for part in (address.postal_code, address.city) if part)
    country = country_name(address.country, current_language()) if address.country else ""
    return ", ".join(part for part in (address.street, place, address.region, country) if part)


def _column(key: str, label: Any, *aliases: str) -> FileColumn:
    return FileColumn(key=key, label=label, field=key, group="address", aliases=aliases)
