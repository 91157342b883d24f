"""``vinculo demo``: a sample company in a database of its own, built once and then kept."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time

import httpx
import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner

from vinculo.accounts import passwords
from vinculo.cli import main
from vinculo.demo import company, plugin
from vinculo.demo.files import write_files


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch, tmp_path):
    before = dict(os.environ)
    for name in [name for name in os.environ if name.upper().startswith(("VINCULO_", "LC_", "LANG"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def small_company(monkeypatch):
    """The same company, a thirtieth of its size, and passwords that are cheap to check."""
    monkeypatch.setattr(company, "CLIENTS_BY_COUNTRY", {"BR": 6, "RU": 5})
    monkeypatch.setattr(company, "COUNTERPARTIES_PER_CLIENT", {2: 1})
    monkeypatch.setattr(company, "MOVED_COUNTERPARTIES", 2)
    monkeypatch.setattr(company, "PEOPLE_AT_TWO_CLIENTS", 2)
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def demo(small_company):
    """Type ``vinculo demo --no-serve``."""
    return lambda *words: CliRunner().invoke(main, ["demo", "--no-serve", *words], prog_name="vinculo")


def names(folder):
    with sqlite3.connect(folder / "var/demo/vinculo.db") as database:
        return {name for (name,) in database.execute("select name from clients_client")}


def enter(folder, name):
    with sqlite3.connect(folder / "var/demo/vinculo.db") as database:
        database.execute("update clients_client set name = ? where id = 1", (name,))


def rows(folder, table):
    with sqlite3.connect(folder / "var/demo/vinculo.db") as database:
        return database.execute(f"select count(*) from {table}").fetchone()[0]


def several(folder, table, owner):
    """How many owners have more than one row."""
    query = f"select count(*) from (select 1 from {table} group by {owner} having count(*) > 1)"
    with sqlite3.connect(folder / "var/demo/vinculo.db") as database:
        return database.execute(query).fetchone()[0]


def test_the_demo_is_built_once_and_keeps_what_was_entered(demo, empty_folder):
    first = demo()
    assert first.exit_code == 0, first.stderr
    assert "Sign in as admin with the password vinculo-demo." in first.stdout
    assert "Building" in first.stderr
    assert len(names(empty_folder)) == 11
    enter(empty_folder, "Mine & Sons")

    second = demo()

    assert second.exit_code == 0
    assert "Building" not in second.stderr
    assert "Mine & Sons" in names(empty_folder)

    assert demo("--fresh").exit_code == 0
    assert "Mine & Sons" not in names(empty_folder)


def with_a_nameless_person(sample, folder):
    paths = write_files(sample, folder)
    with paths["people"].open("a", encoding="utf-8") as file:
        file.write("P-99999" + "," * (len(sample.people[0]) - 1) + "\n")
    return paths


def test_a_demo_that_was_half_built_is_built_anew(demo, empty_folder, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(plugin, "write_files", with_a_nameless_person)
        broken = demo()
    assert broken.exit_code == 1
    assert re.search(r"people\.csv, row \d+ cannot be imported: .*is required", broken.stderr)
    assert "Sign in" not in broken.stdout

    assert demo().exit_code == 0
    assert len(names(empty_folder)) == 11


def test_the_configured_database_is_not_touched(demo, empty_folder, monkeypatch):
    (empty_folder / "vinculo.toml").write_text('[database]\nurl = "sqlite:///real.db"\n')
    monkeypatch.setenv("VINCULO_DATABASE__URL", "sqlite:///other.db")

    assert demo().exit_code == 0

    assert sorted(path.name for path in empty_folder.iterdir()) == ["var", "vinculo.toml"]
    assert [path.name for path in (empty_folder / "var").iterdir()] == ["demo"]


def test_links_and_roles_come_on_top_of_what_the_first_files_made(demo, empty_folder):
    assert demo().exit_code == 0

    moved = several(empty_folder, "counterparties_link", "counterparty_id")
    shared = several(empty_folder, "people_role", "person_id")
    assert (moved, shared) == (2, 2)
    for table in ("notes_note", "notes_mention", "clients_pin", "files_file"):
        assert rows(empty_folder, table), table
    assert list((empty_folder / "var/demo/files/files").glob("*/*"))


def test_a_newcomer_signs_in_to_three_hundred_clients(empty_folder):
    port = free_port()
    command = [sys.executable, "-m", "vinculo", "demo", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as browser:
                page = first_answer(browser, process)
                form = {"login": "admin", "password": "vinculo-demo"}
                home = browser.post("/sign-in", data={**form, **hidden_fields(page)})
                assert home.status_code == 200
                assert home.url.path == "/"
                assert browser.get("/clients").status_code == 200
        finally:
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=30)
    assert len(names(empty_folder)) > 250
    assert "Traceback" not in said[1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def first_answer(browser, process, within=120):
    deadline = time.monotonic() + within
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return browser.get("/sign-in").text
        except httpx.TransportError:
            time.sleep(0.2)
    process.kill()
    raise AssertionError(process.communicate())


def hidden_fields(page):
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
