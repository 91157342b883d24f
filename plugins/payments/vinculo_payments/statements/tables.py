"""Statements as tables: each bank writes its own columns, and somebody says once which column is what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from vinculo.db.text import fold
from vinculo.errors import InvalidFileError
from vinculo.i18n import gettext as _
from vinculo.records.tabular import TableRow, open_table
from vinculo_payments.statements.lines import Line, Statement, amount, broken

FORMAT: Final = "CSV"
KNOWN: Final[Mapping[str, Sequence[str]]] = {  # what a column may be, and how banks call it
    "day": ("date", "booking date", "transaction date", "posting date", "buchungstag", "data", "дата"),
    "amount": ("amount", "sum", "betrag", "valor", "сумма"),
    "came": ("credit", "paid in", "money in", "haben", "credito", "кредит", "поступление"),
    "went": ("debit", "paid out", "money out", "soll", "debito", "дебет", "списание"),
    "currency": ("currency", "wahrung", "moeda", "валюта"),
    "party": ("party", "counterparty", "payee", "payer", "name", "supplier", "beneficiary", "favorecido",
              "контрагент"),
    "party_tax_id": ("tax id", "vat", "cnpj", "инн"),
    "party_account": ("account", "iban", "counterparty account", "conta", "счет контрагента"),
    "number": ("number", "document number", "transaction number", "check number", "documento", "номер"),
    "text": ("description", "details", "purpose", "memo", "reference text", "verwendungszweck", "historico",
             "описание", "назначение", "назначение платежа"),
    "reference": ("reference", "transaction id", "id", "bank reference"),
}  # fmt: skip
TEXTS: Final = ("number", "party", "party_tax_id", "party_account", "text")
DAYS: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d.%m.%y")
DAY_FIRST: Final = ("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y")
MONTH_FIRST: Final = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y")
_AROUND: Final = re.compile(r"[\s'\u2019\u00a0\u202f]|^(?:[A-Z]{3}|R\$)|[A-Z]{3}$|[€$£₽]")  # also currencies
_NUMBER: Final = re.compile(r"[(+-]?[\d.,]*\d[\d.,]*[)-]?")
_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}([.,]\d{3})+")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what, by titles. ``outward``: amounts above zero went out, below came in."""

    titles: Mapping[str, str] = field(default_factory=dict)
    outward: bool = False
    month_first: bool = False  # 02/03/2026 is the third of February

    def fits(self, header: Iterable[str]) -> bool:
        """Whether a file has all of these columns, and they tell day and amount."""
        told = "day" in self.titles and not {"amount", "came", "went"}.isdisjoint(self.titles)
        return told and {*self.titles.values()} <= {*header}


@dataclass(frozen=True, slots=True)
class Sample:
    """What a table looks like: its titles and first rows."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def sample(path: Path, rows: int = 5) -> Sample | None:
    """The beginning of a file; None for what is no table of at least two columns with a row below."""
    try:
        with open_table(path) as table:
            found = [row.values for row, _number in zip(table, range(rows), strict=False) if not row.error]
            return Sample(table.header, found) if len(table.header) > 1 and found else None
    except InvalidFileError:
        return None


def guess(header: Sequence[str]) -> Columns:
    """What titles say by themselves; each column is one thing at most."""
    titles: dict[str, str] = {}
    called = {fold(title): title for title in header}
    for role, names in KNOWN.items():
        title = next((called[name] for one in names if (name := fold(one)) in called), None)
        if title is not None and title not in titles.values():
            titles[role] = title
    if "amount" in titles:
        titles.pop("came", None)
        titles.pop("went", None)
    return Columns(titles)


def read(path: Path, columns: Columns, *, account: str, currency: str) -> Statement:
    """The lines of one account. Raises ``InvalidFileError``, which names row and column of what is wrong.

    Rows in another currency, and without an amount, are left out and told of; not all of them may be.
    """
    made = Statement(account, currency)
    with open_table(path) as table:
        if not columns.fits(table.header):
            text = _("Say which column is the day, and which the amount, or what came in and what went out.")
            raise InvalidFileError(text, code="columns")
        for row in table:
            _take(made, row, dict(zip(table.header, row.values, strict=False)), columns)
    if made.left_out and not made.lines:
        text = _("Nothing of this table can be booked. %(why)s", why=made.left_out[0])
        raise InvalidFileError(text, code="statement")
    return made


def _take(made: Statement, row: TableRow, cells: Mapping[str, str], columns: Columns) -> None:
    if row.error:
        raise broken(_("row %(row)s: %(why)s", row=row.number, why=row.error))
    said = {role: " ".join(cells.get(title, "").split()) for role, title in columns.titles.items()}
    other = said.get("currency", "").upper()
    if other and made.currency and other != made.currency:
        text = _("Row %(row)s is in %(other)s, the account in %(currency)s.")
        made.left_out.append(text % {"row": row.number, "other": other, "currency": made.currency})
        return
    value = _value(row, said, columns)
    if not value:
        made.left_out.append(_("Row %(row)s has no amount.", row=row.number))
        return
    day = _day(said["day"], columns)
    if day is None:
        raise broken(_where(row, columns.titles["day"], _("“%(value)s” is no day.", value=said["day"][:40])))
    texts = {name: said.get(name, "") for name in TEXTS}
    # Where the bank names no line, all that it says of it does: the same sum may go twice to one payee.
    named = said.get("reference") or "\x1f".join(" ".join(cell.split()) for cell in row.values)
    made.lines.append(Line(day, value, **texts, reference=named))


def _where(row: TableRow, title: str, why: str) -> str:
    return _("row %(row)s, column “%(column)s”: %(why)s", row=row.number, column=title, why=why)


def _value(row: TableRow, said: Mapping[str, str], columns: Columns) -> Decimal:
    """What came in, less what went out."""
    total = Decimal(0)
    for role in ("amount", "came", "went"):
        if not (text := said.get(role, "")):
            continue
        try:
            value = number(text)
        except InvalidFileError:
            why = _("“%(value)s” is no amount.", value=text[:40])
            raise broken(_where(row, columns.titles[role], why)) from None
        total += value if role == "amount" else abs(value) if role == "came" else -abs(value)
    return -total if columns.outward else total


def number(text: str) -> Decimal:
    """An amount as people write it: 1.234,56, 1,234.56, (12.00) or 12.00-. Raises ``InvalidFileError``.

    Of two signs the last one is the decimal one; three digits behind each make them thousands.
    """
    clean = _AROUND.sub("", text.replace("\u2212", "-"))
    if not _NUMBER.fullmatch(clean):
        raise broken(_("“%(value)s” is no amount.", value=text[:40]))
    below = clean.startswith(("(", "-")) or clean.endswith("-")
    clean = clean.strip("()+-")
    if {".", ","} <= {*clean}:
        clean = clean.replace("," if clean.rindex(".") > clean.rindex(",") else ".", "")
    elif _THOUSANDS.fullmatch(clean):
        clean = clean.replace(",", "").replace(".", "")
    return -amount(clean) if below else amount(clean)


def _day(text: str, columns: Columns) -> date | None:
    said = text.split(" ", maxsplit=1)[0].split("T", maxsplit=1)[0]  # a time of the day may follow
    for pattern in (*DAYS, *(MONTH_FIRST if columns.month_first else DAY_FIRST)):
        try:
            return datetime.strptime(said, pattern).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    return None
