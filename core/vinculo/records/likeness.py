# ruff: noqa: D102, RUF001, SIM905 - methods are told of once, at Trait; words in Cyrillic, as running text
"""What records are compared by, to find those that are two of one: a kind names it as its ``traits``.

Each trait takes a value of a record, says by which keys records meet (nobody compares all with all), and
how alike two values are: from 1, the same, to -1, of two different ones. What the traits make of it adds
up to a score of at most 100; from ``LIKELY`` on, people are asked.
"""

from __future__ import annotations

import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from vinculo.i18n import format_number
from vinculo.i18n import gettext as _
from vinculo.records.text import fold

LIKELY: Final = 40
_WORDS: Final = re.compile(r"\w+")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_DOTTED: Final = re.compile(r"\b(\w)[./](?=\w\b)")  # “S.A.” is one word
_NO_VOWELS: Final = str.maketrans("", "", "aeiouyаеиоуыэюя")
_FORMS: Final = frozenset(
    "ab ag and as bv cia co company corp corporation da de do dos e eireli epp gmbh inc kg limited llc llp"
    " ltd ltda me mei nv o of oy plc sa sarl sas sl spa srl the ао зао ип оао ооо пао".split()
)


@dataclass(frozen=True, kw_only=True)
class Trait(ABC):
    """A field or collection, ``part``, that tells records apart or shows that two are one.

    ``weight`` is what it adds to the score where it is the same, ``against`` what it takes where the two
    are certainly different.
    """

    part: str
    weight: int
    against: int = 0

    @abstractmethod
    def value(self, record: Any) -> Any:
        """What is compared of a record; falsy where it says nothing."""

    def alone(self, value: Any) -> Iterator[str]:
        """Keys by which two records meet, whatever else they hold."""
        yield from ()

    def together(self, value: Any) -> Iterator[str]:
        """Keys by which they meet if one of another trait is the same, too."""
        yield from ()

    @abstractmethod
    def likeness(self, one: Any, other: Any) -> float:
        """From 1 to -1; 0 where nothing can be told."""

    @abstractmethod
    def words(self, one: Any, other: Any, likeness: float) -> str:
        """The likeness, or its opposite, in words; "" where it is not worth any."""


@dataclass(frozen=True, kw_only=True)
class Names(Trait):
    """What people call it. Order, accents, legal forms and slips of the pen count little; numbers count.

    ``single`` is the share of the weight that a name of one word has.
    """

    single: float = 1.0

    def value(self, record: Any) -> Sequence[str]:
        found = _WORDS.findall(_DOTTED.sub(r"\1", fold(getattr(record, self.part))))
        return [word for word in found if word not in _FORMS] or found

    def alone(self, value: Sequence[str]) -> Iterator[str]:
        bones = "".join(map(_bones, sorted(value)))
        yield bones
        if len(bones) > 3:  # a slip leaves one of two ends as it is
            size = min(6, len(bones) - 1)
            yield f"{bones[:size]}-"
            yield f"-{bones[-size:]}"
        for word, other in itertools.permutations(value[:3], 2):  # or all words but one
            yield f"{_bones(word)} {other[0]}"

    def together(self, value: Sequence[str]) -> Iterator[str]:
        for word in value[:4]:
            yield _bones(word)[:5]

    def likeness(self, one: Sequence[str], other: Sequence[str]) -> float:
        if _numbered_apart(one, other):
            return -1.0
        alike = self._alike(one, other)
        if alike < 0.6:
            return (alike - 0.6) / 0.6
        short = min(len(one), len(other)) == 1
        return (alike - 0.6) / 0.4 * (self.single if short else 1.0)

    def words(self, one: Sequence[str], other: Sequence[str], likeness: float) -> str:
        if _numbered_apart(one, other):
            return _("other number in the name")
        alike = self._alike(one, other)
        if alike == 1:
            return _("same name")
        if alike >= 0.6:
            return _("names alike to %(percent)s %%", percent=format_number(int(alike * 100)))
        return _("other name") if likeness < 0 else ""

    def _alike(self, one: Sequence[str], other: Sequence[str]) -> float:
        sorted_ones = fuzz.ratio(" ".join(sorted(one)), " ".join(sorted(other)))
        run_together = fuzz.ratio("".join(one), "".join(other))
        within = 80.0 if set(one) <= set(other) or set(other) <= set(one) else 0.0
        return max(sorted_ones, run_together, within) / 100


