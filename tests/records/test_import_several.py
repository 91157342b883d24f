"""Rows that speak of a client, its legal entity and people there."""

import re
from datetime import date
from random import Random

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.counterparties.models import Link
from vinculo.counterparties.records import counterparty
from vinculo.errors import InvalidError
from vinculo.people.records import person
from vinculo.records import import_parts, importing
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan

ACTOR = system(Source.IMPORT)
BOTH = ("counterparty", "person")


@pytest.fixture
def take(database, kinds, tmp_path):
    """Import a file of several kinds as it is guessed."""

    def run(path, *others, main=client, dry_run=False, columns=None, match=None):
        parts = import_parts.of(kinds, main, others, ACTOR)
        header = importing.count_rows(path).header
        columns = columns or parts.guess(header)
        match = parts.default_match(columns) if match is None else match
        parts.check(header, columns, match)
        plan = Plan(kind=main, others=others, path=path, mapping=columns, match=match, dry_run=dry_run)
        rejects = Rejects(tmp_path / "rejects.csv")
        tally = importing.run(database, kinds, plan, actor=ACTOR, rejects=rejects)
        rejects.finish()
        return tally

    return run


def counts(tally, *names):
    main = tally.created, tally.changed, tally.unchanged, tally.rejected
    return main, *(tuple(tally.parts[name].values()) for name in names)


def test_northwind_makes_clients_their_legal_entities_and_people_with_roles(take, real_file, all_of):
    path = real_file("northwind/customers.csv")

    tried = take(path, *BOTH, dry_run=True)
    assert all_of(client) == []
    done = take(path, *BOTH)
    clients, firms, people = all_of(client), all_of(counterparty), all_of(person)
    again = take(path, *BOTH)

    assert counts(tried, *BOTH) == counts(done, *BOTH) == ((91, 0, 0, 0), (91, 0, 0), (91, 0, 0))
    assert counts(again, *BOTH) == ((0, 0, 91, 0), (0, 0, 91), (0, 0, 91))
    assert (all_of(client), all_of(counterparty), all_of(person)) == (clients, firms, people)
    maria = next(one for one in people if one["name"] == "Maria Anders")
    [role] = maria["roles"]
    assert role["title"] == "Sales Representative"
    firm = next(one for one in firms if one["legal_name"] == "Alfreds Futterkiste")
    assert [row["street"] for row in firm["addresses"]] == ["Obere Str. 57"]
    assert role["client_id"] == firm["links"][0]["client_id"]
    assert role["counterparty_id"] is not None


ROWS = """Company,Legal name,Link from,Contact name,Contact e-mail,Contact phone,Contact phone 2,Job title
Zarya,Zarya Ltd,2024-01-01,Ana Lima,ana@zarya.example,+55 11 98765-4321,+55 11 98765-4322,Owner
Zarya,Zarya Ltd,2024-01-01,Bia Melo,bia@zarya.example,,,Buyer
Zarya,Zarya Trade,,Ana Lima,,,,
Aurora,,,Ana Lima,,+55 21 98765-0000,,Owner
Breeze,,,,,,,
Comet,,,Caio,not-an-address,,,
"""


def test_rows_of_one_client_make_one_with_several_people(take, write_file, all_of, tmp_path):
    path = write_file(*ROWS.splitlines())
    tried = take(path, *BOTH, dry_run=True)
    done = take(path, *BOTH)

    assert counts(tried, *BOTH) == counts(done, *BOTH)
    assert counts(done, *BOTH) == ((3, 0, 2, 1), (4, 0, 1), (3, 1, 0))
    assert [one["name"] for one in all_of(client)] == ["Aurora", "Breeze", "Zarya"], "Comet came in half"
    assert "Person: “not-an-address” is not an e-mail" in done.errors[0][1]
    assert "Comet,,,Caio,not-an-address" in (tmp_path / "rejects.csv").read_text("utf-8-sig")
    people = all_of(person)
    assert [(one["name"], len(one["roles"])) for one in people] == [
        ("Ana Lima", 1), ("Ana Lima", 2), ("Bia Melo", 1),
    ] or [(one["name"], len(one["roles"])) for one in people] == [
        ("Ana Lima", 2), ("Ana Lima", 1), ("Bia Melo", 1),
    ]  # fmt: skip
    assert sorted(len(one["contact_points"]) for one in people) == [1, 1, 3]
    [link] = next(one["links"] for one in all_of(counterparty) if one["legal_name"] == "Zarya Ltd")
    assert str(link["valid_from"]) == "2024-01-01"


def test_links_that_were_dated_meanwhile_are_not_made_twice(take, write_file, database, kinds, all_of):
    path = write_file("Company,Legal name", "Zarya,Zarya Ltd")
    take(path, "counterparty")
    with database.write() as session:
        session.execute(sa.update(Link).values(valid_from=date(2020, 1, 1)))
        session.execute(sa.update(Client).values(industry="Tea"))

    again = take(write_file("Company,Legal name,Legal form", "Zarya,Zarya Ltd,Ltd"), "counterparty")

    assert counts(again, "counterparty") == ((0, 0, 1, 0), (0, 1, 0))
    [firm] = all_of(counterparty)
    assert (len(firm["links"]), firm["legal_form"]) == (1, "Ltd")


