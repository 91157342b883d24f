"""What is exported can be imported again, and says the same."""

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.clients.records import client
from vinculo.counterparties.records import counterparty
from vinculo.events.models import Event
from vinculo.records import exporting, trash
from vinculo.records.query import Query, parse
from vinculo.records.tabular import open_table

SYSTEM = system(Source.CLI)
CLIENTS = (
    "external_id,name,stage,industry,country,website,note,phone,fax,email",
    'A1,"=Açaí, Ltd",active,Food,Brazil,acai.example,"two\nlines",11 98765-4321,11 2222-3333,a@example.com',
    "A2,Заря,lost,,RU,,,,,zarya@example.com",
    ",'Quoted,,,,,+hello,,,",
)
COUNTERPARTIES = (
    "legal_name,country,tax_id,lei,street,city,client,valid_from",
    "Petrobras,BR,33.000.167/0001-01,,Av. Chile 65,Rio de Janeiro,A1,2026-01-31",
    "Заря Лтд,RU,,,,Москва,Заря,",
)


@pytest.fixture
def export_file(database, kinds, tmp_path):
    def export(kind, suffix, query=None):
        path = tmp_path / f"out-{kind.plural}.{suffix}"
        with database.read() as session:
            exporting.write(session, kind, kinds, query or Query(sort=kind.sort), path, actor=SYSTEM)
        return path

    return export


@pytest.fixture
def delete_all(database):
    def delete(kind):
        with database.write() as session:
            for record in session.scalars(sa.select(kind.model)).all():
                trash.delete(session, kind, record, actor=system(Source.CLI))

    return delete


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_what_went_out_comes_back_the_same(import_file, write_file, export_file, delete_all, all_of, suffix):
    for kind, lines in ((client, CLIENTS), (counterparty, COUNTERPARTIES)):
        assert import_file(write_file(*lines), kind).errors == []
    before = all_of(client), _without_ids(all_of(counterparty))
    files = [(kind, export_file(kind, suffix)) for kind in (client, counterparty)]
    for kind in (counterparty, client):
        delete_all(kind)

    for kind, path in files:
        assert import_file(path, kind).errors == []

    assert (all_of(client), _without_ids(all_of(counterparty))) == before


def _without_ids(found):
    """Clients have other ids when they come back."""
    for values in found:
        for link in values["links"]:
            link["client_id"] = None
    return found


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_what_went_out_changes_nothing_where_it_is(import_file, write_file, export_file, all_of, suffix):
    import_file(write_file(*CLIENTS))

    tally = import_file(export_file(client, suffix))

    assert (tally.unchanged, tally.rejected, len(all_of(client))) == (3, 0, 3)


def test_more_than_a_page_goes_out_in_order_and_once(import_file, write_file, export_file, monkeypatch):
    monkeypatch.setattr(exporting, "PAGE", 7)
    import_file(write_file("name", *(f"Client {i:03}" for i in range(50))))

    with open_table(export_file(client, "csv")) as table:
        names = [row.values[1] for row in table]

    assert names == [f"Client {i:03}" for i in range(50)]


def test_filters_and_order_are_those_of_lists(import_file, write_file, export_file):
    import_file(write_file("name,stage", "B,active", "A,active", "C,lost"))
    query = parse(client, [("stage", "active"), ("sort", "-name")], typed=False)

    with open_table(export_file(client, "csv", query)) as table:
        assert [row.values[1] for row in table] == ["B", "A"]


def test_an_empty_list_is_a_header(export_file):
    with open_table(export_file(client, "csv")) as table:
        assert table.header[:2] == ["external_id", "name"]
        assert list(table) == []


def test_an_export_leaves_a_trace(office, database, import_file, write_file):
    import_file(write_file("name", "Zarya", "Aurora"))
    with office.api() as api:
        api.get("/api/v1/clients/export")

    with database.read() as session:
        event = session.scalars(sa.select(Event).where(Event.action == "exported")).one()
    assert (event.kind, event.record_id) == ("client", 0)
    assert event.changes == {"rows": [None, 2], "number": [None, "000001"]}