@dataclass(frozen=True, kw_only=True)
class Contacts(Trait):
    """Phones and addresses, by the key of contact points; of e-mails what follows a “+” does not count."""

    def value(self, record: Any) -> frozenset[tuple[str, str]]:
        rows = getattr(record, self.part)
        return frozenset((str(row.type), _untagged(row.key)) for row in rows if row.key)

    def alone(self, value: frozenset[tuple[str, str]]) -> Iterator[str]:
        for _type, key in value:
            yield key

    def likeness(self, one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> float:
        types = {kind for kind, _key in one & other}
        if "email" in types:
            return 1.0
        return 0.45 if types else 0.0  # a house has one number, a household, too

    def words(
        self, one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]], likeness: float
    ) -> str:
        types = {kind for kind, _key in one & other}
        if "email" in types:
            return _("same e-mail")
        return _("same phone") if "phone" in types else _("same messenger") if types else ""


@dataclass(frozen=True, kw_only=True)
class Numbers(Trait):
    """Rows with a ``key`` that only one can have; of different ones of one ``scheme`` nobody has two."""

    def value(self, record: Any) -> frozenset[tuple[str, str, str]]:
        return frozenset((str(row.scheme), row.country, row.key) for row in getattr(record, self.part))

    def alone(self, value: frozenset[tuple[str, str, str]]) -> Iterator[str]:
        for _scheme, _country, key in value:
            yield key

    def likeness(self, one: frozenset[tuple[str, str, str]], other: frozenset[tuple[str, str, str]]) -> float:
        if {key for *_, key in one} & {key for *_, key in other}:
            return 1.0
        return -1.0 if {row[:2] for row in one} & {row[:2] for row in other} else 0.0

    def words(
        self, one: frozenset[tuple[str, str, str]], other: frozenset[tuple[str, str, str]], likeness: float
    ) -> str:
        return _("same registered number") if likeness > 0 else _("other registered number")


@dataclass(frozen=True, kw_only=True)
class Days(Trait):
    """A day such as a birthday; one that differs by a digit, or by two that changed places, is near."""

    def value(self, record: Any) -> date | None:
        found: date | None = getattr(record, self.part)
        return found

    def together(self, value: date) -> Iterator[str]:
        yield value.isoformat()

    def likeness(self, one: date, other: date) -> float:
        if one == other:
            return 1.0
        return 0.5 if _one_slip(one.isoformat(), other.isoformat()) else -1.0

    def words(self, one: date, other: date, likeness: float) -> str:
        if likeness == 1:
            return _("same birthday")
        return _("birthdays alike") if likeness > 0 else _("other birthday")


@dataclass(frozen=True, kw_only=True)
class Sites(Trait):
    """The host of a web address."""

    def value(self, record: Any) -> str:
        try:
            host = urlsplit(getattr(record, self.part)).hostname or ""
        except ValueError:
            return ""
        return host.removeprefix("www.")

    def alone(self, value: str) -> Iterator[str]:
        yield value

    def likeness(self, one: str, other: str) -> float:
        return 1.0 if one == other else 0.0

    def words(self, one: str, other: str, likeness: float) -> str:
        return _("same website") if likeness else ""


Place = tuple[str, str, str]  # street, postal code, city


