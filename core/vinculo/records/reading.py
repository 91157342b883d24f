"""From what arrives (JSON, a form, a row of a file) to checked values, all faults listed at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import access
from vinculo.records.fields import Field, LinkField
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.text import sort_key

Kinds = Mapping[str, RecordKind]
MAX_ROWS = 500


class UnknownNameError(ValueError):
    """No record of ``kind`` is called ``name``."""

    def __init__(self, message: str, *, kind: str, name: str) -> None:
        super().__init__(message)
        self.kind, self.name = kind, name


@dataclass(slots=True)
class RowValues:
    """A row of a collection: ``id`` of the row to change, None for a new one."""

    values: dict[str, Any]
    id: int | None = None


@dataclass(slots=True)
class Values:
    """What is to be set on a record: only what was given.

    ``collections`` replace the rows that there are, ``additions`` join them unless they are there already.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    collections: dict[str, list[RowValues]] = field(default_factory=dict)
    additions: dict[str, list[RowValues]] = field(default_factory=dict)
    external_id: str | None = None
    has_external_id: bool = False
    version: int | None = None


class Reader:
    """Reads values for one session; remembers which links it has looked up.

    A link may only name what the actor sees, or what ``kept`` holds as (kind, id): the links that the
    record has already.
    """

    def __init__(
        self,
        session: Session,
        kinds: Kinds,
        *,
        actor: Actor,
        kept: AbstractSet[tuple[str, int]] = frozenset(),
    ) -> None:
        self.session = session
        self.kinds = kinds
        self.actor = actor
        self.kept = kept
        self._ids: dict[tuple[str, int], bool] = {}
        self._names: dict[tuple[str, str], int] = {}

    def json(self, kind: RecordKind, payload: Any, *, new: bool) -> Values:
        """Read a JSON object. Raises ``InvalidError`` with every fault.

        ``ForbiddenError`` for what the actor may only read; what they do not see is unknown.
        """
        if not isinstance(payload, dict):
            raise InvalidError([FieldError("", _("Send a JSON object."), "type")])
        errors: list[FieldError] = []
        values = Values()
        kind = (access.new_by if new else access.seen_by)(kind, self.actor)
        asked = payload.keys() - access.hidden(kind, self.actor)
        access.require_writable(kind, asked, self.actor, new=new)
        writable = {f.name: f for f in kind.writable()}
        collections = {c.name: c for c in kind.editable()}
        for key, raw in payload.items():
            if key in writable:
                self._json_field(writable[key], raw, key, values.fields, errors)
            elif key in collections:
                values.collections[key] = self._json_rows(collections[key], raw, errors)
            elif key == "external_id":
                _external_id(raw, values, errors)
            elif key == "version":
                _version(raw, values, errors)
            else:
                errors.append(_unknown(kind, key))
        if new:
            errors.extend(missing(kind, values.fields, {error.field for error in errors}))
        if errors:
            raise InvalidError(errors)
        return values

    def json_object(self, fields: Sequence[Field], payload: Any) -> dict[str, Any]:
        """Read a JSON object that is no record. Raises ``InvalidError`` with every fault."""
        if not isinstance(payload, dict):
            raise InvalidError([FieldError("", _("Send a JSON object."), "type")])
        known = {f.name: f for f in fields}
        values = {f.name: f.empty for f in fields if not f.required}
        errors = [
            FieldError(f.name, _("%(field)s is required.", field=f.label), "required")
            for f in fields
            if f.required and f.name not in payload
        ]
        for key, raw in payload.items():
            if key in known:
                self._json_field(known[key], raw, key, values, errors)
            else:
                text = _("There is no field %(name)s here.", name=key[:100])
                errors.append(FieldError(key, text, "unknown_field"))
        if errors:
            raise InvalidError(errors)
        return values

    def _json_field(
        self, field: Field, raw: Any, path: str, into: dict[str, Any], errors: list[FieldError]
    ) -> None:
        if raw is None:
            if field.required or not field.nullable:
                errors.append(
                    FieldError(path, _("%(field)s cannot be null; leave it out.", field=field.label), "type")
                )
            into[field.name] = field.empty
            return
        self.guarded(field, path, lambda: field.read(raw), into, errors)
        if isinstance(field, LinkField) and isinstance(into.get(field.name), int):
            self.check_link(field, into[field.name], path, errors)

    def _json_rows(self, collection: Collection, raw: Any, errors: list[FieldError]) -> list[RowValues]:
        name = collection.name
        if not isinstance(raw, list) or len(raw) > MAX_ROWS:
            errors.append(
                FieldError(
                    name, _("Send %(field)s as a list of at most %(max)s.", field=name, max=MAX_ROWS), "type"
                )
            )
            return []
        rows = []
        known = {f.name: f for f in collection.fields if not f.read_only}
        for index, item in enumerate(raw):
            path = f"{name}[{index}]"
            if not isinstance(item, dict):
                errors.append(FieldError(path, _("Send a JSON object."), "type"))
                continue
            row = RowValues({})
            for key, value in item.items():
                if key in known:
                    self._json_field(known[key], value, f"{path}.{key}", row.values, errors)
                elif key == "id":
                    row.id = _row_id(value, f"{path}.id", errors)
                else:
                    errors.append(
                        FieldError(
                            f"{path}.{key}", _("There is no field %(name)s here.", name=key), "unknown_field"
                        )
                    )
            if row.id is None:
                errors.extend(missing_row(collection, row.values, path, {e.field for e in errors}))
            rows.append(row)
        return rows

    def guarded(
        self,
        field: Field,
        path: str,
        convert: Callable[[], Any],
        into: dict[str, Any],
        errors: list[FieldError],
    ) -> None:
        """Store a converted value, or the fault with the field's label in front."""
        try:
            value = convert()
        except (ValueError, TypeError) as fault:
            errors.append(FieldError(path, f"{field.label}: {fault}"))
            return
        if field.required and value in (None, "", ()):
            errors.append(FieldError(path, _("%(field)s is required.", field=field.label), "required"))
        into[field.name] = value

    def check_link(self, field: LinkField, record_id: int, path: str, errors: list[FieldError]) -> None:
        """Note a fault unless there is such a record."""
        key = (field.kind, record_id)
        if key not in self._ids:
            kind = self.kinds[field.kind]
            known = access.within(sa.select(kind.table.c.id), kind, self.actor, few=True)
            found = self.session.scalar(known.where(kind.table.c.id == record_id))
            self._ids[key] = found is not None or key in self.kept
        if not self._ids[key]:
            errors.append(
                FieldError(
                    path,
                    _(
                        "%(field)s: there is no %(kind)s %(id)s.",
                        field=field.label,
                        kind=self.kinds[field.kind].label,
                        id=record_id,
                    ),
                    "no_such_record",
                )
            )

    def named(self, field: LinkField, text: str) -> int | None:
        """The id of the record that a file or a form calls ``text``: by external id, else by name.

        Raises ``ValueError`` if there is none, or more than one of that name.
        """
        clean = text.strip()
        if not clean:
            return None
        if "\x00" in clean:
            raise ValueError(_("It holds characters that are no text; type it anew."))
        key = (field.kind, clean)
        if key not in self._names:
            self._names[key] = self._look_up(self.kinds[field.kind], clean)
        return self._names[key]

    def _look_up(self, kind: RecordKind, text: str) -> int:
        ids = access.within(sa.select(kind.table.c.id), kind, self.actor, few=True)
        for attribute in ("external_id", *kind.keys):
            wanted = text if attribute == "external_id" else sort_key(text)
            found_by = self.session.scalar(ids.where(kind.column(attribute) == wanted))
            if found_by is not None:
                return int(found_by)
        title = kind.title_field
        if title is None or not title.key:
            titled = kind.column(kind.title) == text
        else:
            titled = kind.column(title.key) == sort_key(text)
        found = self.session.scalars(ids.where(titled).limit(2)).all()
        if len(found) == 1:
            return int(found[0])
        if found:
            raise ValueError(
                _(
                    "there are several %(kind)s called “%(name)s”; use an external id.",
                    kind=kind.label_plural,
                    name=text,
                )
            )
        fault = _(
            "there is no %(kind)s called “%(name)s”; create it first or correct the name.",
            kind=kind.label,
            name=text,
        )
        raise UnknownNameError(fault, kind=kind.name, name=text)


