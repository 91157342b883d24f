"""For which client a record counts: the one it was written for, or the one its counterparty leads to.

A kind whose records store a client, a counterparty and a day or moment says so (``RecordKind.counterparty``
and ``dated``); facts, lists, exports and the API then count its records in each of three ways, named by the
parameter ``links`` of an address:

- none: **as recorded**, for the client that the record stores;
- ``as-was``: for the client to whom the counterparty belonged on the day of the record;
- ``as-is``: for the client to whom it belongs today.

A record that names no counterparty, or one that belonged to nobody on that day, counts for the client that
it stores. Of several links that hold on one day, which the rules of counterparties do not let happen, the
one that began last decides, and of those the one written last. Days are those of UTC, everywhere: what
counts must not depend on who looks. Who may read a record is another question: that goes by the client
that it stores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from vinculo.db.base import now
from vinculo.db.portable import day_of
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records.kind import RecordKind

PARAMETER: Final = "links"
# Of a room above this one.
LINKS: Final = sa.table(
    "counterparties_link",
    *map(sa.column, ("id", "counterparty_id", "client_id")),
    sa.column("valid_from", sa.Date),
    sa.column("valid_to", sa.Date),
)


class Links(StrEnum):
    """How records are counted for clients."""

    RECORDED = ""
    AS_WAS = "as-was"
    AS_IS = "as-is"


def _today() -> date:
    return now().date()


TODAY: Final = sa.bindparam("links_today", type_=sa.Date(), callable_=_today)


def asked(parameters: Iterable[tuple[str, str]]) -> Links:
    """The way that an address asks for. Raises ``InvalidError`` for one that there is not."""
    text = next((value for name, value in reversed([*parameters]) if name == PARAMETER), "")
    if text not in list(Links):
        words = _("“%(value)s” is no choice; write as-was or as-is, or leave it out.", value=text[:20])
        raise InvalidError([FieldError(PARAMETER, words, "unknown_links")])
    return Links(text)


def words(way: Links) -> tuple[str, str]:
    """What a way is called, and how it counts."""
    match way:
        case Links.AS_WAS:
            text = _("What names a counterparty counts for the client it belonged to on that day.")
            return _("As was"), text
        case Links.AS_IS:
            text = _("What names a counterparty counts for the client it belongs to today.")
            return _("As is"), text
    return _("As recorded"), _("Each record counts for the client it was written for.")


def is_attributed(kind: RecordKind) -> bool:
    """Whether records of a kind can be counted in another way than as recorded."""
    return bool(kind.client and kind.counterparty and kind.dated)


def holds(day: sa.ColumnElement[Any], links: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a link holds on a day."""
    begun = sa.or_(links.c.valid_from.is_(None), links.c.valid_from <= day)
    return sa.and_(begun, sa.or_(links.c.valid_to.is_(None), links.c.valid_to >= day))


def client_of(kind: RecordKind, table: sa.FromClause, way: Links) -> sa.ColumnElement[int]:
    """The client for whom a row counts. ``table`` is the kind's, or an alias of it."""
    stored = table.c[kind.column(kind.client).name]
    if way is Links.RECORDED or not is_attributed(kind):
        return stored
    links = LINKS.alias()
    day = TODAY if way is Links.AS_IS else _day(table.c[kind.column(kind.dated).name])
    held = (
        sa.select(links.c.client_id)
        .where(links.c.counterparty_id == table.c[kind.column(kind.counterparty).name], holds(day, links))
        .order_by(links.c.valid_from.desc().nulls_last(), links.c.id.desc())
        .limit(1)
        .correlate_except(links)
    )
    return sa.func.coalesce(held.scalar_subquery(), stored)


def _day(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return column if isinstance(column.type, sa.Date) else day_of(column)


def counts_for(
    kind: RecordKind,
    table: sa.FromClause,
    way: Links,
    theirs: Callable[[sa.ColumnElement[Any]], sa.ColumnElement[bool]],
) -> sa.ColumnElement[bool]:
    """Which rows count for clients; ``theirs(column)`` says whether a client is one of these.

    Rows that cannot be among them are passed over by the indexes of client and counterparty.
    """
    if way is Links.RECORDED or not is_attributed(kind):
        return theirs(table.c[kind.column(kind.client).name])
    written, named, links = kind.table.alias(), kind.table.alias(), LINKS.alias()
    client, counterparty = (kind.column(name).name for name in (kind.client, kind.counterparty))
    candidates = sa.union_all(
        sa.select(written.c.id).where(theirs(written.c[client])).correlate_except(written),
        sa.select(named.c.id)
        .join(links, links.c.counterparty_id == named.c[counterparty])
        .where(theirs(links.c.client_id))
        .correlate_except(named, links),
    )
    return sa.and_(table.c.id.in_(candidates), theirs(client_of(kind, table, way)))


def compared(kind: RecordKind, way: Links, operator: str, value: Any) -> sa.ColumnElement[bool]:
    """Which records of a kind count for clients that a list asks for, with an operator of links."""
    client = client_of(kind, kind.table, way)
    match operator:
        case "empty":
            return client.is_(None) if value else client.is_not(None)
        case "ne":
            return sa.or_(client != value, client.is_(None))
    ids = value if operator == "in" else [value]
    return counts_for(kind, kind.table, way, lambda one: one.in_(ids))


def is_shared(client_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether a counterparty of a client is, was or will be another's, too.

    Where none is, all ways count alike, but for records that were written for another client than the
    counterparty they name ever belonged to.
    """
    own, others = LINKS.alias(), LINKS.alias()
    both = sa.select(1).where(own.c.client_id == client_id, others.c.counterparty_id == own.c.counterparty_id)
    return sa.exists(both.where(others.c.client_id != client_id).correlate_except(own, others))


def kept(url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """The address of a card that counts in the way that this one was asked for."""
    way = asked(parameters)
    return f"{url}?{PARAMETER}={way}" if way else url
