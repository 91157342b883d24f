"""``vinculo import`` and ``vinculo export``, as somebody types them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from vinculo.cli import main
from vinculo.records.tabular import open_table


@pytest.fixture
def vinculo(database, monkeypatch, tmp_path):
    monkeypatch.setenv("VINCULO_DATABASE__URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("LANG", "en")
    monkeypatch.chdir(tmp_path)

    def vinculo(*arguments, fails=0):
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert result.exit_code == fails, result.output
        return result

    return vinculo


@pytest.fixture
def write_file(tmp_path):
    def write(*lines, name="file.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text("\n".join([*lines, ""]), encoding)
        return path

    return write


@pytest.mark.parametrize(
    ("name", "kind", "count"),
    [
        ("maven_crm_pipeline/accounts.csv", "client", 85),
        ("northwind/customers.csv", "clients", 91),
        ("gleif_legal_entities/gleif_flat.csv", "counterparty", 549),
    ],
)
def test_real_files_come_in_and_go_out(vinculo, real_file, tmp_path, name, kind, count):
    done = vinculo("import", kind, real_file(name))
    vinculo("export", kind, tmp_path / "out.csv")

    assert done.stdout == f"{count} rows: {count} new, 0 changed, 0 unchanged, 0 rejected.\n"
    with open_table(tmp_path / "out.csv") as table:
        assert len(list(table)) == count


BARE = {
    "Store.csv": ("client", 701, {1: "external_id", 2: "name"}),
    "ProspectiveBuyer.csv": ("person", 2059, {1: "external_id", 3: "name", 5: "name"}),
}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("name", BARE)
def test_dumps_without_titles_come_by_numbers(vinculo, real_file, name):
    kind, count, columns = BARE[name]
    pairs = [part for number, target in columns.items() for part in ("--map", f"Column {number}={target}")]

    done = vinculo("import", kind, real_file(f"adventureworks_raw/{name}"), "--no-header", *pairs)

    assert done.stdout == f"{count} rows: {count} new, 0 changed, 0 unchanged, 0 rejected.\n"


@pytest.mark.databases("sqlite")
def test_several_kinds_come_from_one_file(vinculo, real_file):
    path = real_file("northwind/customers.csv")

    done = vinculo("import", "client", path, "--with", "counterparty,people")
    again = json.loads(vinculo("import", "client", path, "--with", "counterparty,people", "--json").stdout)
    wrong = vinculo("import", "client", path, "--with", "role", fails=1)

    assert done.stdout.splitlines() == [
        "91 rows: 91 new, 0 changed, 0 unchanged, 0 rejected.",
        "Counterparties: 91 new, 0 changed, 0 unchanged.",
        "People: 91 new, 0 changed, 0 unchanged.",
    ]
    assert (again["unchanged"], again["parts"]["person"]["unchanged"]) == (91, 91)
    assert again["mapping"]["ContactTitle"] == "person.title"
    assert "“role” cannot be in the same file with Clients" in wrong.stderr


@pytest.mark.databases("sqlite")
def test_values_are_listed_and_told_what_they_mean(vinculo, write_file):
    path = write_file("Name,A:B stage", "Zarya,Aktive", "Aurora,?", "Luz,aktive")
    columns = "import", "client", path, "--map", "A:B stage=stage"
    tried = vinculo(*columns, "--dry-run", fails=1)
    values = "--values", "A:B stage:aktive=active", "--values", "A:B stage:?="
    done = json.loads(vinculo(*columns, *values, "--save-template", "Own", "--json").stdout)
    again = vinculo("import", "client", path, "--template", "own")
    wrong = (
        vinculo(*columns, "--values", "x", fails=2),
        vinculo(*columns, "--values", "Name:q=z", "--values", "A:B stage:q=z", fails=1),
    )

    assert tried.stderr.splitlines()[-2:] == [
        "Unknown in 2 rows: --values 'A:B stage:Aktive=active'",
        "Unknown in 1 row: --values 'A:B stage:?='",
    ]
    assert (done["created"], done["values"]) == (3, {"A:B stage": {"aktive": "active", "?": ""}})
    assert "3 unchanged, 0 rejected" in again.stdout
    assert "write HEADER:TEXT=MEANING" in wrong[0].stderr
    assert "“z” is none of the choices" in wrong[1].stderr


@pytest.mark.databases("sqlite")
def test_a_mapping_is_kept_for_the_next_file(vinculo, write_file):
    first = write_file("Firma,Land", "Zarya,Brazil")
    vinculo(
        "import", "client", first, "--map", "Firma=name", "--map", "Land=country", "--save-template", "List"
    )

    again = vinculo("import", "client", write_file("Land,Firma", "BR,Aurora"), "--template", "list", "--json")
    wrong = vinculo("import", "client", first, "--template", "Lost", fails=1)

    assert json.loads(again.stdout)["mapping"] == {"Land": "country", "Firma": "name"}
    assert "no template “Lost”; there are: List" in wrong.stderr


@pytest.mark.databases("sqlite")
def test_cards_of_phones_bring_their_companies(vinculo, real_file, tmp_path):
    done = vinculo("import", "person", real_file("vcards/gmail-single2.vcf"))
    again = vinculo("import", "person", real_file("vcards/gmail-single2.vcf"), "--with", "")
    vinculo("export", "person", tmp_path / "out.vcf")

    assert done.stdout.splitlines() == [
        "1 rows: 1 new, 0 changed, 0 unchanged, 0 rejected.",
        "Clients: 1 new, 0 changed, 0 unchanged.",
    ]
    assert again.stdout == "1 rows: 0 new, 0 changed, 1 unchanged, 0 rejected.\n"
    assert "ORG:TheCompany" in (tmp_path / "out.vcf").read_text("utf-8")


def test_columns_and_keys_can_be_said(vinculo, write_file):
    path = write_file("Nr;Firma;Land;name", "7;Zarya;Brazil;ignored")
    pairs = ("Nr=external_id", "Firma=name", "Land=country")
    options = [word for pair in pairs for word in ("--map", pair)] + ["--match", "external_id"]

    vinculo("import", "client", path, *options)
    again = json.loads(vinculo("import", "client", path, *options, "--json").stdout)

    assert (again["unchanged"], again["created"]) == (1, 0)
    assert again["mapping"] == {"Nr": "external_id", "Firma": "name", "Land": "country"}


def test_rejected_rows_are_told_kept_and_fail_the_command(vinculo, write_file, tmp_path):
    path = write_file("name,country", "Zarya,Atlantis", "Aurora,Brazil")

    done = vinculo("import", "client", path, "--rejects", "bad.xlsx", fails=1)

    assert "Row 2: Country: " in done.stderr
    assert "1 new, 0 changed, 0 unchanged, 1 rejected." in done.stdout
    with open_table(tmp_path / "bad.xlsx") as table:
        assert [row.values for row in table] == [["Zarya", "Atlantis"]]


def test_a_dry_run_saves_nothing(vinculo, write_file):
    path = write_file("name", "Zarya")

    assert "nothing was saved" in vinculo("import", "client", path, "--dry-run").stdout
    assert json.loads(vinculo("export", "client", "out.csv", "--json").stdout)["rows"] == 0


def test_a_guessed_encoding_is_told_with_those_that_it_may_be(vinculo, write_file):
    path = write_file("name", "Заря", "Мир", encoding="cp1251")

    guessed = vinculo("import", "client", path, "--dry-run").stderr
    assert guessed.startswith("Read as ")
    assert "say --encoding" in guessed
    assert "cp1251: Заря Мир" in guessed
    assert vinculo("import", "client", path, "--encoding", "cp1251", "--dry-run").stderr == ""
    assert vinculo("import", "client", write_file("name", "Заря"), "--dry-run").stderr == ""


def test_encoding_and_separator_can_be_said(vinculo, write_file):
    path = write_file("name|note", "Заря|пекарня", encoding="cp866")

    vinculo("import", "client", path, "--encoding", "cp866", "--delimiter", "|")
    vinculo("export", "client", "out.csv", "--filter", "name[contains]=заря")

    assert "пекарня" in Path("out.csv").read_text("utf-8-sig")


def test_exports_take_the_filters_of_the_api(vinculo, write_file, tmp_path):
    vinculo("import", "client", write_file("name,stage", "B,active", "A,active", "C,lost"))

    done = vinculo("export", "client", "out.xlsx", "--filter", "stage=active", "--sort", "-name")

    assert done.stdout == "2 records in out.xlsx.\n"
    with open_table(tmp_path / "out.xlsx") as table:
        assert [row.values[1] for row in table] == ["B", "A"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("import", "dragon", "file.csv"), 1, "there are: department, client"),
        (("import", "user", "file.csv"), 1, "There is no kind of record “user”"),
        (("import", "client", "nowhere.csv"), 2, "does not exist"),
        (("import", "client", "file.csv", "--map", "name"), 2, "HEADER=TARGET"),
        (("import", "client", "file.csv", "--map", "name=colour"), 1, "no field of Client"),
        (("import", "client", "file.csv", "--match", "note"), 1, "cannot be found by"),
        (("import", "client", "empty.csv"), 1, "The file is empty"),
        (("import", "client", "header.csv"), 1, "nothing to import"),
        (("import", "client", "broken.csv"), 1, "never closed"),
        (("import", "client", "file.csv", "--encoding", "klingon"), 1, "klingon"),
        (("export", "client", "out.pdf"), 1, "csv or .xlsx"),
        (("export", "client", "out.csv", "--filter", "colour=red"), 1, "no parameter colour"),
        (("export", "client", "out.csv", "--filter", "stage"), 2, "NAME=VALUE"),
    ],
)
def test_what_cannot_be_done_is_one_line(vinculo, write_file, arguments, code, message):
    write_file("name", "Zarya")
    write_file(name="empty.csv")
    write_file("name", name="header.csv")
    write_file("name", '"Zarya', name="broken.csv")

    done = vinculo(*arguments, fails=code)

    assert message in done.stderr
    assert "Traceback" not in done.output


def test_a_dump_without_titles_comes_in_as_it_is_said_to_be(vinculo, write_file):
    path = write_file("7+|Zarya+|Brazil&|", "8+|Mir+|Chile&|")
    pairs = ["--map", "Column 1=external_id", "--map", "Column 2=name"]
    done = vinculo("import", "client", path, "--no-header", "--separator", "+|", *pairs)

    assert done.stdout == "2 rows: 2 new, 0 changed, 0 unchanged, 0 rejected.\n"


@pytest.mark.databases("sqlite")
def test_an_import_is_listed_and_taken_back(vinculo, write_file, tmp_path):
    vinculo("import", "client", write_file("External id;Name", "1;Zarya"), "--duplicates", "skip")
    vinculo("import", "client", write_file("External id;Name", "1;Заря", "2;Sol", name="two.csv"))
    listed = json.loads(vinculo("imports", "list", "--json").stdout)
    assert [(one["file_name"], one["created"], one["changed"]) for one in listed] == [
        ("two.csv", 1, 1),
        ("file.csv", 1, 0),
    ]
    assert "conflict was left alone" in vinculo("imports", "revert", 1).stderr
    vinculo("imports", "revert", 1, "--overwrite", "client:9:x", fails=1)
    done = json.loads(vinculo("imports", "revert", 2, "--json").stdout)
    assert (done["deleted"], done["restored"], done["conflicts"]) == (1, 1, [])
    vinculo("imports", "revert", 2, fails=1)
    vinculo("imports", "cancel", 2, fails=1)
    assert vinculo("imports", "revert", 1, "--overwrite-all").stdout.startswith("1 records deleted")
    vinculo("export", "client", tmp_path / "out.csv")
    with open_table(tmp_path / "out.csv") as table:
        assert [*table] == []
