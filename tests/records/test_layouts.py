"""How a table lies in its file: found out, or said, and what the real files of this kind look like then."""

import csv
from pathlib import Path
from zipfile import ZipFile

import pytest

from vinculo.errors import InvalidFileError
from vinculo.records.tabular import Layout, open_table

pytestmark = pytest.mark.databases("sqlite")

DIRTY = {  # name → row of the titles, columns, rows; or the code of the refusal
    "begrotingsanalyse-2011.csv": (4, 20, 39),
    "characters.csv": (1, 18, 382),
    "complex.csv": (1, 4, 3),
    "example.tsv": (1, 17, 140),
    "excel_pasting.csv": (4, 9, 16),
    "large.xlsx": (4, 11, 30),
    "mixedGLB.csv": (4, 19, 133),
    "null.csv": (0, 4, 10),
    "simple.csv": (1, 3, 6),
    "simple.ods": (1, 3, 3),
    "simple.psv": (1, 6, 28),
    "simple.ssv": (1, 3, 6),
    "simple.xls": (1, 3, 6),
    "simple.xlsx": (1, 3, 6),
    "skip_initials.csv": (1, 2, 2),
    "spanish_chars.csv": (1, 8, 115),
    "sparse_with_column_errors.csv": (1, 4, 2200),
    "unicode_sheet_name.xls": (1, 1, 0),
    "utf-16le_encoded.csv": (1, 19, 327),
    "utf8bom.csv": (1, 2, 0),
    "weird_head_padding.csv": (3, 5, 83),  # its rows are refused until the separator is said
}
BARE = {
    "Vendor": ("\t", 104),
    "DimReseller": ("|", 701),
    "ProspectiveBuyer": ("|", 2059),
    "Store": ("+|", 701),
}


@pytest.fixture
def make_file(tmp_path):
    def make(text, encoding="utf-8"):
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return make


def read(path, **said):
    with open_table(path, Layout(**said)) as table:
        return table.layout, table.header, list(table)


@pytest.mark.parametrize("name", DIRTY)
def test_dirty_files_are_read_as_written_down_here(real_file, name):
    path = real_file(f"dirty_tables/{name}")
    expected = DIRTY[name]
    if isinstance(expected, str):
        with pytest.raises(InvalidFileError) as refused:
            read(path)
        assert refused.value.code == expected
        return
    layout, header, rows = read(path)

    assert (layout.header, len(header), len(rows)) == expected


def test_what_is_not_recognised_is_read_once_it_is_said(real_file):
    layout, header, rows = read(real_file("dirty_tables/characters.csv"), encoding="gb18030")

    assert (layout.header, header[0], rows[0].values[0]) == (1, "id", "v_1")


@pytest.mark.parametrize("name", BARE)
def test_bare_dumps_have_no_header_and_separators_of_their_own(real_file, name):
    layout, header, rows = read(real_file(f"adventureworks_raw/{name}.csv"))
    with real_file("adventureworks_raw/columns.csv").open() as file:
        columns = sum(row["file"] == f"{name}.csv" for row in csv.DictReader(file))

    assert (layout.delimiter, layout.header, len(rows)) == (BARE[name][0], 0, BARE[name][1])
    assert len(header) == columns
    assert [row.error for row in rows if row.error] == []


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("name,email\nAna,ana@example.com\n", 1),
        ("Ana,ana@example.com\nBob,bob@example.com\n", 0),
        ("1,2\n3,4\n", 0),
        ("Year,2023,2024\nA,7,8\nB,9,9\n", 1),
        ("Clients of 2024\n\nname,city\nAna,Porto\nBob,Faro\n", 3),
        ("Report,,\nname,city,phone\nAna,Porto,1\nBob,Faro,2\n", 2),
        ("name\nAna\nBob\n", 1),
        ("a,b\nc,d\n", 1),
    ],
)
def test_the_row_of_the_titles_is_found(make_file, text, header):
    layout, _header, rows = read(make_file(text))

    assert layout.header == header
    assert [row.error for row in rows if row.error] == []


def test_a_row_can_be_said_to_hold_the_titles(make_file):
    path = make_file("old,titles\nname,city\nAna,Porto\n")

    assert read(path, header=2)[1] == ["name", "city"]
    assert read(path, header=0)[1] == ["Column 1", "Column 2"]
    with pytest.raises(InvalidFileError) as refused:
        read(path, header=9)
    assert refused.value.code == "invalid_header"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig"])
def test_an_encoding_is_read_by_its_mark_and_without_one(make_file, encoding):
    path = make_file("name,city\nAna,Porto\n", encoding)

    assert read(path)[1] == ["name", "city"]
    assert read(path, encoding=encoding.removesuffix("-sig"))[1] == ["name", "city"]


def test_cells_of_a_dump_hold_line_breaks_where_rows_end_with_a_mark(make_file):
    _layout, _header, rows = read(make_file('1+|say "hi"\nthere+|x&|\n2+|b+|y&|\n'))

    assert [row.values for row in rows] == [["1", 'say "hi"\nthere', "x"], ["2", "b", "y"]]


def test_repeated_cells_of_an_open_document_do_not_exhaust_memory(tmp_path):
    cell = (
        '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="900"/>'
    )
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    path = Path(tmp_path) / "bomb.ods"
    with ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            '<d xmlns:table="t" xmlns:office="o"><table:table table:name="a">' + row + "</table:table></d>",
        )

    with pytest.raises(InvalidFileError) as refused:
        read(path)
    assert refused.value.code == "workbook_too_large"


def test_a_table_that_is_not_recognised_is_read_once_separator_and_row_are_said(real_file):
    path = real_file("dirty_tables/weird_head_padding.csv")
    _layout, header, rows = read(path, delimiter=";", header=12)

    assert header[1:4] == ["1985", "1993", "2000"]
    assert len(rows) == 76
    assert [row.number for row in rows if row.error and row.number < 74] == []  # below are footnotes