@dataclass(frozen=True, kw_only=True)
class Places(Trait):
    """Postal addresses: streets alike, in the same place."""

    def value(self, record: Any) -> Sequence[Place]:
        return [
            (fold(row.street), fold(row.postal_code), fold(row.city))
            for row in getattr(record, self.part)
            if row.street
        ]

    def together(self, value: Sequence[Place]) -> Iterator[str]:
        for street, code, city in value[:3]:
            longest = max(_WORDS.findall(street), key=len, default="")
            yield from (key for key in (code, _bones(longest)[:6], _bones(city)[:6]) if key)

    def likeness(self, one: Sequence[Place], other: Sequence[Place]) -> float:
        return max((_near(a, b) for a, b in itertools.product(one[:5], other[:5])), default=0.0)

    def words(self, one: Sequence[Place], other: Sequence[Place], likeness: float) -> str:
        if likeness == 1:
            return _("same address")
        return _("addresses alike") if likeness >= 0.4 else ""


def _numbered_apart(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two names are the same but for a number that both have: “Shop 1” and “Shop 2” are two."""
    numbers = [[*map(int, _NUMBER.findall(" ".join(name)))] for name in (one, other)]
    if not all(numbers) or numbers[0] == numbers[1]:
        return False
    rests = [_NUMBER.sub("", " ".join(name)) for name in (one, other)]
    return rests[0] == rests[1]


def _near(one: Place, other: Place) -> float:
    street = max(fuzz.token_sort_ratio(one[0], other[0]), fuzz.token_set_ratio(one[0], other[0]) * 0.9)
    if street < 60:
        return 0.0
    there = (one[1] and one[1] == other[1]) or fuzz.ratio(one[2], other[2]) >= 80
    return (street - 50) / 50 * (1.0 if there else 0.3)


def _one_slip(one: str, other: str) -> bool:
    wrong = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return len(wrong) == 1 or (len(wrong) == 2 and wrong[0] == wrong[1][::-1])


def _bones(word: str) -> str:
    """A word without the vowels within, of which most slips are."""
    return word[:1] + word[1:].translate(_NO_VOWELS)


def _untagged(key: str) -> str:
    name, at, host = key.rpartition("@")
    return f"{name.partition('+')[0]}{at}{host}" if at else key


Values = dict[Trait, Any]


def values(traits: Sequence[Trait], record: Any) -> Values:
    """What of a record is compared, trait by trait; without those of which it says nothing."""
    return {trait: value for trait in traits if (value := trait.value(record))}


def keys(values: Values) -> set[int]:
    """What a record meets others by, as numbers: a table of them tells nobody what they were made of."""
    found = {_number(trait.part, key) for trait, value in values.items() for key in trait.alone(value) if key}
    weak = {trait.part: [*trait.together(value)] for trait, value in values.items()}
    for one, other in itertools.combinations(sorted(weak), 2):
        found.update(_number(one, a, other, b) for a, b in itertools.product(weak[one], weak[other]))
    return found


def _number(*parts: str) -> int:
    return int.from_bytes(blake2b("\n".join(parts).encode(), digest_size=8).digest(), signed=True)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How likely two records are one, from 0 to 100; in words what speaks for it, and what against."""

    score: int
    reasons: Sequence[str]
    doubts: Sequence[str]


def score(one: Values, other: Values) -> int:
    """How likely two records are one, from 0 to 100."""
    found = sum(alike * (trait.weight if alike > 0 else trait.against) for trait, alike in _alike(one, other))
    return max(0, min(100, round(found)))


def explain(one: Values, other: Values) -> Likeness:
    """The same, with reasons."""
    reasons: list[str] = []
    doubts: list[str] = []
    for trait, alike in _alike(one, other):
        if words := trait.words(one[trait], other[trait], alike):
            (reasons if alike > 0 else doubts).append(words)
    return Likeness(score(one, other), reasons, doubts)


def _alike(one: Values, other: Values) -> Iterator[tuple[Trait, float]]:
    for trait, value in one.items():
        if trait in other:
            yield trait, trait.likeness(value, other[trait])
