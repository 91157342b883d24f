"""Rows that name records which the same file makes further down."""

import csv
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.people.records import person
from vinculo.records import import_runs, importing
from vinculo.records.models import ImportRun, ImportWaiting, RunState

WORKER = Path(__file__).with_name("import_worker.py")
CHILDREN, PARENTS = 900, 300


@pytest.fixture
def parents(database):
    """The names of all clients with those of their parents, None for none."""

    def read() -> dict[str, str | None]:
        upper = sa.orm.aliased(Client)
        query = sa.select(Client.name, upper.name).outerjoin(upper, Client.parent_id == upper.id)
        with database.read() as session:
            return dict(session.execute(query).all())

    return read


def test_maven_accounts_belong_to_the_companies_that_the_file_says(import_file, real_file, parents):
    path = real_file("maven_crm_pipeline/accounts.csv")
    trial = import_file(path, dry_run=True)
    tally = import_file(path)

    with path.open(encoding="utf-8", newline="") as file:
        told = {row["account"]: row["subsidiary_of"] or None for row in csv.DictReader(file)}
    assert parents() == told
    for one in (trial, tally):
        assert (one.created, one.rejected, one.waiting, one.done, one.errors) == (85, 0, 0, 85, [])
    again = import_file(path)
    assert (again.unchanged, again.waiting) == (85, 0)


