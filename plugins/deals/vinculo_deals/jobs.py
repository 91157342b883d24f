"""What is counted anew, and looked for, in the background."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.orm import Session

from vinculo.actor import Source, system
from vinculo.db.base import now
from vinculo.i18n import today, use_locale
from vinculo.jobs import JobHandler, Schedule
from vinculo.jobs.progress import report
from vinculo.plugins.hookspecs import hookimpl
from vinculo.web.site import Site
from vinculo_deals import (
    chances,
    evidence,
    process_demo,
    quotation_steps,
    repeating,
    sample,
    snapshots,
    tallies,
)

RATES: Final = "deals.chances"
EVIDENCE: Final = "deals.evidence"
QUOTATIONS: Final = "deals.quotations"
FORECAST: Final = "deals.forecast"
TALLIES: Final = "deals.tallies"
REPEAT: Final = "deals.repeat"
CHUNK: Final = 1000  # deals in one transaction, so that nobody waits long


def count_rates(site: Site) -> None:
    """The win rates of today, and the probability of every open deal."""
    company, at = site.settings.company, now()
    with use_locale(company.language, company.time_zone), site.database.read() as session:
        found = chances.refreshed(session, today=today())
    with site.database.write() as session:
        chances.write_rates(session, found, at=at)
    for first in range(0, len(found.chances), CHUNK):
        with site.database.write() as session:
            chances.write(session, found.chances[first : first + CHUNK])
        report(min(first + CHUNK, len(found.chances)), len(found.chances))


def settle(site: Site) -> None:
    """Note which steps are done, as of when that was. What is noted already is not looked at again."""
    after: int | None = 0
    while after is not None:
        with site.database.write() as session:
            found = evidence.waiting(session, after, CHUNK)
            evidence.settle(session, found)
            after = found[-1][0].id if found else None


def keep_forecast(site: Site) -> None:
    """What is forecast today, to be held against what will be won."""
    company = site.settings.company
    with use_locale(company.language, company.time_zone), site.database.write() as session:
        snapshots.keep(session, on=today())


def add_up(site: Site) -> None:
    """Count anew, for reports, the deals whose stays or steps have changed."""
    found = tallies.AT_ONCE
    while found == tallies.AT_ONCE:
        with site.database.write() as session:
            found = tallies.renew(session)


def ask_again(site: Site) -> None:
    """Have clients asked who should have bought again; where nobody does such things, nothing."""
    company = site.settings.company
    if site.registry.performer(repeating.REPEAT) is None:
        return
    with use_locale(company.language, company.time_zone):
        with site.database.read() as session:
            found = repeating.late(session, today())
        for one, name, responsible in found:
            with site.database.write() as session:
                repeating.ask(session, site.registry, one, name, responsible, actor=system(Source.JOB))


def fill(session: Session) -> None:
    """What the clock would do, for the sample company."""
    process_demo.fill(session)
    tallies.renew(session, sys.maxsize)
    chances.refresh(session, today=today(), at=now())
    snapshots.keep(session, on=today())
    sample.fill(session, today=today())


def look_after(site: Site) -> None:
    """Quotations that nobody has answered; what is marked is not told again."""
    company = site.settings.company
    with use_locale(company.language, company.time_zone):
        while _some(site):
            pass


def _some(site: Site) -> int:
    with site.database.write() as session:
        return quotation_steps.look_after(session)


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """What is counted, what shows that steps are done, quotations that run out, and forecasts."""
    return {
        RATES: JobHandler(count_rates),
        EVIDENCE: JobHandler(settle),
        QUOTATIONS: JobHandler(look_after),
        FORECAST: JobHandler(keep_forecast),
        TALLIES: JobHandler(add_up),
        REPEAT: JobHandler(ask_again),
    }


@hookimpl
def schedules() -> Sequence[Schedule]:
    """By the clock."""
    return (
        Schedule(RATES, "20 * * * *"),
        Schedule(EVIDENCE, "*/15 * * * *"),
        Schedule(QUOTATIONS, "7 * * * *"),
        Schedule(FORECAST, "40 3 * * 1"),
        Schedule(TALLIES, "4-59/10 * * * *"),
        Schedule(REPEAT, "50 5 * * *"),
    )
