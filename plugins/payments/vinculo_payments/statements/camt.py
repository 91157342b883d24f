"""Statements of ISO 20022: camt.052, camt.053 and camt.054, in whatever version of their schema."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element, ParseError  # nosec B405 # the types; defusedxml reads

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from vinculo.i18n import gettext as _
from vinculo_payments.statements.lines import Line, Statement, amount, broken

_HOLDERS: Final = ("Stmt", "Rpt", "Ntfctn")
_OPENING: Final = ("OPBD", "PRCD", "OPAV")
_CLOSING: Final = ("CLBD", "ITBD", "CLAV")


def read(content: bytes) -> list[Statement]:
    """One statement for each that the document holds. Raises ``InvalidFileError``."""
    try:
        root = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError):
        raise broken(_("it is no well-formed XML.")) from None
    for part in root.iter():  # versions differ by their name space alone
        part.tag = str(part.tag).rpartition("}")[2]
    found = [one for name in _HOLDERS for one in root.iter(name)]
    if not found:
        raise broken(_("it holds no statement of an account."))
    written = _first(root, ".//GrpHdr/CreDtTm", ".//GrpHdr/CreDt")
    return [_statement(one, written) for one in found]


def _statement(of: Element, written: str) -> Statement:
    account = _text(of, "Acct/Id/IBAN") or _text(of, "Acct/Id/Othr/Id") or _text(of, "Acct/Id/PrtryAcct/Id")
    entries = of.findall("Ntry")
    currency = _text(of, "Acct/Ccy") or next(
        (part.get("Ccy", "") for part in (one.find("Amt") for one in entries) if part is not None), ""
    )
    made = Statement(account, currency, _balance(of, _OPENING), _balance(of, _CLOSING))
    if not account:
        raise broken(_("it names no account."))
    for entry in entries:
        if (status := _text(entry, "Sts") or _text(entry, "Sts/Cd")) and status not in ("BOOK", "INFO"):
            made.left_out.append(
                _("An entry that is not booked yet: %(amount)s.", amount=_text(entry, "Amt"))
            )
            continue
        made.lines.extend(_lines(entry, _day(entry, _text(of, "CreDtTm") or written)))
    return made


def _balance(of: Element, codes: tuple[str, ...]) -> Decimal | None:
    for code in codes:
        for one in of.findall("Bal"):
            if _text(one, "Tp/CdOrPrtry/Cd") == code:
                return _signed(one)
    return None


def _signed(of: Element) -> Decimal:
    size = amount(_text(of, "Amt"))
    return -size if _text(of, "CdtDbtInd") == "DBIT" else size


def _lines(entry: Element, day: date) -> Iterator[Line]:
    """One for each of its transactions, if these have amounts that add up to the entry; else one."""
    whole = _signed(entry)
    details = entry.findall("NtryDtls/TxDtls")
    parts = [_part(one, whole) for one in details]
    if len(details) > 1 and None not in parts and sum(filter(None, parts)) == whole:
        for number, (one, part) in enumerate(zip(details, parts, strict=True)):
            yield _line(entry, one, day, part or Decimal(0), f":{number}")
    elif whole:
        yield _line(entry, details[0] if len(details) == 1 else None, day, whole, "")


def _part(of: Element, whole: Decimal) -> Decimal | None:
    text = _text(of, "Amt") or _text(of, "AmtDtls/TxAmt/Amt")
    if not text:
        return None
    size = amount(text)
    side = _text(of, "CdtDbtInd")
    return -size if (side == "DBIT" if side else whole < 0) else size


def _line(entry: Element, of: Element | None, day: date, size: Decimal, part: str) -> Line:
    whose = "Dbtr" if size > 0 else "Cdtr"
    place = of if of is not None else entry
    reference = _text(entry, "AcctSvcrRef") or _text(place, "Refs/AcctSvcrRef")
    texts = [one.text or "" for one in place.iter("Ustrd")]
    texts += [one.text or "" for one in place.findall("RmtInf/Strd/CdtrRefInf/Ref")]
    return Line(
        day=day,
        amount=size,
        number=_first(place, "Refs/EndToEndId", "Refs/InstrId", "Refs/TxId"),
        party=_first(place, f"RltdPties/{whose}/Nm", f"RltdPties/{whose}/Pty/Nm"),
        party_tax_id=_first(
            place, f"RltdPties/{whose}/Id/OrgId/Othr/Id", f"RltdPties/{whose}/Pty/Id/OrgId/Othr/Id"
        ),
        party_account=_first(
            place, f"RltdPties/{whose}Acct/Id/IBAN", f"RltdPties/{whose}Acct/Id/Othr/Id"
        ),
        text=" ".join(" ".join(texts).split()) or _text(entry, "AddtlNtryInf"),
        reference=f"{reference}{part}" if reference else "",
    )  # fmt: skip


def _first(of: Element, *paths: str) -> str:
    found = (_text(of, path) for path in paths)
    return next((text for text in found if text and text != "NOTPROVIDED"), "")


def _day(entry: Element, written: str) -> date:
    """The day of booking; advices often leave it out, and mean the day on which they were written."""
    text = _first(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm") or written
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise broken(_("“%(value)s” is no day.", value=text[:40])) from None


def _text(of: Element, path: str) -> str:
    return (of.findtext(path) or "").strip()
