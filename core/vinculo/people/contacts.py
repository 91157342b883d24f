"""Contact points: checked, put into one form, and made comparable."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.people.models import ContactPoint, ContactType, Purpose
from vinculo.records.fields import ChoiceField, TextField
from vinculo.records.kind import Collection, FileColumn
from vinculo.records.revealing import masked
from vinculo.records.text import digits, fold
from vinculo.web.views import Line

MIN_DIGITS, MAX_DIGITS = 3, 15
LONGEST_EMAIL, LONGEST_MAILBOX = 200, 64
_PLAIN = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*")

TYPES = {
    ContactType.PHONE: _l("Phone"),
    ContactType.EMAIL: _l("E-mail"),
    ContactType.MESSENGER: _l("Messenger"),
}
PURPOSES = {
    Purpose.WORK: _l("Work"),
    Purpose.MOBILE: _l("Mobile"),
    Purpose.PRIVATE: _l("Private"),
    Purpose.BILLING: _l("Billing"),
    Purpose.FAX: _l("Fax"),
}


def collection() -> Collection:
    """The contact points of a kind whose model has them as ``contact_points``."""
    return Collection(
        name="contact_points",
        label=_l("Contact points"),
        add_label=_l("Add a contact point"),
        model=ContactPoint,
        fields=(
            ChoiceField(
                name="type", label=_l("Type"), enum=ContactType, labels=TYPES, required=True,
                default=ContactType.PHONE,
            ),
            TextField(
                name="value", label=_l("Number or address"), required=True, max_length=254, searchable=True
            ),
            ChoiceField(name="purpose", label=_l("Purpose"), enum=Purpose, labels=PURPOSES),
        ),
        file_columns=(
            _column("phone", _l("Phone"), ContactType.PHONE, aliases=("telephone", "tel", "phone number")),
            _column("mobile", _l("Mobile"), ContactType.PHONE, Purpose.MOBILE, aliases=("cell",)),
            _column("fax", _l("Fax"), ContactType.PHONE, Purpose.FAX),
            _column("email", _l("E-mail"), ContactType.EMAIL, aliases=("mail", "email address", "e-mail")),
        ),
        same=("type", "value"),
        line=line,
        mask=mask,
    )  # fmt: skip


def of_people() -> Collection:
    """Those of people, whose files tell what is for work from what is private."""
    found = collection()
    more = (
        _column("work_phone", _l("Work phone"), ContactType.PHONE, Purpose.WORK, aliases=("business phone",)),
        _column(
            "private_phone", _l("Private phone"), ContactType.PHONE, Purpose.PRIVATE, aliases=("home phone",)
        ),
        _column("work_email", _l("Work e-mail"), ContactType.EMAIL, Purpose.WORK),
        _column("private_email", _l("Private e-mail"), ContactType.EMAIL, Purpose.PRIVATE),
    )
    return replace(found, file_columns=(*found.file_columns, *more))


def _column(
    key: str, label: Any, kind: ContactType, purpose: Purpose | None = None, *, aliases: tuple[str, ...] = ()
) -> FileColumn:
    constants: dict[str, Any] = {"type": kind}
    if purpose is not None:
        constants["purpose"] = purpose
    return FileColumn(key=key, label=label, field="value", group=key, constants=constants, aliases=aliases)


def check(points: list[ContactPoint], *, country: str) -> None:
    """Put every point into its standard form. Raises ``InvalidError`` naming each that has none.

    ``country`` (ISO alpha-2, may be empty) is where numbers without a country code are.
    """
    errors = []
    for index, point in enumerate(points):
        try:
            point.value, point.key = _standard(point, country)
        except ValueError as fault:
            errors.append(FieldError(f"contact_points[{index}].value", str(fault)))
    if errors:
        raise InvalidError(errors)


def _standard(point: ContactPoint, country: str) -> tuple[str, str]:
    if point.type is ContactType.PHONE:
        return phone(point.value, country)
    if point.type is ContactType.EMAIL:
        return email(point.value)
    return point.value, fold(point.value)


@functools.lru_cache(4096)  # a row of a file is asked for its keys first, then for its record
def phone(text: str, country: str) -> tuple[str, str]:
    """(E.164, E.164) of a valid number; otherwise the number as it was typed and its digits.

    Short and foreign numbers exist that no table knows, so they are kept. Raises ``ValueError`` for
    what cannot be a number at all.
    """
    count = len(digits(text))
    if not MIN_DIGITS <= count <= MAX_DIGITS + 5 or sum(map(str.isalpha, text)) > 4:
        raise ValueError(_("“%(value)s” is not a phone number; write e.g. +55 11 98765-4321.", value=text))
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return text, digits(text)
    if not phonenumbers.is_valid_number(number):
        return text, digits(text)
    standard = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return standard, standard


def email(text: str) -> tuple[str, str]:
    """The address in its normal form, and folded. Raises ``ValueError``; no name server is asked.

    A plain one at a domain that was seen before, which most of a file are, needs no more than a pattern.
    """
    name, _at, host = text.rpartition("@")
    plain = len(text) <= LONGEST_EMAIL and len(name) <= LONGEST_MAILBOX and _PLAIN.fullmatch(name)
    if plain and (domain := _domain(host)):
        return f"{name}@{domain}", f"{name}@{fold(domain)}"
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(
            _("“%(value)s” is not an e-mail address; write e.g. ana@example.com.", value=text)
        ) from error
    return found.normalized, fold(found.normalized)


@functools.lru_cache(4096)
def _domain(text: str) -> str:
    """A domain in its normal form; "" for what is none, or is not told from the name alone."""
    try:
        found = validate_email(f"a@{text}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return ""
    return found.domain if found.normalized == f"a@{found.domain}" else ""


ICONS = {ContactType.PHONE: "phone", ContactType.EMAIL: "mail", ContactType.MESSENGER: "message"}


def line(point: ContactPoint) -> Line:
    """A contact point as people use it: a number to read and to call, an address to write to."""
    text, url = point.value, ""
    if point.type is ContactType.PHONE:
        text, url = international(point.value), f"tel:{point.key}"
    elif point.type is ContactType.EMAIL:
        url = f"mailto:{point.value}"
    hint = str(PURPOSES[point.purpose]) if point.purpose else ""
    return Line(text, hint, ICONS[point.type], str(TYPES[point.type]), url)


def mask(point: ContactPoint) -> Line:
    """A contact point of which one can tell only what it is: “+55 ••• ••34”."""
    text = masked(point.value)
    if point.type is ContactType.PHONE and point.value.startswith("+"):
        text = f"{international(point.value).split(' ')[0]} {text}"
    hint = str(PURPOSES[point.purpose]) if point.purpose else ""
    return Line(text, hint, ICONS[point.type], str(TYPES[point.type]))


def international(text: str) -> str:
    """An E.164 number in groups, as it is written in its country; anything else as it is."""
    if not text.startswith("+"):
        return text
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
