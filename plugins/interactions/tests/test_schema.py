"""The plugin's tables come, go and come again, and are what its models say."""

import pytest
import sqlalchemy as sa

from vinculo.app import histories
from vinculo.db import migrations
from vinculo.db.engine import Database

TABLES = {"interactions_interaction", "interactions_participant"}


@pytest.fixture
def empty(database_url):
    database = Database(database_url)
    yield database
    database.close()


def _tables(database):
    return {
        name for name in sa.inspect(database.engine).get_table_names() if name.startswith("interactions_")
    }


def test_up_down_and_up_again(empty):
    found = histories(["interactions"])
    own = found[-1]

    migrations.upgrade(empty, found)
    assert _tables(empty) == TABLES
    migrations.downgrade(empty, own, "base")
    assert _tables(empty) == set()
    migrations.upgrade(empty, found)
    assert _tables(empty) == TABLES
    assert migrations.drift(empty, [own]) == []
