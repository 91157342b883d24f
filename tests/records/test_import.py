"""What an import promises: rows find their records, bad ones stay out alone, nothing is guessed wrong."""

import pytest
import sqlalchemy as sa

from vinculo.clients.records import client
from vinculo.counterparties.records import counterparty
from vinculo.errors import InvalidError, InvalidFileError
from vinculo.events.models import Event, SearchDocument
from vinculo.i18n import use_locale
from vinculo.people.records import person
from vinculo.records import importing, mapping
from vinculo.records.tabular import open_table


def test_headers_are_guessed_in_any_spelling_and_language():
    guessed = mapping.guess(client, ["CompanyName", "E-MAIL", "responsible", "Colour", "Phone number"])

    assert guessed == {
        "CompanyName": "name",
        "E-MAIL": "email",
        "responsible": "responsible_id",
        "Phone number": "phone",
    }


def test_each_target_is_guessed_once_and_names_come_first():
    assert mapping.guess(client, ["Company", "name"]) == {"name": "name"}


def test_a_first_column_of_ids_is_the_external_id():
    assert mapping.guess(client, ["KundenID", "Name"]) == {"KundenID": "external_id", "Name": "name"}


def test_labels_of_all_languages_are_known():
    for language in ("pt_BR", "ru"):
        with use_locale(language):
            label = str(client.field("industry").label)
        assert mapping.guess(client, [label]) == {label: "industry"}


def test_rows_become_records_with_log_and_search(database, import_file, write_file, all_of):
    tally = import_file(write_file("external_id,name,phone,country", "A1,Açaí & Cia,11 98765-4321,Brazil"))

    [found] = all_of(client)
    assert tally.created == 1
    assert (found["name"], found["country"], found["external_id"]) == ("Açaí & Cia", "BR", "A1")
    assert [point["value"] for point in found["contact_points"]] == ["+5511987654321"]
    with database.read() as session:
        event = session.scalars(sa.select(Event).where(Event.kind == "client")).one()
        document = session.scalars(sa.select(SearchDocument).where(SearchDocument.kind == "client")).one()
    assert (event.action, event.source.value) == ("created", "import")
    assert "acai" in document.body


def test_only_mapped_and_filled_cells_change_a_record(import_file, write_file, all_of):
    import_file(write_file("external_id,name,industry,note,phone", "A1,Zarya,Steel,Friend,+55 11 2222-3333"))

    tally = import_file(write_file("external_id,name,industry,phone", "A1,,Copper,+55 11 4444-5555"))

    [found] = all_of(client)
    assert tally.changed == 1
    assert (found["name"], found["industry"], found["note"]) == ("Zarya", "Copper", "Friend")
    assert len(found["contact_points"]) == 2


def test_a_contact_that_is_there_in_other_words_is_not_added(import_file, write_file, all_of):
    import_file(write_file("name,phone,country", "Zarya,+55 11 98765-4321,BR"))

    tally = import_file(write_file("name,phone", "ZARYA,(11) 98765-4321"))

    assert (tally.changed, len(all_of(client)[0]["contact_points"])) == (1, 1)  # the name is written anew


def test_people_are_found_by_their_address(import_file, write_file, all_of):
    import_file(write_file("name,email", "Ana Lima,Ana@Example.COM"), person)

    tally = import_file(write_file("name,email", "Ana Maria Lima,ana@example.com"), person, match=["email"])

    assert (tally.changed, [found["name"] for found in all_of(person)]) == (1, ["Ana Maria Lima"])


def test_counterparties_are_found_by_tax_number_however_it_is_written(import_file, write_file, all_of):
    import_file(write_file("legal_name,country,tax_id", "Petrobras,BR,33.000.167/0001-01"), counterparty)

    tally = import_file(
        write_file("legal_name,country,tax_id", "Petróleo Brasileiro,BR,33000167000101"), counterparty
    )

    [found] = all_of(counterparty)
    assert (tally.changed, found["legal_name"], len(found["identifiers"])) == (1, "Petróleo Brasileiro", 1)


def test_a_file_finds_what_its_own_rows_made(import_file, write_file, all_of):
    path = write_file("name,industry", "Zarya,Steel", "zarya,Copper", "ZARYA,Copper")

    tally = import_file(path)

    assert (tally.created, tally.changed, tally.unchanged) == (1, 2, 0)
    assert [(found["name"], found["industry"]) for found in all_of(client)] == [("ZARYA", "Copper")]


def test_an_external_id_keeps_namesakes_apart(import_file, write_file, all_of):
    path = write_file("external_id,name", "A1,Ivanov", "A2,Ivanov")

    import_file(path)
    tally = import_file(path)

    assert (tally.unchanged, len(all_of(client))) == (2, 2)


def test_a_name_that_two_records_have_is_refused(import_file, write_file):
    import_file(write_file("external_id,name", "A1,Ivanov", "A2,Ivanov"))

    tally = import_file(write_file("name,industry", "Ivanov,Steel"))

    assert tally.rejected == 1
    assert "2 records have this name" in tally.errors[0][1]


