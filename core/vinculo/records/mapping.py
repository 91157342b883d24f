"""Which column of a file is what: the targets of a kind, guesses by header, and checks."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Collection as CollectionOf
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import LANGUAGES, use_locale
from vinculo.i18n import gettext as _
from vinculo.records.custom_models import CustomType
from vinculo.records.fields import Field, LinkField, SeveralField, TextField
from vinculo.records.kind import Collection, FileColumn, RecordKind, Text
from vinculo.records.query import STANDARD
from vinculo.records.text import fold

EXTERNAL_ID: Final = "external_id"
_NUMBERED: Final = re.compile(r"\s*\(?\b\d+\)?$")
_KEY_HEADERS: Final = ("id", "key", "code", "external id", "external key", "record id")


class Grouped:
    """What may fill a row of a collection together with others."""

    __slots__ = ()
    collection: Collection | None
    column: FileColumn | None

    @property
    def group(self) -> tuple[str, str]:
        """Which row of which collection: those that share it fill one row."""
        assert self.collection is not None
        assert self.column is not None
        return self.collection.name, self.column.group or self.column.key


@dataclass(frozen=True, slots=True)
class Target(Grouped):
    """What a column may fill: a field of the record, or one of the rows of a collection."""

    name: str
    label: Text
    field: Field
    collection: Collection | None = None
    column: FileColumn | None = None

    @property
    def joint(self) -> str:
        """What stands between the texts of columns that fill it together; "" where one fills it alone."""
        field = self.field
        if self.collection is not None or not isinstance(field, TextField):
            return ""
        return "\n" if field.multiline else " " if field.parts else ""


@dataclass(frozen=True, slots=True)
class Bound:
    """A target and where in a row its text stands.

    ``nth`` counts columns with the same target: the second phone makes a second row, as does the city that
    goes with a second street. ``meanings`` are what folded texts are to be read as,
    ``more`` are the columns whose texts are joined to its own.
    """

    index: int
    target: Target
    nth: int = 0
    meanings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    more: Sequence[Bound] = ()

    def text(self, values: Sequence[str]) -> str:
        """What a row says in this column, and in those that are joined to it."""
        text = self.meant(values[self.index].strip())
        if not self.more:
            return text
        return self.target.joint.join(filter(None, (text, *(one.text(values) for one in self.more))))

    def pieces(self, text: str) -> Sequence[str]:
        """The texts that a cell is made of: several only where a field takes several values."""
        clean = text.strip()
        if not clean:
            return ()
        field = self.target.field
        if isinstance(field, SeveralField):
            return [piece for piece in field.options_in(clean) if piece]
        return (clean,)

    def meant(self, text: str) -> str:
        """What a text is to be read as."""
        if not self.meanings:
            return text
        known = self.meanings.get(fold(text))
        if known is not None or not isinstance(self.target.field, SeveralField):
            return text if known is None else known
        return ", ".join(self.meanings.get(fold(piece), piece) for piece in self.pieces(text))


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


def guess(
    kind: RecordKind, header: Sequence[str], *, without: CollectionOf[str] = frozenset()
) -> dict[str, str]:
    """A target for each header that looks like one, but none of ``without``; fields at most once.

    Names count before labels, labels in any of our languages before aliases. A first column called
    “…ID” that is nothing else is the key by which the other system knows the record. “Phone 2” is another
    phone. Where no column holds a name, but its parts have columns, these are joined.
    """
    all_ = targets(kind).items()
    known = {name: one for name, one in all_ if name not in without and one.field.defined != CustomType.FILE}
    plain = {title: _plain(title) for title in header}
    mapping: dict[str, str] = {}
    for names in _names_by_rank(kind, known):
        taken = set(mapping.values())
        for title in header:
            target = names.get(plain[title])
            if title not in mapping and target and target not in taken:
                mapping[title] = target
                taken.add(target)
    mapping |= _guess_parts(known, plain, mapping)
    first = header[0] if header else ""
    if first not in mapping and EXTERNAL_ID not in mapping.values() and _is_key(plain.get(first, "")):
        mapping[first] = EXTERNAL_ID
    for title in header:
        again = mapping.get(_NUMBERED.sub("", title).strip(), "")
        if title not in mapping and again and known[again].collection:
            mapping[title] = again
    there = {*mapping.values(), *without}
    lonely = {
        name for name, one in known.items() if one.column and one.column.beside
        and there.isdisjoint(one.column.beside)
    }  # fmt: skip
    return {title: mapping[title] for title in header if title in mapping and mapping[title] not in lonely}


def _guess_parts(
    known: Mapping[str, Target], plain: Mapping[str, str], mapping: Mapping[str, str]
) -> dict[str, str]:
    """The columns that hold the parts of a field, first and last names for instance."""
    return {
        title: name
        for name, target in known.items()
        if name not in mapping.values() and target.joint
        for title in plain
        if title not in mapping and _rank(target, plain[title]) is not None
    }


def _rank(target: Target, plain: str) -> int | None:
    """Which part of a field a column holds, by its plain title."""
    parts = target.field.parts if isinstance(target.field, TextField) else ()
    return next((rank for rank, names in enumerate(parts) if plain in map(_plain, names)), None)


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
    errors = faults(kind, header, mapping, match, known=targets(kind), keys=match_targets(kind))
    if not errors and not match:
        errors.extend(unfilled(kind, mapping))
    if errors:
        raise InvalidError(errors, code="invalid_mapping")


def faults(
    kind: RecordKind,
    header: Sequence[str],
    mapping: Mapping[str, str],
    match: Sequence[str],
    *,
    known: Mapping[str, Target],
    keys: Mapping[str, Target],
) -> list[FieldError]:
    """What is wrong with a mapping to ``known`` targets, and with match keys that should be of ``keys``."""
    return [*_mapping_faults(kind, header, mapping, known), *_match_faults(mapping, match, keys)]


def _mapping_faults(
    kind: RecordKind, header: Sequence[str], mapping: Mapping[str, str], known: Mapping[str, Target]
) -> Iterator[FieldError]:
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
        elif target in first and known[target].collection is None and not known[target].joint:
            yield FieldError(
                path,
                _("“%(first)s” and “%(second)s” are both mapped to %(target)s; leave one of them out.",
                  first=first[target], second=title, target=target),
                "duplicate_target",
            )  # fmt: skip
        first.setdefault(target, title)


def _match_faults(
    mapping: Mapping[str, str], match: Sequence[str], known: Mapping[str, Target]
) -> Iterator[FieldError]:
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


def unfilled(
    kind: RecordKind, mapping: Mapping[str, str], *, given: CollectionOf[str] = frozenset()
) -> Iterator[FieldError]:
    """What every new record needs that no column says; ``given`` comes from elsewhere."""
    for field in kind.writable():
        if field.required and field.default is None and field.name not in {*mapping.values(), *given}:
            yield FieldError(
                "mapping",
                _("No column is mapped to %(field)s, which every new record needs.", field=field.label),
                "required",
            )


def default_match(kind: RecordKind, mapping: Mapping[str, str]) -> list[str]:
    """The kind's match keys, as far as columns are mapped to them."""
    known = match_targets(kind)
    return [name for name in kind.match if name in mapping.values() and name in known]


