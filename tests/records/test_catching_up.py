"""What imports bring is found and compared a moment after its rows are read, whatever happens meanwhile."""

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.clients.records import client
from vinculo.db.base import now
from vinculo.events.models import SearchDocument
from vinculo.records import catching_up, importing, mapping, service, similar_scan, tidying, trash
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan
from vinculo.records.models import LateRecords, MatchKey
from vinculo.records.reading import Values

WORKER = Path(__file__).with_name("catching_up_worker.py")
KINDS = {client.name: client}
ACTOR = system(Source.IMPORT)
ROWS = 1200


@pytest.fixture
def late(database, tmp_path):
    """Clients whose rows were read, and no more."""
    path = tmp_path / "many.csv"
    lines = ["name,email", *(f"Client number{i},c{i}@example.com" for i in range(ROWS))]
    path.write_text("\n".join(lines))
    columns = mapping.guess(client, ["name", "email"])
    plan = Plan(kind=client, path=path, mapping=columns)
    importing.run(database, KINDS, plan, actor=ACTOR, rejects=Rejects(tmp_path / "rejects.csv"))


def known(database):
    """How often search and likeness know each record; that some have several keys counts once."""
    with database.read() as session:
        texts = sa.select(SearchDocument.record_id).where(SearchDocument.kind == client.name)
        keys = sa.select(MatchKey.record_id, MatchKey.key).where(MatchKey.kind == client.name)
        pairs = session.execute(keys).all()
        assert len(pairs) == len(set(pairs)), "no key twice"
        return sorted(session.scalars(texts)), sorted({record_id for record_id, _key in pairs})


def ids(database):
    with database.read() as session:
        return sorted(session.scalars(sa.select(client.model.id)))


def test_all_is_known_once_rows_and_what_is_late_are_done(database, late):
    assert known(database) == ([], [])
    with database.read() as session:
        assert catching_up.waits(session, client)

    catching_up.catch_up(database, KINDS)

    assert known(database) == (ids(database), ids(database))
    assert len(ids(database)) == ROWS
    with database.read() as session:
        assert not catching_up.waits(session, client)


def test_what_somebody_changes_or_deletes_meanwhile_is_known_as_it_is_then(database, late):
    first, second, *_rest = ids(database)
    with database.write() as session:
        changed = service.get(session, client, first, actor=ACTOR, lock=True)
        service.update(session, client, changed, Values(fields={"name": "Zebra"}), actor=ACTOR)
        gone = service.get(session, client, second, actor=ACTOR, lock=True)
        trash.delete(session, client, gone, actor=ACTOR)
    assert known(database) == ([first], [first])

    catching_up.catch_up(database, KINDS)

    assert known(database) == (ids(database), ids(database))
    with database.read() as session:
        text = sa.select(SearchDocument.title).where(SearchDocument.record_id == first)
        assert session.scalars(text).all() == ["Zebra"]


def test_a_scan_for_doubles_may_be_faster(database, late):
    similar_scan.scan_kind(database, client)
    assert known(database)[1] == ids(database)
    catching_up.catch_up(database, KINDS)
    assert known(database) == (ids(database), ids(database))


def test_the_job_takes_what_nobody_came_back_to(database, late, office):
    tidying.catch_up(office.site)
    assert known(database) == ([], []), "an import may still be at work"
    with database.write() as session:
        session.execute(sa.update(LateRecords).values(at=now() - tidying.LEFT - timedelta(seconds=1)))
    tidying.catch_up(office.site)
    assert known(database) == (ids(database), ids(database))


def test_killed_and_done_by_two_at_once_it_is_known_once(database, late):
    url = database.url.render_as_string(hide_password=False)

    def begin():
        return subprocess.Popen([sys.executable, str(WORKER), url])

    process, limit = begin(), time.monotonic() + 60
    while len(known(database)[0]) == 0:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < limit
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert len(known(database)[0]) < ROWS

    others = [begin(), begin()]
    assert [one.wait(120) for one in others] == [0, 0]
    assert known(database) == (ids(database), ids(database))
