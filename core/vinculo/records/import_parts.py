"""Several kinds of records in the rows of one file: which go together, and what their columns are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property

from vinculo.actor import Actor
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import LANGUAGES, use_locale
from vinculo.i18n import gettext as _
from vinculo.records import access, mapping
from vinculo.records.fields import Field, LinkField
from vinculo.records.import_rows import Tie
from vinculo.records.kind import RecordKind
from vinculo.records.mapping import Target
from vinculo.records.reading import Kinds
from vinculo.records.text import fold

MOST = 5


@dataclass(frozen=True, slots=True)
class Part:
    """What the rows of a file say of one kind. ``prefix`` stands before its targets, “” for the main kind.

    ``ties`` are how its records point to others of the same row.
    """

    kind: RecordKind
    prefix: str = ""
    ties: Sequence[Tie] = ()

    @property
    def supplied(self) -> frozenset[str]:
        """The targets that the row's other records fill."""
        columns = {tie.column.key if tie.column else tie.field.name for tie in self.ties}
        return frozenset(columns)

    @property
    def of_ties(self) -> frozenset[str]:
        """The targets that say more of a link to the row's other records, its dates for instance."""
        groups = {tie.group for tie in self.ties if tie.collection}
        return frozenset(
            n for n, target in self.targets().items() if target.collection and target.group in groups
        )

    @property
    def within(self) -> str:
        """The target by which a record is found among those of the row's other record; “” if by none.

        Two people of one name at one client are one, at two clients they are two.
        """
        title = self.kind.title_field
        return title.name if self.prefix and self.ties and title is not None and title.key else ""

    def targets(self) -> dict[str, Target]:
        """What its columns may fill, by the names that they have in the kind."""
        return {
            name: target for name, target in mapping.targets(self.kind).items() if name not in self.supplied
        }

    def match_targets(self) -> dict[str, Target]:
        """The targets by which a record may be recognised."""
        known = mapping.match_targets(self.kind)
        return {name: target for name, target in known.items() if name not in self.supplied}

    def default_match(self, columns: Mapping[str, str]) -> list[str]:
        """The kind's match keys as far as columns fill them, then its name beside what it is tied to."""
        found = mapping.default_match(self.kind, columns)
        last = [self.within] if self.within in columns.values() else []
        return [*found, *(name for name in last if name not in found)]


