"""Migrations, on both databases: what an administrator relies on when `vinculo db upgrade` runs."""

from __future__ import annotations

import shutil

import pytest
import sqlalchemy as sa

from vinculo.db.engine import Database
from vinculo.db.migrations import Applied, downgrade, require_current, status, upgrade
from vinculo.errors import ConfigError, SchemaError

CREATE_ORDERS = """
op.create_table("shop_order", sa.Column("id", sa.Integer, primary_key=True), sa.Column("note", sa.String(50)))
op.execute("insert into shop_order (id, note) values (1, 'first')")
"""
ADD_TOTAL = """
with op.batch_alter_table("shop_order") as table:
    table.add_column(sa.Column("total", sa.Integer, nullable=False, server_default="7"))
"""
DROP_TOTAL = """
with op.batch_alter_table("shop_order") as table:
    table.drop_column("total")
"""
DROP_ORDERS = 'op.drop_table("shop_order")'


@pytest.fixture
def shop(make_plugin):
    plugin = make_plugin("shop")
    plugin.migration(CREATE_ORDERS, DROP_ORDERS, title="Orders")
    plugin.migration(ADD_TOTAL, DROP_TOTAL, title="Totals")
    return plugin


def rows(database, query):
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def tables(database):
    return set(sa.inspect(database.engine).get_table_names())


def test_up_down_and_up_again_keeps_the_rows(empty, shop):
    seen = []

    applied = upgrade(empty, [shop.history], seen.append)

    assert applied == seen == [Applied("shop", "0001", "Orders."), Applied("shop", "0002", "Totals.")]
    assert rows(empty, "select id, note, total from shop_order") == [(1, "first", 7)]

    downgrade(empty, shop.history, "0001")
    assert rows(empty, "select * from shop_order") == [(1, "first")]

    assert upgrade(empty, [shop.history]) == [Applied("shop", "0002", "Totals.")]
    assert rows(empty, "select * from shop_order") == [(1, "first", 7)]


def test_a_second_upgrade_finds_nothing_to_do(empty, shop):
    upgrade(empty, [shop.history])

    assert upgrade(empty, [shop.history]) == []


def test_down_to_base_leaves_nothing_behind(empty, shop):
    upgrade(empty, [shop.history])

    downgrade(empty, shop.history, "base")

    assert tables(empty) == set()
    assert status(empty, [shop.history])[0].state == "absent"


def test_status_follows_a_history_from_absent_to_current(empty, shop):
    def state():
        (found,) = status(empty, [shop.history])
        return found.state, found.current, found.head, found.pending

    assert state() == ("absent", None, "0002", ("0001", "0002"))

    upgrade(empty, [shop.history])
    assert state() == ("current", "0002", "0002", ())

    downgrade(empty, shop.history, "0001")
    assert state() == ("behind", "0001", "0002", ("0002",))

    shop.forget("0002")
    upgrade(empty, [shop.history])
    shop.scripts.pop()
    shop.migration("pass")
    upgrade(empty, [shop.history])
    shop.forget("0002")
    assert state() == ("ahead", "0002", "0001", ())


def test_a_plugin_without_migrations_is_current(empty, make_plugin):
    plain = make_plugin("plain").history

    assert upgrade(empty, [plain]) == []
    assert status(empty, [plain])[0].state == "current"
    assert tables(empty) == set()


def test_an_old_schema_is_refused_with_the_command_to_run(empty, shop):
    upgrade(empty, [shop.history])
    require_current(empty, [shop.history])
    shop.migration("pass")

    with pytest.raises(SchemaError, match=r"shop are at revision 0002.*needs 0003.*vinculo db upgrade"):
        require_current(empty, [shop.history])


def test_a_package_older_than_its_tables_is_named(empty, shop):
    upgrade(empty, [shop.history])
    shop.forget("0002")

    for refuse in (require_current, upgrade):
        with pytest.raises(SchemaError, match="package of shop is older than its tables") as caught:
            refuse(empty, [shop.history])
        assert caught.value.code == "schema_ahead"


def test_a_failing_migration_leaves_everything_as_it_was(empty, shop):
    upgrade(empty, [shop.history])
    shop.migration(
        """
        op.execute("insert into shop_order (id) values (2)")
        op.create_table("shop_more", sa.Column("a", sa.Integer))
        """
    )
    shop.migration(ADD_TOTAL.replace("total", "tax") + "op.execute('nonsense')")

    with pytest.raises(
        SchemaError, match=r"Migration 0004 of shop failed and was taken back whole: .*nonsense"
    ) as caught:
        upgrade(empty, [shop.history])

    assert caught.value.code == "migration_failed"
    assert "\n" not in caught.value.message
    assert rows(empty, "select * from shop_order") == [(1, "first", 7)]
    assert tables(empty) == {"shop_order", "alembic_version_shop"}
    assert status(empty, [shop.history])[0].current == "0002"


def test_histories_before_the_failing_one_stay_migrated(empty, shop, make_plugin):
    broken = make_plugin("broken")
    broken.migration("op.create_table('broken_a', sa.Column('a', sa.Integer)); raise ValueError('no luck')")

    with pytest.raises(SchemaError, match=r"0001 of broken failed and .*: ValueError: no luck"):
        upgrade(empty, [shop.history, broken.history])

    assert [s.state for s in status(empty, [shop.history, broken.history])] == ["current", "absent"]
    assert "broken_a" not in tables(empty)


