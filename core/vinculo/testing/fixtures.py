"""Fixtures for tests of the kernel and of plugins; loaded by ``-p vinculo.testing.fixtures``.

A test that asks for ``database`` runs once on SQLite and once on PostgreSQL, each time on a database of
its own at the head of all histories. ``--databases=sqlite`` leaves PostgreSQL out.
"""
# ruff: noqa: PLC0415 -- this module is loaded before coverage starts: what it imported would go unmeasured

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from vinculo.db.engine import Database
    from vinculo.testing.databases import PostgresServer

KINDS = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run on one database be asked for."""
    parser.addoption(
        "--databases",
        default=",".join(KINDS),
        metavar="KINDS",
        help="databases to run tests of data on: sqlite,postgresql (the default) or one of them",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse an unknown kind, which would otherwise leave out all tests of data without a word."""
    unknown = set(_kinds(config)) - set(KINDS)
    if unknown:
        raise pytest.UsageError(f"--databases knows {', '.join(KINDS)}, not {', '.join(sorted(unknown))}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs a database once on each."""
    if "database_kind" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", _kinds(metafunc.config), indirect=True, scope="session")


def _kinds(config: pytest.Config) -> list[str]:
    return [kind.strip() for kind in str(config.getoption("--databases")).split(",")]


@pytest.fixture(scope="session")
def database_kind(request: pytest.FixtureRequest) -> str:
    """``sqlite`` or ``postgresql``."""
    return str(request.param)


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    """A PostgreSQL server that stops with the tests; without one they are skipped, loudly."""
    from vinculo.testing import databases

    if "postgresql" not in _kinds(pytestconfig):
        pytest.skip("--databases leaves PostgreSQL out")
    try:
        with databases.postgres_server() as server:
            yield server
    except databases.NoPostgresError as error:
        warnings.warn(f"NOT TESTED on PostgreSQL: {error}", stacklevel=1)
        pytest.skip(str(error))


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that is fresh and empty."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture(scope="session")
def template_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """A database at the head of the kernel and of all installed plugins, to copy from; keep off it."""
    from vinculo.app import all_histories
    from vinculo.testing.databases import migrate

    if database_kind == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('template') / 'template.db'}"
    else:
        url = request.getfixturevalue("postgres_server").create()
    migrate(url, all_histories())
    return url


@pytest.fixture(scope="session")
def copy_database(
    database_kind: str, template_url: str, request: pytest.FixtureRequest
) -> Callable[[Path], str]:
    """Make a copy of the migrated database; a SQLite one lies in the folder given."""

    def copy(folder: Path) -> str:
        if database_kind == "sqlite":
            path = folder / "vinculo.db"
            shutil.copyfile(template_url.removeprefix("sqlite:///"), path)
            return f"sqlite:///{path}"
        server: PostgresServer = request.getfixturevalue("postgres_server")
        return server.create(template_url)

    return copy


@pytest.fixture
def migrated_database_url(
    database_kind: str,
    copy_database: Callable[[Path], str],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Iterator[str]:
    """The address of a fresh database at the head of the kernel and of all installed plugins."""
    server = request.getfixturevalue("postgres_server") if database_kind == "postgresql" else None
    url = copy_database(tmp_path)
    yield url
    if server:
        server.drop(url)


@pytest.fixture
def database(migrated_database_url: str) -> Iterator[Database]:
    """A fresh database at the head of the kernel and of all installed plugins."""
    from vinculo.db.engine import Database

    database = Database(migrated_database_url)
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session to write with, rolled back at the end: nobody else sees what it did."""
    from sqlalchemy.orm import Session

    with Session(database.write_engine, expire_on_commit=False) as session:
        yield session
