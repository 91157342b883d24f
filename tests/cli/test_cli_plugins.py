"""``vinculo plugins``: each subcommand speaks to people and to programs, and refuses in one line."""

from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner

from vinculo.cli import main


@pytest.fixture
def run(migrated_database_url, monkeypatch, tmp_path):
    """Type a command, on the database of the test."""
    for name in [name for name in os.environ if name.upper().startswith(("VINCULO_", "LC_", "LANG"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VINCULO_DATABASE__URL", migrated_database_url)
    return lambda *words: CliRunner().invoke(main, ["plugins", *words], prog_name="vinculo")


@pytest.fixture
def ask(run):
    """Type a command with ``--json``; what it prints is one document."""

    def ask(*words):
        done = run(*words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    return ask


def state(ask):
    return {plugin["name"]: plugin["state"] for plugin in ask("list")}["interactions"]


def test_every_command_answers_programs(ask):
    assert state(ask) == "installed"
    assert ask("plan", "on", "interactions")["appears"]["menu"] == ["/interactions", "/interactions/limits"]
    assert ask("on", "interactions")["names"] == ["interactions"]
    assert ask("cost", "interactions")["build_ms"] > 0
    assert ask("off", "interactions")["names"] == ["interactions"]
    made = ask("archive", "interactions")
    assert {table["table"] for table in made["tables"]} >= {"interactions_interaction"}
    assert state(ask) == "archived"
    assert ask("purge", "interactions", "--confirm", "interactions") == made["tables"]
    assert state(ask) == "purged"
    assert ask("restore", "interactions")["tables"] == made["tables"]
    assert state(ask) == "off"


def test_every_command_answers_people(run, tmp_path):
    assert "Interactions" in run("list").stdout
    assert "+ menu  /interactions" in run("plan", "on", "interactions").stdout
    assert run("on", "interactions").stdout == "interactions is on.\n"
    assert run("off", "interactions").stdout == "interactions is off; its rows stay.\n"
    assert "Sealed in talks.vinculo" in run("archive", "interactions", "talks.vinculo").stdout
    assert (tmp_path / "talks.vinculo").exists()
    assert "is purged" in run("purge", "interactions", "--confirm", "interactions").stdout
    assert "its rows are back" in run("restore", "interactions", "talks.vinculo").stdout


def test_the_price_is_a_table_and_a_document(run, ask):
    run("on", "interactions")
    (listed,) = [price for price in ask("cost") if price["name"] == "interactions"]
    assert listed["build_ms"] > 0
    assert listed["tables"]["interactions_interaction"] == 0
    head, *rows = run("cost").stdout.splitlines()
    (row,) = [one for one in rows if one.startswith("interactions ")]
    assert head.split()[:3] == ["Plugin", "Import", "ms"]
    assert len(head) == len(row)  # numbers stand under each other

    run("off", "interactions")
    assert ask("cost", "interactions")["build_ms"] is None
    assert run("cost").stdout.splitlines()[1].split()[1:3] == ["-", "-"]


WRONG = {
    ("cost", "nonsense"): 1,
    ("plan", "off", "nonsense"): 1,
    ("off", "nonsense"): 1,
    ("archive", "nonsense"): 1,
    ("restore", "nonsense"): 1,
    ("purge", "nonsense", "--confirm", "nonsense"): 1,
    ("purge", "interactions", "--confirm", "yes"): 1,
    ("purge", "interactions", "--confirm", "interactions"): 1,
    ("restore", "interactions", "missing.vinculo"): 1,
    ("plan", "purge", "interactions"): 2,
    ("archive",): 2,
}


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_what_is_wrong_is_one_line(run, words):
    done = run(*words)
    assert done.exit_code == WRONG[words]
    if done.exit_code == 1:
        assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.output
    assert "Unexpected" not in done.stderr
