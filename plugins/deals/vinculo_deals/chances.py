"""The win probability of deals: kept with each, by rates that a job counts anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db import keeping
from vinculo_deals import likelihood, placing
from vinculo_deals.kept_models import WinRate
from vinculo_deals.likelihood import MONTHS, PERCENT, By, Key, Like, Past, Rate
from vinculo_deals.models import Deal, Stage, State

COLUMNS: Final[Mapping[By, str]] = {
    By.STAGE: "stage_id", By.RESPONSIBLE: "user_id", By.CLIENT: "client_id", By.PIPELINE: "pipeline_id",
}  # fmt: skip
_LIKE: Final = (Deal.stage_id, Deal.responsible_id, Deal.client_id, Deal.pipeline_id)
_DEPENDS: Final = ("stage_id", "responsible_id", "client_id", "pipeline_id", "probability")
OVERLAP: Final = timedelta(days=1)  # what was being written while rates were counted


@dataclass(frozen=True, slots=True)
class Basis:
    """What a deal's probability is taken from: the rates of what it is like, and that of all."""

    rates: Mapping[By, Rate]
    overall: Rate

    def percent(self) -> int | None:
        """In percent; None where no closed deal stands behind it."""
        found = likelihood.probability(self.rates.values(), self.overall)
        return None if found is None else round(PERCENT * found)


def like(deal: Deal) -> Like:
    """What a deal has in common with others."""
    return Like(deal.stage_id, deal.responsible_id, deal.client_id, deal.pipeline_id)


def basis(session: Session, of: Like) -> Basis:
    """The rates for a deal, as they were counted last."""
    wanted = dict(of.shared())
    columns = {by: getattr(WinRate, name) for by, name in COLUMNS.items()}
    mine = [columns[by] == one for by, one in wanted.items() if by is not By.PIPELINE]
    query = sa.select(*columns.values(), WinRate.won, WinRate.closed)
    found, overall = dict.fromkeys(By, Rate()), Rate()
    for *ids, won, closed in session.execute(query.where(sa.or_(WinRate.pipeline_id.is_not(None), *mine))):
        for by, one in zip(columns, ids, strict=True):
            if one is not None and one == wanted.get(by):
                found[by] += Rate(won, closed)
        if ids[-1] is not None:
            overall += Rate(won, closed)
    return Basis(found, overall)


def settle(session: Session, deal: Deal) -> None:
    """Say how likely a deal is that is about to be written; a closed one keeps what it was before."""
    if deal.state is not State.OPEN:
        return
    if deal.chance is not None and not any(placing.changed(deal, name) for name in _DEPENDS):
        return
    deal.chance = deal.probability
    if deal.chance is None:
        deal.chance = basis(session, like(deal)).percent()
    if deal.chance is None:
        stage = keeping.get(session, Stage, deal.stage_id)
        deal.chance = stage.probability if stage else None


# Counted anew, by a job


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What is to be written: rates that are new, gone or others than before, and probabilities of deals."""

    gone: Sequence[int]
    changed: Sequence[Mapping[str, int]]
    new: Sequence[Mapping[str, int | None]]
    chances: Sequence[Mapping[str, int]]


def first_day(today: date) -> date:
    """The first of the days whose deals count."""
    years, month = MONTHS // 12, today.month
    return date(today.year - years, month, min(today.day, 28))


def refreshed(session: Session, *, today: date) -> Refreshed:
    """Count the rates of today, and what follows for deals."""
    paths, usual = _stages(session)
    rates = likelihood.tally(_closed(session, first_day(today)), paths)
    held: dict[Key, tuple[int, Rate]] = {}
    gone: list[int] = []
    for row, key, rate in _held(session):
        if key in held or key not in rates:  # clients that were merged have two
            gone.append(row)
        else:
            held[key] = (row, rate)
    changed = [
        {"b_id": held[key][0], "won": one.won, "closed": one.closed}
        for key, one in rates.items()
        if key in held and (held[key][1] != one or key[0] is By.PIPELINE)  # whose moment is that of all
    ]
    new = [_row(key, one) for key, one in rates.items() if key not in held]
    chances = [*_of_open(session, rates, usual), *_of_closed(session, paths)]
    return Refreshed(gone, changed, new, chances)


def write(session: Session, chunk: Sequence[Mapping[str, int]]) -> None:
    """Keep probabilities with their deals, unless these were changed meanwhile. Nobody's version grows."""
    table: Any = Deal.__table__
    same = (table.c.id == sa.bindparam("b_id"), table.c.version == sa.bindparam("b_version"))
    session.execute(sa.update(table).where(*same).values(chance=sa.bindparam("b_chance")), chunk)


