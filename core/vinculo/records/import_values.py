"""What texts in a file mean: “GTXPro” is the product “GTX Pro”, “oui” is yes, “n/a” is nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from rapidfuzz import fuzz, process

from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import LANGUAGES, use_locale
from vinculo.i18n import gettext as _
from vinculo.records import access, mapping, search
from vinculo.records.fields import ChoiceField, CountryField, Field, LinkField, YesNoField
from vinculo.records.import_parts import Parts
from vinculo.records.import_rows import read_text
from vinculo.records.kind import RecordKind
from vinculo.records.mapping import Bound, Target
from vinculo.records.reading import Reader, UnknownNameError
from vinculo.records.tabular import Layout, open_table
from vinculo.records.text import fold, sort_key

Meanings = Mapping[
    str, Mapping[str, str]
]  # title of a column → text in it → what is read instead; "": nothing

MOST_MEANINGS: Final = 2_000
LONGEST: Final = 300
MOST_ROWS: Final = 100_000  # so many are looked through before an import begins
MOST_TEXTS: Final = 1_000  # different ones of a column, the most frequent first
SHOWN: Final = 50
FEW: Final = 30  # so many different texts of a free column are offered to be replaced
OFFERED: Final = 20
ALL_OFFERED: Final = 100
MOST_TITLES: Final = 500
NEAR: Final = 55  # of 100
SURE: Final = 85


@dataclass(frozen=True, slots=True)
class Mapped:
    """What the columns of a file are: the kinds, header → target, the match keys, and what texts mean."""

    parts: Parts
    columns: Mapping[str, str]
    match: Sequence[str]
    values: Meanings = field(default_factory=dict)

    def check(self, header: Sequence[str], reader: Reader) -> None:
        """Raise ``InvalidError`` with all that is wrong with it."""
        self.parts.check(header, self.columns, self.match)
        if errors := list(_faults(self, reader)):
            raise InvalidError(errors, code="invalid_values")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a text may mean: ``text`` is what the field reads, ``label`` what people call it."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A text that says nothing to the field of its column, in so many rows, and what it may mean.

    The best guess comes first; ``score`` says how like the text it is, of 100. ``meaning`` was said, None if
    none was.
    """

    text: str
    rows: int
    guesses: Sequence[Guess] = ()
    score: int = 0
    meaning: str | None = None


@dataclass(frozen=True, slots=True)
class Doubts:
    """A column, and texts in it to be explained; ``more`` are left out. ``free``: any text is good there."""

    title: str
    target: str
    label: str
    texts: Sequence[Unmatched]
    more: int = 0
    free: bool = False


def said(text: str) -> dict[str, dict[str, str]]:
    """What a program sends: {header: {text: meaning}}, where null is nothing. Raises ``InvalidError``."""
    if not text.strip():
        return {}
    try:
        sent = msgspec.json.decode(text, type=dict[str, dict[str, str | None]])
    except (msgspec.MsgspecError, UnicodeError) as error:
        fault = _("values is a JSON object of header → text → meaning: %(reason)s", reason=str(error))
        raise InvalidError([FieldError("values", fault, "type")]) from error
    return {title: {one: to or "" for one, to in meant.items()} for title, meant in sent.items()}


def bound(mapped: Mapped, header: Sequence[str]) -> list[tuple[str, str, Bound]]:
    """The mapped columns of all kinds: title, target as the mapping names it, and where it stands."""
    found = []
    for part in mapped.parts.all:
        own = mapped.parts.own(part, mapped.columns)
        found += [
            (header[one.index], part.prefix + one.target.name, one)
            for first in mapping.bind(part.kind, header, own, mapped.values)
            for one in (first, *first.more)
        ]
    return found


def _faults(mapped: Mapped, reader: Reader) -> Iterator[FieldError]:
    known, made = mapped.parts.targets(), [part.kind.name for part in mapped.parts.all]
    if sum(len(meant) for meant in mapped.values.values()) > MOST_MEANINGS:
        text = _(
            "Say of at most %(most)s values what they mean; correct the file instead.", most=MOST_MEANINGS
        )
        yield FieldError("values", text)
        return
    for title, meant in mapped.values.items():
        path = f"values.{title[:100]}"
        if title not in mapped.columns:
            yield FieldError(
                path, _("No field is mapped to the column “%(title)s”.", title=title[:100]), "unmapped"
            )
            continue
        target = known[mapped.columns[title]]
        for text, meaning in meant.items():
            if fault := _fault(target.field, meaning, reader, made):
                yield FieldError(path, _("“%(value)s”: %(fault)s", value=text[:60], fault=fault))


