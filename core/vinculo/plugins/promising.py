"""What plugins say of records that promise goods to a client: which these are, and what they promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Goods:
    """So much of what a record names; ``discount`` and ``tax`` in percent.

    Perhaps it names a ``product`` (kind, id), and a ``variant`` of that (kind, id).
    """

    text: str
    quantity: Decimal
    product: tuple[str, int] | None = None
    price: Decimal | None = None
    discount: Decimal = Decimal(0)
    unit: str = ""
    tax: Decimal = Decimal(0)
    variant: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """Records of a kind that promise goods to their client, once the log tells one of ``made`` of them.

    One of ``dropped`` takes the promise back. ``goods(session, record_id)`` are the lines of a record.
    A record may be made of another that promises the same, as an order of a deal: ``origin(session,
    record_id)`` is that one (kind, id), ``made_of(session, kind, record_id)`` are the ids of what was made of
    that one, and ``taken(session, kind, record_id)`` is whether any of these promises in its place. A record
    is ``sold`` while its field ``state`` is one of these, on the day that the field ``sold_on`` holds; what
    is asked of all sales is asked of the kind of the least ``weight``.
    """

    kind: str
    made: Sequence[str]
    dropped: Sequence[str]
    goods: Callable[[Session, int], Sequence[Goods]]
    origin: Callable[[Session, int], tuple[str, int] | None] | None = None
    made_of: Callable[[Session, str, int], Sequence[int]] | None = None
    taken: Callable[[Session, str, int], bool] | None = None
    sold: Sequence[str] = ()
    sold_on: str = ""
    weight: int = 50


def family(
    promises: Mapping[str, Promise], session: Session, source: tuple[str, int]
) -> Sequence[tuple[str, int]]:
    """The records (kind, id) that promise the same goods: the one that all are made of, then these."""
    found = [source]
    while (one := promises.get(found[0][0])) and one.origin and (above := one.origin(session, found[0][1])):
        if above in found:
            break
        found.insert(0, above)
    found = found[:1]
    for kind, record_id in found:  # which grows meanwhile
        for one in promises.values():
            made = one.made_of(session, kind, record_id) if one.made_of else ()
            found.extend(new for each in made if (new := (one.kind, each)) not in found)
    return found
