"""A file of whatever format: told by its content, not by its name."""

from __future__ import annotations

from typing import Final

from vinculo.i18n import gettext as _
from vinculo_payments.statements import camt, mt940, ofx, onec
from vinculo_payments.statements.lines import Statement, broken

HEAD: Final = 4_000  # characters in which the format shows
LARGEST: Final = 20_000_000  # bytes
ONEC, CAMT, MT940, OFX = "1C", "camt", "MT940", "OFX"
_READERS: Final = {ONEC: onec.read, MT940: mt940.read, OFX: ofx.read}


def read(content: bytes) -> tuple[str, list[Statement]]:
    """The name of the format, and a statement for each account. Raises ``InvalidFileError``."""
    if len(content) > LARGEST:
        raise broken(_("it is larger than %(size)s MB.", size=LARGEST // 1_000_000))
    text = decoded(content)
    form = _format(text)
    if not form:
        raise broken(_("it is neither 1C, camt, MT940 nor OFX, nor a table with a row below its titles."))
    return form, camt.read(content) if form == CAMT else _READERS[form](text)


def knows(content: bytes) -> bool:
    """Whether it looks like one of the formats."""
    return len(content) > LARGEST or bool(_format(decoded(content)))


def _format(text: str) -> str:
    """The name of the format; "" for none of them."""
    head = text.lstrip("\ufeff \r\n\t")[:HEAD]
    if head.startswith(onec.HEAD):
        return ONEC
    if "camt.05" in head:
        return CAMT
    if "<OFX>" in text:
        return OFX
    return MT940 if ":20:" in head and (":25" in text or ":60" in text) else ""


def decoded(content: bytes) -> str:
    """As UTF-8 if it is that, whatever the file says of itself; else as Windows writes Russian or Latin."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        russian = content.lstrip().startswith(onec.HEAD.encode())
        return content.decode("cp1251" if russian else "cp1252", "replace")
