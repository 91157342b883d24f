"""What every format of bank statements comes down to."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from vinculo.errors import InvalidFileError
from vinculo.i18n import gettext as _

MOST: Final = Decimal("999999999999.99")


@dataclass(frozen=True, slots=True)
class Line:
    """A movement of an account: ``amount`` is above zero for what came in, below for what went out.

    ``reference`` is the bank's own name of it, unique within the account, where it gives one.
    """

    day: date
    amount: Decimal
    number: str = ""
    party: str = ""
    party_tax_id: str = ""
    party_account: str = ""
    text: str = ""
    reference: str = ""


@dataclass(slots=True)
class Statement:
    """The lines of one account. Balances are the bank's; ``left_out`` says what is no line, and why."""

    account: str
    currency: str = ""
    opening: Decimal | None = None
    closing: Decimal | None = None
    lines: list[Line] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def keys(account: str, lines: Sequence[Line]) -> Iterator[str]:
    """A name for each line that is the same in every file it stands in, the first 32 hex digits of a hash.

    Where a bank gives no reference, it is made of the line's values and of its place among equal lines of
    that day: two equal payments stay two, and a file that overlaps brings neither again.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    for one in lines:
        by_bank = (one.reference,) if one.reference else ()
        values = (plain(account), f"{one.day}", f"{one.amount.normalize():f}", *(by_bank or _content(one)))
        seen[values] += 1
        yield hashlib.sha256("\x1f".join((*values, str(seen[values]))).encode()).hexdigest()[:32]


def _content(one: Line) -> tuple[str, ...]:
    return (one.number, plain(one.party_account), " ".join(one.text.split()).casefold())


def plain(account: str) -> str:
    """An account's number without spaces and signs, in capitals."""
    return "".join(letter for letter in account if letter.isalnum()).upper()


def amount(text: str) -> Decimal:
    """A number as banks write it, with a comma or a point. Raises ``InvalidFileError``."""
    try:
        value = Decimal(text.strip().replace(" ", "").replace(",", "."))
    except InvalidOperation:
        raise broken(_("“%(value)s” is no amount.", value=text[:40])) from None
    if not value.is_finite() or abs(value) > MOST:
        raise broken(_("The amount %(value)s is too large.", value=text[:40]))
    return value


def broken(why: str) -> InvalidFileError:
    """The error for a file that cannot be read to its end; nothing of it is kept."""
    text = _("This statement cannot be read: %(why)s Get it from the bank anew.", why=why)
    return InvalidFileError(text, code="statement")
