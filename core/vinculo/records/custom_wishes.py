"""A custom field as it is asked for, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from babel.numbers import is_currency

from vinculo.db.custom import PREFIX
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import formulas, visible
from vinculo.records.custom_fields import CHOICES, INDEXED, LINKS, RESULTS, UNIQUE, Kinds, made
from vinculo.records.custom_models import CustomField, CustomType
from vinculo.records.kind import RecordKind
from vinculo.records.text import fold

MOST: Final = 100  # of a kind, deleted ones included
MOST_OPTIONS: Final = 200
NAME: Final = re.compile(r"x_[a-z0-9_]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wish:
    """A field as it is asked for. ``name`` "" makes one of the label; kind, name and type stay for good.

    ``initial`` is what new records get, as one would type it. ``shown_when`` is {"field": name, "values":
    […]}: it counts only where that other field has one of the values. ``result`` is the type of a formula's.
    """

    kind: str
    label: str
    type: str
    name: str = ""
    options: Sequence[str] = ()
    required: bool = False
    help: str = ""
    initial: str = ""
    unique: bool = False
    indexed: bool = False
    shown_when: Mapping[str, Any] | None = None
    formula: str = ""
    result: str = ""


def clean(wish: Wish) -> Wish:
    """The same without needless space, and without what its type does not have."""
    options = [" ".join(option.split()) for option in wish.options]
    options = list(dict.fromkeys(option for option in options if option))
    label, text = " ".join(wish.label.split()), wish.help.strip()
    return replace(
        wish,
        label=label,
        help=text,
        name=wish.name.strip(),
        initial=wish.initial.strip(),
        formula=wish.formula.strip(),
        result=(wish.result or CustomType.NUMBER) if wish.type == CustomType.FORMULA else "",
        options=_options(wish, options),
    )


def _options(wish: Wish, options: list[str]) -> list[str]:
    if wish.type == CustomType.MONEY:
        return [option.upper() for option in options]
    return options if wish.type in CHOICES or not wish.type else []


def faults(wish: Wish) -> list[FieldError]:
    """What is wrong with a field, whatever kind it is for."""
    errors = []
    if not wish.label:
        errors.append(FieldError("label", _("Give the field a label."), "required"))
    for name, text, most in (
        ("label", wish.label, 100),
        ("help", wish.help, 500),
        ("initial", wish.initial, 500),
    ):
        if len(text) > most:
            fault = _("It has %(n)s characters; shorten it to %(max)s.", n=len(text), max=most)
            errors.append(FieldError(name, fault, "too_long"))
        if not _is_text(text):
            errors.append(FieldError(name, _("It holds characters that are no text; type it anew.")))
    errors += _faults_of_options(wish)
    if wish.unique and (wish.type not in UNIQUE or wish.initial):
        text = _("Only texts, numbers, dates, web addresses and links without a default can be unique.")
        errors.append(FieldError("unique", text))
    if wish.indexed and wish.type not in INDEXED:
        text = _(
            "Only single values can be made fast to find: texts, numbers, amounts, days, times, choices."
        )
        errors.append(FieldError("indexed", text))
    if wish.type == CustomType.FORMULA and wish.result not in RESULTS:
        text = _("The result is one of: %(types)s.", types=", ".join(RESULTS))
        errors.append(FieldError("result", text))
    if wish.type == CustomType.FORMULA and wish.initial:
        errors.append(FieldError("initial", _("What is computed has no default; leave it empty.")))
    if wish.type in LINKS and wish.initial:
        errors.append(FieldError("initial", _("A link to a record has no default; leave it empty.")))
    return errors


def _faults_of_options(wish: Wish) -> list[FieldError]:
    errors = []
    if wish.type == CustomType.MONEY:
        unknown = [option for option in wish.options if not is_currency(option)]
        if unknown or not wish.options:
            value = unknown[0][:10] if unknown else ""
            text = _("“%(value)s” is not the code of a currency; write e.g. EUR.", value=value)
            errors.append(FieldError("options", text, "options"))
    if wish.type in CHOICES:
        if not 1 <= len(wish.options) <= MOST_OPTIONS:
            text = _("A choice has from 1 to %(most)s options; write one a line.", most=MOST_OPTIONS)
            errors.append(FieldError("options", text, "options"))
        if any(len(option) > 100 or not _is_text(option) or "," in option for option in wish.options):
            text = _("An option has at most 100 characters and no comma.")
            errors.append(FieldError("options", text, "options"))
    return errors


def _is_text(text: str) -> bool:
    return "\x00" not in text and not any(0xD800 <= ord(char) <= 0xDFFF for char in text)


def check_new(kind: RecordKind, present: Sequence[CustomField], wish: Wish) -> None:
    """A second field of the same label would leave imports and people guessing."""
    labels = {fold(str(field.label)) for field in kind.fields}
    labels |= {fold(row.label) for row in present if row.deleted_at is None}
    if fold(wish.label) in labels:
        text = _("There is a field “%(label)s” already; choose another label.", label=wish.label)
        raise InvalidError([FieldError("label", text, "label_taken")])
    if wish.name in {row.name for row in present}:
        text = _("The name %(name)s is taken, perhaps by a deleted field; choose another.", name=wish.name)
        raise InvalidError([FieldError("name", text, "name_taken")])


def free_name(label: str, taken: set[str]) -> str:
    """A name made of the label; with a number where that is taken, or has no Latin letters."""
    words = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:30] or "field"
    names = (f"{PREFIX}{words}{f'_{number}' if number else ''}" for number in range(MOST + 1))
    return next(name for name in names if name not in taken)


def check_condition(kinds: Kinds, wish: Wish) -> None:
    """Raise ``InvalidError`` where a field counts by one that there is not, or by values it cannot have."""
    kind, when = kinds.get(wish.kind), wish.shown_when
    if not when or kind is None:
        return
    deciding = {one.name: one for one in visible.deciding(kind) if one.name != wish.name}
    field = deciding.get(when["field"])
    text = ""
    if field is None:
        names = ", ".join(deciding)
        text = _("A field can be shown by choices, and by yes or no: %(names)s.", names=names)
    elif unknown := {*when["values"]} - {option.value for option in visible.choices(field)}:
        text = _("“%(value)s” is no value of %(field)s.", value=min(unknown)[:60], field=field.label)
    elif not when["values"]:
        text = _("Name at least one value of %(field)s.", field=field.label)
    if text:
        raise InvalidError([FieldError("shown_when", text)])


def check_formula(kinds: Kinds, row: CustomField, others: Sequence[CustomField]) -> None:
    """Raise ``InvalidError`` for a formula that cannot be read, names no field, or leads back to itself."""
    if row.type is not CustomType.FORMULA:
        return
    try:
        read = formulas.read(row.formula)
    except ValueError as fault:
        raise InvalidError([FieldError("formula", str(fault))]) from fault
    known = {field.name for field in kinds[row.kind].fields} - {row.name} if row.kind in kinds else read.names
    others = [one for one in others if one.name != row.name and one.deleted_at is None]
    needed = {one.name: formulas.needs(one.formula) for one in others if one.formula}
    round_ = formulas.circle({row.name: read.names} | needed)
    if round_:
        text = _("The formula leads back to itself: %(names)s.", names=" → ".join(round_))
        raise InvalidError([FieldError("formula", text, "circle")])
    if unknown := sorted(read.names - known - {one.name for one in others}):
        text = _("There is no field %(name)s; there are: %(names)s.")
        names = ", ".join(sorted(known))
        raise InvalidError([FieldError("formula", text % {"name": unknown[0], "names": names})])


def check_initial(row: CustomField, kinds: Kinds) -> None:
    """Raise ``InvalidError`` for what the field itself would refuse."""
    try:
        made(row, kinds)
    except ValueError as fault:
        raise InvalidError([FieldError("initial", str(fault))]) from fault
