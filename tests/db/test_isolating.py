"""What fails in a part of a page takes back what the part did, and nothing else."""

import pytest
import sqlalchemy as sa

from vinculo.clients.models import Client
from vinculo.db.isolating import isolated

RENAME = sa.update(Client.__table__)


def names(session):
    return session.scalars(sa.select(Client.name).order_by(Client.id)).all()


def fail_in_a_part(session):
    with isolated(session):
        session.execute(RENAME.values(name="Hacked"))
        raise ZeroDivisionError


def test_a_session_that_writes_keeps_what_was_before(database, make_client):
    make_client("Padaria Luz")
    with database.write() as session:
        session.execute(RENAME.values(name="Padaria Sol"))
        with pytest.raises(ZeroDivisionError):
            fail_in_a_part(session)
        assert names(session) == ["Padaria Sol"]
    with database.read() as session:
        assert names(session) == ["Padaria Sol"]


def test_a_session_that_reads_sends_nothing_around_a_part(database, make_client, count_queries):
    client = make_client("Padaria Luz")
    with database.read() as session:
        held = session.get(Client, client.id)
        with count_queries() as sent, isolated(session):
            assert names(session) == ["Padaria Luz"]
        assert len(sent) == 1
        with pytest.raises(ZeroDivisionError):
            fail_in_a_part(session)
        assert names(session) == [held.name] == ["Padaria Luz"]
