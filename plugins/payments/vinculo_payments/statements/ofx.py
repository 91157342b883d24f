"""Statements of Open Financial Exchange, whose earlier versions are SGML and whose later ones are XML."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from vinculo.i18n import gettext as _
from vinculo_payments.statements.lines import Line, Statement, amount, broken

_HOLDERS: Final = ("STMTRS", "CCSTMTRS", "INVSTMTRS")
_DAY: Final = re.compile(r"(\d{4})(\d\d)(\d\d)")


def read(text: str) -> list[Statement]:
    """One statement for each account. Raises ``InvalidFileError``.

    The tree alone is read, not the classes of the standard: most banks write what these refuse.
    """
    from ofxtools.Parser import ParseError, TreeBuilder  # noqa: PLC0415 -- 0.2 s, for every start of a command

    builder = TreeBuilder()
    try:
        builder.feed(text[text.index("<OFX>") :])
        root = builder.close()
    except (ParseError, ValueError, AssertionError, IndexError):
        raise broken(_("it is no Open Financial Exchange.")) from None
    found = [one for name in _HOLDERS for one in root.iter(name)]
    if not found:
        raise broken(_("it holds no statement of an account."))
    return [_statement(one) for one in found]


def _statement(of: Any) -> Statement:
    accounts = (_text(of, f"{name}/ACCTID") for name in ("BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"))
    account = next(filter(None, accounts), "")
    made = Statement(account, _text(of, "CURDEF"))
    if not account:
        raise broken(_("it names no account."))
    if balance := _text(of, "LEDGERBAL/BALAMT"):
        made.closing = amount(balance)
    for one in of.iter("STMTTRN"):
        day, size = _day(one), _text(one, "TRNAMT")
        if day is None or not size:
            made.left_out.append(_("A line without day or amount."))
        elif value := amount(size):
            made.lines.append(_line(one, day, value))
    return made


def _line(of: Any, day: date, size: Any) -> Line:
    return Line(
        day=day,
        amount=size,
        number=_text(of, "CHECKNUM") or _text(of, "REFNUM"),
        party=_text(of, "NAME") or _text(of, "PAYEE/NAME"),
        party_account=_text(of, "BANKACCTTO/ACCTID"),
        text=_text(of, "MEMO"),
        reference=_text(of, "FITID"),
    )


def _day(of: Any) -> date | None:
    match = _DAY.match(_text(of, "DTPOSTED"))
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        raise broken(_("“%(value)s” is no day.", value=match[0])) from None


def _text(of: Any, path: str) -> str:
    return (of.findtext(path) or "").strip()
