"""Statements of SWIFT: MT940 and MT942."""

from __future__ import annotations

import warnings
from datetime import date
from decimal import Decimal
from typing import Any

from vinculo.i18n import gettext as _
from vinculo_payments.statements.lines import MOST, Line, Statement, broken


def read(text: str) -> list[Statement]:
    """One statement for each account, of however many messages. Raises ``InvalidFileError``."""
    import mt940  # noqa: PLC0415 -- for who takes in such statements

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            blocks = mt940.parse_statements(text)
    except Exception as error:  # whatever a stranger's file does to the reader
        raise broken(_("it is no statement by SWIFT.")) from error
    found: dict[str, Statement] = {}
    for block in blocks:
        account = str(block.data.get("account_identification") or "").strip()
        if not account:
            raise broken(_("it names no account."))
        made = found.setdefault(account, Statement(account))
        _add(made, block)
    if not found:
        raise broken(_("it holds no statement of an account."))
    return list(found.values())


def _add(made: Statement, block: Any) -> None:
    opening, closing = (_balance(block, "opening"), _balance(block, "closing"))
    made.opening = opening if made.opening is None else made.opening
    made.closing = closing if closing is not None else made.closing
    for one in block:
        line = _line(one.data)
        if line is None:
            made.left_out.append(_("A line without day or amount."))
        elif line.amount:
            made.currency = made.currency or str(one.data["amount"].currency or "")
            made.lines.append(line)


def _balance(block: Any, which: str) -> Decimal | None:
    for name in (f"final_{which}_balance", f"intermediate_{which}_balance"):
        found = block.data.get(name)
        if found is not None and found.amount is not None:
            return Decimal(found.amount.amount)
    return None


def _line(data: Any) -> Line | None:
    size, day = data.get("amount"), data.get("entry_date") or data.get("date")
    if size is None or day is None:
        return None
    amount = Decimal(size.amount)
    if abs(amount) > MOST:
        raise broken(_("The amount %(value)s is too large.", value=f"{amount:f}"[:40]))
    purpose = [data.get(name) or "" for name in ("purpose", "additional_purpose")]
    text = " ".join("".join(purpose).split()) or " ".join(str(data.get("transaction_details") or "").split())
    number = str(data.get("customer_reference") or "").strip()
    return Line(
        day=date(day.year, day.month, day.day),
        amount=amount,
        number="" if number == "NONREF" else number,
        party=" ".join(filter(None, (data.get("applicant_name"), data.get("recipient_name")))).strip(),
        party_account=str(data.get("applicant_iban") or data.get("applicant_account") or ""),
        text=text or str(data.get("extra_details") or "").strip(),
    )
