"""What begins like a formula is a text in every spreadsheet program, and comes back as it was."""

import csv

import pytest

from vinculo.records.tabular import open_table, open_writer


def values(path):
    with open_table(path) as table:
        return [table.header, *(row.values for row in table)]


def test_formulas_are_defused_in_csv_and_come_back_as_they_were(tmp_path):
    path = tmp_path / "out.csv"
    texts = ["=1+1", "+SUM(A1)", "-x", "@cmd", "\t=1", "\r=1", "'=quoted", "+55 (11) 98765-4321", "-5.20"]
    with open_writer(path, ["text", "n"]) as table:
        for text in texts:
            table.write([text, -1])

    raw = path.read_text(encoding="utf-8-sig")
    assert "\n'=1+1,-1" in raw
    assert "\n+55 (11) 98765-4321,-1" in raw
    assert "\n-5.20,-1" in raw
    assert [row[0] for row in values(path)[1:]] == texts


@pytest.mark.parametrize("sign", "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b")
def test_no_sign_begins_a_formula(tmp_path, sign):
    path = tmp_path / "out.csv"
    texts = [
        f"{sign}cmd|' /C calc'!A0",
        f"{sign}HYPERLINK(A1)",
        f"{sign}{sign}A1",
        f"'{sign}A1",
        f"{sign}1+A1",
    ]
    with open_writer(path, ["text"]) as table:
        for text in texts:
            table.write([text])

    with path.open(encoding="utf-8-sig", newline="") as file:
        written = [row[0] for row in csv.reader(file)][1:]
    assert [text[0] for text in written] == ["'"] * len(texts)
    assert [row[0] for row in values(path)[1:]] == texts


@pytest.mark.parametrize(
    "phone",
    ["+5511987654321", "+55 (11) 98765-4321", "+7 495 123-45-67", "+1.202.555.0123", "+49 30 1234 ext. 5"],
)
def test_phones_come_back_as_they_were(tmp_path, phone):
    for name in ("out.csv", "out.xlsx"):
        with open_writer(tmp_path / name, ["phone", "n"]) as table:
            table.write([phone, 1])
        assert values(tmp_path / name)[1][0] == phone
