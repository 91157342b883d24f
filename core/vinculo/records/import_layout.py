"""How the file of an import is read, as people say it in a form, a request or a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.records import tabular_encoding
from vinculo.records.importing import Preview
from vinculo.records.models import ImportRun
from vinculo.records.tabular import Layout
from vinculo.web.context import Context
from vinculo.web.views import Input, Option, Widget

MAX_ROW: Final = 1_000
_NAMED: Final = {"tab": "\t", "\\t": "\t", "space": " "}
ENCODINGS: Final = {
    "utf-8": _l("Unicode (UTF-8)"),
    "utf-16": _l("Unicode (UTF-16)"),
    "cp1252": _l("Western European (windows-1252)"),
    "cp1250": _l("Central European (windows-1250)"),
    "cp1251": _l("Cyrillic (windows-1251)"),
    "koi8-r": _l("Cyrillic (KOI8-R)"),
    "cp1253": _l("Greek (windows-1253)"),
    "cp1254": _l("Turkish (windows-1254)"),
    "gb18030": _l("Chinese, simplified (GB18030)"),
    "big5": _l("Chinese, traditional (Big5)"),
    "cp932": _l("Japanese (Shift JIS)"),
    "euc_jp": _l("Japanese (EUC-JP)"),
    "cp949": _l("Korean (EUC-KR)"),
}
SEPARATORS: Final = {
    ",": _l("Comma"),
    ";": _l("Semicolon"),
    "tab": _l("Tab"),
    "|": _l("Bar |"),
    "+|": _l("Plus and bar +|"),
}
NAMES: Final = ("encoding", "separator", "sheet", "header")


def separator(text: str | None) -> str | None:
    """A separator as people type it, who have no key for a tab."""
    return _NAMED.get(text.lower(), text) if text else None


def said(value: Callable[[str], str]) -> Layout:
    """The layout that a form or a request states. Raises ``InvalidError`` for a row that is no number."""
    return Layout(
        encoding=value("encoding").strip() or None,
        delimiter=separator(value("separator")),
        sheet=value("sheet") or None,
        header=_row(value("header").strip()),
    )


def _row(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 4 or int(text) > MAX_ROW:
        fault = _("The row of the titles is a number from 1 to %(limit)s, or 0 for none.", limit=MAX_ROW)
        raise InvalidError([FieldError("header", fault, "type")])
    return int(text)


def as_said(layout: Layout) -> Mapping[str, str]:
    """A layout as the values of a form, which ``said`` reads."""
    return {
        "encoding": _encoding(layout.encoding),
        "separator": "tab" if layout.delimiter == "\t" else layout.delimiter or "",
        "sheet": layout.sheet or "",
        "header": "" if layout.header is None else str(layout.header),
    }


def _encoding(name: str | None) -> str:
    return (name or "").removesuffix("-sig")


def encoding_input() -> Input:
    """The choice that comes with the file, for one whose encoding is not recognised."""
    options = [Option("", _("Recognise it")), *_options(ENCODINGS, "")]
    help_text = _("Only for text files that are not recognised.")
    return Input("encoding", _("Encoding"), Widget.SELECT, options=options, help=help_text)


def inputs(seen: Preview | None, values: Mapping[str, str]) -> Sequence[Input]:
    """The choices for a file that was opened; all of them for one that could not be, as it was asked."""
    found: list[Input] = []
    if seen is None or seen.layout.encoding:
        found += [
            Input("encoding", _("Encoding"), Widget.SELECT, values["encoding"],
                  options=_options(ENCODINGS, values["encoding"])),
            Input("separator", _("Separator"), Widget.SELECT, values["separator"],
                  options=_options(SEPARATORS, values["separator"])),
        ]  # fmt: skip
    if seen and len(seen.sheets) > 1:
        sheets = [Option(name, name) for name in seen.sheets]
        found.append(Input("sheet", _("Sheet"), Widget.SELECT, values["sheet"], options=sheets))
    help_text = _("0 if the file has no titles.")
    titles = Input("header", _("Row of the titles"), Widget.NUMBER, values["header"], help=help_text)
    return [*found, titles]


def _options(known: Mapping[str, object], chosen: str) -> list[Option]:
    options = [Option(value, str(label)) for value, label in known.items()]
    return options if not chosen or chosen in known else [*options, Option(chosen, chosen)]


@dataclass(frozen=True, slots=True)
class Readings:
    """How a file reads in each encoding that it may be in; ``clear``: it is the first, or was asked for."""

    options: Sequence[Option]  # address, name of the encoding
    words: Sequence[str]
    clear: bool


def readings(ctx: Context, run: ImportRun, layout: Layout, others: Sequence[str]) -> Readings | None:
    """What to choose from where letters look wrong; None where there is no choice."""
    path, encoding = Path(run.path), layout.encoding
    found, clear = tabular_encoding.readings(path, encoding) if encoding else ((), True)
    if not found:
        return None
    kept = [("separator", ""), ("header", ""), *(("with", name) for name in others)]
    options = [
        Option(
            f"/imports/{run.id}/map?{urlencode([('encoding', one.encoding), *kept])}",
            str(ENCODINGS.get(one.encoding, one.encoding)),
        )
        for one in found
    ]
    asked = bool(ctx.parameter("encoding"))
    return Readings(options, [one.words for one in found], clear or asked)
