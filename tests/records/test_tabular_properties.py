"""What is written is read back as it was; what is no table is refused, whatever the bytes."""

import re
import tempfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vinculo.errors import InvalidFileError
from vinculo.records.tabular import Layout, open_table, open_writer

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
risky = st.text(alphabet="'=+-@\uff1d\uff0d\t\r\n<r>/5a, ;\"_x0041", max_size=12)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | risky
tables = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(texts, min_size=width, max_size=width)))


def write_and_read(rows, suffix):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table.{suffix}"
        width = len(rows[0]) if rows else 1
        with open_writer(path, [f"c{number}" for number in range(width)]) as table:
            for row in rows:
                table.write(row)
        options = {} if suffix == "xlsx" else {"delimiter": ","}
        with open_table(path, Layout(**options)) as table:
            return [row.values for row in table if not row.error]


def without(pattern, rows):
    cleaned = [[re.sub(pattern, "", cell) for cell in row] for row in rows]
    return [row for row in cleaned if any(cell.strip() for cell in row)]


@settings(max_examples=150, deadline=None)
@given(tables)
def test_csv_comes_back_as_it_was_written(rows):
    assert write_and_read(rows, "csv") == without("\0", rows)


@settings(max_examples=100, deadline=None)
@given(tables)
def test_a_workbook_comes_back_but_for_control_characters(rows):
    assert write_and_read(rows, "xlsx") == without(CONTROL, rows)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"\xef\xbb\xbf", b'a,"']
    ),
    st.binary(max_size=2_000),
)
def test_garbage_is_read_or_refused(magic, content):
    _read_or_refuse(magic + content)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    path = tmp_path_factory.mktemp("workbook") / "table.xlsx"
    with open_writer(path, ["name", "city"]) as table:
        table.write(["Acme", "Rome"])
    return path


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_damaged_workbook_is_read_or_refused(workbook, changes):
    content = bytearray(workbook.read_bytes())
    for position, byte in changes:
        content[position % len(content)] = byte
    _read_or_refuse(bytes(content))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_workbook_with_damaged_xml_is_read_or_refused(workbook, changes):
    target = BytesIO()
    with ZipFile(workbook) as source, ZipFile(target, "w") as damaged:
        for name in source.namelist():
            content = bytearray(source.read(name))
            for position, byte in changes if name.startswith("xl/work") else ():
                content[position % len(content)] = byte
            damaged.writestr(name, bytes(content))
    _read_or_refuse(target.getvalue())


def test_a_workbook_in_an_encoding_that_nobody_knows_is_refused(workbook):
    target = BytesIO()
    with ZipFile(workbook) as source, ZipFile(target, "w") as damaged:
        for name in source.namelist():
            damaged.writestr(name, source.read(name).replace(b"UTF-8", b"ATF-8"))
    _read_or_refuse(target.getvalue())


def _read_or_refuse(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        path.write_bytes(content)
        with suppress(InvalidFileError), open_table(path) as table:
            list(table)
