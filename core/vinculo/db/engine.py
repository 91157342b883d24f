"""One engine per process, and the two ways to open a session: to read and to write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from vinculo.db.isolating import READS
from vinculo.errors import ConfigError
from vinculo.i18n import gettext as _
from vinculo.settings.origins import shown

SQLITE_THREADS = 4
POSTGRES_THREADS = 8
PAUSE_SECONDS = 0.025  # between long transactions on SQLite: who waits to write looks this often
SLOW_PRAGMAS = ("journal_mode=WAL",)
PRAGMAS = (
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "secure_delete=ON",  # what was erased does not stay in the file
    "cache_size=-2000",  # kB, for each connection: the cache of the system holds the file anyway
    "temp_store=MEMORY",
    "mmap_size=268435456",
)


class Database:
    """A database with its pool.

    ``read()`` and ``write()`` yield a session in one transaction; ``write()`` commits at the end of
    the block and rolls back when it raises. Write transactions BEGIN IMMEDIATE on SQLite: the
    default loses concurrent updates without an error (decision 0001).
    """

    def __init__(self, url: str | URL, *, busy_timeout_ms: int = 5_000) -> None:
        self.url = _checked_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.threads = SQLITE_THREADS if self.is_sqlite else POSTGRES_THREADS
        self.engine = _sqlite(self.url, busy_timeout_ms) if self.is_sqlite else _postgres(self.url)
        self.write_engine = self.engine.execution_options(sqlite_begin="IMMEDIATE")
        self._read = sessionmaker(self.engine, expire_on_commit=False, info={READS: True})
        self._write = sessionmaker(self.write_engine, expire_on_commit=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session to read with; whatever it changed is rolled back."""
        with self._read() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session to write with, committed at the end of the block unless it raises.

        After a rollback inside the block the session goes on in a new transaction.
        """
        with self._write() as session:
            yield session
            session.commit()

    def tell(self, **options: Any) -> None:
        """Let every session know something from now on, as an option of its engine (``told``)."""
        for engine in (self.engine, self.write_engine):
            engine.update_execution_options(**options)

    def ping(self) -> None:
        """Raise ``ConfigError`` if the database cannot be reached or cannot hold our texts."""
        try:
            with self.engine.connect() as connection:
                if not self.is_sqlite:
                    _check_character_type(connection)
        except OperationalError as error:
            reason = str(error.orig).strip().splitlines()[0]
            raise ConfigError(
                _(
                    "The database at %(url)s cannot be reached: %(reason)s. Set database.url or start it.",
                    url=shown("database.url", self.url.render_as_string(hide_password=True)),
                    reason=reason,
                )
            ) from error

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def told(session: Session, name: str) -> Any:
    """What its ``Database`` was told under a name; None if nothing."""
    return session.get_bind().get_execution_options().get(name)


def _checked_url(url: str | URL) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(
            _(
                "database.url is not an address of a database; write sqlite:///var/vinculo.db or postgresql://…"
            )
        ) from error
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed.set(drivername="sqlite")
    raise ConfigError(
        _("database.url names %(backend)s; Vinculo runs on a SQLite file or on PostgreSQL.", backend=backend)
    )


def _sqlite(url: URL, busy_timeout_ms: int) -> sa.Engine:
    assert url.database
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url,
        pool_size=SQLITE_THREADS,
        max_overflow=4,
        pool_timeout=30,
        pool_recycle=3600,  # a new connection knows the statistics of today
        hide_parameters=True,  # errors are logged: values are not for the log
        json_deserializer=msgspec.json.decode,
    )

    @sa.event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours, below
        # SQLite's own lower() knows ASCII only.
        connection.create_function("lower", 1, _lower, deterministic=True)
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={busy_timeout_ms}")
        for pragma in (*SLOW_PRAGMAS, *PRAGMAS):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        mode = connection.get_execution_options().get("sqlite_begin")
        if mode:
            connection.exec_driver_sql(f"BEGIN {mode}")
        else:  # which takes no lock, so it cannot fail: past SQLAlchemy, whose way takes 40 µs
            connection.connection.cursor().execute("BEGIN DEFERRED")

    return engine


def _lower(text: Any) -> Any:
    return text.lower() if isinstance(text, str) else text


def _postgres(url: URL) -> sa.Engine:
    timeouts = "-c statement_timeout=30000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000"
    # Compiling a query that is guessed to be long takes 0.4 s, more than most of these take in all.
    options = f"{timeouts} -c jit=off"
    return sa.create_engine(
        url,
        pool_size=POSTGRES_THREADS,
        max_overflow=4,
        pool_pre_ping=True,
        pool_recycle=1800,
        hide_parameters=True,
        json_deserializer=msgspec.json.decode,
        connect_args={"connect_timeout": 5, "application_name": "vinculo", "options": options},
    )


def _check_character_type(connection: sa.Connection) -> None:
    """With lc_ctype C, lower() and pg_trgm see nothing but ASCII: search would be blind to Cyrillic."""
    row = connection.execute(
        sa.text(
            "select datname, datctype, datlocprovider from pg_database where datname = current_database()"
        )
    ).one()
    if row.datlocprovider == "c" and row.datctype in ("C", "POSIX"):
        raise ConfigError(
            _(
                "The database %(name)s has lc_ctype %(ctype)s and would not find names with accents or in"
                " Cyrillic. Create it anew: createdb --locale=C.UTF-8 --template=template0 %(name)s",
                name=row.datname,
                ctype=row.datctype,
            )
        )
