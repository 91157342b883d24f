"""Tasks come in by CSV."""

import csv
from datetime import date

import pytest

from vinculo.actor import Source, system
from vinculo.clients.records import client
from vinculo.demo import company, files
from vinculo.records import importing, mapping
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan
from vinculo.testing.factories import KINDS
from vinculo_tasks import plugin
from vinculo_tasks.records import task, task_type


@pytest.fixture
def import_file(database, tmp_path):
    kinds = {**KINDS, "task": task, "task_type": task_type}

    def run(path, kind):
        columns = mapping.guess(kind, importing.count_rows(path).header)
        plan = Plan(kind=kind, path=path, mapping=columns, match=mapping.default_match(kind, columns))
        rejects = Rejects(tmp_path / "rejects.csv")
        tally = importing.run(database, kinds, plan, rejects=rejects, actor=system(Source.IMPORT))
        rejects.finish()
        return tally

    return run


def test_a_list_comes_without_a_flood_of_reminders(import_file, make_client, rows, tmp_path):
    make_client("Padaria Luz")
    path = tmp_path / "tasks.csv"
    path.write_text(
        "task,company,deadline,status,completed at\n"
        "Call,Padaria Luz,2026-01-05,Open,\n"
        "Visit,Padaria Luz,2026-01-06,Done,2026-01-06T15:00:00+00:00\n"
    )
    assert import_file(path, task).created == 2
    call, visit = rows()
    assert (call.subject, call.state, call.client_id) == ("Call", "open", 1)
    assert call.reminded_at, "what was due before is not news"
    assert (visit.state, visit.closed_at.isoformat()[:13]) == ("done", "2026-01-06T15")


@pytest.mark.databases("sqlite")
def test_the_sample_company_has_tasks(import_file, rows, tmp_path, make_user, database):
    today = date(2026, 11, 24)
    made = company.generate(1, today)
    files.write_files(made, tmp_path)
    types, chain, tasks = (one.path for one in plugin.demo_files(tmp_path, 1, today))
    with (tmp_path / "clients.csv").open(encoding="utf-8", newline="") as file:
        for login in {row["responsible"] for row in csv.DictReader(file)}:
            make_user(login)
    import_file(tmp_path / "clients.csv", client)
    assert import_file(types, task_type).created == 4
    assert import_file(chain, task_type).changed == 1
    tally = import_file(tasks, task)
    assert (tally.rejected, tally.created) == (0, len(rows()))
    assert {row.state for row in rows()} == {"open", "done"}
