"""A file of whatever format: told by its content, not by its name."""

from __future__ import annotations

from typing import Final

from vinculo.i18n import gettext as _
from vinculo_payments.statements import camt, mt940, ofx, onec
from vinculo_payments.statements.lines import Statement, broken

HEAD: Final = 4_000  # characters in which the format shows
LARGEST: Final = 20_000_000  # bytes
ONEC, CAMT, MT940, OFX = "1C", "camt", "MT940", "OFX"


def read(content: bytes) -> tuple[str, list[Statement]]:
    """The name of the format, and a statement for each account. Raises ``InvalidFileError``."""
    if len(content) > LARGEST:
        raise broken(_("it is larger than %(size)s MB.", size=LARGEST // 1_000_000))
    text = decoded(content)
    head = text.lstrip("\ufeff \r\n\t")[:HEAD]
    if head.startswith(onec.HEAD):
        return ONEC, onec.read(text)
    if "camt.05" in head:
        return CAMT, camt.read(content)
    if "<OFX>" in text:
        return OFX, ofx.read(text)
    if ":20:" in head and (":25" in text or ":60" in text):
        return MT940, mt940.read(text)
    raise broken(_("it is neither 1C, camt, MT940 nor OFX."))


def decoded(content: bytes) -> str:
    """As UTF-8 if it is that, whatever the file says of itself; else as Windows writes Russian or Latin."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        russian = content.lstrip().startswith(onec.HEAD.encode())
        return content.decode("cp1251" if russian else "cp1252", "replace")
