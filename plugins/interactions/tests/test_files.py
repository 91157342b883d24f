"""Interactions come in by CSV and go out again."""

import csv
import io
from datetime import date

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.demo import company, files
from vinculo.records import import_parts, importing, mapping
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan
from vinculo.testing.factories import KINDS
from vinculo_interactions import plugin
from vinculo_interactions.models import Interaction
from vinculo_interactions.records import interaction


@pytest.fixture
def import_file(database, tmp_path):
    kinds = {**KINDS, "interaction": interaction}

    def run(path, kind=interaction):
        columns = mapping.guess(kind, importing.count_rows(path).header)
        plan = Plan(kind=kind, path=path, mapping=columns, match=mapping.default_match(kind, columns))
        rejects = Rejects(tmp_path / "rejects.csv")
        tally = importing.run(database, kinds, plan, rejects=rejects, actor=system(Source.IMPORT))
        rejects.finish()
        return tally

    return run


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "talks.csv"
    path.write_text(
        "id,client name,contact,owner,activity type,title,date,minutes,result\n"
        "T-1,C-1,Ana Souza,ben,Call in,Asks for a price,2026-03-02 10:30,12,Promised an offer\n"
        "T-2,Padaria Luz,,ben,email,Price list,2026-03-03 09:00,,\n"
        "T-3,Nobody,,ben,email,Price list,2026-03-03 09:00,,\n"
    )
    return path


def test_a_file_of_another_system_comes_in(
    admin, make_client, make_person, make_user, import_file, table, timeline
):
    client = make_client("Padaria Luz", external_id="C-1")
    make_person("Ana Souza", client_id=client.id)
    make_user("ben")

    tally = import_file(table)

    assert (tally.created, tally.rejected) == (2, 1)
    lines = timeline(admin, client)
    assert lines[0].startswith("E-mail Price list Ben")
    assert lines[1].startswith("Call in Asks for a price Ben")
    assert "Ana Souza" in admin.get("/interactions/1").text


def test_the_same_file_again_changes_nothing(make_client, make_person, make_user, import_file, table):
    client = make_client("Padaria Luz", external_id="C-1")
    make_person("Ana Souza", client_id=client.id)
    make_user("ben")
    import_file(table)

    tally = import_file(table)

    assert (tally.created, tally.changed, tally.unchanged) == (0, 0, 2)


def test_an_export_holds_what_the_list_shows(admin, make_client, log):
    luz, norte = make_client("Padaria Luz"), make_client("Metal Norte")
    log(luz, "Quote 41", type="email", outcome="Sent")
    log(norte, "Quote 42")

    answer = admin.get("/interactions/export.csv", params={"client_id": luz.id})

    row, _mark = csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")))
    assert "Quote 41" in row.values()
    assert "Padaria Luz" in row.values()


def test_the_sample_company_talks_with_its_clients(tmp_path):
    files.write_files(company.generate(7, date(2026, 3, 2)), tmp_path)

    (found,) = plugin.demo_files(folder=tmp_path, seed=7, today=date(2026, 3, 2))

    assert found.kind == "interaction"
    with found.path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    header = mapping.guess(interaction, list(rows[0]))
    assert set(header) == set(rows[0])
    assert len(rows) > 100


def test_interactions_come_in_together_with_their_clients_and_people(database, tmp_path):
    path = tmp_path / "talks.csv"
    path.write_text(
        "subject,date,client name,contact name,job title\n"
        "Asks for a price,2026-03-02 10:30,Padaria Luz,Ana Souza,Owner\n"
        "Price list,2026-03-03 09:00,Padaria Luz,Ana Souza,Owner\n"
    )
    kinds, actor = {**KINDS, "interaction": interaction}, system(Source.IMPORT)
    parts = import_parts.of(kinds, interaction, ["client", "person"], actor)
    columns = parts.guess(importing.count_rows(path).header)
    plan = Plan(kind=interaction, others=["client", "person"], path=path, mapping=columns,
                match=parts.default_match(columns))  # fmt: skip

    tally = importing.run(database, kinds, plan, actor=actor, rejects=Rejects(tmp_path / "rejects.csv"))

    assert (tally.created, tally.errors) == (2, [])
    assert [tally.parts[name]["created"] for name in ("client", "person")] == [1, 1]
    with database.read() as session:
        first, second = session.scalars(sa.select(Interaction))
        assert first.client_id == second.client_id
        assert [len(one.participants) for one in (first, second)] == [1, 1]
