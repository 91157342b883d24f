"""Lists by texts of custom fields: in the order of built-in names, without case and accents."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.app.composition import KERNEL_HISTORY
from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.db.engine import Database
from vinculo.db.migrations import downgrade, upgrade
from vinculo.records import custom, query, retyping
from vinculo.records.custom_wishes import Wish
from vinculo.records.retyping import Target

ADMIN = system(Source.CLI)
KINDS = {"client": client}
CITIES = ["zebra", "Évora", "évora alta", "Ávila", "avila", "Zürich", "", "ёлка", "Елка", "Жук", "Eva"]
IN_ORDER = ["", "Ávila", "avila", "Eva", "Évora", "évora alta", "zebra", "Zürich", "ёлка", "Елка", "Жук"]


@pytest.fixture
def cities(database):
    """Clients with a city, and its definition."""
    with database.write() as session:
        row = custom.add(session, KINDS, Wish("client", "City", "text"), actor=ADMIN)
        for n, city in enumerate(CITIES):
            session.add(Client(name=str(n), name_key=str(n), custom={"x_city": city} if city else None))
        return row.id


def listed(database, sort, name="x_city"):
    """What a list shows, page by page."""
    found, position = [], ""
    with database.read() as session:
        kind = custom.extended(KINDS, custom.every(session))["client"]
        while position or not found:
            asked = query.Query(limit=3, sort=sort, cursor=position)
            page = query.page(session, kind, asked, [kind.column(name)], actor=ADMIN)
            found += [row[0] for row in page.rows]
            position = page.next_cursor
    return found


def test_texts_are_ordered_without_case_and_accents_page_by_page(database, cities):
    assert listed(database, "x_city") == IN_ORDER
    backwards = listed(database, "-x_city")
    assert [one.casefold() for one in backwards[:2]] == ["жук", "елка"]
    assert sorted(backwards) == sorted(CITIES)


def test_the_order_follows_what_is_changed_and_converted(database, cities):
    with database.write() as session:
        first = session.scalars(sa.select(Client).where(Client.name == "0")).one()
        first.x_city = "Áa"
    assert listed(database, "x_city")[1] == "Áa"
    for type_ in ("long_text", "text"):
        with database.write() as session:
            retyping.change(session, KINDS, custom.get(session, cities), Target(type_), actor=ADMIN)
    assert listed(database, "x_city")[1:3] == ["Áa", "Ávila"]
    with database.write() as session:
        first = session.scalars(sa.select(Client).where(Client.name == "0")).one()
        assert first.custom["x_city"] == "Áa"
        assert not any("^" in name for name in first.custom)
        first.x_city = ""
        session.flush()
        raw = sa.cast(sa.type_coerce(Client.custom, sa.JSON), sa.Text)
        assert "^" not in (session.scalar(sa.select(raw).where(Client.id == first.id)) or "").split("~")[0]


def test_values_of_before_are_ordered_after_the_migration(database_url):
    database = Database(database_url)
    upgrade(database, [KERNEL_HISTORY])
    downgrade(database, KERNEL_HISTORY, "0032")
    add = sa.text(
        "insert into clients_client (name, name_key, stage, industry, country, website, note, version,"
        " created_at, changed_at, custom) values (:n, :n, 'active', '', '', '', '', 1, :at, :at, :custom)"
    ).bindparams(sa.bindparam("custom", type_=Client.__table__.c.custom.type.impl_instance))
    with database.write() as session:
        for n, city in enumerate(["Évora", "eva", "Zz"]):
            session.execute(
                add,
                {"n": str(n), "custom": {"x_city": city, "x_n": {"units": 1}}, "at": "2026-01-01 00:00:00"},
            )
    upgrade(database, [KERNEL_HISTORY])

    with database.read() as session:
        raw = sa.text("select cast(custom as text) from clients_client order by id")
        assert ["x_city^" in one for one in session.scalars(raw)] == [True, False, True]
        values = session.scalars(sa.select(Client.custom).order_by(Client.id)).all()
    assert values == [{"x_city": one, "x_n": {"units": 1}} for one in ("Évora", "eva", "Zz")]
    downgrade(database, KERNEL_HISTORY, "0032")
    with database.read() as session:
        assert not any("^" in one for one in session.scalars(raw))
    database.close()
