"""Which encoding a text file is in: told by marks, by how words are built, or by what reads like one."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from vinculo.errors import InvalidFileError
from vinculo.i18n import gettext as _

_CHUNK_BYTES = 1 << 18
_SAMPLE_LINES = 2_000
_SAMPLE_LINE_BYTES = 2_000
# Control characters that no text has; a legacy encoding would happily "decode" them.
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")
_UNASSIGNED = {"cp1251": re.compile(rb"\x98"), "cp1252": re.compile(rb"[\x81\x8d\x8f\x90\x9d]")}
# Further ones, told by what reads like a language.
_DOUBLE: Final = ("big5", "gb18030", "cp932", "euc_jp", "cp949")  # letters of two bytes
_OTHERS: Final = (*_DOUBLE, "koi8-r", "cp1250", "cp1253", "cp1254")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_PLAIN_LETTER: Final = re.compile(r"[A-Za-z]")
_UNLIKE: Final = 0.1  # what share of a text may look like no language at all
_PLAIN: Final = 5  # so many words tell an encoding for sure
_SHOWN: Final = 3
_SHOWN_WORDS: Final = 8
# Letters, and high bytes that are not punctuation or a sign in both encodings.
_HIGH = rb"\x80\x81\x83\x86-\x90\x98-\x9f\xa1-\xa6\xa8\xac\xaf\xb2-\xb6\xb8\xbc-\xff"
_WORD = re.compile(rb"[A-Za-z%b]{2,}" % _HIGH)
_CYRILLIC_WORD = re.compile(
    rb"[\xa5\xa8\xaf\xb2\xc0-\xdf]?[\xb3\xb4\xb8\xbf\xe0-\xff]+|[\xa5\xa8\xaf\xb2\xc0-\xdf]+"
)
_WESTERN_WORD = re.compile(rb"(?!.*[\x80-\xff]{3}).*[A-Za-z].*")


def unreadable_file() -> InvalidFileError:
    """The refusal of a file that is neither text in a known encoding nor a workbook."""
    message = _("The file is neither readable text nor a spreadsheet. Save it as XLSX or as CSV in UTF-8.")
    return InvalidFileError(message, code="unreadable_file")


def choose_encoding(path: Path, wanted: str | None = None) -> str:
    """Confirm that the whole file decodes as `wanted`, or find what it decodes as."""
    if wanted is None:
        return _detect_encoding(path)
    try:
        known = codecs.lookup(wanted).name
        b"a".decode(wanted, "replace")
    except (LookupError, ValueError) as error:
        message = _(
            "%(encoding)s is not a text encoding. Use utf-8, windows-1251 or latin-1.", encoding=wanted
        )
        raise InvalidFileError(message, code="unknown_encoding") from error
    marked = _marked(path)
    return _confirmed(path, marked if marked and marked.startswith(known[:6]) else wanted)


def _marked(path: Path) -> str | None:
    """The encoding that a byte order mark tells: to be read by it, or the mark were part of the text."""
    with path.open("rb") as file:
        head = file.read(3)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None


def _confirmed(path: Path, encoding: str) -> str:
    if not _decodes(path, encoding):
        message = _("The file is not in %(encoding)s. Choose another encoding.", encoding=encoding)
        raise InvalidFileError(message, code="wrong_encoding")
    return encoding


def _detect_encoding(path: Path) -> str:
    """Name the encoding of the whole file, not only of its beginning.

    Knows UTF-8, UTF-16 (without a byte order mark where it is mostly plain letters), windows-1251 and
    windows-1252, of which latin-1 text is a part, and others by what reads like a language in them.
    """
    known = _marked(path) or _unmarked_utf16(path)
    if known:
        return _confirmed(path, known)
    return "utf-8" if _decodes(path, "utf-8") else _detect_legacy(path)


class Reading(NamedTuple):
    """An encoding in which a file may be, and how some words of it would read."""

    encoding: str
    words: str


def readings(path: Path, encoding: str) -> tuple[Sequence[Reading], bool]:
    """How a file reads in its encoding and in others that it may be in, and whether that is no question.

    The others are left out where they make no difference, and for Unicode.
    """
    if encoding.startswith(("utf-8", "utf-16")):
        return (), True
    lines = _sample(path)
    found: dict[str, str] = {}
    for name in (encoding, *_UNASSIGNED, *_ranked(lines, _OTHERS)):
        if len(found) < _SHOWN and name not in found and _decodes(path, name):
            words = _words(lines, name)
            if words not in found.values():
                found[name] = words
    western, cyrillic, words_seen = _built(lines)
    clear = max(western, cyrillic) >= max(_PLAIN, 0.9 * words_seen) and encoding in _UNASSIGNED
    return ([Reading(*one) for one in found.items()] if len(found) > 1 else ()), clear


def _words(lines: Sequence[bytes], encoding: str) -> str:
    """The first words that are not plain letters."""
    text = b"\n".join(lines).decode(encoding, "replace")
    words = (word for word in re.split(r"[\s,;|\"]+", text) if not word.isascii())
    return " ".join(word[:40] for word in islice(words, _SHOWN_WORDS))


def _ranked(lines: Sequence[bytes], candidates: Sequence[str]) -> list[str]:
    """The encodings in which lines read like a language, the likeliest first."""
    from charset_normalizer import from_bytes  # noqa: PLC0415 -- 90 ms that most commands need not pay

    found = from_bytes(b"\n".join(lines), cp_isolation=list(candidates), threshold=_UNLIKE)
    return [one.encoding.replace("koi8_r", "koi8-r") for one in found]


def _sample(path: Path) -> list[bytes]:
    """Whole lines that are not plain, for what is told by more than single letters."""
    found: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while size < _CHUNK_BYTES and (piece := file.readline(_CHUNK_BYTES)):
            lines = piece.splitlines()
            if len(piece) == _CHUNK_BYTES:
                del lines[-1:]  # it is cut, perhaps in the middle of a letter
            lines = [line for line in lines if not line.isascii()]
            size += sum(map(len, lines))
            found += lines
    return found


def _unmarked_utf16(path: Path) -> str | None:
    """UTF-16 shows by every other byte being zero, which is no text in any other encoding."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE_LINE_BYTES)
    for name, zeros, others in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if zeros and 2 * zeros.count(0) > len(zeros) and not others.count(0):
            return name
    return None


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                if "\0" in decoder.decode(chunk):
                    raise unreadable_file()
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _detect_legacy(path: Path) -> str:
    candidates = list(_UNASSIGNED)
    sample: list[bytes] = []
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            if _BINARY.search(chunk):
                raise unreadable_file()
            candidates = [name for name in candidates if not _UNASSIGNED[name].search(chunk)]
            lines = (line[:_SAMPLE_LINE_BYTES] for line in chunk.splitlines() if not line.isascii())
            sample.extend(islice(lines, _SAMPLE_LINES - len(sample)))
    _refuse_damaged_utf8(sample)
    encoding = _choose_legacy(sample, candidates)
    if encoding != "cp1251":
        encoding = _choose_double(path) or encoding or _choose_other(path, candidates)
    if encoding is None:
        raise unreadable_file()
    return encoding


