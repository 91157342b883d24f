"""vCards as text: the properties of each card, whichever of 2.1, 3.0 and 4.0 wrote it, and cards to write.

No library is used. vobject 0.9.9, the one that is kept, was tried on the files of programs that the
tests read: it refuses one of ten whole for a picture that is cut off, ends names at a comma that is not
escaped, and wants all of a file in memory. What is left is unfolding, parameters and escapes.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from vinculo.i18n import gettext as _

MAX_VALUE: Final = 100_000
MAX_PROPERTIES: Final = 1_000
LINE_BYTES: Final = 75
_BINARY: Final = frozenset({"PHOTO", "LOGO", "KEY", "SOUND"})  # nobody reads them, and they are large
_PROPERTY: Final = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;(?:\"[^\"]*\"|[^\":;])*)*):(.*)", re.DOTALL)
_PARAMETER: Final = re.compile(r";((?:\"[^\"]*\"|[^\":;])*)")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_SEPARATOR: Final = re.compile(r"((?:\\.|[^\\;])*)(;|\\?\Z)", re.DOTALL)
_QUOTED: Final = re.compile(r";(?:ENCODING=)?QUOTED-PRINTABLE[;:]", re.IGNORECASE)
_BARE: Final = {"QUOTED-PRINTABLE": "ENCODING", "BASE64": "ENCODING", "B": "ENCODING", "8BIT": "ENCODING"}


@dataclass(frozen=True, slots=True)
class Property:
    """A line of a card. ``types`` are in capitals; ``value`` is decoded, its separators still escaped."""

    name: str
    types: frozenset[str]
    value: str

    @property
    def text(self) -> str:
        """The value of a property that is one text."""
        return unescape(self.value)

    @property
    def parts(self) -> list[str]:
        """The components of a structured value, such as a name."""
        found, at = [], 0
        while part := _SEPARATOR.match(self.value, at):
            found.append(unescape(part[1]))
            at = part.end()
            if part[2] != ";":
                break
        return found


@dataclass(slots=True)
class Card:
    """What one card says. ``error``: it cannot be trusted."""

    properties: list[Property] = field(default_factory=list)
    error: str = ""

    def all(self, name: str) -> list[Property]:
        """The properties of a name that say something."""
        return [one for one in self.properties if one.name == name and one.value.strip("; \n")]

    def first(self, name: str) -> str:
        """The first text of a name, or “”."""
        return next((one.text.strip() for one in self.all(name)), "")


def unescape(text: str) -> str:
    """A text as it is meant: a comma after a backslash is a comma, an “n” after one a line break."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)


def cards(lines: Iterable[str]) -> Iterator[Card]:
    """The cards of a file; what stands between them, or is a card within one, is passed over."""
    card: Card | None = None
    depth = 0
    for line in _unfolded(lines):
        word = line.strip().upper()
        if word == "BEGIN:VCARD":
            if card is not None and _is_agent(card):
                depth += 1
                continue
            if card is not None:
                yield card
            card, depth = Card(), 0
        elif word == "END:VCARD" and card is not None:
            if depth:
                depth -= 1
                continue
            yield card
            card = None
        elif card is not None and not depth:
            _add(card, line)
    if card is not None:
        yield card


def _is_agent(card: Card) -> bool:
    """Whether the card has just begun to tell of another one, as those of 2.1 may."""
    return bool(card.properties) and card.properties[-1].name == "AGENT" and not card.properties[-1].value


def _add(card: Card, line: str) -> None:
    found = _PROPERTY.fullmatch(line)
    if found is None:
        return  # what is no property is of no card that was ever described
    name, parameters, value = found[1].upper(), found[2], found[3]
    if name in _BINARY:
        return
    if len(card.properties) >= MAX_PROPERTIES or len(value) > MAX_VALUE:
        card.error = _("The card holds more than any real one. Remove what is too much.")
        return
    given = _parameters(parameters)
    if "QUOTED-PRINTABLE" in given.get("ENCODING", ()):
        value = _decoded(value, next(iter(given.get("CHARSET", ())), "UTF-8"))
    card.properties.append(Property(name, frozenset(given.get("TYPE", ())), value.strip("\r\n")))


def _parameters(text: str) -> dict[str, set[str]]:
    """Names and values in capitals; what stands alone, as in 2.1, is a type."""
    found: dict[str, set[str]] = {}
    for one in _PARAMETER.findall(text):
        name, equals, value = one.upper().strip().partition("=")
        if not equals:
            name, value = _BARE.get(name, "TYPE"), name
        found.setdefault(name, set()).update(part.strip(' "') for part in value.split(","))
    return found


def _decoded(value: str, charset: str) -> str:
    raw = quopri.decodestring(value.encode("utf-8", "replace"))
    try:
        text = raw.decode(charset)
    except (LookupError, UnicodeError, binascii.Error):
        text = raw.decode("utf-8", "replace")
    # A line break, or a separator, that was encoded is one; a backslash that was none must stay one.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _unfolded(lines: Iterable[str]) -> Iterator[str]:
    """Whole lines: those that begin with a space go on with the one before, as after a quoted “=”.

    Pictures, and whatever is longer than any text, are cut short.
    """
    whole, size, quoted = "", 0, False
    pieces: list[str] = []
    for raw in lines:
        line = raw.rstrip("\r\n")
        goes_on = bool(pieces) and (quoted or line[:1] in (" ", "\t"))
        if not goes_on:
            if pieces:
                yield "".join(pieces)
            pieces, size, whole = [], 0, line
        elif quoted:
            pieces[-1] = pieces[-1].removesuffix("=")
            line = line[1:] if line[:1] in (" ", "\t") else line
        else:
            line = line[1:]
        if size <= MAX_VALUE:
            pieces.append(line)
            size += len(line)
        quoted = line.endswith("=") and bool(_QUOTED.search(whole.partition(":")[0] + ":"))
    if pieces:
        yield "".join(pieces)


# Writing


def escape(text: str) -> str:
    """A text for a value of version 3.0 and 4.0."""
    clean = text.replace("\r\n", "\n").replace("\r", "\n")
    for plain, written in (("\\", "\\\\"), ("\n", "\\n"), (",", "\\,"), (";", "\\;")):
        clean = clean.replace(plain, written)
    return "".join(char for char in clean if char >= " " and not "\ud800" <= char <= "\udfff")


def line(name: str, *parts: str, types: Sequence[str] = ()) -> str:
    """A property of version 3.0, folded; several parts are the components of one value."""
    kinds = "".join(f";TYPE={one}" for one in types)
    return _folded(f"{name}{kinds}:{';'.join(map(escape, parts))}")


def _folded(text: str) -> str:
    """Lines of at most 75 bytes, cut between characters."""
    pieces, piece, size = [], "", 0
    for char in text:
        width = len(char.encode())
        if size + width > LINE_BYTES:
            pieces.append(piece)
            piece, size = "", 1
        piece += char
        size += width
    return "\r\n ".join([*pieces, piece]) + "\r\n"
