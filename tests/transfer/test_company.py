"""The whole company goes into one file, or into another database, and nothing is lost on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.app import Host, Switchboard, all_histories, assemble, prepare_jobs
from vinculo.db.engine import Database
from vinculo.db.histories import INCOMPLETE, require_current
from vinculo.errors import ConflictError, InvalidFileError, SchemaError
from vinculo.transfer import company as transfer

ACTOR = system(Source.CLI)
KILLED = """
import sys, time
from pathlib import Path
from vinculo.app import all_histories
from vinculo.db.engine import Database
from vinculo.transfer import company, loading

def wait(*_):
    print("half-way", flush=True)
    time.sleep(60)

loading.continue_ids = wait
url, file, folder = sys.argv[1:]
company.restore(Database(url), Path(file), histories=all_histories(), files=Path(folder))
"""


def rows(seals):
    """What the seals say, but for the tables that only say what was done when."""
    return {name: seal for name, seal in seals.items() if name != "plugins_cost"}


@pytest.mark.parametrize("known", [True, False], ids=["installed", "package gone"])
def test_a_backup_fills_a_database_of_the_other_kind_and_goes_back(
    database, company, seals, faults_of, other_database, tmp_path, settings, known, switchboard
):
    from vinculo.actor import Source, system

    switchboard.switch("off", "interactions", actor=system(Source.CLI))
    settings.files.folder.mkdir()
    (settings.files.folder / "scan.pdf").write_bytes(b"%PDF")
    histories = all_histories() if known else all_histories()[:1]
    written = transfer.backup(database, tmp_path / "all.vinculo", files=settings.files.folder)
    before = seals(database)
    assert {one.table: one for one in written} == before

    transfer.restore(
        other_database,
        tmp_path / "all.vinculo",
        histories=histories,
        files=tmp_path / "new",
        prepare=[prepare_jobs],
    )
    assert seals(other_database) == before
    assert faults_of(other_database) == []
    assert (tmp_path / "new" / "scan.pdf").read_bytes() == b"%PDF"
    require_current(other_database, all_histories()[:1])
    tables = sa.inspect(other_database.engine)
    kept = {key["options"].get("ondelete") for key in tables.get_foreign_keys("interactions_interaction")}
    assert kept == {"CASCADE", "SET NULL"}

    home = Database(f"sqlite:///{tmp_path / 'home.db'}")
    transfer.move(other_database, home, histories=histories, prepare=[prepare_jobs])
    assert seals(home) == before
    with home.write() as session:  # ids go on where they were
        last = session.scalar(sa.text("select max(id) from clients_client"))
        session.execute(sa.text("delete from clients_client where id = :id"), {"id": last})
        assert (
            session.scalar(sa.text("select seq from sqlite_sequence where name = 'clients_client'")) >= last
        )
    home.close()


def test_a_backup_is_of_one_moment_while_others_write(database, company, tmp_path):
    """Each client is written with its log entry: in no backup is there one without the other."""
    from vinculo.testing import factories

    stop = threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            number += 1
            with database.write() as session:
                factories.make_client(session, f"Client {number}")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            seals = transfer.backup(database, tmp_path / f"{number}.vinculo", files=tmp_path / "files")
            counts = {one.table: one.rows for one in seals}
            copy = Database(f"sqlite:///{tmp_path / f'{number}.db'}")
            transfer.restore(
                copy, tmp_path / f"{number}.vinculo", histories=all_histories(), files=tmp_path / "f"
            )
            with copy.read() as session:
                created = session.scalar(
                    sa.text("select count(*) from events_event where kind = 'client' and action = 'created'")
                )
            assert created == counts["clients_client"]
            copy.close()
    finally:
        stop.set()
        writer.join()


def test_a_database_that_was_half_filled_is_refused_and_can_be_filled_again(
    database, company, seals, tmp_path, other_database
):
    file = tmp_path / "all.vinculo"
    transfer.backup(database, file, files=tmp_path / "files")
    url = other_database.url.render_as_string(hide_password=False)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", KILLED, url, str(file), str(tmp_path / "new")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout.readline() == b"half-way\n"
        process.send_signal(signal.SIGKILL)

    time.sleep(0.2)
    with pytest.raises(SchemaError, match="incomplete") as refusal:
        require_current(other_database, all_histories())
    assert refusal.value.code == "incomplete"

    transfer.restore(other_database, file, histories=all_histories(), files=tmp_path / "new")
    assert seals(other_database) == seals(database)
    assert not sa.inspect(other_database.engine).has_table(INCOMPLETE)


def test_only_an_empty_database_is_filled(database, company, seals, tmp_path):
    file = tmp_path / "all.vinculo"
    transfer.backup(database, file, files=tmp_path / "files")
    before = seals(database)

    with pytest.raises(ConflictError, match="not empty"):
        transfer.restore(database, file, histories=all_histories(), files=tmp_path / "new")
    assert seals(database) == before


@pytest.mark.parametrize("harm", ["cut", "text"])
def test_a_damaged_backup_is_refused_before_anything_is_written(
    database, company, other_database, tmp_path, harm
):
    file = tmp_path / "all.vinculo"
    transfer.backup(database, file, files=tmp_path / "files")
    file.write_bytes(file.read_bytes()[: -500 if harm == "cut" else 0] or b"Dear Sir")

    with pytest.raises(InvalidFileError, match=r"all\.vinculo"):
        transfer.restore(other_database, file, histories=all_histories(), files=tmp_path / "new")
    assert sa.inspect(other_database.engine).get_table_names() == []


def test_a_file_that_cannot_be_written_is_said(database, tmp_path):
    (tmp_path / "taken").write_text("")

    with pytest.raises(InvalidFileError, match="cannot be written"):
        transfer.backup(database, tmp_path / "taken" / "all.vinculo", files=tmp_path / "files")


def test_a_purged_plugin_comes_back_from_the_backup_of_its_company(
    database, company, seals, other_database, tmp_path, settings, switchboard
):
    """The archive of a purged plugin is all there is of it: it travels along, to another folder, too."""
    before = seals(database, "interactions_")
    switchboard.switch("off", "interactions", actor=ACTOR)
    made = switchboard.archive("interactions", actor=ACTOR)
    switchboard.purge("interactions", confirmation="interactions", actor=ACTOR)
    half = made.file.with_name("interactions-2.vinculo.partial")  # another archive is being written
    half.write_bytes(b"half")
    transfer.backup(database, tmp_path / "all.vinculo", files=settings.files.folder)
    made.file.unlink()

    new = tmp_path / "new"
    transfer.restore(
        other_database, tmp_path / "all.vinculo", histories=all_histories(), files=new, prepare=[prepare_jobs]
    )
    moved = settings.model_copy(update={"files": settings.files.model_copy(update={"folder": new})})
    other = Switchboard(Host.of(moved, other_database), assemble)

    assert other.last_archive("interactions").downloadable
    assert other.restore("interactions", actor=ACTOR).links == []
    assert seals(other_database, "interactions_") == before
    assert [file.name for file in (new / "archives").iterdir()] == [made.file.name]
