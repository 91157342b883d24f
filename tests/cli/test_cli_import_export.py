"""``vinculo import`` and ``vinculo export``, as somebody types them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from vinculo.cli import main
from vinculo.records.tabular import open_table

REAL = Path(__file__).parents[3] / "shared" / "data"


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
def test_real_files_come_in_and_go_out(vinculo, tmp_path, name, kind, count):
    if not REAL.is_dir():
        pytest.skip("the real files are not here")

    done = vinculo("import", kind, REAL / name)
    vinculo("export", kind, tmp_path / "out.csv")

    assert done.stdout == f"{count} rows: {count} new, 0 changed, 0 unchanged, 0 rejected.\n"
    with open_table(tmp_path / "out.csv") as table:
        assert len(list(table)) == count


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