def test_a_bad_row_names_every_fault_and_stops_no_other(import_file, write_file, all_of):
    path = write_file(
        "name,country,responsible,email",
        "Good,Brazil,,a@example.com",
        "Bad,Atlantis,Nobody,not an address",
        ",Brazil,,",
        "Worse,,,also not an address",
    )

    tally = import_file(path)

    assert [row for row, _message in tally.errors] == [3, 4, 5]
    assert all(word in tally.errors[0][1] for word in ("Country", "Atlantis", "Responsible", "Nobody"))
    assert "Name is required" in tally.errors[1][1]
    assert "also not an address" in tally.errors[2][1]
    assert [found["name"] for found in all_of(client)] == ["Good"]


def test_rejected_rows_can_be_corrected_and_imported_as_they_are(import_file, write_file, tmp_path, all_of):
    import_file(write_file("Company,Country", '"Zarya, Ltd",Atlantis', "Good,Brazil"))
    rejects = tmp_path / "rejects.csv"
    with open_table(rejects) as table:
        assert [row.values for row in table] == [["Zarya, Ltd", "Atlantis"]]

    rejects.write_text(rejects.read_text("utf-8-sig").replace("Atlantis", "Russia"), "utf-8")
    tally = import_file(rejects)

    assert (tally.created, len(all_of(client))) == (1, 2)


def test_the_database_refuses_one_row_and_takes_the_others(import_file, write_file, all_of, monkeypatch):
    """Somebody else may have taken an external id between the look and the write."""
    taken = write_file("external_id,name", "A1,Taken")
    import_file(taken)
    monkeypatch.setattr("vinculo.records.import_chunk.Chunk._look_up", lambda *_: None)

    tally = import_file(write_file("external_id,name", "A0,Before", "A1,Again", "A2,After"))

    assert (tally.created, tally.rejected) == (2, 1)
    assert "A1" in tally.errors[0][1]
    assert [found["name"] for found in all_of(client)] == ["After", "Before", "Taken"]


@pytest.mark.parametrize("rows", [5, 450])
def test_a_dry_run_tells_what_a_run_would_do_and_keeps_nothing(import_file, write_file, all_of, rows):
    lines = [f"K{i},Client {i}" for i in range(rows)]
    path = write_file("external_id,name", *lines, lines[0], "K1,Renamed", "K2,", ",")

    tried = import_file(path, dry_run=True)

    assert all_of(client) == []
    done = import_file(path)
    assert (tried.created, tried.changed, tried.rejected) == (done.created, done.changed, done.rejected)
    assert done.created == rows


def test_dry_run_notices_faults_that_only_rules_find(import_file, write_file, all_of):
    tally = import_file(write_file("name,email", "Zarya,no address"), dry_run=True)

    assert (tally.rejected, all_of(client)) == (1, [])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n  \n", "empty_file"),
        (b"name,country\n", "no_rows"),
        (b'name\n"never closed\nAna\n', "unclosed_quote"),
        (b"PK\x03\x04 not a workbook", None),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(tmp_path, content, code):
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    with pytest.raises(InvalidFileError) as error:
        importing.count_rows(path)

    assert code in (None, error.value.code)


def test_an_old_encoding_keeps_its_letters(import_file, write_file, all_of):
    import_file(write_file("name;note", "Заря;Лучшая пекарня города", name="old.csv", encoding="cp1251"))

    assert [found["name"] for found in all_of(client)] == ["Заря"]


def test_of_two_columns_of_one_name_the_first_counts(import_file, write_file, all_of):
    import_file(write_file("name,name", "Zarya,Aurora"))

    assert [found["name"] for found in all_of(client)] == ["Zarya"]


def test_two_columns_cannot_fill_one_field(import_file, write_file):
    with pytest.raises(InvalidError, match="both mapped to name"):
        import_file(write_file("a,b", "1,2"), columns={"a": "name", "b": "name"}, match=[])


@pytest.mark.parametrize(
    ("columns", "match", "fault"),
    [
        ({"a": "colour"}, [], "no field of Client"),
        ({"z": "name"}, [], "no column “z”"),
        ({"a": "name"}, ["external_id"], "no column is mapped"),
        ({"a": "name"}, ["note"], "cannot be found by"),
        ({"a": "note"}, [], "which every new record needs"),
    ],
)
def test_a_wrong_mapping_is_refused_before_anything_is_read(import_file, write_file, columns, match, fault):
    with pytest.raises(InvalidError, match=fault):
        import_file(write_file("a,b", "1,2"), columns=columns, match=match)


def test_a_row_may_point_to_a_client_of_an_earlier_file_by_name(import_file, write_file, all_of):
    import_file(write_file("name", "Padaria"))

    path = write_file("legal_name,client,valid_from", "Padaria LTDA,padaria,2026-01-01")
    tally = import_file(path, counterparty)

    assert tally.errors == []
    assert all_of(counterparty)[0]["links"][0]["valid_from"] == "2026-01-01"


def test_progress_is_told_after_each_chunk(import_file, write_file):
    told = []

    import_file(write_file("name", *(f"Client {i}" for i in range(500))), watch=lambda t: told.append(t.done))

    assert len(told) > 1
    assert told[-1] == 500