def links_of(kind: RecordKind, record: Any) -> AbstractSet[tuple[str, int]]:
    """What a record and its rows point to, as (kind, id)."""
    rows: list[tuple[Sequence[Field], Any]] = [(kind.fields, record)]
    rows += [(c.fields, row) for c in kind.collections for row in getattr(record, c.name)]
    found = (
        (f.kind, getattr(row, f.name)) for fields, row in rows for f in fields if isinstance(f, LinkField)
    )
    return {(name, record_id) for name, record_id in found if record_id is not None}


def missing(kind: RecordKind, values: Mapping[str, Any], faulty: set[str]) -> list[FieldError]:
    """Required fields of a new record that were not given."""
    return [
        FieldError(f.name, _("%(field)s is required.", field=f.label), "required")
        for f in kind.writable()
        if f.required and f.default is None and f.name not in values and f.name not in faulty
    ]


def missing_row(
    collection: Collection, values: Mapping[str, Any], path: str, faulty: set[str]
) -> list[FieldError]:
    """Required fields of a new row that were not given."""
    return [
        FieldError(f"{path}.{f.name}", _("%(field)s is required.", field=f.label), "required")
        for f in collection.fields
        if f.required
        and f.default is None
        and not f.read_only
        and f.name not in values
        and f"{path}.{f.name}" not in faulty
    ]


def _unknown(kind: RecordKind, key: str) -> FieldError:
    names = ", ".join([f.name for f in kind.writable()] + [c.name for c in kind.editable()])
    return FieldError(
        key,
        _("%(kind)s has no field %(name)s; it has: %(names)s.", kind=kind.label, name=key[:100], names=names),
        "unknown_field",
    )


def _external_id(raw: Any, values: Values, errors: list[FieldError]) -> None:
    values.has_external_id = True
    if raw is None:
        return
    if not isinstance(raw, str) or not 1 <= len(raw.strip()) <= 100 or "\x00" in raw:
        errors.append(FieldError("external_id", _("external_id is a string of 1 to 100 characters.")))
        return
    values.external_id = raw.strip()


def _version(raw: Any, values: Values, errors: list[FieldError]) -> None:
    if isinstance(raw, bool) or not isinstance(raw, int):
        errors.append(FieldError("version", _("version is the whole number you were given."), "type"))
        return
    values.version = raw


def _row_id(raw: Any, path: str, errors: list[FieldError]) -> int | None:
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw < 2**63:
        errors.append(FieldError(path, _("Write the id of a row, a whole number from 1 up."), "type"))
        return None
    return raw