class Parts:
    """The kinds of a file, the main one first: targets of the others begin with their names."""

    def __init__(self, kinds: Sequence[RecordKind]) -> None:
        self.main, *self.others = kinds
        self.all = [
            Part(kind, f"{kind.name}." if i else "", _ties(kind, kinds)) for i, kind in enumerate(kinds)
        ]

    @cached_property
    def in_order(self) -> Sequence[Part]:
        """The parts as they are written: what others point to comes first."""
        left, order = list(self.all), list[Part]()
        while left:
            names = {part.kind.name for part in left}
            free = (part for part in left if not any(tie.to in names for tie in part.ties))
            chosen = next(free, left[0])
            left.remove(chosen)
            placed = {part.kind.name for part in order}
            order.append(replace(chosen, ties=[tie for tie in chosen.ties if tie.to in placed]))
        return order

    def targets(self) -> dict[str, Target]:
        """What columns may fill, by the names that a mapping has."""
        return {
            part.prefix + name: self._labelled(part, target)
            for part in self.all
            for name, target in part.targets().items()
        }

    def match_targets(self) -> dict[str, Target]:
        """By what records may be recognised."""
        return {
            part.prefix + name: self._labelled(part, target)
            for part in self.all
            for name, target in part.match_targets().items()
        }

    def _labelled(self, part: Part, target: Target) -> Target:
        return replace(target, label=f"{part.kind.label}: {target.label}") if self.others else target

    def own(self, part: Part, columns: Mapping[str, str]) -> dict[str, str]:
        """The part's share of a mapping, under the names of its kind."""
        if not part.prefix:
            prefixes = tuple(other.prefix for other in self.all if other.prefix)
            return {t: name for t, name in columns.items() if not (prefixes and name.startswith(prefixes))}
        return {
            title: name.removeprefix(part.prefix)
            for title, name in columns.items()
            if name.startswith(part.prefix)
        }

    def own_match(self, part: Part, match: Sequence[str]) -> list[str]:
        """The part's share of the match keys."""
        shares = self.own(part, {str(index): name for index, name in enumerate(match)})
        return list(shares.values())

    def guess(self, header: Sequence[str]) -> dict[str, str]:
        """A target for each header that looks like one: “Contact name” is a person's before all else.

        What names no kind is the main one's, else of a kind that no column names; one that is named gets
        what speaks of its links alone, such as a job title.
        """
        if not self.others:
            return mapping.guess(self.main, header)
        found: dict[str, str] = {}
        for part in [*self.all[1:], self.all[0]]:
            rests = {title: rest for title in header if (rest := _rest(part.kind, title))}
            self._take(part, found, {title: title for title in rests})
            self._take(part, found, rests)
        named = {target.partition(".")[0] for target in found.values()}
        for part in self.all:
            without = {mapping.EXTERNAL_ID} if part.prefix else set[str]()
            if part.prefix and part.kind.name in named:
                without = part.targets().keys() - part.of_ties
            self._take(part, found, {title: title for title in header}, without)
        return {title: found[title] for title in header if title in found}

    def _take(
        self,
        part: Part,
        found: dict[str, str],
        titles: Mapping[str, str],
        without: AbstractSet[str] = frozenset(),
    ) -> None:
        """Add what the part makes of titles that are left; the values are what is looked at of them."""
        left = {title: rest for title, rest in titles.items() if title not in found}
        taken = {name for name in found.values() if name.startswith(part.prefix)}
        without = {*without, *part.supplied, *(name.removeprefix(part.prefix) for name in taken)}
        guessed = mapping.guess(part.kind, list(dict.fromkeys(left.values())), without=without)
        for title, rest in left.items():
            if rest in guessed:
                found[title] = part.prefix + guessed.pop(rest)

    def default_match(self, columns: Mapping[str, str]) -> list[str]:
        """The match keys of every kind, as far as columns are mapped to them."""
        return [
            part.prefix + name for part in self.all for name in part.default_match(self.own(part, columns))
        ]

    def check(self, header: Sequence[str], columns: Mapping[str, str], match: Sequence[str]) -> None:
        """Raise ``InvalidError`` with all that is wrong with a mapping and its match keys."""
        known, keys = self.targets(), self.match_targets()
        errors = mapping.faults(self.main, header, columns, match, known=known, keys=keys)
        if not errors:
            errors = [error for part in self.all for error in self._lacking(part, columns, match)]
        if errors:
            raise InvalidError(errors, code="invalid_mapping")

    def _lacking(self, part: Part, columns: Mapping[str, str], match: Sequence[str]) -> Iterator[FieldError]:
        own, given = self.own(part, columns), set(part.supplied)
        if self.named_after(part):
            given.add(part.kind.title)
        if part.prefix and not own and not self.named_after(part):
            text = _("No column is mapped to a field of %(kind)s; map one, or leave that kind out.",
                     kind=part.kind.label)  # fmt: skip
            yield FieldError("mapping", text, "required")
        elif part.prefix or not self.own_match(part, match):
            yield from mapping.unfilled(part.kind, own, given=given)

    def named_after(self, part: Part) -> Part | None:
        """The part whose records give those of another their names, where a row says none."""
        return next((one for one in self.all if part.prefix and one.kind.name == part.kind.named_after), None)

    def suggested(self, kinds: Sequence[RecordKind], header: Sequence[str]) -> list[RecordKind]:
        """Those of the kinds that columns left over by the guess are named after."""
        left = [title for title in header if title not in self.guess(header)]
        return [kind for kind in kinds if any(_speaks_of(kind, title) for title in left)]


