"""Fields that a company adds to kinds of records: their definitions, and the kinds made with them.

An app is built with the kinds as they are then; a change makes every process build another
(``vinculo.app.following``), as a switch of plugins does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import Customised, now
from vinculo.db.custom import PREFIX
from vinculo.errors import ConflictError, FieldError, InvalidError, NotFoundError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.records.fields import (
    AmountField,
    ChoiceField,
    DateField,
    Field,
    TextField,
    UrlField,
    YesNoField,
)
from vinculo.records.kind import RecordKind
from vinculo.records.models import CustomField, CustomType
from vinculo.records.text import fold

CUSTOMISE: Final = "records.customise"
MOST: Final = 100  # of a kind, deleted ones included
MOST_OPTIONS: Final = 200
LONG: Final = 10_000
_NAME: Final = re.compile(r"x_[a-z0-9_]{1,40}", re.ASCII)
Kinds = Mapping[str, RecordKind]


@dataclass(frozen=True, slots=True)
class Wish:
    """A field as it is asked for. ``name`` "" makes one of the label; kind, name and type stay for good."""

    kind: str
    label: str
    type: str
    name: str = ""
    options: Sequence[str] = ()
    required: bool = False
    help: str = ""


class _Text(TextField):
    def dump(self, value: Any) -> Any:
        return value or ""  # a record without a value holds none, not even an empty one


class _Url(UrlField):
    def dump(self, value: Any) -> Any:
        return value or ""


class _YesNo(YesNoField):
    def dump(self, value: Any) -> Any:
        return bool(value)


def signature(session: Session) -> Hashable:
    """Changes with every definition."""
    found = session.execute(sa.select(CustomField.id, CustomField.version).order_by(CustomField.id))
    return tuple(tuple(row) for row in found)


def every(session: Session, kind: str = "") -> Sequence[CustomField]:
    """All definitions, or those of a kind, in their order; deleted ones, too."""
    query = sa.select(CustomField).order_by(CustomField.kind, CustomField.position, CustomField.id)
    return session.scalars(query.where(CustomField.kind == kind) if kind else query).all()


def customisable(kinds: Kinds) -> Sequence[RecordKind]:
    """The kinds to which fields can be added."""
    return [kind for kind in kinds.values() if kind.exposed and issubclass(kind.model, Customised)]


def extended(kinds: Kinds, rows: Sequence[CustomField]) -> Mapping[str, RecordKind]:
    """The kinds with their custom fields; only those that have any."""
    found: dict[str, list[Field]] = {}
    for row in rows:
        if row.deleted_at is None:
            found.setdefault(row.kind, []).append(_field(row))
    able = {kind.name: kind for kind in customisable(kinds)}
    return {
        name: replace(able[name], fields=(*able[name].fields, *fields))
        for name, fields in found.items()
        if name in able
    }


def _field(row: CustomField) -> Field:
    shared: dict[str, Any] = {
        "name": row.name,
        "label": row.label,
        "required": row.required and row.type is not CustomType.YES_NO,
        "help": row.help,
    }
    match row.type:
        case CustomType.TEXT:
            return _Text(**shared, searchable=True)
        case CustomType.LONG_TEXT:
            return _Text(**shared, multiline=True, max_length=LONG)
        case CustomType.URL:
            return _Url(**shared)
        case CustomType.CHOICE:
            title = f"{row.kind}_{row.name}".title().replace("_", "")  # names a schema of the API
            members = {f"option_{number}": option for number, option in enumerate(row.options)}
            made_of: Any = StrEnum  # a type checker takes no name that is computed
            return ChoiceField(
                **shared, enum=made_of(title, members), labels={option: option for option in row.options}
            )
        case plain:
            made: Mapping[CustomType, Callable[..., Field]] = {
                CustomType.NUMBER: AmountField,
                CustomType.DATE: DateField,
                CustomType.YES_NO: _YesNo,
            }
            return made[plain](**shared)


def get(session: Session, field_id: int) -> CustomField:
    """One definition. Raises ``NotFoundError``."""
    row = session.get(CustomField, field_id) if field_id < 2**63 else None
    if row is None:
        raise NotFoundError(_("There is no custom field %(id)s.", id=field_id))
    return row


def filled(session: Session, kinds: Kinds, row: CustomField) -> int:
    """How many records hold a value of a field, whoever may see them; 0 where the kind's plugin is off."""
    kind = kinds.get(row.kind)
    if kind is None:
        return 0
    held = kind.table.c.custom[row.name].as_string()
    return session.scalar(sa.select(sa.func.count()).select_from(kind.table).where(held.is_not(None))) or 0


def add(session: Session, kinds: Kinds, wish: Wish, *, actor: Actor) -> CustomField:
    """Define a field. Raises ``InvalidError`` and ``ConflictError``."""
    wish = _clean(wish)
    errors = _faults(wish)
    if wish.kind not in {kind.name for kind in customisable(kinds)}:
        text = _("No fields can be added to “%(kind)s”.", kind=wish.kind[:60])
        errors.append(FieldError("kind", text, "unknown_kind"))
    if wish.type not in [*CustomType]:
        types = ", ".join(CustomType)
        text = _("“%(value)s” is no type of field; use one of: %(types)s.", value=wish.type[:40], types=types)
        errors.append(FieldError("type", text, "unknown_type"))
    if wish.name and not _NAME.fullmatch(wish.name):
        text = _("The name begins with x_ and has at most 40 small letters, digits and underscores after it.")
        errors.append(FieldError("name", text, "bad_name"))
    if errors:
        raise InvalidError(errors)
    present = every(session, wish.kind)
    if len(present) >= MOST:
        raise ConflictError(_("A kind has at most %(most)s custom fields.", most=MOST), code="too_many")
    _check_new(kinds[wish.kind], present, wish)
    taken = {row.name for row in present}
    values = asdict(wish) | {
        "name": wish.name or _free_name(wish.label, taken),
        "type": CustomType(wish.type),
    }
    row = CustomField(**values, position=len(present))
    session.add(row)
    session.flush()
    _log(session, row, "created", {name: [None, value] for name, value in _told(row).items()}, actor)
    return row


