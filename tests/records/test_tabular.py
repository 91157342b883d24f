"""Tables as people send them: every encoding and separator, workbooks, real files, broken files."""
# ruff: noqa: RUF001 -- Cyrillic letters that look Latin are what the tests are about

import tracemalloc
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import xlsxwriter

from vinculo.errors import InvalidFileError
from vinculo.records.tabular import ERROR_COLUMN, Layout, RejectWriter, open_table, open_writer

RUSSIAN = [["Клиент", "Город"], ["ООО Ромашка", "Москва"], ["Ёлкин, Пётр; ИП", "Орёл"], ["«Луч» № 5", "а"]]
PORTUGUESE = [["Razão social", "Cidade"], ["Padaria São João", "Brasília"], ["Açúcar, Cia; Ltda", "Goiânia"]]
GERMAN = [["Firma", "Straße"], ["Müller & Söhne", "Königsallee 1"], ["Groß, Jürgen; KG", "Über den Höfen"]]


@pytest.fixture
def make_file(tmp_path):
    def make(content, *, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return make


@pytest.fixture
def make_workbook(tmp_path):
    def make(rows, *, sheets=("Sheet1",)):
        path = tmp_path / "book.xlsx"
        with xlsxwriter.Workbook(str(path)) as book:
            for name in sheets:
                sheet = book.add_worksheet(name)
            for (row, column), value in rows.items():
                sheet.write(row, column, value)
        return path

    return make


def read(path, **options):
    with open_table(path, Layout(**options)) as table:
        return table.header, list(table)


def values(path, **options):
    header, rows = read(path, **options)
    assert not any(row.error for row in rows)
    return [header, *[row.values for row in rows]]


def refusal(path, **options):
    with pytest.raises(InvalidFileError) as caught:
        read(path, **options)
    return caught.value


def delimited(rows, delimiter, newline="\r\n"):
    return newline.join(delimiter.join(f'"{cell}"' for cell in row) for row in rows) + newline


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("rows", "encoding"),
    [
        *[
            (rows, code)
            for rows in (RUSSIAN, PORTUGUESE, GERMAN)
            for code in ("utf-8", "utf-8-sig", "utf-16")
        ],
        (RUSSIAN, "cp1251"),
        (PORTUGUESE, "latin-1"),
        (PORTUGUESE, "cp1252"),
        (GERMAN, "cp1252"),
    ],
)
def test_encoding_and_separator_are_found_out(make_file, rows, encoding, delimiter, newline):
    path = make_file(delimited(rows, delimiter, newline), encoding=encoding)

    with open_table(path) as table:
        assert table.layout.delimiter == delimiter
        assert table.layout.encoding == encoding.replace("latin-1", "cp1252")
        assert [table.header, *[row.values for row in table]] == rows


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("name\nJosé\n", "cp1252"),
        ("name\nZoë\nSmith\n", "cp1252"),
        ("name\nPão\nIvan\n", "cp1252"),
        ("name,city\nÁgua Viva,Évora\n", "cp1252"),
        ("name\nIBM Köln\n", "cp1252"),
        ("name\nИван\n", "cp1251"),
        ("name,city\nIBM,Уфа\n", "cp1251"),
        ("имя\nОАО ЛУЧ\n", "cp1251"),
        ("name\nЁж\n", "cp1251"),
    ],
)
def test_a_few_accented_letters_are_enough(make_file, text, encoding):
    with open_table(make_file(text, encoding=encoding)) as table:
        assert table.layout.encoding == encoding


def test_an_accent_far_into_the_file_counts(make_file):
    text = "name,city\n" + "Smith,London\n" * 50_000 + "Иванов,Орёл\n"

    assert values(make_file(text, encoding="cp1251"))[-1] == ["Иванов", "Орёл"]


def test_one_endless_word_is_no_trouble(make_file):
    path = make_file(
        "name\n" + "a" * 900_000 + "\nJosé\n" + "é" * 5 + "a" * 900_000 + "\n", encoding="latin-1"
    )

    assert values(path)[2] == ["José"]


def test_one_damaged_byte_does_not_garble_a_utf8_file(make_file):
    error = refusal(make_file("имя\nИван\nПётр\n".encode() + b"\xff\n"))

    assert error.code == "unreadable_file"
    assert "damaged" in str(error)


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe",
        b"a,b\n1,\x002\n",
        "a,b\n1,2\n".encode("utf-16") + b"x",
        b"PK\x03\x04 not really",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 not really",
    ],
)
def test_what_is_no_table_is_refused_with_a_remedy(make_file, content):
    assert refusal(make_file(content)).code in {"unreadable_file", "wrong_encoding"}


