"""The histories that ship: kernel and plugins, on both databases."""

from __future__ import annotations

import sqlalchemy as sa

from vinculo.app import all_histories
from vinculo.db.migrations import downgrade, drift, status, upgrade


def test_tables_and_models_agree(database):
    assert drift(database, all_histories()) == []


def test_every_history_goes_down_and_up_again_with_rows(database, make_client):
    make_client(name="Ação Ltda")
    histories = all_histories()

    for history in reversed(histories):  # what requires another goes first
        downgrade(database, history, "base")
        left = [name for name in sa.inspect(database.engine).get_table_names() if _owns(history, name)]
        assert left == []

    upgrade(database, histories)

    assert {found.state for found in status(database, histories)} == {"current"}
    assert drift(database, histories) == []
    with database.read() as session:
        assert session.scalar(sa.text("select count(*) from clients_client")) == 0
        assert session.scalar(sa.text("select count(*) from people_role_type")) == 3


def test_a_plugin_goes_down_and_the_rows_of_the_kernel_stay(database, make_client):
    client = make_client(name="Ação Ltda")
    plugin = all_histories()[-1]

    downgrade(database, plugin, "base")
    upgrade(database, [plugin])

    with database.read() as session:
        name = session.scalar(sa.text("select name from clients_client where id = :id"), {"id": client.id})
    assert name == "Ação Ltda"


def _owns(history, table):
    return any(table.startswith(prefix) for prefix in history.prefixes)