def test_a_person_brings_the_company_along(take, write_file, all_of):
    path = write_file("Full name,Company,Job title", "Ana,Zarya,Owner", "Bia,Zarya,Buyer", "Caio,,")

    done = take(path, "client", main=person)

    assert counts(done, "client") == ((3, 0, 0, 0), (1, 0, 1))
    assert [len(one["roles"]) for one in all_of(person)] == [1, 1, 0]


def anything(random):
    """A row as files have them; whoever has an e-mail address has it at one company."""
    company, name = random.choice(["Zarya", "Aurora", "Breeze"]), random.choice(["", "Ana", "Bia", "Caio"])
    email = random.choice(["", f"{name}@{company}.example", "wrong"]) if name else ""
    return ",".join([company, random.choice(["", "Z Ltd", "A Ltd"]), name, email])


@pytest.mark.parametrize("seed", range(2))
def test_a_trial_says_what_the_import_does_and_repeating_it_changes_nothing(
    take, write_file, monkeypatch, seed
):
    monkeypatch.setattr(importing, "FIRST_CHUNK", 4)
    monkeypatch.setattr(importing, "LARGEST_CHUNK", 4)
    random = Random(seed)
    rows = [anything(random) for _ in range(24)]
    path = write_file("company,legal name,contact name,contact email", *rows)
    tried = take(path, *BOTH, dry_run=True)
    done = take(path, *BOTH)
    take(path, *BOTH)
    again = take(path, *BOTH)

    assert tried.errors == done.errors
    assert counts(tried, *BOTH) == counts(done, *BOTH)
    assert [sum(one[:2]) for one in counts(again, *BOTH)] == [0, 0, 0]
    assert [row for row, _text in again.errors] == [row for row, _text in done.errors]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("others", "columns", "fault"),
    [
        (["colour"], None, "“colour” cannot be in the same file with Clients"),
        (["client"], None, "“client” cannot"),
        (["person"], {"a": "name", "b": "person.colour"}, "“person.colour” is no field"),
        (["person"], {"a": "name", "b": "person.client"}, "“person.client” is no field"),
        (["person"], {"a": "name"}, "No column is mapped to a field of Person"),
        (["person"], {"a": "name", "b": "person.note"}, "No column is mapped to Full name"),
        (["person"], {"a": "name", "b": "name"}, "both mapped to name"),
    ],
)
def test_what_does_not_go_together_is_told(take, write_file, others, columns, fault):
    with pytest.raises(InvalidError) as caught:
        take(write_file("a,b", "1,2"), *others, columns=columns)

    assert fault in str(caught.value.message)


@pytest.mark.databases("sqlite")
def test_titles_that_name_a_kind_are_its(kinds):
    parts = import_parts.of(kinds, client, BOTH, ACTOR)
    titles = [
        "Company",
        "ContactName",
        "contact_email",
        "Legal name",
        "City",
        "Phone",
        "Person: Birthday",
        "Colour",
    ]

    assert parts.guess(titles) == {
        "Company": "name",
        "ContactName": "person.name",
        "contact_email": "person.email",
        "Legal name": "counterparty.legal_name",
        "Phone": "phone",
        "Person: Birthday": "person.birthday",
    }
    alone = import_parts.of(kinds, client, (), ACTOR)
    beside = import_parts.companions(kinds, client, ACTOR)
    assert [kind.name for kind in alone.suggested(beside, titles)] == ["counterparty", "person"]


def test_page_and_api_take_several_kinds_and_ask_for_the_right_to_each(office, all_of):
    content = ROWS.encode()
    with office.api() as api:
        sent = api.post(
            "/api/v1/clients/import",
            files={"file": ("c.csv", content)},
            data={"with": "people", "dry_run": "1"},
        )
        wrong = api.post("/api/v1/clients/import", files={"file": ("c.csv", content)}, data={"with": "roles"})
        office.work()
        tried = api.get(sent.headers["Location"]).json()
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "with")
    assert (tried["others"], tried["parts"]["person"]) == (
        ["person"], {"created": 3, "changed": 0, "unchanged": 1},
    )  # fmt: skip

    browser, csrf = office.browser()
    with browser:
        page = browser.post("/clients/import", files={"file": ("c.csv", content)}, data={"_csrf": csrf})
        assert "speak of more: Counterparties, People" in page.text
        seen = browser.get(f"{page.url.path}?header=1&with=counterparty&with=person").text
        chosen = {
            f"column-{i}": re.search(r'value="([^"]*)"[^>]* selected', select)[1]
            for i, select in enumerate(re.findall(r'<select[^>]*name="column-.*?</select>', seen, re.DOTALL))
        }
        data = {"_csrf": csrf, "header": "1", "with": "counterparty,person", "match": ["name", "person.name"]}
        answer = browser.post(page.url.path, data=data | chosen | {"action": "run"})
        office.work()
        shown = browser.get(answer.url.path).text
    assert chosen["column-3"] == "person.name"
    assert [len(all_of(kind)) for kind in (client, counterparty, person)] == [3, 4, 3]
    assert "Also in the file" in shown