@pytest.mark.parametrize("content", ["", "\n\n", " , \n"])
def test_an_empty_file_is_refused(make_file, content):
    assert refusal(make_file(content)).code == "empty_file"


def test_encoding_and_separator_can_be_said(make_file):
    path = make_file("a,b;c\nИ,1;2\n", encoding="koi8-r")

    assert values(path, encoding="koi8-r", delimiter=";") == [["a,b", "c"], ["И,1", "2"]]
    assert refusal(path, encoding="utf-8").code == "wrong_encoding"
    assert refusal(path, encoding="base64").code == "unknown_encoding"
    assert refusal(path, encoding="koi8-r", delimiter="").code == "invalid_delimiter"


def test_decimal_commas_do_not_pass_for_separators(make_file):
    path = make_file("name;price;note\nA;1,50;x, y\nB;2,00;\n")

    assert values(path)[1] == ["A", "1,50", "x, y"]


def test_quotes_and_line_breaks_within_cells(make_file):
    path = make_file('a,b\r\n"1 ""one""","x\r\ny"\r\n5" pipe,z\r\n')

    assert values(path)[1:] == [['1 "one"', "x\r\ny"], ['5" pipe', "z"]]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(make_file):
    _header, rows = read(make_file('a,b\n1,"x\ny"\n\n,\n2,z\n'))

    assert [row.number for row in rows] == [2, 5]


def test_rows_that_do_not_fit_the_header_say_so_and_lose_nothing(make_file):
    _header, rows = read(make_file("a,b\n1\n1,2,3\n1,2,,\n"))

    assert [row.values for row in rows] == [["1"], ["1", "2", "3"], ["1", "2"]]
    assert [bool(row.error) for row in rows] == [True, True, False]


def test_a_misplaced_quote_spoils_its_row_only(make_file):
    _header, rows = read(make_file('a,b\n"x"y,1\n2,z\n'))

    assert [(row.number, bool(row.error)) for row in rows] == [(2, True), (3, False)]


@pytest.mark.parametrize("rows_after", [2, 100_000])
def test_an_unclosed_quote_names_the_row_where_it_began(make_file, rows_after):
    error = refusal(make_file('a,b\n1,2\n3,"open\n' + "some,more text\n" * rows_after))

    assert error.code in {"unclosed_quote", "cell_too_long"}
    assert "ow 3" in str(error)


@pytest.mark.parametrize("content", ["," * 2_001 + "a\n", "a,b\n" + "," * 2_001, "x" * 9_000_000])
def test_rows_beyond_all_measure_are_refused(make_file, content):
    assert refusal(make_file(content)).code in {"too_many_columns", "cell_too_long"}


def test_titles_are_made_unique_and_blank_ones_named(make_file):
    header, _rows = read(make_file("name, name,,name (2)\n"))

    assert header == ["name", "name (2)", "Column 3", "name (2) (2)"]


def test_without_a_header_the_first_row_is_data(make_file):
    header, rows = read(make_file("1, x\n2,y\n"), header=0)

    assert header == ["Column 1", "Column 2"]
    assert [(row.number, row.values) for row in rows] == [(1, ["1", " x"]), (2, ["2", "y"])]


def test_progress_runs_from_little_to_all(make_file):
    with open_table(make_file("a,b\n" + "1,2\n" * 50_000)) as table:
        seen = [table.fraction() for _row in table]

    assert seen == sorted(seen)
    assert seen[0] < 0.1
    assert seen[-1] == 1


def test_a_hundred_thousand_rows_leave_memory_flat(tmp_path):
    path = tmp_path / "large.csv"
    with open_writer(path, ["name", "city", "phone"]) as table:
        for number in range(100_000):
            table.write([f"Padaria São João {number}", "Goiânia", "+55 62 99999-0000"])
    tracemalloc.start()
    with open_table(path) as table:
        rows = sum(1 for _row in table)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert rows == 100_000
    assert peak < 20_000_000


# Workbooks


def test_cells_of_a_workbook_become_text(tmp_path):
    path = tmp_path / "typed.xlsx"
    east = timezone(timedelta(hours=3))
    with open_writer(path, ["a", "b", "c", "d"]) as table:
        table.write([5, Decimal("5.25"), True, date(2026, 3, 1)])
        table.write([-7, Decimal("12345678901234567.89"), None, datetime(2026, 3, 1, 9, 30, tzinfo=UTC)])
        table.write(["007", " x ", "=1+1", datetime(2026, 3, 1, 2, 30, tzinfo=east)])
        table.write([10**17, "", False, date(1812, 9, 7)])

    assert values(path)[1:] == [
        ["5", "5.25", "true", "2026-03-01"],
        ["-7", "12345678901234567.89", "", "2026-03-01T09:30:00"],
        ["007", " x ", "=1+1", "2026-02-28T23:30:00"],
        ["100000000000000000", "", "false", "1812-09-07"],
    ]


