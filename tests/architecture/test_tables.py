"""Each table belongs to one history, says so in its name, and hangs on the client it is about."""

import importlib
from itertools import permutations

import pytest

from vinculo.app import all_histories
from vinculo.db import personal
from vinculo.db.base import Base

CLIENTS = "clients_client"


@pytest.fixture(scope="module")
def histories():
    found = all_histories()
    for history in found:
        for module in history.models:
            importlib.import_module(module)
    return found


@pytest.fixture(scope="module")
def models(histories):
    packages = {history.package for history in histories}
    return [
        mapper.class_
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.partition(".")[0] in packages
    ]


def test_a_table_has_one_owner_and_it_is_the_package_of_its_model(histories, models):
    strays = []
    for model in models:
        owners = [history.package for history in histories if history.owns(model.__tablename__)]
        if owners != [model.__module__.partition(".")[0]]:
            strays.append(f"{model.__tablename__} of {model.__module__}: {owners}")

    assert len(models) > 10
    assert strays == []


def test_no_prefix_begins_another(histories):
    prefixes = [prefix for history in histories for prefix in history.prefixes]

    assert [(a, b) for a, b in permutations(prefixes, 2) if a.startswith(b)] == []


def test_what_belongs_to_a_client_carries_its_key(models):
    """A required key that cascades makes a row part of another; parts of a client shard with it."""
    tables = {model.__tablename__: model.__table__ for model in models}
    owned = {CLIENTS}
    while grown := {name for name, table in tables.items() if parents(table) & owned} - owned:
        owned |= grown

    without = [name for name in owned - {CLIENTS} if not refers_to_client(tables[name])]
    assert len(owned) > 1
    assert without == []


def parents(table):
    return {
        key.column.table.name
        for key in table.foreign_keys
        if not key.parent.nullable and key.ondelete == "CASCADE"
    }


def refers_to_client(table):
    column = table.columns.get("client_id")
    return column is not None and any(key.column.table.name == CLIENTS for key in column.foreign_keys)


def test_no_key_of_the_kernel_points_to_a_plugin(models):
    kernel = [model for model in models if model.__module__.startswith("vinculo.")]
    plugins = {model.__tablename__ for model in models} - {model.__tablename__ for model in kernel}

    assert [
        key for model in kernel for key in model.__table__.foreign_keys if key.column.table.name in plugins
    ] == []


def test_every_key_says_what_becomes_of_the_row(models):
    """What a deletion of the other row does is enforced by the database, also while the plugin is off."""
    silent = [
        f"{key.parent.table.name}.{key.parent.name}"
        for model in models
        for key in model.__table__.foreign_keys
        if key.ondelete is None
    ]

    assert sorted(silent) == []


# Tables in which no row is about a person outside, or whose rows ``vinculo.privacy.traces`` looks after.
OTHERWISE = {
    "accounts_": "users: they are disabled, never deleted, for history names them",
    "events_": "traces: told by kind and record",
    "plugins_": "about plugins",
    "records_idempotency": "traces: answers",
    "records_import": "traces: runs of imports",
    "records_merge": "kinds and numbers",
}


def test_every_text_says_whether_it_is_personal(models):
    tables = {model.__tablename__ for model in models if not model.__tablename__.startswith((*OTHERWISE,))}

    assert len(tables) > 10
    assert [fault for table in sorted(tables) for fault in personal.check(Base.metadata, table)] == []