def change(session: Session, row: CustomField, wish: Wish, *, actor: Actor) -> None:
    """Give a field another label, help, options or make it required; old records stay valid until edited.

    Options can be added, not taken away: records may hold them. Raises ``InvalidError``.
    """
    wish = replace(_clean(wish), kind=row.kind, name=row.name, type=row.type.value)
    errors = _faults(wish)
    if missing := [option for option in row.options if option not in wish.options]:
        text = _("Records may hold %(options)s; options can be added, not taken away.", options=missing[0])
        errors.append(FieldError("options", text, "option_in_use"))
    if errors:
        raise InvalidError(errors)
    before = _told(row)
    row.label, row.help, row.required, row.options = wish.label, wish.help, wish.required, [*wish.options]
    changes = {name: [before[name], value] for name, value in _told(row).items() if value != before[name]}
    if changes:
        row.version += 1
        _log(session, row, "changed", changes, actor)


def remove(session: Session, row: CustomField, *, actor: Actor) -> None:
    """Take a field away. Its values stay beside the records and come back with ``restore``."""
    if row.deleted_at is None:
        row.deleted_at = now()
        row.version += 1
        _log(session, row, "deleted", None, actor)


def restore(session: Session, row: CustomField, *, actor: Actor) -> None:
    """Bring a deleted field back, with its values."""
    if row.deleted_at is not None:
        row.deleted_at = None
        row.version += 1
        _log(session, row, "restored", None, actor)


def move(session: Session, row: CustomField, *, actor: Actor) -> None:
    """Put a field one place up among those of its kind that are not deleted; the first one stays."""
    rows = [one for one in every(session, row.kind) if one.deleted_at is None or one is row]
    place = rows.index(row)
    if place:
        rows[place - 1 : place + 1] = [row, rows[place - 1]]
        for number, one in enumerate(rows):
            one.position = number
        row.version += 1
        _log(session, row, "changed", {"position": [place, place - 1]}, actor)


def _clean(wish: Wish) -> Wish:
    options = [" ".join(option.split()) for option in wish.options]
    options = list(dict.fromkeys(option for option in options if option))
    label, text = " ".join(wish.label.split()), wish.help.strip()
    return replace(
        wish,
        label=label,
        help=text,
        name=wish.name.strip(),
        options=options if wish.type == CustomType.CHOICE or not wish.type else [],
    )


def _faults(wish: Wish) -> list[FieldError]:
    errors = []
    if not wish.label:
        errors.append(FieldError("label", _("Give the field a label."), "required"))
    for name, text, most in (("label", wish.label, 100), ("help", wish.help, 500)):
        if len(text) > most:
            fault = _("It has %(n)s characters; shorten it to %(max)s.", n=len(text), max=most)
            errors.append(FieldError(name, fault, "too_long"))
        if not _is_text(text):
            errors.append(FieldError(name, _("It holds characters that are no text; type it anew.")))
    if wish.type == CustomType.CHOICE:
        if not 1 <= len(wish.options) <= MOST_OPTIONS:
            text = _("A choice has from 1 to %(most)s options; write one a line.", most=MOST_OPTIONS)
            errors.append(FieldError("options", text, "options"))
        if any(len(option) > 100 or not _is_text(option) or "," in option for option in wish.options):
            text = _("An option has at most 100 characters and no comma.")
            errors.append(FieldError("options", text, "options"))
    return errors


def _is_text(text: str) -> bool:
    return "\x00" not in text and not any(0xD800 <= ord(char) <= 0xDFFF for char in text)


def _check_new(kind: RecordKind, present: Sequence[CustomField], wish: Wish) -> None:
    """A second field of the same label would leave imports and people guessing."""
    labels = {fold(str(field.label)) for field in kind.fields}
    labels |= {fold(row.label) for row in present if row.deleted_at is None}
    if fold(wish.label) in labels:
        text = _("There is a field “%(label)s” already; choose another label.", label=wish.label)
        raise InvalidError([FieldError("label", text, "label_taken")])
    if wish.name in {row.name for row in present}:
        text = _("The name %(name)s is taken, perhaps by a deleted field; choose another.", name=wish.name)
        raise InvalidError([FieldError("name", text, "name_taken")])


def _free_name(label: str, taken: set[str]) -> str:
    """A name made of the label; with a number where that is taken, or has no Latin letters."""
    words = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:30] or "field"
    names = (f"{PREFIX}{words}{f'_{number}' if number else ''}" for number in range(MOST + 1))
    return next(name for name in names if name not in taken)


def _told(row: CustomField) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("kind", "name", "label", "options", "required", "help")}
    return told | {"type": row.type.value}


def _log(
    session: Session, row: CustomField, action: str, changes: Mapping[str, Any] | None, actor: Actor
) -> None:
    log.write(
        session,
        actor=actor,
        action=action,
        kind="custom_field",
        record_id=row.id,
        title=row.label,
        changes=changes,
        version=None,
    )
