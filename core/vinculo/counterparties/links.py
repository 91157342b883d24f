"""The dated links between counterparties and clients: one client at a time, history kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.counterparties.models import Counterparty, Link
from vinculo.errors import ConflictError, FieldError
from vinculo.i18n import format_date
from vinculo.i18n import gettext as _
from vinculo.records import access, service
from vinculo.records.attribution import holds
from vinculo.records.kind import RecordKind
from vinculo.records.reading import RowValues, Values


def check_links(session: Session, links: Sequence[Link], actor: Actor) -> Iterator[FieldError]:
    """Periods that end before they begin, and those that overlap, with the other one named.

    A client that the actor does not see is not named.
    """
    for index, link in enumerate(links):
        if link.valid_from and link.valid_to and link.valid_to < link.valid_from:
            text = _(
                "The link ends on %(to)s, before it begins on %(start)s.",
                to=format_date(link.valid_to),
                start=format_date(link.valid_from),
            )
            yield FieldError(f"links[{index}].valid_to", text, "period")
        for earlier in links[:index]:
            if overlap(link, earlier):
                named = access.within(sa.select(Client.name), client, actor, few=True)
                name = session.scalar(named.where(Client.id == earlier.client_id)) or _("another client")
                text = _(
                    "It overlaps with the link to %(client)s %(period)s; a counterparty belongs to one client"
                    " at a time. End that one first.",
                    client=name,
                    period=period(earlier),
                )
                yield FieldError(f"links[{index}].valid_from", text, "overlap")
                break


def overlap(one: Link, other: Link) -> bool:
    """Whether two links share a day."""
    return (one.valid_from or date.min) <= (other.valid_to or date.max) and (
        other.valid_from or date.min
    ) <= (one.valid_to or date.max)


def only_one(session: Session, client_id: int, day: date) -> int | None:
    """The counterparty of a client on a day; None if there is none, or more than one."""
    table = Link.__table__
    query = sa.select(Link.counterparty_id).where(Link.client_id == client_id, holds(sa.literal(day), table))
    found = session.scalars(query.distinct().limit(2)).all()
    return found[0] if len(found) == 1 else None


def main_of(session: Session, client_id: int, day: date) -> int | None:
    """The counterparty that stands for a client on a day: of several the one that belongs to it longest."""
    table = Link.__table__
    query = sa.select(Link.counterparty_id).where(Link.client_id == client_id, holds(sa.literal(day), table))
    return session.scalar(query.order_by(Link.valid_from.nulls_first(), Link.id).limit(1))


def period(link: Link) -> str:
    """A link's time in words."""
    start = format_date(link.valid_from) if link.valid_from else ""
    end = format_date(link.valid_to) if link.valid_to else ""
    if start and end:
        return _("from %(start)s to %(end)s", start=start, end=end)
    if start:
        return _("since %(start)s", start=start)
    return _("until %(end)s", end=end) if end else _("at all times")


def move(
    session: Session,
    kind: RecordKind,
    counterparty: Counterparty,
    client_id: int,
    *,
    on: date,
    reason: str,
    actor: Actor,
) -> None:
    """Let a counterparty, read with ``lock``, belong to another client from a day on.

    The link that holds on that day ends the day before. Raises ``ConflictError`` if it began on that
    day or later, or if the counterparty belongs to this client already.
    """
    rows = [_kept(link) for link in counterparty.links]
    for link, row in zip(counterparty.links, rows, strict=True):
        if (link.valid_from or date.min) > on:
            raise ConflictError(
                _(
                    "A later link begins on %(day)s; change or remove that one first.",
                    day=format_date(link.valid_from),
                )
                if link.valid_from
                else "",
                code="overlap",
            )
        if (link.valid_to or date.max) >= on:
            if link.client_id == client_id:
                raise ConflictError(_("It belongs to this client already."), code="same_client")
            if (link.valid_from or date.min) >= on:
                raise ConflictError(
                    _("The present link began on that very day; choose a later day."), code="overlap"
                )
            row.values["valid_to"] = on - timedelta(days=1)
    new = RowValues({"client_id": client_id, "valid_from": on, "valid_to": None, "reason": reason})
    service.update(session, kind, counterparty, Values(collections={"links": [*rows, new]}), actor=actor)


def attach(
    session: Session, kind: RecordKind, counterparty: Counterparty, row: RowValues, actor: Actor
) -> None:
    """Add a link to a counterparty, read with ``lock``; from another client it moves on that day."""
    start, end, client_id = (row.values.get(name) for name in ("valid_from", "valid_to", "client_id"))
    held = [one for one in counterparty.links if start and (one.valid_to or date.max) >= start]
    if client_id and start and end is None and any(one.client_id != client_id for one in held):
        move(
            session, kind, counterparty, client_id, on=start, reason=row.values.get("reason", ""), actor=actor
        )
        return
    kept = [RowValues({}, one.id) for one in counterparty.links]
    service.update(session, kind, counterparty, Values(collections={"links": [*kept, row]}), actor=actor)


def _kept(link: Link) -> RowValues:
    return RowValues({"valid_to": link.valid_to}, link.id)
