"""Fields that a company adds to kinds of records: their definitions, and the kinds made with them.

An app is built with the kinds as they are then; a change makes every process build another
(``vinculo.app.following``), as a switch of plugins does.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import Customised, now
from vinculo.db.custom import PREFIX
from vinculo.errors import ConflictError, FieldError, InvalidError, NotFoundError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.records import custom_wishes as wishes
from vinculo.records import unique
from vinculo.records.custom_fields import LINKS, Kinds, made
from vinculo.records.custom_models import CustomField, CustomType
from vinculo.records.custom_wishes import Wish
from vinculo.records.fields import Field
from vinculo.records.kind import RecordKind

CUSTOMISE: Final = "records.customise"


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
        if row.deleted_at is None and row.becoming is None and (row.type not in LINKS or row.type in kinds):
            found.setdefault(row.kind, []).append(made(row, kinds))
    able = {kind.name: kind for kind in customisable(kinds)}
    return {
        name: with_fields(able[name], [*_own(able[name]), *fields])
        for name, fields in found.items()
        if name in able
    }


def with_fields(kind: RecordKind, fields: Sequence[Field]) -> RecordKind:
    """A kind made anew."""
    return replace(kind, fields=_sound(fields))


def _own(kind: RecordKind) -> Sequence[Field]:
    """The fields that a kind has by itself."""
    return [field for field in kind.fields if not field.name.startswith(PREFIX)]


def _sound(fields: Sequence[Field]) -> tuple[Field, ...]:
    """A field counts everywhere while the one that would decide is deleted."""
    names = {field.name for field in fields}
    return tuple(
        replace(field, shown_when=None) if field.shown_when and field.shown_when.field not in names else field
        for field in fields
    )


def require_current(session: Session, kind: RecordKind, names: Collection[str], *, new: bool = False) -> None:
    """Keep values of a type that a field no longer has from being written: the app may be a moment old.

    The definitions stay as they are until the transaction ends. ``new`` records have defaults, too. Raises
    ``ConflictError``.
    """
    written = [one for one in kind.fields if one.name in names or (new and one.default is not None)]
    defined = {one.name: one.defined for one in written if one.defined}
    if not defined:
        return
    query = sa.select(CustomField.name, CustomField.type, CustomField.becoming).where(
        CustomField.kind == kind.name, CustomField.name.in_(defined)
    )
    rows = session.execute(query.with_for_update(read=True, skip_locked=True))
    present = {name: type_.value for name, type_, becoming in rows if becoming is None}
    if changed := [name for name, type_ in defined.items() if present.get(name) != type_]:
        text = _("%(field)s is being changed at this moment; load the page again and repeat.")
        raise ConflictError(text % {"field": kind.field(changed[0]).label}, code="field_changing")


def get(session: Session, field_id: int) -> CustomField:
    """One definition. Raises ``NotFoundError``."""
    row = session.get(CustomField, field_id) if field_id < 2**63 else None
    if row is None:
        raise NotFoundError(_("There is no custom field %(id)s.", id=field_id))
    return row


def named(session: Session, kind: str, name: str) -> CustomField:
    """One definition by its name in the API, deleted or not. Raises ``NotFoundError``."""
    query = sa.select(CustomField).where(CustomField.kind == kind, CustomField.name == name)
    row = session.scalar(query)
    if row is None:
        text = _("There is no custom field %(name)s of %(kind)s.", name=name[:60], kind=kind[:60])
        raise NotFoundError(text)
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
    wish = wishes.clean(wish)
    errors = wishes.faults(wish)
    if wish.kind not in {kind.name for kind in customisable(kinds)}:
        text = _("No fields can be added to “%(kind)s”.", kind=wish.kind[:60])
        errors.append(FieldError("kind", text, "unknown_kind"))
    if wish.type not in [*CustomType]:
        types = ", ".join(CustomType)
        text = _("“%(value)s” is no type of field; use one of: %(types)s.", value=wish.type[:40], types=types)
        errors.append(FieldError("type", text, "unknown_type"))
    if wish.name and not wishes.NAME.fullmatch(wish.name):
        text = _("The name begins with x_ and has at most 40 small letters, digits and underscores after it.")
        errors.append(FieldError("name", text, "bad_name"))
    if errors:
        raise InvalidError(errors)
    present = every(session, wish.kind)
    if len(present) >= wishes.MOST:
        raise ConflictError(
            _("A kind has at most %(most)s custom fields.", most=wishes.MOST), code="too_many"
        )
    wishes.check_new(kinds[wish.kind], present, wish)
    wishes.check_condition(kinds, wish)
    taken = {row.name for row in present}
    values = asdict(wish) | {
        "name": wish.name or wishes.free_name(wish.label, taken),
        "type": CustomType(wish.type),
    }
    row = CustomField(**values, position=len(present))
    wishes.check_initial(row, kinds)
    wishes.check_formula(kinds, row, every(session, row.kind))
    session.add(row)
    session.flush()
    note(session, row, "created", {name: [None, value] for name, value in _told(row).items()}, actor)
    return row


def change(session: Session, kinds: Kinds, row: CustomField, wish: Wish, *, actor: Actor) -> None:
    """Give a field another label, help, options or make it required; old records stay valid until edited.

    Options can be added, not taken away: records may hold them. Raises ``InvalidError``.
    """
    wish = replace(wishes.clean(wish), kind=row.kind, name=row.name, type=row.type.value)
    errors = wishes.faults(wish)
    if missing := [option for option in row.options if option not in wish.options]:
        text = _("Records may hold %(options)s; options can be added, not taken away.", options=missing[0])
        errors.append(FieldError("options", text, "option_in_use"))
    if errors:
        raise InvalidError(errors)
    wishes.check_condition(kinds, wish)
    before = _told(row)
    for name in (
        "label",
        "help",
        "required",
        "initial",
        "unique",
        "indexed",
        "shown_when",
        "formula",
        "result",
    ):
        setattr(row, name, getattr(wish, name))
    row.options = [*wish.options]
    wishes.check_initial(row, kinds)
    wishes.check_formula(kinds, row, every(session, row.kind))
    if row.unique != before["unique"] and row.kind in kinds:
        _share(session, kinds, row)
    changes = {name: [before[name], value] for name, value in _told(row).items() if value != before[name]}
    if changes:
        row.version += 1
        note(session, row, "changed", changes, actor)


def _share(session: Session, kinds: Kinds, row: CustomField) -> None:
    """Let no two records have the same value from now on, or let them again."""
    if row.unique:
        unique.build(session, kinds[row.kind], made(row, kinds))
    else:
        unique.forget(session, row.kind, row.name)


def remove(session: Session, row: CustomField, *, actor: Actor) -> None:
    """Take a field away. Its values stay beside the records and come back with ``restore``."""
    if row.deleted_at is None:
        row.deleted_at = now()
        row.version += 1
        note(session, row, "deleted", None, actor)


def restore(session: Session, kinds: Kinds, row: CustomField, *, actor: Actor) -> None:
    """Bring a deleted field back, with its values. Raises ``InvalidError`` where unique ones are shared."""
    if row.deleted_at is not None:
        row.deleted_at = None
        if row.unique and row.kind in kinds:
            _share(session, kinds, row)
        row.version += 1
        note(session, row, "restored", None, actor)


def move(session: Session, row: CustomField, *, actor: Actor) -> None:
    """Put a field one place up among those of its kind that are not deleted; the first one stays."""
    rows = [one for one in every(session, row.kind) if one.deleted_at is None or one is row]
    place = rows.index(row)
    if place:
        rows[place - 1 : place + 1] = [row, rows[place - 1]]
        for number, one in enumerate(rows):
            one.position = number
        row.version += 1
        note(session, row, "changed", {"position": [place, place - 1]}, actor)


def _told(row: CustomField) -> dict[str, Any]:
    names = (
        "kind",
        "name",
        "label",
        "options",
        "required",
        "help",
        "initial",
        "unique",
        "indexed",
        "shown_when",
        "formula",
        "result",
    )
    return {name: getattr(row, name) for name in names} | {"type": row.type.value}


def note(
    session: Session, row: CustomField, action: str, changes: Mapping[str, Any] | None, actor: Actor
) -> None:
    """Write down what was done to a definition."""
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
