"""Statements of 1C:Enterprise, ``1CClientBankExchange``: key=value lines in sections, in Russian."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from vinculo.i18n import gettext as _
from vinculo_payments.statements.lines import Line, Statement, amount, broken, plain

HEAD: Final = "1CClientBankExchange"
_BEGIN: Final = {"СекцияРасчСчет": "КонецРасчСчет", "СекцияДокумент": "КонецДокумента"}
_END: Final = "КонецФайла"
Section = Mapping[str, str]


def read(text: str) -> list[Statement]:
    """One statement for each account of the file. Raises ``InvalidFileError`` for one that breaks off."""
    accounts, documents = _sections(text)
    found = {plain(number): Statement(number) for number in _own(text, accounts)}
    if not found:
        raise broken(_("it names no account."))
    for section in accounts:
        _balance(found[plain(section["РасчСчет"])], section)
    for document in documents:
        _book(found, document)
    return list(found.values())


def _sections(text: str) -> tuple[list[Section], list[Section]]:
    kept: dict[str, list[Section]] = {begin: [] for begin in _BEGIN}
    values: dict[str, str] = {}
    name, ended = "", False
    for row in text.splitlines():
        key, _equals, value = row.strip().lstrip("\ufeff").partition("=")
        if key in _BEGIN or key == _END:
            if name:
                raise broken(_("a section does not end."))
            name, values, ended = key if key in _BEGIN else "", {}, key == _END
        elif name and key == _BEGIN[name]:
            kept[name].append(values)
            name = ""
        elif name:
            values[key] = value.strip()
    if name or not ended:
        raise broken(_("it breaks off before its end."))
    return kept["СекцияРасчСчет"], kept["СекцияДокумент"]


def _own(text: str, accounts: list[Section]) -> Iterator[str]:
    for section in accounts:
        if "РасчСчет" not in section:
            raise broken(_("it names no account."))
        yield section["РасчСчет"]
    for row in text.splitlines():
        key, _equals, value = row.strip().partition("=")
        if key in ("СекцияРасчСчет", "СекцияДокумент"):
            return
        if key == "РасчСчет" and value.strip():
            yield value.strip()


def _balance(of: Statement, section: Section) -> None:
    """The sections of an account follow each other day by day: the first opens, the last closes."""
    if of.opening is None and section.get("НачальныйОстаток"):
        of.opening = amount(section["НачальныйОстаток"])
    if section.get("КонечныйОстаток"):
        of.closing = amount(section["КонечныйОстаток"])


def _book(found: Mapping[str, Statement], document: Section) -> None:
    """A payment between two accounts of the file is a line of both."""
    payer, payee = (plain(document.get(f"{who}Счет") or document.get(f"{who}РасчСчет", ""))
                    for who in ("Плательщик", "Получатель"))  # fmt: skip
    out, into = document.get("ДатаСписано", ""), document.get("ДатаПоступило", "")
    size = amount(document.get("Сумма", ""))
    booked = False
    if payer in found:
        found[payer].lines.append(_line(document, -size, out or into, "Получатель"))
        booked = True
    if payee in found:
        found[payee].lines.append(_line(document, size, into or out, "Плательщик"))
        booked = True
    if not booked:
        _book_by_days(found, document, size, out, into)


def _book_by_days(
    found: Mapping[str, Statement], document: Section, size: Decimal, out: str, into: str
) -> None:
    """Where a bank masks the accounts, the day says the direction: debited or credited."""
    only = next(iter(found.values()))
    if len(found) > 1 or bool(out) == bool(into):
        text = _("Document %(number)s names no account of the file.", number=document.get("Номер", "—"))
        only.left_out.append(text)
    elif out:
        only.lines.append(_line(document, -size, out, "Получатель"))
    else:
        only.lines.append(_line(document, size, into, "Плательщик"))


def _line(document: Section, size: Decimal, day: str, party: str) -> Line:
    return Line(
        day=_day(day or document.get("Дата", "")),
        amount=size,
        number=document.get("Номер", ""),
        party=_name(document, party),
        party_tax_id=_tax_id(document, party),
        party_account=document.get(f"{party}Счет") or document.get(f"{party}РасчСчет", ""),
        text=document.get("НазначениеПлатежа", ""),
    )


def _name(document: Section, party: str) -> str:
    name = document.get(f"{party}1") or document.get(party, "")
    return name.removeprefix(f"ИНН {_tax_id(document, party)}").strip()


def _tax_id(document: Section, party: str) -> str:
    found = document.get(f"{party}ИНН", "")
    return found if found.strip("0") else ""


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%d.%m.%Y").date()  # noqa: DTZ007 # a day has no zone
    except ValueError:
        raise broken(_("“%(value)s” is no day.", value=text[:40])) from None
