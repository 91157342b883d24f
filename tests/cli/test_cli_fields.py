"""``vinculo fields``, as an administrator types it."""

import json

import pytest
from click.testing import CliRunner

from vinculo.cli import main
from vinculo.clients.models import Client


@pytest.fixture
def vinculo(database, monkeypatch):
    monkeypatch.setenv("VINCULO_DATABASE__URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("LANG", "en")

    def vinculo(*arguments, fails=0):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == fails, result.output
        return result.output

    return vinculo


def test_fields_are_added_computed_deleted_and_brought_back(vinculo, database, make_client):
    made = make_client("Luz")
    added = vinculo("fields", "add", "client", "Labels", "several", "--option", "A", "--option", "B")
    assert "x_labels" in added
    vinculo("fields", "add", "client", "Length", "formula", "--formula", "length(name) * 2")
    with database.read() as session:
        assert str(session.get(Client, made.id).x_length) == "6.00"
    listed = json.loads(vinculo("fields", "list", "--json"))
    assert [(one["name"], one["options"], one["deleted"]) for one in listed] == [
        ("x_labels", ["A", "B"], False),
        ("x_length", [], False),
    ]
    assert "values of it are kept: 1" in vinculo("fields", "delete", "client", "x_length")
    assert "deleted" in vinculo("fields", "list", "--kind", "client")
    vinculo("fields", "restore", "client", "x_length")
    assert "deleted" not in vinculo("fields", "list")
    assert "no type of field" in vinculo("fields", "add", "client", "W", "blob", fails=1)
    assert "no custom field" in vinculo("fields", "delete", "client", "x_nothing", fails=1)