def _choose_double(path: Path) -> str | None:
    """An encoding of East Asia: its words have no plain letters, which western ones misread so still have."""
    lines = _sample(path)
    for name in _ranked(lines, _DOUBLE):
        words = [
            word for word in _LETTERS.findall(b"\n".join(lines).decode(name, "replace")) if not word.isascii()
        ]
        mixed = sum(bool(_PLAIN_LETTER.search(word)) for word in words)
        if words and mixed <= 0.1 * len(words) and _decodes(path, name):
            return name
    return None


def _choose_other(path: Path, candidates: Sequence[str]) -> str | None:
    ranked = _ranked(_sample(path), [*candidates, *_OTHERS])
    return next((name for name in ranked if _decodes(path, name)), None)


def _refuse_damaged_utf8(lines: list[bytes]) -> None:
    """A stray byte in a UTF-8 file must not turn all its accents into windows-1252."""
    if 2 * sum(map(_is_utf8, lines)) > len(lines):
        message = _("The file is in UTF-8, but some bytes of it are damaged. Save it again as CSV in UTF-8.")
        raise InvalidFileError(message, code="unreadable_file")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _choose_legacy(lines: list[bytes], candidates: list[str]) -> str | None:
    """Choose by how words are built, which works on a handful of words where statistics do not.

    Western words mix accented letters (high bytes), at most two in a row, with plain ones;
    Cyrillic words are all high bytes, and capitals come first or throughout. Only where
    words leave it open (lone letters, typographic signs) does charset-normalizer decide.
    """
    western, cyrillic, words = _built(lines)
    if words and 2 * (western + cyrillic) < words:
        return None  # some other alphabet
    if western != cyrillic:
        favourite = "cp1252" if western > cyrillic else "cp1251"
        return favourite if favourite in candidates else None
    if not candidates:
        return None
    return next((name for name in _ranked(lines, candidates) if name in candidates), candidates[-1])


def _built(lines: Sequence[bytes]) -> tuple[int, int, int]:
    """How many words are built as western ones, how many as Cyrillic ones, and of how many in all."""
    words = [word for line in lines for word in _WORD.findall(line) if not word.isascii()]
    western = sum(bool(_WESTERN_WORD.fullmatch(word)) for word in words)
    return western, sum(bool(_CYRILLIC_WORD.fullmatch(word)) for word in words), len(words)
