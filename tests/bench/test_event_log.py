"""Writers at once, with the chain and without: what it costs, and how long one waits for its head."""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median, quantiles

import pytest
import sqlalchemy as sa

import vinculo.accounts.models  # noqa: F401 -- clients refer to users
from vinculo.actor import Source, system
from vinculo.clients.records import client
from vinculo.db.engine import Database
from vinculo.events import chain
from vinculo.events.models import Event
from vinculo.events.verify_log import find_faults
from vinculo.records import service
from vinculo.records.reading import Values
from vinculo.transfer.reading import snapshot

CLIENTS = 50  # for each writer: they have the head in common and nothing else
START_SECONDS = 6.0
LEAST_RATIO = 0.3  # commits that log follow one another, where others could share a flush of the disk
SLOWEST_WAIT = 1.0  # of a write, at the 99th percentile


def fill(url, writers, *, chained):
    database = Database(url)
    with database.write() as session:
        many = [Values({"name": f"Client {number}"}) for number in range(writers * CLIENTS)]
        service.create_many(session, client, many, actor=system(Source.IMPORT))
    if not chained:  # numbers come from the database then
        with database.write() as session:
            session.execute(sa.delete(Event))
    database.close()


def run(rig, url, writers, seconds, *, chained):
    begin = time.time() + START_SECONDS
    plans = [
        {"url": url, "begin": begin, "seconds": seconds, "chained": chained, "count": CLIENTS, "first": first}
        for first in range(1, writers * CLIENTS, CLIENTS)
    ]
    with ThreadPoolExecutor(writers) as pool:
        return [*pool.map(lambda plan: rig("write_events.py", plan=plan), plans)]


@pytest.mark.parametrize("writers", [1, 4, 8])
def test_writers_at_once(database_kind, new_url, rig, effort, report, writers):
    took, waits, rates = [], [], {False: [], True: []}
    for _round in range(effort.rounds):
        for chained, measured in rates.items():
            url = new_url()
            fill(url, writers, chained=chained)
            done = run(rig, url, writers, effort.seconds, chained=chained)
            measured.append(sum(len(one["took"]) for one in done) / effort.seconds)
            if chained:
                took += [seconds for one in done for seconds in one["took"]]
                waits += [seconds for one in done for seconds in one["waits"]]
    ratio = median(rates[True]) / median(rates[False])
    report.add(
        "Writers at once, with the chain",
        database=database_kind,
        writers=writers,
        writes_per_second=median(rates[True]),
        without_chain=median(rates[False]),
        ratio=ratio,
        write_ms=median(took) * 1000,
        wait_ms=median(waits) * 1000,
        wait_p99_ms=quantiles(waits, n=100)[-1] * 1000,
        wait_max_ms=max(waits) * 1000,
        wait_p99_of_write=quantiles(waits, n=100)[-1] / median(took),
        wait_max_of_write=max(waits) / median(took),
    )

    check(url)
    assert ratio > LEAST_RATIO
    assert quantiles(waits, n=100)[-1] < SLOWEST_WAIT * median(took)


def check(url):
    """Nobody forked it."""
    database = Database(url)
    with snapshot(database) as connection:
        assert not find_faults(chain.rows(connection), lambda: chain.head(connection))[1]
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count(Event.id)))
    database.close()
