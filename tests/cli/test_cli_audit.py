"""``vinculo audit``, as an administrator types it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from vinculo.actor import Source, system
from vinculo.cli import main
from vinculo.clients.records import client
from vinculo.db.engine import Database
from vinculo.events import verify_log
from vinculo.events.models import Event
from vinculo.records import service
from vinculo.records.reading import Values


@pytest.fixture
def vinculo(database, monkeypatch):
    monkeypatch.setenv("VINCULO_DATABASE__URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("LANG", "en")

    def vinculo(*arguments, fails=0):
        result = CliRunner().invoke(main, ["audit", *map(str, arguments)])
        assert result.exit_code == fails, result.output
        return result.output

    return vinculo


@pytest.fixture
def add(database):
    def add(*names: str) -> None:
        for name in names:
            with database.write() as session:
                service.create(session, client, Values({"name": name}), actor=system(Source.CLI))

    return add


def test_events_are_listed_and_filtered(vinculo, add):
    add("Luz", "Заря")

    assert [event["title"] for event in json.loads(vinculo("list", "--json"))] == ["Заря", "Luz"]
    assert "Luz" not in vinculo("list", "--filter", "limit=1")
    assert json.loads(vinculo("list", "--filter", "action=deleted", "--json")) == []
    assert "colour" in vinculo("list", "--filter", "colour=red", fails=1)
    assert "NAME=VALUE" in vinculo("list", "--filter", "colour", fails=2)


def test_a_log_that_was_tampered_with_is_named_and_fails(vinculo, add, database):
    add("Luz", "Sol", "Lua")
    assert vinculo("verify") == "3 events are as they were written.\n"

    with database.write_engine.begin() as connection:
        connection.execute(sa.update(Event).where(Event.id == 1).values(title="Edited"))
        connection.execute(sa.delete(Event).where(Event.id == 2))

    said = vinculo("verify", fails=1)
    assert "Event 1 was edited since it was written." in said
    assert "Event 2 was removed." in said
    told = json.loads(vinculo("verify", "--json", fails=1))
    assert (told["sound"], told["events"]) == (False, 2)
    assert {"code": "removed", "first": 2, "last": 2} in told["faults"]


def test_a_checkpoint_that_was_kept_finds_what_was_cut_off(vinculo, add, database):
    add("Luz", "Sol", "Lua")
    kept = vinculo("checkpoint").strip()
    number, digest, _at = kept.split(":", 2)
    assert json.loads(vinculo("checkpoint", "--json"))["hash"] == digest
    assert vinculo("verify", "--since", kept).startswith("1 events")

    with database.write_engine.begin() as connection:
        last = connection.scalar(sa.select(Event.hash).where(Event.id == 2))
        connection.execute(sa.delete(Event).where(Event.id == 3))
        connection.execute(sa.text("update events_head set number = 2, hash = :hash"), {"hash": last})
    vinculo("verify")
    assert "Event 3 was removed from the end of the log." in vinculo("verify", "--since", kept, fails=1)
    assert number == "3"
    assert "vinculo audit checkpoint" in vinculo("verify", "--since", "nonsense", fails=2)


def test_an_export_is_checked_without_vinculo(vinculo, add, tmp_path):
    add("Luz", 'Заря "&" Sons')
    file = tmp_path / "log.jsonl"
    told = json.loads(vinculo("export", file, "--json"))

    command = [sys.executable, "-I", "-S", verify_log.__file__, file, "--since", told["checkpoint"]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, told["events"]) == (0, 2), done.stdout + done.stderr
    assert json.loads(vinculo("list", "--json"))[0]["changes"] == {"rows": [None, 2]}
    assert "cannot be written" in vinculo("export", tmp_path / "no" / "folder.jsonl", fails=1)


def test_a_backup_brings_the_chain_along(vinculo, add, database, tmp_path, monkeypatch):
    add("Luz", "Sol", "Lua")
    head = vinculo("checkpoint").split(":")[:2]
    target = f"sqlite:///{tmp_path / 'copy.db'}"
    backup = CliRunner().invoke(main, ["backup", str(tmp_path / "all.vinculo")])
    assert backup.exit_code == 0, backup.output
    monkeypatch.setenv("VINCULO_DATABASE__URL", target)
    restored = CliRunner().invoke(main, ["restore", str(tmp_path / "all.vinculo")])
    assert restored.exit_code == 0, restored.output

    assert vinculo("checkpoint").split(":")[:2] == head
    assert vinculo("verify", "--since", ":".join(head)).startswith("1 events")
    copy = Database(target)
    with copy.write() as session:
        service.create(session, client, Values({"name": "Later"}), actor=system(Source.CLI))
    copy.close()
    assert vinculo("verify") == "4 events are as they were written.\n"