def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(empty, shop):
    shop.migration(
        """
        op.create_table(
            "shop_line",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("order_id", sa.Integer),
            sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], ondelete="CASCADE", name="fk_line"),
            sa.Index("ix_line", "order_id"),
        )
        op.execute("insert into shop_line values (10, 1), (11, 1)")
        """
    )
    shop.migration(
        """
        with op.batch_alter_table("shop_order", recreate="auto") as table:
            table.alter_column("note", type_=sa.String(80), existing_type=sa.String(50), nullable=False)
        """
    )

    upgrade(empty, [shop.history])

    assert rows(empty, "select id, order_id from shop_line order by id") == [(10, 1), (11, 1)]
    inspector = sa.inspect(empty.engine)
    assert inspector.get_foreign_keys("shop_line")[0]["referred_table"] == "shop_order"
    assert inspector.get_indexes("shop_line")[0]["name"] == "ix_line"
    with empty.write() as session:
        session.execute(sa.text("delete from shop_order"))
    assert rows(empty, "select * from shop_line") == []


NUMBERED = """
op.create_table(
    "shop_item",
    sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
    sa.Column("name", sa.String(9)),
    sqlite_autoincrement=True,
)
op.execute("insert into shop_item (name) values ('a'), ('b')")
op.execute("delete from shop_item where name {which}")
"""
REBUILD = """
with op.batch_alter_table("shop_item") as table:
    table.alter_column("name", nullable=False, existing_type=sa.String(9))
"""


@pytest.mark.parametrize("which", ["= 'b'", "> ''"])
def test_after_a_rebuild_a_deleted_id_is_still_not_given_again(empty, shop, which):
    shop.migration(NUMBERED.format(which=which))
    upgrade(empty, [shop.history])
    shop.migration(REBUILD)
    upgrade(empty, [shop.history])

    with empty.write() as session:
        session.execute(sa.text("insert into shop_item (name) values ('c')"))

    assert rows(empty, "select id from shop_item where name = 'c'") == [(3,)]


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ("create trigger t after insert on shop_item begin select 1; end", "would lose its trigger t"),
        ("create index ix on shop_item (lower(name))", "expression-based index ix"),
    ],
)
def test_a_rebuild_that_would_lose_something_is_refused(empty, shop, extra, reason):
    if not empty.is_sqlite:
        pytest.skip("PostgreSQL alters tables in place")
    shop.migration(NUMBERED.format(which="> ''") + f"op.execute('{extra}')")
    shop.migration(REBUILD)

    with pytest.raises(SchemaError, match=f"0004 of shop failed.*{reason}"):
        upgrade(empty, [shop.history])


def test_a_migration_that_breaks_a_link_is_refused(empty, shop):
    shop.migration(
        """
        link = sa.ForeignKey("shop_order.id", name="fk_line")
        op.create_table("shop_line", sa.Column("order_id", sa.Integer, link))
        op.execute("insert into shop_line values (1)")
        """
    )
    shop.migration('op.execute("delete from shop_order")')

    with pytest.raises(SchemaError, match="0004 of shop failed"):
        upgrade(empty, [shop.history])

    assert tables(empty) == set()


def test_a_package_that_is_gone_leaves_its_tables_in_peace(empty, shop, make_plugin):
    other = make_plugin("other")
    other.migration('op.create_table("other_thing", sa.Column("id", sa.Integer))')
    upgrade(empty, [shop.history, other.history])
    shutil.rmtree(other.folder)
    shop.migration("pass")

    upgrade(empty, [shop.history])

    found = status(empty, [shop.history])
    assert [(s.name, s.state, s.current) for s in found] == [
        ("shop", "current", "0003"),
        ("other", "orphan", "0001"),
    ]
    assert "other_thing" in tables(empty)
    require_current(empty, [shop.history])


def test_two_ends_of_one_history_are_named(empty, shop):
    shop.migration("pass", follows="0001")

    with pytest.raises(SchemaError, match=r"migrations of shop have several ends: 0002, 0003") as caught:
        upgrade(empty, [shop.history])

    assert caught.value.code == "multiple_heads"


def test_a_broken_script_is_named(empty, shop):
    (shop.folder / "migrations" / "0003_oops.py").write_text("def (")

    with pytest.raises(SchemaError, match=r"migrations of shop in .* cannot be read: SyntaxError"):
        status(empty, [shop.history])


@pytest.mark.parametrize("revision", ["9999", "0002x", ""])
def test_an_unknown_revision_is_named_with_those_there_are(empty, shop, revision):
    upgrade(empty, [shop.history])

    with pytest.raises(SchemaError, match=rf"shop has no revision {revision}; it has base, 0001, 0002"):
        downgrade(empty, shop.history, revision)


def test_other_tables_are_prepared_after_the_upgrade(empty, shop):
    found = []

    upgrade(empty, [shop.history], prepare=[lambda database: found.append(tables(database))])

    assert "shop_order" in found[0]


def test_a_long_migration_is_not_cut_off(empty, shop):
    shop.migration(
        """
        if op.get_bind().dialect.name == "postgresql":
            for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
                assert op.get_bind().exec_driver_sql(f"show {name}").scalar() == "0", name
        else:
            assert op.get_bind().exec_driver_sql("pragma busy_timeout").scalar() == 120_000
        """
    )

    assert len(upgrade(empty, [shop.history])) == 3


def test_a_database_that_cannot_be_reached_is_named(shop):
    nowhere = Database("postgresql://somebody:secret@127.0.0.1:1/crm")

    for attempt in (upgrade, status):
        with pytest.raises(ConfigError, match="cannot be reached") as caught:
            attempt(nowhere, [shop.history])
        assert "secret" not in caught.value.message