def bind(
    kind: RecordKind,
    header: Sequence[str],
    mapping: Mapping[str, str],
    values: Mapping[str, Mapping[str, str]],
) -> list[Bound]:
    """The mapped columns, in the order of the file, joint ones as one of them.

    ``values``: what texts of a column are to be read as.
    """
    known = targets(kind)
    seen: Counter[str] = Counter()
    bound: dict[object, list[Bound]] = {}
    for index, title in enumerate(header):
        if title in mapping:
            name = mapping[title]
            meanings = {fold(text): meaning for text, meaning in values.get(title, {}).items()}
            one = Bound(index, known[name], seen[name], meanings)
            bound.setdefault(name if one.target.joint else index, []).append(one)
            seen[name] += 1
    return [_joined(columns, header) if len(columns) > 1 else columns[0] for columns in bound.values()]


def _joined(columns: Sequence[Bound], header: Sequence[str]) -> Bound:
    """Columns that fill a field together: known parts in their order, others as they stand in the file."""

    def rank(one: Bound) -> int:
        return _rank(one.target, _plain(header[one.index])) or 0

    first, *more = sorted(columns, key=rank)
    return dataclasses.replace(first, more=more)


def key_attribute(field: Field) -> str:
    """The attribute of a model that tells whether two values are the same."""
    return field.key if isinstance(field, TextField) and field.key else field.name