def _fault(field: Field, meaning: str, reader: Reader, made: Collection[str] = ()) -> str:
    """What is wrong with a text; the file itself may make the record of a kind of ``made`` that it names."""
    if len(meaning) > LONGEST:
        return _("Write at most %(limit)s characters.", limit=LONGEST)
    try:
        if meaning:
            read_text(field, meaning, reader)
    except UnknownNameError as fault:
        return "" if fault.kind in made else str(fault)
    except (ValueError, TypeError) as fault:
        return str(fault)
    return ""


def doubts(mapped: Mapped, path: Path, layout: Layout, reader: Reader, *, free: bool = False) -> list[Doubts]:
    """The columns with texts to be explained, of which the first rows of a file are looked through.

    ``free`` adds those of any text, as far as they have few different ones. What the file itself makes is
    known to its links.
    """
    made = set[tuple[str, str]]()
    with open_table(path, layout) as table:
        columns = [one for one in bound(mapped, table.header) if _doubtful(one[2].target, free=free)]
        linked = {one.target.field.kind for _t, _n, one in columns if isinstance(one.target.field, LinkField)}
        naming = [(kind, one) for kind, one in _naming(mapped, table.header) if kind in linked]
        counts = [Counter[str]() for _one in columns]
        for row in islice(table, MOST_ROWS) if columns else ():
            if row.error is None:
                for (_title, _name, one), count in zip(columns, counts, strict=True):
                    count.update(one.pieces(row.values[one.index]))
                made.update((kind, sort_key(one.text(row.values))) for kind, one in naming)
    labels = mapped.parts.targets()
    found = []
    for (title, name, one), count in zip(columns, counts, strict=True):
        texts = _texts(one, count, mapped.values.get(title, {}), reader, made)
        if texts:
            shown = _with_guesses(one.target.field, texts[:SHOWN], reader)
            label = str(labels[name].label)
            found.append(Doubts(title, name, label, shown, len(texts) - len(shown), _is_free(one.target)))
    return found


def _doubtful(target: Target, *, free: bool) -> bool:
    named = isinstance(target.field, ChoiceField | CountryField | LinkField | YesNoField)
    return named or (free and target.name != mapping.EXTERNAL_ID)


def _is_free(target: Target) -> bool:
    return not _doubtful(target, free=False)


def _naming(mapped: Mapped, header: Sequence[str]) -> Iterator[tuple[str, Bound]]:
    """The columns by which links may know the records that the file makes, with their kinds."""
    for part in mapped.parts.all:
        own = mapped.parts.own(part, mapped.columns)
        for one in mapping.bind(part.kind, header, own, mapped.values):
            names = (part.kind.title, mapping.EXTERNAL_ID)
            if one.target.name in names or mapping.key_attribute(one.target.field) in part.kind.keys:
                yield part.kind.name, one


def _texts(
    one: Bound,
    count: Counter[str],
    said: Mapping[str, str],
    reader: Reader,
    made: AbstractSet[tuple[str, str]],
) -> list[Unmatched]:
    """The texts that the field does not understand, and those of which was said what they mean."""
    field = one.target.field
    known = {name for kind, name in made if isinstance(field, LinkField) and kind == field.kind}
    meant = {fold(text): meaning for text, meaning in said.items()}
    different = dict[str, tuple[str, int]]()
    for text, rows in count.most_common():
        first, before = different.get(fold(text), (text, 0))
        different[fold(text)] = first, before + rows
    if _is_free(one.target) and len(different) > FEW:
        different = {key: found for key, found in different.items() if key in meant}
    return [
        Unmatched(text, rows, meaning=meant.get(key))
        for key, (text, rows) in islice(different.items(), MOST_TEXTS)
        if _is_free(one.target)
        or key in meant
        or (sort_key(text) not in known and _fault(field, text, reader))
    ]


def undecided(found: Iterable[Doubts]) -> bool:
    """Whether there is a text that no field understands and of which nobody has said what it means."""
    return any(text.meaning is None for column in found if not column.free for text in column.texts)


