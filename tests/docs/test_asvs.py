"""What SECURITY.md and the checklist promise is shown by tests that exist; no requirement is left out."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECKLIST = ROOT / "docs" / "security" / "asvs.md"
THREATS = ROOT / "SECURITY.md"
NAMED = re.compile(r"`((?:tests|plugins)/[\w/.-]+\.py)(?:::(\w+))?`")
ROW = re.compile(
    r"\| (\d+\.\d+\.\d+)(?:\u2013(\d+\.\d+\.\d+))? \| ([^|]+) \| (yes|site|open|\u2013) \| ([^|]+) \|"
)
# How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has; their numbers begin with 1.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3,
    "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4,
    "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
    "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip
MORE = {"1.2.10"}  # of level 3


@cache
def names_in(file):
    """The names of the tests in a file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def rows():
    lines = CHECKLIST.read_text(encoding="utf-8").splitlines()
    return [(line, ROW.fullmatch(line)) for line in lines if re.match(r"\| \d", line)]


def numbers(first, last):
    section, begin = first.rsplit(".", 1)
    end = last.rsplit(".", 1)[1] if last else begin
    return [f"{section}.{number}" for number in range(int(begin), int(end) + 1)]


@pytest.mark.parametrize("page", [CHECKLIST, THREATS], ids=lambda page: page.name)
def test_each_test_that_is_named_exists(page):
    named = NAMED.findall(page.read_text(encoding="utf-8"))
    missing = [
        (file, test)
        for file, test in named
        if not (ROOT / file).exists() or (test and test not in names_in(file))
    ]

    assert len(named) > 40
    assert missing == []


def test_every_requirement_is_answered_once():
    found = [number for _line, row in rows() for number in numbers(row[1], row[2])]
    expected = {f"{section}.{n}" for section, count in SECTIONS.items() for n in range(1, count + 1)} | MORE

    assert len(found) == len(set(found))
    assert set(found) == expected


def test_every_line_gives_a_test_or_a_reason():
    assert [line for line, row in rows() if row is None] == []
    for line, row in rows():
        reason = NAMED.sub("", row[5]).strip(" ,;:")
        assert NAMED.search(row[5]) or len(reason) >= 6, line


def test_sentences_about_what_cannot_be_done_name_a_test():
    paragraphs = THREATS.read_text(encoding="utf-8").split("\n\n")
    claims = [text for text in paragraphs if re.match(r"\*\*[^*]*[Cc]annot\*\*", text)]

    assert len(claims) > 12
    assert [text for text in claims if not NAMED.search(text)] == []
