"""Products from files that nobody here wrote."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.app import load_registry
from vinculo.records import importing
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan
from vinculo.settings import Settings
from vinculo_catalog.models import Group, Product

GROUPS = {"CategoryID": "external_id", "CategoryName": "name"}
PRODUCTS = {
    "ProductID": "external_id",
    "ProductName": "name",
    "CategoryID": "group_id",
    "QuantityPerUnit": "description",
    "UnitPrice": "price",
}


@pytest.fixture
def kinds(database):
    url = database.url.render_as_string(hide_password=False)
    chosen = {"database": {"url": url}, "plugins": {"on": ["catalog"]}}
    return load_registry(Settings.model_validate(chosen), database).kinds


def test_products_come_with_their_groups_and_prices(kinds, database, real_file, tmp_path):
    for kind, name, columns in (
        ("product_group", "categories", GROUPS),
        ("product", "products", PRODUCTS),
        ("product", "products", PRODUCTS),  # again: nothing is there twice
    ):
        path = real_file(f"northwind/{name}.csv")
        plan = Plan(kind=kinds[kind], path=path, mapping=columns, match=("external_id",))
        rejects = Rejects(tmp_path / "rejects.csv")
        importing.run(database, kinds, plan, rejects=rejects, actor=system(Source.IMPORT))
        rejects.finish()

    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Group)) == 8
        count, total = session.execute(sa.select(sa.func.count(), sa.func.sum(Product.price))).one()
        assert (count, total) == (77, Decimal("2222.71"))
        drinks = sa.select(sa.func.count()).select_from(Product).join(Group, Group.id == Product.group_id)
        assert session.scalar(drinks.where(Group.name == "Beverages")) == 12
