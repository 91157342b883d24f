"""Which column of a file is what: the targets of a kind, guesses by header, and checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import LANGUAGES, use_locale
from vinculo.i18n import gettext as _
from vinculo.records.fields import Field, LinkField, TextField
from vinculo.records.kind import Collection, FileColumn, RecordKind, Text
from vinculo.records.query import STANDARD
from vinculo.records.text import fold

EXTERNAL_ID: Final = "external_id"
_KEY_HEADERS: Final = ("id", "key", "code", "external id", "external key", "record id")


@dataclass(frozen=True, slots=True)
class Target:
    """What a column may fill: a field of the record, or one of the rows of a collection."""

    name: str
    label: Text
    field: Field
    collection: Collection | None = None
    column: FileColumn | None = None

    @property
    def group(self) -> tuple[str, str]:
        """Which row of which collection: targets that share it fill one row."""
        assert self.collection is not None
        assert self.column is not None
        return self.collection.name, self.column.group or self.column.key


@dataclass(frozen=True, slots=True)
class Bound:
    """A target and where in a row its text stands."""

    index: int
    target: Target


def targets(kind: RecordKind, *, written: bool = True) -> dict[str, Target]:
    """All targets of a kind by name; unless something is written, also what can only be read."""
    found = {EXTERNAL_ID: Target(EXTERNAL_ID, _("External id"), STANDARD[0])}
    for field in kind.writable() if written else kind.fields:
        found[field.name] = Target(field.name, field.label, field)
    for collection in kind.editable() if written else kind.collections:
        for column in collection.file_columns:
            field = collection.field(column.field)
            found[column.key] = Target(column.key, column.label, field, collection, column)
    return found


def match_targets(kind: RecordKind) -> dict[str, Target]:
    """The targets by which a record may be recognised, those that the kind prefers first."""
    known = targets(kind)
    wanted = [*kind.match, EXTERNAL_ID, kind.title]
    wanted += [name for name, target in known.items() if _recognises(target)]
    return {name: known[name] for name in dict.fromkeys(wanted) if name in known}


def _recognises(target: Target) -> bool:
    """Whether the column fills what rows of its collection are told apart and found by: their ``key``."""
    if target.collection is None or target.column is None:
        return False
    return target.column.field in target.collection.same and hasattr(target.collection.model, "key")


def guess(kind: RecordKind, header: Sequence[str]) -> dict[str, str]:
    """A target for each header that looks like one; each target at most once.

    Names count before labels, labels in any of our languages before aliases. A first column called
    “…ID” that is nothing else is the key by which the other system knows the record.
    """
    known = targets(kind)
    plain = {title: _plain(title) for title in header}
    mapping: dict[str, str] = {}
    for names in _names_by_rank(kind, known):
        taken = set(mapping.values())
        for title in header:
            target = names.get(plain[title])
            if title not in mapping and target and target not in taken:
                mapping[title] = target
                taken.add(target)
    first = header[0] if header else ""
    if first not in mapping and EXTERNAL_ID not in mapping.values() and _is_key(plain.get(first, "")):
        mapping[first] = EXTERNAL_ID
    return {title: mapping[title] for title in header if title in mapping}


def _is_key(plain: str) -> bool:
    return plain.endswith(("id", "code", "key"))


def _names_by_rank(kind: RecordKind, known: Mapping[str, Target]) -> Iterator[dict[str, str]]:
    yield _index((name, [name, *_short_names(target)]) for name, target in known.items())
    yield _index((name, _labels(target)) for name, target in known.items())
    yield _index((name, _aliases(kind, target)) for name, target in known.items())


def _index(names: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    index: dict[str, str] = {}
    for target, texts in names:
        for text in texts:
            if plain := _plain(text):
                index.setdefault(plain, target)
    return index


def _short_names(target: Target) -> list[str]:
    return [target.field.relation] if isinstance(target.field, LinkField) and not target.column else []


def _labels(target: Target) -> list[str]:
    labels = []
    for language in LANGUAGES:
        with use_locale(language):
            labels.append(str(target.label))
    return labels


def _aliases(kind: RecordKind, target: Target) -> Sequence[str]:
    if target.name == EXTERNAL_ID:
        return (*_KEY_HEADERS, f"{kind.name} id", f"{kind.name} code")
    return target.column.aliases if target.column else target.field.aliases


def _plain(text: str) -> str:
    """Letters and digits only, folded: “CompanyName” and “company name” are one."""
    return "".join(char for char in fold(text) if char.isalnum())


def check(kind: RecordKind, header: Sequence[str], mapping: Mapping[str, str], match: Sequence[str]) -> None:
    """Raise ``InvalidError`` with all that is wrong with a mapping and its match keys."""
    errors = [*_mapping_faults(kind, header, mapping), *_match_faults(kind, mapping, match)]
    if not errors and not match:
        errors.extend(_unfilled(kind, mapping))
    if errors:
        raise InvalidError(errors, code="invalid_mapping")


def _mapping_faults(
    kind: RecordKind, header: Sequence[str], mapping: Mapping[str, str]
) -> Iterator[FieldError]:
    known = targets(kind)
    first: dict[str, str] = {}
    if not mapping:
        yield FieldError("mapping", _("No column is mapped to a field; map at least one."), "required")
    for title, target in mapping.items():
        path = f"mapping.{title[:100]}"
        if title not in header:
            listed = ", ".join(header[:50])
            yield FieldError(
                path, _("The file has no column “%(title)s”; it has: %(names)s.", title=title, names=listed)
            )
        if target not in known:
            listed = ", ".join(known)
            yield FieldError(
                path,
                _("“%(target)s” is no field of %(kind)s; use one of: %(names)s.",
                  target=target, kind=kind.label, names=listed),
                "unknown_field",
            )  # fmt: skip
        elif target in first:
            yield FieldError(
                path,
                _("“%(first)s” and “%(second)s” are both mapped to %(target)s; leave one of them out.",
                  first=first[target], second=title, target=target),
                "duplicate_target",
            )  # fmt: skip
        first.setdefault(target, title)


def _match_faults(kind: RecordKind, mapping: Mapping[str, str], match: Sequence[str]) -> Iterator[FieldError]:
    known = match_targets(kind)
    for name in match:
        if name not in known:
            yield FieldError(
                "match",
                _("Records cannot be found by “%(name)s”; use one of: %(names)s.",
                  name=name, names=", ".join(known)),
                "unknown_field",
            )  # fmt: skip
        elif name not in mapping.values():
            yield FieldError(
                "match",
                _("Records are to be found by %(name)s, but no column is mapped to it.", name=name),
                "unmapped",
            )


def _unfilled(kind: RecordKind, mapping: Mapping[str, str]) -> Iterator[FieldError]:
    for field in kind.writable():
        if field.required and field.default is None and field.name not in mapping.values():
            yield FieldError(
                "mapping",
                _("No column is mapped to %(field)s, which every new record needs.", field=field.label),
                "required",
            )


def default_match(kind: RecordKind, mapping: Mapping[str, str]) -> list[str]:
    """The kind's match keys, as far as columns are mapped to them."""
    known = match_targets(kind)
    return [name for name in kind.match if name in mapping.values() and name in known]


def bind(kind: RecordKind, header: Sequence[str], mapping: Mapping[str, str]) -> list[Bound]:
    """The mapped columns, in the order of the file."""
    known = targets(kind)
    return [Bound(i, known[mapping[title]]) for i, title in enumerate(header) if title in mapping]


def key_attribute(field: Field) -> str:
    """The attribute of a model that tells whether two values are the same."""
    return field.key if isinstance(field, TextField) and field.key else field.name
