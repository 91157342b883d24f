"""The histories that ship: kernel and plugins, on both databases."""

from __future__ import annotations

import sqlalchemy as sa

from vinculo.accounts.models import ApiToken, SigninFailure, Stage, UserSession
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


def test_who_was_signed_in_stays_so_and_tokens_go_on(database):
    """0004: what there was before sessions had an end of their own and tokens had scopes."""
    kernel, *plugins = all_histories()
    for plugin in reversed(plugins):  # their keys lead to tables of the kernel that come later
        downgrade(database, plugin, "base")
    downgrade(database, kernel, "0002")
    moment, later = "2026-03-02 12:00:00", "2026-03-02 22:00:00"
    user = {"login": "ana", "login_key": "ana", "full_name": "", "email": "", "password_hash": ""}
    user |= {"role": "member", "active": True, "language": "", "time_zone": "", "theme": "", "version": 1}
    user |= {"created_at": moment, "changed_at": moment}
    owned = {"user_id": 1, "token_hash": "x", "created_at": moment, "expires_at": later}
    session = owned | {"csrf": "c", "seen_at": moment, "address": "", "user_agent": ""}
    token = owned | {"name": "sync", "prefix": "vin_"}
    failure = {"login_key": "ana", "address": "", "at": moment}
    rows = {"user": user, "session": session, "token": token, "signin_failure": failure}
    with database.write() as write:
        for name, values in rows.items():
            columns, places = ", ".join(values), ", ".join(f":{column}" for column in values)
            write.execute(sa.text(f"insert into accounts_{name} ({columns}) values ({places})"), values)

    upgrade(database, [kernel])

    assert drift(database, [kernel]) == []
    with database.read() as read:
        kept = read.scalars(sa.select(UserSession)).one()
        assert (kept.ends_at, kept.proved_at) == (kept.expires_at, kept.created_at)
        assert not kept.second_factor
        assert read.scalars(sa.select(ApiToken.scopes)).one() == ["*"]
        assert read.scalars(sa.select(SigninFailure.stage)).one() is Stage.PASSWORD