CHAIN = ["Name,Parent company", "Luz,Sol", "Sol,mar", "Mar,Céu", "Céu,"]


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_chain_that_stands_upside_down(import_file, write_file, parents, dry_run):
    tally = import_file(write_file(*CHAIN), dry_run=dry_run)

    assert (tally.created, tally.rejected, tally.waiting) == (4, 0, 0)
    found = {"Luz": "Sol", "Sol": "Mar", "Mar": "Céu", "Céu": None}
    assert parents() == ({} if dry_run else found)


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_never_comes_is_rejected_with_the_reason(import_file, write_file, parents, tmp_path, dry_run):
    lines = ["Name,Parent company,E-mail", "Luz,Sol,", "Sol,Luz,", "Mar,Nowhere,", "Rio,Mar,", "Lua,Bad,"]
    tally = import_file(write_file(*lines, "Bad,,wrong", "Own,Own,", "Fine,,"), dry_run=dry_run)

    assert (tally.created, tally.rejected, tally.waiting, tally.done) == (1, 7, 0, 8)
    faults = dict(tally.errors)
    assert [faults[number] for number in (2, 3, 5, 8)] == [
        f"The row of “{name}” waits for another in turn. Correct that one, "
        "or leave a link out where they wait for each other."
        for name in ("Sol", "Luz", "Mar", "Own")
    ]
    assert [faults[number] for number in (4, 6)] == [
        f"Parent company: there is no Client called “{name}”; create it first or correct the name."
        for name in ("Nowhere", "Bad")
    ]
    with (tmp_path / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        rejected = {row["Name"] for row in csv.DictReader(file)}
    assert rejected == {"Luz", "Sol", "Mar", "Rio", "Lua", "Bad", "Own"}
    assert parents() == ({} if dry_run else {"Fine": None})


def test_no_company_comes_to_stand_above_itself(import_file, write_file, make_client, parents):
    make_client("Luz")
    tally = import_file(write_file("Name,Parent company", "Luz,Sol", "Sol,Luz"))

    assert (tally.created, tally.rejected) == (1, 1)
    assert "It would belong to itself: Sol → Luz." in tally.errors[0][1]
    assert parents() == {"Luz": None, "Sol": "Luz"}


@pytest.mark.parametrize("dry_run", [True, False])
def test_known_records_change_once_their_parent_is_there(import_file, write_file, make_client, dry_run):
    make_client("Luz", external_id="A-1")
    lines = ["External id,Name,Parent company", "A-1,Luz,A-2", "A-2,Sol,"]
    tally = import_file(write_file(*lines), dry_run=dry_run)

    assert (tally.created, tally.changed, tally.unchanged, tally.rejected) == (1, 1, 0, 0)


@pytest.mark.parametrize("dry_run", [True, False])
def test_rows_of_several_kinds_come_in_whole(office, parents, dry_run):
    lines = b"Name,Parent company,Contact name\nLuz,Sol,Ana\nSol,,Rui\nMar,Nowhere,Eva\n"
    with office.api() as api:
        asked = {"with": "person", "dry_run": str(dry_run).lower()}
        answer = api.post("/api/v1/clients/import", files={"file": ("a.csv", lines)}, data=asked).json()
        office.work()
        run = api.get(f"/api/v1/imports/{answer['id']}").json()
        people = [one["name"] for one in api.get(person.api_url).json()["items"]]

    assert (run["state"], run["created"], run["rejected"], run["waiting"]) == ("done", 2, 1, 0)
    assert run["parts"]["person"]["created"] == 2
    assert [one["row"] for one in run["errors"]] == [4]
    assert sorted(people) == ([] if dry_run else ["Ana", "Rui"])
    assert parents() == ({} if dry_run else {"Luz": "Sol", "Sol": None})


@pytest.mark.databases("sqlite")
def test_the_page_does_not_ask_about_names_of_the_file_itself(office):
    browser, csrf = office.browser()
    lines = b"Name,Parent company\nLuz,Sol\nSol,\nMar,Nowhere\n"
    with browser:
        page = browser.post("/clients/import", files={"file": ("a.csv", lines)}, data={"_csrf": csrf})
        asked = {"column-0": "name", "column-1": "parent_id", "match": "name", "action": "run"}
        page = browser.post(page.url.path, data=asked | {"_csrf": csrf})

    texts = page.text.split('name="asked"')
    assert len(texts) == 2
    assert "Nowhere" in page.text
    assert ">Sol<" not in page.text


def send(api):
    """Children first, so that all of them wait."""
    lines = ["name,parent company"]
    lines += [f"Child {i},Parent {i % PARENTS}" for i in range(CHILDREN)]
    lines += [f"Parent {i}," for i in range(PARENTS)]
    file = ("many.csv", "\n".join(lines).encode())
    return api.post("/api/v1/clients/import", files={"file": file}).json()["id"]


def numbers(database, run_id):
    with database.read() as session:
        run = session.get(ImportRun, run_id)
        rows = sa.select(sa.func.count()).where(ImportWaiting.run_id == run_id)
        return run.done, run.waiting, session.scalar(rows)


def kill_among_those_that_wait(database, tmp_path, run_id):
    """Start a process and kill it once it has written some of the rows that had to wait."""
    url = database.url.render_as_string(hide_password=False)
    process = subprocess.Popen([sys.executable, str(WORKER), url, str(tmp_path / "files"), str(run_id)])
    deadline = time.monotonic() + 60
    try:
        while True:
            done, waiting, _rows = numbers(database, run_id)
            if done == CHILDREN + PARENTS and waiting < CHILDREN:
                break
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()


def test_a_killed_import_goes_on_with_those_that_wait(office, database, tmp_path, parents):
    with office.api() as api:
        run_id = send(api)
        office.jobs.clear()
        kill_among_those_that_wait(database, tmp_path, run_id)
        _done, waiting, rows = numbers(database, run_id)
        assert 0 < waiting == rows < CHILDREN

        import_runs.execute(office.site, run_id, office.actor_of)
        run = api.get(f"/api/v1/imports/{run_id}").json()

    assert (run["state"], run["created"], run["rejected"]) == ("done", CHILDREN + PARENTS, 0)
    assert numbers(database, run_id) == (CHILDREN + PARENTS, 0, 0)
    found = parents()
    assert len(found) == CHILDREN + PARENTS
    assert all(found[f"Child {i}"] == f"Parent {i % PARENTS}" for i in range(CHILDREN))


def test_one_that_is_cancelled_goes_on_and_is_taken_back(office, database, monkeypatch, parents):
    def cancel_once_some_waited(progress, session, tally, step, write=import_runs.Progress.__call__):
        write(progress, session, tally, step)
        if step.settled:
            session.execute(sa.update(ImportRun).values(state=RunState.CANCELLED))

    with office.api() as api:
        run_id = send(api)
        with monkeypatch.context() as patched:
            patched.setattr(importing, "LARGEST_CHUNK", CHILDREN // 3)
            patched.setattr(import_runs.Progress, "__call__", cancel_once_some_waited)
            office.work()
        stopped = api.get(f"/api/v1/imports/{run_id}").json()
        assert (stopped["state"], stopped["waiting"]) == ("cancelled", numbers(database, run_id)[2])
        assert 0 < stopped["waiting"] < CHILDREN

        assert api.post(f"/api/v1/imports/{run_id}/resume").status_code < 300
        office.work()
        run = api.get(f"/api/v1/imports/{run_id}").json()
        assert (run["state"], run["created"], run["waiting"]) == ("done", CHILDREN + PARENTS, 0)

        assert api.post(f"/api/v1/imports/{run_id}/revert").status_code < 300
        office.work()
        revert = api.get(f"/api/v1/imports/{run_id}/revert").json()

    assert (revert["state"], revert["deleted"]) == ("done", CHILDREN + PARENTS)
    assert parents() == {}


def test_links_to_other_kinds_do_not_wait(import_file, write_file):
    tally = import_file(write_file("Name,Responsible", "Luz,nobody"), client)
    assert (tally.rejected, tally.waiting) == (1, 0)
