"""A person as a vCard of version 3.0, which phones and mail programs read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from vinculo.db.base import now
from vinculo.people.models import ContactPoint, ContactType, Person, PersonAddressType, PersonRole, Purpose
from vinculo.records.countries import country_name
from vinculo.records.kind import Names, RecordKind
from vinculo.records.vcards import line

_TYPES: Final = {
    Purpose.WORK: ("WORK",),
    Purpose.MOBILE: ("CELL",),
    Purpose.PRIVATE: ("HOME",),
    Purpose.FAX: ("FAX",),
}
_PLACES: Final = {PersonAddressType.HOME: ("HOME",), PersonAddressType.WORK: ("WORK",)}


def vcard(person: Person, seen: RecordKind, names: Names) -> str:
    """What a reader sees of a person; ``names`` are those of the companies that they see."""
    shown = {field.name for field in seen.fields} | {collection.name for collection in seen.collections}
    lines = ["BEGIN:VCARD\r\n", "VERSION:3.0\r\n", *_head(person)]
    if "roles" in shown:
        lines += _role(person.roles, names)
    if "contact_points" in shown:
        lines += map(_point, person.contact_points)
    if "addresses" in shown:
        lines += [
            line("ADR", "", "", a.street, a.city, a.region, a.postal_code, _country(a.country),
                 types=_PLACES.get(a.type, ()))
            for a in person.addresses
        ]  # fmt: skip
    if "birthday" in shown and person.birthday:
        lines.append(line("BDAY", person.birthday.isoformat()))
    if "note" in shown and person.note:
        lines.append(line("NOTE", person.note))
    return "".join([*lines, "END:VCARD\r\n"])


def _head(person: Person) -> Iterator[str]:
    given, _space, family = person.name.rpartition(" ")
    yield line("N", family, given, "", "", "")
    yield line("FN", person.name)
    if person.external_id:
        yield line("UID", person.external_id)


def _role(roles: Sequence[PersonRole], names: Names) -> Iterator[str]:
    """The company of a role of today, and the title there."""
    today = now().date()
    for role in roles:
        if (role.valid_from or date.min) <= today <= (role.valid_to or date.max):
            company = names.get("client", {}).get(role.client_id or 0, "")
            company = company or names.get("counterparty", {}).get(role.counterparty_id or 0, "")
            if company:
                yield line("ORG", company)
            if role.title:
                yield line("TITLE", role.title)
            return


def _point(point: ContactPoint) -> str:
    types = _TYPES.get(point.purpose, ()) if point.purpose else ()
    if point.type is ContactType.EMAIL:
        return line("EMAIL", point.value, types=("INTERNET", *types))
    if point.type is ContactType.PHONE:
        return line("TEL", point.value, types=types)
    return line("IMPP", point.value)


def _country(code: str) -> str:
    return country_name(code, "en") if code else ""
