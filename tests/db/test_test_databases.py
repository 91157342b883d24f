"""The kit's databases: servers that start from whatever is there and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from vinculo.db.engine import Database
from vinculo.testing import databases


@pytest.mark.parametrize("programs", databases.binaries(), ids=lambda folder: folder.parts[-2])
def test_a_server_starts_and_leaves_nothing_behind(programs):
    with databases.run_server(programs) as url:
        home = Path(url.query["host"])
        server = databases.PostgresServer(url)
        database = Database(server.create())
        database.ping()
        with database.write() as session:
            session.execute(sa.text("create extension pg_trgm"))
            assert session.execute(sa.text("select lower('ПРИВЕТ')")).scalar() == "привет"
        assert home.exists()
        database.close()
        server.close()

    assert not home.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url.set(drivername="postgresql").render_as_string())


def test_ctrl_c_stops_the_server(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "def test_it(postgres_server):\n"
        "    import os, signal, sqlalchemy as sa\n"
        "    url = sa.engine.make_url(postgres_server.create())\n"
        "    print('HOME', url.query['host'], flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
    )
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop(databases.DSN_VARIABLE, None)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-s",
        "-p",
        "vinculo.testing.fixtures",
        "-p",
        "no:cacheprovider",
    ]
    result = subprocess.run(
        [*command, str(tmp_path)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert result.returncode == pytest.ExitCode.INTERRUPTED, result.stdout
    home = result.stdout.split("HOME ")[1].split()[0]
    assert not Path(home).exists()


def test_a_killed_test_run_takes_the_server_with_it():
    program = (
        "import os, signal; from vinculo.testing import databases\n"
        "with databases.run_server(databases.binaries()[0]) as url:\n"
        "    print(url.query['host'], flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == -signal.SIGKILL
    home = Path(result.stdout.strip())

    assert stops_answering(f"host={home} user=postgres")
    databases._stop(None, home)


def stops_answering(address):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            return True
        time.sleep(0.02)
    return False


def test_without_any_server_the_reason_says_what_to_install(monkeypatch):
    monkeypatch.delenv(databases.DSN_VARIABLE, raising=False)
    monkeypatch.setattr(databases, "binaries", list)

    with pytest.raises(databases.NoPostgresError, match="set VINCULO_TEST_PG"), databases.postgres_server():
        pass


def test_a_given_server_is_used_and_left_as_it_was(postgres_server, monkeypatch):
    address = postgres_server.create()
    monkeypatch.setenv(databases.DSN_VARIABLE, address)

    with databases.postgres_server() as server:
        server.create()
        during = names(address)
    after = names(address)

    assert len(during) == len(after) + 1
    postgres_server.drop(address)


def names(address):
    with psycopg.connect(address) as connection:
        return {row[0] for row in connection.execute("select datname from pg_database")}


def test_every_test_gets_a_migrated_database_of_its_own(database):
    with database.write() as session:
        assert sa.inspect(session.connection()).has_table("alembic_version_kernel")
        session.execute(sa.text("create table mine (id integer)"))  # would clash in the second run
    assert sa.inspect(database.engine).has_table("mine")


test_nor_does_the_next_one_see_it = test_every_test_gets_a_migrated_database_of_its_own


def test_a_session_can_write(session):
    session.execute(sa.text("create table mine (id integer)"))
    session.execute(sa.text("insert into mine values (1)"))

    assert session.execute(sa.text("select count(*) from mine")).scalar() == 1