def test_a_workbook_knows_its_rows_and_their_numbers(make_workbook):
    path = make_workbook({(1, 1): "name", (1, 2): "city", (3, 1): "Acme", (4, 2): "Rome", (4, 5): "stray"})

    with open_table(path) as table:
        assert (table.format, table.header, table.row_count) == ("xlsx", ["name", "city"], 3)
        rows = list(table)
        assert table.fraction() == 1
    assert [(row.number, bool(row.error)) for row in rows] == [(4, False), (5, True)]


def test_a_sheet_is_chosen_by_name(make_workbook):
    path = make_workbook({(0, 0): "name", (1, 0): "Acme"}, sheets=("Notes", "Clients"))

    assert values(path, sheet="Clients") == [["name"], ["Acme"]]
    assert refusal(path).code == "empty_file"
    assert "Notes, Clients" in str(refusal(path, sheet="Deals"))


def test_two_cells_in_opposite_corners_do_not_exhaust_memory(make_workbook):
    assert refusal(make_workbook({(0, 0): 1, (1_000_000, 1_900): 1})).code == "workbook_too_large"
    assert refusal(make_workbook({(0, 0): 1, (1, 16_000): 1})).code == "too_many_columns"


def test_a_zip_bomb_is_refused(make_workbook):
    path = make_workbook({(0, 0): "name"})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", bytes(20_000_000))

    assert refusal(path).code == "workbook_too_large"


def test_a_zip_bomb_that_lies_about_its_size_is_refused(make_workbook):
    path = make_workbook({(0, 0): "name"})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", bytes(20_000_000))
    true_size = (20_000_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(true_size, (100).to_bytes(4, "little")))

    assert refusal(path).code == "unreadable_file"


def test_a_workbook_of_very_many_parts_is_refused(make_workbook):
    path = make_workbook({(0, 0): "name"})
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}", b"")

    assert refusal(path).code == "workbook_too_large"


# Writing


def test_markup_in_a_workbook_stays_text(tmp_path):
    path = tmp_path / "out.xlsx"
    with open_writer(path, ["text"]) as table:
        table.write(["<r><t>x</t></r>"])

    assert values(path)[1] == ["<r><t>x</t></r>"]


def test_a_text_too_long_for_a_workbook_names_row_and_column(tmp_path):
    with (
        open_writer(tmp_path / "out.xlsx", ["name", "note"]) as table,
        pytest.raises(InvalidFileError, match="Row 2, column note"),
    ):
        table.write(["Acme", "x" * 32_768])


def test_only_csv_and_xlsx_are_written(tmp_path):
    with pytest.raises(InvalidFileError, match=r"\.csv or \.xlsx"):
        open_writer(tmp_path / "out.pdf", ["name"])


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_rejected_rows_can_be_corrected_and_imported_again(tmp_path, suffix):
    path = tmp_path / f"rejects.{suffix}"
    with RejectWriter(path, ["name", "city"]) as rejects:
        rejects.write(["Acme", ""], "City is missing.")
        rejects.write(["Acme"], "Too few cells.")
        rejects.write(["Acme", "Rome", "surplus"], "Too many cells.")

    assert "City is missing." in (row := read(path, header=0)[1])[1].values
    assert row[0].values[2] == ERROR_COLUMN
    header, rows = read(path)
    assert header == ["name", "city"]
    assert [row.values for row in rows] == [["Acme", ""], ["Acme", ""], ["Acme", "Rome", "surplus"]]
    assert [bool(row.error) for row in rows] == [False, False, True]


# Real files


@pytest.mark.parametrize(
    ("name", "count", "text"),
    [
        ("maven_crm_pipeline/accounts.csv", 85, "Bluth Company"),
        ("northwind/customers.csv", 91, "Antonio Moreno Taquería"),
        ("gleif_legal_entities/gleif_flat.csv", 549, "Nové Mesto nad Váhom"),
    ],
)
def test_real_files_are_read_whole(real_file, name, count, text):
    rows = values(real_file(name))[1:]

    assert len(rows) == count
    assert any(text.lower() in cell.lower() for row in rows for cell in row)


def test_dirty_files_are_read_or_refused(real_file):
    paths = sorted(real_file("dirty_tables").iterdir())
    assert len(paths) > 20
    for path in paths:
        with suppress(InvalidFileError):
            header, _rows = read(path)
            assert header, path.name
