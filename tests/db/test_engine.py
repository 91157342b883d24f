"""Sessions that lose no update, and addresses that are refused with a reason."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from vinculo.db.engine import Database
from vinculo.errors import ConfigError

counter = sa.Table("counter", sa.MetaData(), sa.Column("n", sa.Integer))


@pytest.fixture
def counting(empty):
    counter.create(empty.engine)
    with empty.write() as session:
        session.execute(counter.insert().values(n=0))
    return empty


def read(database):
    with database.read() as session:
        return session.execute(sa.select(counter.c.n)).scalar_one()


def test_what_was_written_is_there_and_what_failed_is_not(counting):
    with counting.write() as session:
        session.execute(counter.update().values(n=1))

    def fail():
        with counting.write() as session:
            session.execute(counter.update().values(n=2))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert read(counting) == 1


def test_a_session_to_read_with_changes_nothing(counting):
    with counting.read() as session:
        session.execute(counter.update().values(n=5))

    assert read(counting) == 0


def test_no_update_is_lost_when_four_threads_read_and_write_at_once(counting):
    def add_twenty(_thread):
        for _ in range(20):
            with counting.write() as session:
                n = session.execute(sa.select(counter.c.n).with_for_update()).scalar_one()
                session.execute(counter.update().values(n=n + 1))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add_twenty, range(4)))  # raises what a thread raised

    assert read(counting) == 80


def test_a_broken_link_is_refused(empty):
    with empty.write() as session:
        session.execute(sa.text("create table a (id integer primary key)"))
        session.execute(sa.text("create table b (a_id integer references a (id))"))

    with pytest.raises(sa.exc.IntegrityError), empty.write() as session:
        session.execute(sa.text("insert into b values (1)"))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("what is this", "is not an address of a database"),
        ("mysql://root@localhost/crm", "names mysql; Vinculo runs on a SQLite file or on PostgreSQL"),
        ("sqlite://", "names sqlite; Vinculo runs on a SQLite file"),
        ("sqlite:///:memory:", "names sqlite; Vinculo runs on a SQLite file"),
    ],
)
def test_a_wrong_address_is_refused_with_the_reason(url, reason):
    with pytest.raises(ConfigError, match=reason):
        Database(url)


def test_a_server_that_does_not_answer_is_named_without_its_password():
    database = Database("postgresql://somebody:secret@127.0.0.1:1/crm")

    with pytest.raises(ConfigError, match=r"127\.0\.0\.1:1/crm cannot be reached: .+") as caught:
        database.ping()

    assert "secret" not in caught.value.message
    assert "\n" not in caught.value.message


def test_a_database_blind_to_cyrillic_is_refused_with_the_remedy(postgres_server):
    url = postgres_server.create(locale="C")
    database = Database(url)

    with pytest.raises(ConfigError, match=r"has lc_ctype C .*createdb --locale=C\.UTF-8"):
        database.ping()

    database.close()
    postgres_server.drop(url)