def _with_guesses(field: Field, texts: Sequence[Unmatched], reader: Reader) -> list[Unmatched]:
    if not isinstance(field, ChoiceField | CountryField | LinkField | YesNoField):
        return list(texts)
    if isinstance(field, LinkField):
        kind = reader.kinds[field.kind]
        titles = _titles(kind, reader)
        return [_guessed(one, titles or _found(kind, one.text, reader), field, reader) for one in texts]
    names = _names(field)
    return [_guessed(one, names, field, reader) for one in texts]


def _guessed(one: Unmatched, names: Sequence[tuple[str, Guess]], field: Field, reader: Reader) -> Unmatched:
    """With the names that are like its text; all of them where they are few."""
    labels = [fold(name) for name, _guess in names]
    ranked = process.extract(fold(one.text), labels, scorer=_alike, limit=None)
    best = [names[index][1] for _label, score, index in ranked if score >= NEAR or len(names) <= ALL_OFFERED]
    guesses = [guess for guess in dict.fromkeys(best) if not _fault(field, guess.text, reader)]
    scores = [score for _label, score, index in ranked if guesses and names[index][1] == guesses[0]]
    most = ALL_OFFERED if len(names) <= ALL_OFFERED else OFFERED
    return Unmatched(one.text, one.rows, guesses[:most], round(max(scores, default=0)), one.meaning)


def _alike(text: str, name: str, **_how: Any) -> float:
    """How alike two folded texts are, of 100: by letters, or by words in whatever order."""
    return max(fuzz.ratio(text, name), fuzz.token_sort_ratio(text, name))


def _names(field: Field) -> list[tuple[str, Guess]]:
    """What a field understands, under its names in every language, and its own label."""
    options = (
        [Guess("true", _("Yes")), Guess("false", _("No"))]
        if isinstance(field, YesNoField)
        else [Guess(one.value, str(one.label)) for one in field.choices()]
    )
    own = {guess.text: guess for guess in options}
    names = [(guess.label, guess) for guess in options]
    names += [(guess.text, guess) for guess in options if not isinstance(field, CountryField | YesNoField)]
    for language in LANGUAGES:
        with use_locale(language):
            names += [(str(one.label), own[one.value]) for one in field.choices() if one.value in own]
            if isinstance(field, YesNoField):
                names += [(_("Yes"), own["true"]), (_("No"), own["false"])]
    return list(dict.fromkeys(names))


def _titles(kind: RecordKind, reader: Reader) -> list[tuple[str, Guess]]:
    """What the records of a kind are called, unless they are many."""
    if kind.title in access.hidden(kind, reader.actor):
        return []
    columns = [kind.column(name) for name in (kind.title, *kind.keys)]
    query = access.within(sa.select(*columns), kind, reader.actor, few=True).limit(MOST_TITLES + 1)
    rows = reader.session.execute(query).all()
    if len(rows) > MOST_TITLES:
        return []
    if not kind.keys:
        return _by_title(row[0] for row in rows)
    guesses = [(row, Guess(row[1], row[0] or row[1])) for row in rows]
    return [(name, guess) for row, guess in guesses for name in row if name]


def _found(kind: RecordKind, text: str, reader: Reader) -> list[tuple[str, Guess]]:
    """What the records are called that a search for the text finds, slips forgiven."""
    if not kind.exposed or kind.title in access.hidden(kind, reader.actor):
        return []
    how: dict[str, Any] = {"actor": reader.actor, "limit": OFFERED}
    hits = search.find(reader.session, [kind], text, **how)
    return _by_title(hit.title for hit in hits or search.similar(reader.session, [kind], text, **how))


def _by_title(titles: Iterable[str]) -> list[tuple[str, Guess]]:
    """Under names that only one of them has, by which files name them."""
    found = [title for title in titles if title]
    counts = Counter(map(sort_key, found))
    return [(title, Guess(title, title)) for title in found if counts[sort_key(title)] == 1]


def kept(values: Meanings, columns: Iterable[str]) -> dict[str, dict[str, str]]:
    """What is said of the columns that there are."""
    there = set(columns)
    return {title: dict(meant) for title, meant in values.items() if title in there and meant}


def merged(first: Meanings, then: Meanings) -> dict[str, dict[str, str]]:
    """Both, the latter where they differ."""
    return {title: {**first.get(title, {}), **then.get(title, {})} for title in {**first, **then}}
