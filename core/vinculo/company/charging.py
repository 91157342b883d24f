"""What lines of documents come to with tax, and the last number of each series: alike for whoever charges."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

HUNDRED: Final = Decimal(100)


def hundredths(value: Decimal) -> Decimal:
    """Rounded to a hundredth, half up."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def charged(
    quantity: Decimal, price: Decimal, discount: Decimal, tax: Decimal | None
) -> tuple[Decimal, Decimal]:
    """(net, tax) of a line, each rounded; ``discount`` and ``tax`` are in percent."""
    net = hundredths(quantity * price * (1 - discount / HUNDRED))
    return net, hundredths(net * (tax or 0) / HUNDRED)


def totals(lines: Iterable[tuple[Decimal, Decimal]]) -> tuple[Decimal, Decimal]:
    """(amount with tax, tax) of lines that are charged so."""
    amount = whole = Decimal("0.00")
    for net, tax in lines:
        amount, whole = amount + net + tax, whole + tax
    return amount, whole


def count(session: Session, counter: Any, series: str) -> int:
    """The next number of a series, without gaps.

    ``counter`` is the plugin's table of ``series``, unique, and the ``last`` number of each. The row stays
    locked until the transaction ends, and one that fails gives the number back.
    """
    step = sa.update(counter).where(counter.series == series).values(last=counter.last + 1)
    step = step.returning(counter.last).execution_options(synchronize_session=False)
    if (serial := session.scalar(step)) is not None:
        return int(serial)
    try:
        with session.begin_nested():
            session.add(counter(series=series, last=1))
    except IntegrityError:  # another was first
        return int(session.execute(step).scalar_one())
    return 1
