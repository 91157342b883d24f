"""An import that is killed goes on where it was, and nothing comes in twice."""

import subprocess
import sys
import time
from pathlib import Path

import sqlalchemy as sa

from vinculo.clients.models import Client
from vinculo.events.models import Event
from vinculo.people.models import Person, PersonRole
from vinculo.records import import_runs
from vinculo.records.import_rejects import Rejects
from vinculo.records.models import ImportRun
from vinculo.records.tabular import open_table

WORKER = Path(__file__).with_name("import_worker.py")
ROWS = 1500


def send(api, **fields):
    emails = ("wrong" if i % 10 == 3 else f"c{i}@example.com" for i in range(ROWS))
    lines = ["name,email,contact name"]
    lines += [f"Client {i},{email},Person {i}" for i, email in enumerate(emails)]
    answer = api.post(
        "/api/v1/clients/import", files={"file": ("many.csv", "\n".join(lines).encode())}, data=fields
    )
    return answer.json()["id"]


def kill_in_the_middle(database, tmp_path, run_id):
    """Start a process and kill it once it has committed some chunks."""
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, str(WORKER), url, str(tmp_path / "files"), str(run_id)]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 60
    try:
        while done_of(database, run_id) < 200:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    return done_of(database, run_id)


def done_of(database, run_id):
    with database.read() as session:
        return session.scalar(sa.select(ImportRun.done).where(ImportRun.id == run_id))


def test_a_killed_import_goes_on_behind_its_last_chunk(office, database, tmp_path):
    with office.api() as api:
        run_id = send(api, match="", **{"with": "person"})
        office.jobs.clear()
        done = kill_in_the_middle(database, tmp_path, run_id)
        assert 0 < done < ROWS

        import_runs.execute(office.site, run_id, office.actor_of)
        run = api.get(f"/api/v1/imports/{run_id}").json()
        rejects = tmp_path / "rejects.csv"
        rejects.write_bytes(api.get(run["rejects"]).content)

    assert (run["state"], run["done"]) == ("done", ROWS)
    assert (run["created"], run["rejected"]) == (ROWS * 9 // 10, ROWS // 10)
    assert run["parts"]["person"]["created"] == run["created"]
    with database.read() as session:
        for model in (Client, Person, PersonRole):
            assert session.scalar(sa.select(sa.func.count()).select_from(model)) == run["created"]
        created = sa.select(sa.func.count()).where(Event.kind == "client", Event.action == "created")
        assert session.scalar(created) == run["created"]
    with open_table(rejects) as table:
        names = [row.values[0] for row in table]
    assert names == [f"Client {i}" for i in range(3, ROWS, 10)]


def test_a_killed_dry_run_begins_anew_and_keeps_nothing(office, database, tmp_path):
    with office.api() as api:
        run_id = send(api, dry_run="true")
        office.jobs.clear()
        kill_in_the_middle(database, tmp_path, run_id)

        import_runs.execute(office.site, run_id, office.actor_of)
        run = api.get(f"/api/v1/imports/{run_id}").json()

    assert (run["done"], run["created"], run["rejected"]) == (ROWS, ROWS * 9 // 10, ROWS // 10)
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Client)) == 0


def test_a_job_that_is_delivered_twice_imports_once(office, database):
    with office.api() as api:
        run_id = api.post("/api/v1/clients/import", files={"file": ("a.csv", b"name\nZarya\n")}).json()["id"]
        office.work()

        import_runs.execute(office.site, run_id, office.actor_of)

    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Client)) == 1


def test_two_workers_at_one_import_do_not_get_in_each_others_way(office, database, monkeypatch):
    """The slower one finds that its chunk was written, and leaves."""
    with office.api() as api:
        run_id = send(api)
        begin = Rejects.open

        def be_overtaken(*args, **kwargs):
            monkeypatch.setattr(Rejects, "open", begin)
            import_runs.execute(office.site, run_id, office.actor_of)
            begin(*args, **kwargs)

        monkeypatch.setattr(Rejects, "open", be_overtaken)
        import_runs.execute(office.site, run_id, office.actor_of)
        run = api.get(f"/api/v1/imports/{run_id}").json()

    assert (run["state"], run["created"]) == ("done", ROWS * 9 // 10)
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Client)) == run["created"]
