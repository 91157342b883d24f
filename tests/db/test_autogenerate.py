"""New migrations written from models, and the check for drift, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from vinculo.db.migrations import downgrade, drift, revision, status, upgrade
from vinculo.errors import SchemaError

MODELS = """
import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column
from vinculo.db.base import Base
from vinculo.db.types import BigId, Json, Key


class Stage(enum.StrEnum):
    OPEN = "open"
    WON = "won"


class {name}Customer(Base):
    __tablename__ = "{table}_customer"
    name: Mapped[str] = mapped_column(Key, index=True)


class {name}Order(Base):
    __tablename__ = "{table}_order"
    __table_args__ = (
        sa.UniqueConstraint("number", "on"),
        sa.CheckConstraint("total >= 0", name="total_is_positive"),
        sa.Index("ix_{table}_late", "happened_at", postgresql_using="brin").ddl_if(dialect="postgresql"),
        sa.Index("ix_{table}_open", "on", postgresql_where=sa.text("paid"), sqlite_where=sa.text("paid")),
        {{"sqlite_autoincrement": True}},
    )
    customer_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("{table}_customer.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[str] = mapped_column(sa.String(20))
    note: Mapped[str | None] = mapped_column(sa.Text)
    stage: Mapped[Stage]
    total: Mapped[Decimal]
    price: Mapped[Decimal | None]
    on: Mapped[date]
    happened_at: Mapped[datetime]
    custom: Mapped[dict[str, Any]]
    tags: Mapped[list[Any]] = mapped_column(Json, server_default="[]")
    paid: Mapped[bool] = mapped_column(server_default=sa.false())
    rate: Mapped[float | None]
    version: Mapped[int] = mapped_column(server_default="1")
    kind: Mapped[str] = mapped_column(sa.String(10), server_default="two words")
    hash: Mapped[bytes | None]
"""


@pytest.fixture
def shop(make_plugin):
    plugin = make_plugin("shop")
    plugin.models(MODELS.format(name="Shop", table="shop"))
    return plugin


def tables(database):
    return set(sa.inspect(database.engine).get_table_names())


def test_the_first_migration_is_written_from_the_models_and_makes_them_real(empty, shop):
    path = revision(empty, shop.history, "First tables")

    assert path == shop.folder / "migrations" / "0001_first_tables.py"
    upgrade(empty, [shop.history])
    assert tables(empty) == {"shop_customer", "shop_order", "alembic_version_shop"}
    assert drift(empty, [shop.history]) == []

    downgrade(empty, shop.history, "base")
    assert tables(empty) == set()


def test_a_script_names_our_types_and_reads_like_one_written_by_hand(empty, shop):
    text = revision(empty, shop.history, "First tables").read_text()

    assert text.startswith('"""First tables."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n')
    assert "from vinculo.db.types import BigId, Json, Key, Money, UtcDateTime\n" in text
    assert 'revision = "0001"\ndown_revision = None\n' in text
    for column in (
        "sa.Column('id', BigId, sa.Identity(always=False), nullable=False)",
        "sa.Column('name', Key, nullable=False)",
        "sa.Column('total', Money(), nullable=False)",
        "sa.Column('happened_at', UtcDateTime(), nullable=False)",
        "sa.Column('custom', Json, nullable=False)",
        "sa.Column('paid', sa.Boolean(), server_default=sa.false(), nullable=False)",
    ):
        assert column in text
    assert "sqlite_autoincrement=True" in text
    compile(text, "script", "exec")


def test_without_changes_nothing_drifts_and_a_new_migration_is_empty(empty, shop):
    revision(empty, shop.history, "First tables")
    upgrade(empty, [shop.history])

    path = revision(empty, shop.history, 'Fill in what is "missing"')

    assert path.name == "0002_fill_in_what_is_missing.py"
    text = path.read_text()
    compile(text, path.name, "exec")
    assert 'down_revision = "0001"' in text
    assert text.count("pass\n") == 2
    assert "vinculo.db.types" not in text


def test_only_own_tables_are_written(empty, shop, make_plugin):
    other = make_plugin("other")
    other.models(MODELS.format(name="Other", table="other"))
    gone = make_plugin("gone")
    gone.migration('op.create_table("gone_thing", sa.Column("id", sa.Integer))')
    upgrade(empty, [gone.history])
    with empty.write() as session:
        session.execute(sa.text("create table workflow_status (id integer)"))
        session.execute(sa.text("create table shopping (id integer)"))
    revision(empty, other.history, "Tables of another")
    upgrade(empty, [other.history])

    text = revision(empty, shop.history, "Ours").read_text()

    assert "shop_order" in text
    for foreign in ("other_", "gone_", "workflow_", "alembic_version", "shopping", "drop_table('gone"):
        assert foreign not in text


def test_a_table_that_dbos_made_is_nobodys_even_if_its_name_fits(empty, make_plugin):
    workflow = make_plugin("workflow")
    workflow.models("")
    with empty.write() as session:
        session.execute(sa.text("create table workflow_status (id integer)"))

    assert "workflow_status" not in revision(empty, workflow.history, "Nothing").read_text()
    assert status(empty, [workflow.history])[0].state == "absent"


def test_full_text_indexes_of_sqlite_are_left_alone(empty, shop):
    if not empty.is_sqlite:
        pytest.skip("PostgreSQL has no virtual tables")
    revision(empty, shop.history, "First tables")
    upgrade(empty, [shop.history])
    with empty.write() as session:
        session.execute(sa.text("create virtual table shop_fts using fts5(text, tokenize='trigram')"))

    assert drift(empty, [shop.history]) == []
    assert "shop_fts" not in revision(empty, shop.history, "Nothing").read_text()


def test_drift_is_told_in_words(empty, shop):
    revision(empty, shop.history, "First tables")
    upgrade(empty, [shop.history])
    with empty.write() as session:
        for change in (
            "alter table shop_order drop column note",
            "alter table shop_order add column extra integer",
            "drop index ix_shop_order_customer_id",
            "create table shop_old (id integer)",
        ):
            session.execute(sa.text(change))

    assert sorted(drift(empty, [shop.history])) == [
        "shop: no model has column shop_order.extra",
        "shop: no model has table shop_old",
        "shop: the database lacks column shop_order.note",
        "shop: the database lacks index ix_shop_order_customer_id (customer_id), shop_order",
    ]


def test_a_changed_model_becomes_a_migration_that_keeps_the_rows(empty, shop, make_plugin):
    shop.migration(
        """
        from vinculo.db.types import BigId
        op.create_table(
            "shop_item",
            sa.Column("id", BigId, sa.Identity(), nullable=False),
            sa.Column("name", sa.String(10), nullable=True),
            sa.Column("old", sa.Integer),
            sa.PrimaryKeyConstraint("id", name="pk_shop_item"),
            sqlite_autoincrement=True,
        )
        op.execute("insert into shop_item (name, old) values ('one', 1)")
        """
    )
    upgrade(empty, [shop.history])
    shop.models(
        """
        import sqlalchemy as sa
        from sqlalchemy.orm import Mapped, mapped_column
        from vinculo.db.base import Base
        from vinculo.db.types import Money


        class ShopItem(Base):
            __tablename__ = "shop_item"
            name: Mapped[str] = mapped_column(sa.String(40), unique=True, server_default="none")
            total: Mapped[int] = mapped_column(Money, server_default="0")
        """
    )
    assert [line.split(":")[1].split()[0] for line in drift(empty, [shop.history])] != []
    assert any("name differs in its type: VARCHAR(10)" in line for line in drift(empty, [shop.history]))

    revision(empty, shop.history, "Longer names")
    upgrade(empty, [shop.history])

    assert drift(empty, [shop.history]) == []
    with empty.read() as session:
        assert session.execute(sa.text("select name, total from shop_item")).all() == [("one", 0)]


def test_a_database_that_is_behind_gets_no_new_migration(empty, shop):
    shop.migration("pass")

    with pytest.raises(SchemaError, match="vinculo db upgrade"):
        revision(empty, shop.history, "Too early")


def test_models_that_refer_to_a_table_nobody_has_are_named(empty, make_plugin):
    plugin = make_plugin("lonely")
    plugin.models(
        """
        import sqlalchemy as sa
        from vinculo.db.base import Base

        sa.Table("lonely_thing", Base.metadata, sa.Column("a", sa.Integer, sa.ForeignKey("nowhere_x.id")))
        """
    )

    with pytest.raises(SchemaError, match=r"models of lonely are not complete: .*nowhere_x"):
        revision(empty, plugin.history, "Too early")


def test_a_type_of_a_plugins_own_is_imported(empty, make_plugin):
    plugin = make_plugin("geo")
    plugin.models(
        """
        import sqlalchemy as sa
        from sqlalchemy.orm import Mapped, mapped_column
        from vinculo.db.base import Base


        class Degrees(sa.types.UserDefinedType):
            cache_ok = True

            def get_col_spec(self, **options):
                return "FLOAT"


        class GeoPlace(Base):
            __tablename__ = "geo_place"
            latitude: Mapped[float] = mapped_column(Degrees())
        """
    )

    path = revision(empty, plugin.history, "Places")

    package = plugin.history.package
    assert f"import {package}.models\n" in path.read_text()
    assert f"{package}.models.Degrees()" in path.read_text()
    upgrade(empty, [plugin.history])
    assert "geo_place" in tables(empty)
