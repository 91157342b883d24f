"""Where dbos keeps its books: tables in the application's own database, reached by a pool of its own."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer
from sqlalchemy.engine import URL

from vinculo.jobs import DBOS_SCHEMA

APPLICATION: Final = "vinculo"
# dbos pins a job to a version of the code, by default a hash of it: after an upgrade of Vinculo or of
# a plugin nobody would take the waiting jobs. Ours find their handler by name, so the version is fixed.
VERSION: Final = "jobs-1"
QUEUE: Final = "vinculo"
PARKED: Final = "vinculo.parked"  # no worker listens: jobs whose plugin is off wait here
SERIALIZER: Final = DBOSPortableJSONSerializer()  # the default is pickle
BUSY_TIMEOUT_MS: Final = 30_000


def open_store(url: URL) -> sa.Engine:
    """An engine for the books, on the application's database.

    Not the application's engine: there, polling would queue for connections behind the requests,
    would give up after its short busy timeout while an import writes, and the PostgreSQL statement
    timeout would apply. Jobs are still put through the caller's connection, in the caller's transaction.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    return sa.create_engine(
        url,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "application_name": "vinculo-jobs"},
    )


def _sqlite(url: URL) -> sa.Engine:
    engine = sa.create_engine(url)

    @sa.event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        # As dbos itself connects: what writes begins IMMEDIATE, what only polls takes no lock.
        connection.isolation_level = "IMMEDIATE"
        for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def open_client(store: sa.Engine) -> DBOSClient:
    """What puts jobs and looks after them without running any; it connects at first use."""
    return DBOSClient(
        system_database_engine=store, serializer=SERIALIZER, application_name=APPLICATION, lazy=True
    )


def is_prepared(store: sa.Engine) -> bool:
    """Whether the tables of dbos are there; launching it checks their version."""
    schema = None if store.dialect.name == "sqlite" else DBOS_SCHEMA
    return sa.inspect(store).has_table("dbos_migrations", schema)


def migrate(url: URL) -> None:
    """Bring the tables of dbos to the version that this dbos needs."""
    # By address, not by engine: dbos writes its own BEGIN on SQLite, and wants a bare driver name.
    bare = url.set(drivername=url.get_backend_name())
    DBOS.migrate(bare.render_as_string(hide_password=False))