def of(kinds: Kinds, main: RecordKind, names: Sequence[str], actor: Actor) -> Parts:
    """The main kind and further ones by their names or plurals, as the actor sees them.

    Raises ``InvalidError`` for what does not go together, ``ForbiddenError`` for a kind that the actor may
    not import.
    """
    wanted = list(dict.fromkeys(name.strip().lower() for name in names if name.strip()))
    chosen = [main.whole]
    offered = {kind.name: kind for kind in kinds.values() if _importable(kind)}
    for name in wanted:
        found = next((k for k in offered.values() if name in (k.name, k.plural)), None)
        if found is None or found.name == main.name or not _touches(found, chosen) or len(chosen) >= MOST:
            known = ", ".join(kind.name for kind in companions(kinds, main, actor))
            text = _("“%(name)s” cannot be in the same file with %(kind)s; use one of: %(known)s.",
                     name=name[:50], kind=main.label_plural, known=known)  # fmt: skip
            raise InvalidError([FieldError("with", text, "unknown_kind")])
        actor.require(found.permission("import"))
        if found not in chosen:
            chosen.append(found)
    return Parts([access.seen_by(kind, actor) for kind in chosen])


def brought(
    kinds: Kinds, main: RecordKind, header: Sequence[str], file_format: str, actor: Actor
) -> list[str]:
    """Which kinds come along if nobody says: those that cards name by words, as people their company."""
    if file_format != "vcard":
        return []
    known, columns = mapping.targets(main), mapping.guess(access.seen_by(main, actor), header)
    fields = [known[name].field for name in columns.values()]
    linked = {field.kind for field in fields if isinstance(field, LinkField)}
    return [kind.name for kind in companions(kinds, main, actor) if kind.name in linked]


def companions(kinds: Kinds, main: RecordKind, actor: Actor) -> list[RecordKind]:
    """Which kinds may be in a file beside the main one."""
    return [
        access.seen_by(kind, actor)
        for kind in kinds.values()
        if kind.name != main.name
        and _importable(kind)
        and actor.may(kind.permission("import"))
        and _touches(access.seen_by(kind, actor), [access.seen_by(main.whole, actor)])
    ]


def _importable(kind: RecordKind) -> bool:
    return kind.exposed and kind.menu is not None and not kind.administrative


def _touches(kind: RecordKind, others: Sequence[RecordKind]) -> bool:
    return any(_ties(kind, [other]) or _ties(other, [kind]) for other in others)


def _ties(kind: RecordKind, others: Sequence[RecordKind]) -> list[Tie]:
    found = (_tie(kind, other.name) for other in others if other.name != kind.name)
    return [tie for tie in found if tie is not None]


def _tie(kind: RecordKind, to: str) -> Tie | None:
    """How records of a kind point to those of another: by the client they belong to before all else."""
    fields = [field for field in kind.writable() if _links(field, to)]
    fields.sort(key=lambda field: field.name != kind.client)
    if fields and isinstance(fields[0], LinkField):
        return Tie(fields[0], to)
    for collection in kind.editable():
        for column in collection.file_columns:
            field = collection.field(column.field)
            if isinstance(field, LinkField) and field.kind == to:
                return Tie(field, to, collection, column)
    return None


def _links(field: Field, to: str) -> bool:
    return isinstance(field, LinkField) and field.kind == to


def _rest(kind: RecordKind, title: str) -> str:
    """What a title says of a record whose kind it names: “Contact name” the name; “” if it names none."""
    words = fold(title.replace("_", " ").replace(".", " ").replace(":", " ")).split()
    for name in _names(kind):
        if words[: len(name)] == name:
            rest = " ".join(words[len(name) :])
            return rest or kind.title
    joined = "".join(words)  # “ContactName”
    for name in _names(kind):
        start = "".join(name)
        if joined.startswith(start):
            return joined.removeprefix(start) or kind.title
    return ""


def _speaks_of(kind: RecordKind, title: str) -> bool:
    rest = _rest(kind, title)
    return bool(rest) and bool(mapping.guess(kind, ["", rest]))


def _names(kind: RecordKind) -> list[list[str]]:
    """What files call records of a kind, as words, the longest first."""
    names = [kind.name, *kind.aliases]
    for language in LANGUAGES:
        with use_locale(language):
            names.append(str(kind.label))
    return sorted((fold(name).split() for name in dict.fromkeys(names)), key=len, reverse=True)
