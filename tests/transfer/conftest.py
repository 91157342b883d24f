"""A company with rows in every corner, and databases for it to travel to."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.db.engine import Database
from vinculo.events import chain
from vinculo.events.models import Event
from vinculo.events.verify_log import find_faults
from vinculo.plugins import discovery
from vinculo.transfer import reading
from vinculo_interactions.records import interaction

ACTOR = system(Source.CLI)


@pytest.fixture
def company(database, switchboard, make_client, make_person, make_counterparty, make_record, make_user):
    """Clients of the sort that breaks files, with talks of the interactions plugin."""
    switchboard.switch("on", "interactions", actor=ACTOR)
    user = make_user("ana")
    clients = [
        make_client(
            "Padaria Luz", external_id="C-1", contact_points=[{"type": "phone", "value": "+5511987654321"}]
        ),
        make_client('Северный "ветер"\n\\ № 7', note="a\tb\x7f", responsible_id=user.id),
        make_client("Metal Norte"),
    ]
    for client in clients:
        person = make_person(f"Person of {client.id}", client_id=client.id)
        make_counterparty(f"Firm {client.id}", links=[{"client_id": client.id}])
        make_record(
            interaction, client_id=client.id, subject=f"Talk {client.id}", type="email",
            responsible_id=user.id, participants=[{"person_id": person.id}],
        )  # fmt: skip
    return clients


@pytest.fixture
def seals():
    """The hash of each table: ``seals(database, "interactions_")``."""

    def seals(database, prefix=""):
        with reading.snapshot(database) as connection:
            names = [name for name in reading.table_names(connection) if name.startswith(prefix)]
            return {name: reading.seal(connection, name) for name in names}

    return seals


@pytest.fixture
def faults_of():
    """What is wrong with the event log of a database."""

    def faults_of(database):
        with reading.snapshot(database) as connection:
            assert connection.scalar(sa.select(sa.func.count(Event.id)))
            return find_faults(chain.rows(connection), lambda: chain.head(connection))[1]

    return faults_of


@pytest.fixture
def other_database(request, database_kind, tmp_path):
    """An empty database of the other kind."""

    @contextmanager
    def opened(kind):
        if kind == "sqlite":
            database = Database(f"sqlite:///{tmp_path / 'other.db'}")
            yield database
            database.close()
            return
        server = request.getfixturevalue("postgres_server")
        url = server.create()
        database = Database(url)
        yield database
        database.close()
        server.drop(url)

    with opened("postgresql" if database_kind == "sqlite" else "sqlite") as database:
        yield database


@pytest.fixture
def uninstall(monkeypatch):
    """Let a package be gone: what pip uninstall does to discovery."""

    def uninstall(name):
        found = discovery.installed

        def without():
            return {key: plugin for key, plugin in found().items() if key != name}

        monkeypatch.setattr(discovery, "installed", without)

    return uninstall


@pytest.fixture
def tables_of():
    """The tables of a plugin that are there."""

    def tables_of(database, name):
        names = sa.inspect(database.engine).get_table_names()
        return sorted(table for table in names if table.startswith(f"{name}_") or table.endswith(f"_{name}"))

    return tables_of