def write_rates(session: Session, found: Refreshed, *, at: datetime) -> None:
    """Keep the rates, as counted at a moment."""
    table: Any = WinRate.__table__
    for row in found.gone:
        session.execute(sa.delete(table).where(table.c.id == row))
    if found.changed:
        values = {"won": sa.bindparam("won"), "closed": sa.bindparam("closed"), "counted_at": at}
        session.execute(
            sa.update(table).where(table.c.id == sa.bindparam("b_id")).values(values), [*found.changed]
        )
    if found.new:
        session.execute(sa.insert(table), [{**one, "counted_at": at} for one in found.new])


def refresh(session: Session, *, today: date, at: datetime) -> None:
    """All of it in one transaction."""
    found = refreshed(session, today=today)
    write_rates(session, found, at=at)
    if found.chances:
        write(session, found.chances)


def _stages(session: Session) -> tuple[Mapping[int, Sequence[int]], Mapping[int, int | None]]:
    """The open stages of each pipeline in their order, and the probability that each was given."""
    query = sa.select(Stage.pipeline_id, Stage.id, Stage.probability).where(Stage.state == State.OPEN)
    paths: dict[int, list[int]] = {}
    usual: dict[int, int | None] = {}
    for pipeline, stage, percent in session.execute(query.order_by(Stage.position, Stage.id)):
        paths.setdefault(pipeline, []).append(stage)
        usual[stage] = percent
    return paths, usual


def _closed(session: Session, since: date | None = None) -> Iterator[Past]:
    """Those that closed since a day, the first one first."""
    query = sa.select(
        Deal.id, Deal.closed_on, Deal.state, Deal.reached_id, Deal.responsible_id, Deal.client_id,
        Deal.pipeline_id,
    )  # fmt: skip
    query = query.where(Deal.state != State.OPEN, Deal.closed_on.is_not(None))
    if since is not None:
        query = query.where(Deal.closed_on >= since)
    rows: Iterable[Any] = session.execute(query.order_by(Deal.closed_on, Deal.id))
    for deal, day, state, *shared in rows:
        yield Past(deal, day, state is State.WON, Like(*shared))


def _held(session: Session) -> Iterator[tuple[int, Key, Rate]]:
    """The rates as they are kept."""
    ids = [getattr(WinRate, one) for one in COLUMNS.values()]
    for row, won, closed, *of in session.execute(sa.select(WinRate.id, WinRate.won, WinRate.closed, *ids)):
        yield (
            row,
            next((by, one) for by, one in zip(By, of, strict=True) if one is not None),
            Rate(won, closed),
        )


def _row(key: Key, rate: Rate) -> Mapping[str, int | None]:
    ids = {name: key[1] if by is key[0] else None for by, name in COLUMNS.items()}
    return {**ids, "won": rate.won, "closed": rate.closed}


def _of_open(
    session: Session, rates: Mapping[Key, Rate], usual: Mapping[int, int | None]
) -> Iterator[Mapping[str, int]]:
    """The open deals whose probability is another than they hold."""
    overall = _overall(rates)
    query = sa.select(Deal.id, Deal.version, Deal.chance, Deal.probability, *_LIKE)
    rows: Iterable[Any] = session.execute(query.where(Deal.state == State.OPEN))
    for deal, version, held, by_hand, *shared in rows:
        chance = by_hand
        if chance is None:
            found = {by: rates.get((by, one), Rate()) for by, one in Like(*shared).shared()}
            chance = Basis(found, overall).percent()
        if chance is None:
            chance = usual.get(shared[0])
        if chance != held and chance is not None:
            yield {"b_id": deal, "b_version": version, "b_chance": chance}


def _overall(rates: Mapping[Key, Rate]) -> Rate:
    return sum((one for (by, _id), one in rates.items() if by is By.PIPELINE), Rate())


def _of_closed(session: Session, paths: Mapping[int, Sequence[int]]) -> Iterator[Mapping[str, int]]:
    """Those that came in closed, as by a file: what their probability was by the deals before them.

    What was there when rates were counted last has been looked at then.
    """
    since = session.scalar(sa.select(sa.func.min(WinRate.counted_at)).where(WinRate.pipeline_id.is_not(None)))
    unsaid = sa.select(Deal.id, Deal.version).where(
        Deal.state != State.OPEN, Deal.closed_on.is_not(None), Deal.chance.is_(None)
    )
    if since is not None:
        unsaid = unsaid.where(Deal.changed_at >= since - OVERLAP)
    versions = {row.id: row.version for row in session.execute(unsaid)}
    if not versions:
        return
    deals = list(_closed(session))
    first = {day: first_day(day) for day in {past.day for past in deals}}
    for past, likely in likelihood.hindsight(deals, paths, first):
        if past.id in versions:
            yield {"b_id": past.id, "b_version": versions[past.id], "b_chance": round(PERCENT * likely)}
