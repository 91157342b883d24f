"""Rows of a file that look like a record that is there, or like a row above them."""

import pytest

from vinculo.clients.records import client
from vinculo.errors import InvalidError
from vinculo.people.records import role
from vinculo.records import import_likes
from vinculo.records.import_likes import Likely

FILE = (
    "Name,E-mail",
    "Padária Luz Ltda,luz+news@example.com",
    "Sol Energia,sol@example.com",
    "Mar,mar@example.com",
    "Energia Sol,sol@example.com",
)


@pytest.fixture
def luz(make_client):
    return make_client("Padaria Luz", contact_points=[{"type": "email", "value": "luz@example.com"}])


def names(all_of):
    return [found["name"] for found in all_of(client)]


@pytest.mark.parametrize(
    ("likely", "counts", "there"),
    [
        (
            Likely.CREATE,
            (4, 0, 0, 0),
            ["Energia Sol", "Mar", "Padaria Luz", "Padária Luz Ltda", "Sol Energia"],
        ),
        (Likely.SKIP, (2, 0, 2, 0), ["Mar", "Padaria Luz", "Sol Energia"]),
        (Likely.UPDATE, (2, 2, 0, 0), ["Energia Sol", "Mar", "Padária Luz Ltda"]),
        (Likely.REJECT, (2, 0, 0, 2), ["Mar", "Padaria Luz", "Sol Energia"]),
    ],
)
def test_what_is_asked_for_is_done(luz, all_of, import_file, write_file, likely, counts, there):
    tally = import_file(write_file(*FILE), match=["name"], likely=likely)

    assert (tally.created, tally.changed, tally.skipped, tally.rejected) == counts
    assert names(all_of) == there
    if likely is not Likely.CREATE:
        (number, record, why), (other, _record, _why) = tally.likely
        assert (number, record, other) == (2, luz.id, 5)
        assert why == f"It looks like Padaria Luz ({luz.id}): same name, same e-mail."


@pytest.mark.databases("sqlite")
def test_a_trial_tells_the_same_and_why(luz, all_of, import_file, write_file, monkeypatch):
    monkeypatch.setattr("vinculo.records.importing.FIRST_CHUNK", 2)
    for likely, counts in ((Likely.SKIP, (2, 0, 2, 0)), (Likely.UPDATE, (2, 2, 0, 0))):
        tally = import_file(write_file(*FILE), match=["name"], likely=likely, dry_run=True)
        assert (tally.created, tally.changed, tally.skipped, tally.rejected) == counts
        assert tally.likely[1] == (5, None, "It looks like row 3, Sol Energia: same name, same e-mail.")
    assert names(all_of) == ["Padaria Luz"]


@pytest.mark.databases("sqlite")
def test_rows_that_look_like_several_change_none(make_client, all_of, import_file, write_file):
    for _number in range(2):
        make_client("Sol", contact_points=[{"type": "email", "value": "sol@example.com"}])
    tally = import_file(
        write_file("Name,E-mail", "Sol SA,sol@example.com"), match=["name"], likely=Likely.UPDATE
    )
    assert tally.rejected == 1
    assert tally.errors[0][1].startswith("It looks like several records, first of all Sol")


def test_a_choice_that_is_none_is_refused():
    assert import_likes.choice(client, "") is Likely.CREATE
    for kind, text in ((client, "merge"), (role, "skip")):
        with pytest.raises(InvalidError):
            import_likes.choice(kind, text)


@pytest.mark.databases("sqlite")
def test_by_page_and_by_api(office, all_of):
    lines = "\n".join(FILE).encode()
    with office.api() as api:
        wrong = api.post("/api/v1/clients/import", files={"file": ("a.csv", lines)}, data={"duplicates": "x"})
        assert wrong.status_code == 422
        data = {"duplicates": "skip", "match": "name", "dry_run": "true"}
        url = api.post("/api/v1/clients/import", files={"file": ("a.csv", lines)}, data=data).headers[
            "Location"
        ]
        office.work()
        told = api.get(url).json()
        assert (told["duplicates"], told["skipped"], told["likely"][0]["row"]) == ("skip", 1, 5)
    browser, csrf = office.browser()
    with browser:
        page = browser.get(url.replace("/api/v1", "")).text
        assert "It looks like row 3, Sol Energia" in page
        assert 'value="skip" selected' in browser.get(f"{url.replace('/api/v1', '')}/map").text
        browser.post(f"{url.replace('/api/v1', '')}/run", data={"_csrf": csrf})
        office.work()
    assert names(all_of) == ["Mar", "Padária Luz Ltda", "Sol Energia"]
