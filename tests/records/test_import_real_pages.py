"""Files that nobody here wrote, as a user brings them: by the pages as they suggest, and by the command."""

import csv
import html
import json
import re

import pytest
from click.testing import CliRunner

from vinculo.cli import main
from vinculo.clients.records import client
from vinculo.counterparties.records import counterparty
from vinculo.people.records import person
from vinculo.records.tabular import open_table


@pytest.fixture
def take(office, real_file):
    """Import a file through the pages; ``columns`` are targets by number where the guess is not meant."""
    browser, csrf = office.browser()

    def run(name, kind, columns=None, others=(), **layout):
        path = real_file(name)
        file = {"file": (path.name, path.read_bytes())}
        page = browser.post(f"{kind.url}/import", files=file, data={"_csrf": csrf, **layout})
        assert page.status_code == 200, page.text
        url = page.url.path
        if others:
            page = browser.get(url, params=[*(("with", one) for one in others), ("header", "1")])
        form = sent(page.text) | {f"column-{number - 1}": name for number, name in (columns or {}).items()}
        targets = [to if isinstance(to, str) else to[0] for name, to in form.items() if "column-" in name]
        form["match"] = [one for one in form.get("match", ()) if one in targets]
        page = browser.post(url, data=form | {"_csrf": csrf, "action": "run"})
        if 'name="asked"' in page.text:
            page = browser.post(url, data=sent(page.text) | {"_csrf": csrf, "action": "run"})
        office.work()
        return browser.get(f"/api/v1/imports/{page.url.path.rpartition('/')[2]}").json()

    with browser:
        yield run


@pytest.fixture
def typed(database, real_file, monkeypatch, tmp_path):
    """The same by the command line."""
    monkeypatch.setenv("VINCULO_DATABASE__URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("LANG", "en")
    monkeypatch.chdir(tmp_path)

    def run(name, kind, columns=None):
        path = real_file(name)
        words = ["import", kind.name, str(path), "--json"]
        if columns:
            with open_table(path) as table:
                for number, target in columns.items():
                    words += ["--map", f"{table.header[number - 1]}={target}"]
        done = CliRunner().invoke(main, words)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return json.loads(done.stdout) if done.stdout else {"refused": done.stderr}

    return run


def sent(page):
    """What a browser would send of a page's form as it stands."""
    body = page.split('<form class="form"')[1].split("</form>")[0]
    found = {}
    for tag in re.findall(r"<input [^>]*>", body):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="hidden"' in tag or " checked" in tag):
            found.setdefault(name[1], []).append(html.unescape(value[1] if value else ""))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"(.*?)</select>', body, re.DOTALL):
        found[name] = [html.unescape(v) for v in re.findall(r'value="([^"]*)"[^>]* selected', options)] or [
            ""
        ]
    return found


def counts(run):
    return run["created"], run["changed"], run["unchanged"], run["rejected"]


def test_northwind_with_its_firms_and_people(take, all_of):
    done = take("northwind/customers.csv", client, others=["counterparty", "person"])

    assert counts(done) == (91, 0, 0, 0)
    assert {name: part["created"] for name, part in done["parts"].items()} == {
        "counterparty": 91,
        "person": 91,
    }
    assert {one["external_id"]: one["name"] for one in all_of(client)}["ALFKI"] == "Alfreds Futterkiste"
    assert "Maria Anders" in {one["name"] for one in all_of(person)}


@pytest.mark.databases("sqlite")
def test_maven_accounts_have_the_sectors_of_the_reference(take, real_file, all_of):
    assert counts(take("maven_crm_pipeline/accounts.csv", client)) == (85, 0, 0, 0)

    with real_file("maven_crm_pipeline/reference/anomalies.csv").open() as file:
        known = {row["check_name"]: int(row["n"]) for row in csv.DictReader(file)}
    misspelt = [one for one in all_of(client) if one["industry"] == "technolgy"]
    assert len(misspelt) == known["accounts with sector misspelt technolgy"]


@pytest.mark.databases("sqlite")
def test_febrl_contacts_have_whole_names_birthdays_and_addresses(take, all_of):
    done = take("febrl_contacts/dataset1.csv", person)

    people = {one["external_id"]: one for one in all_of(person)}
    assert counts(done) == (997, 0, 0, 3)
    assert [one["row"] for one in done["errors"]] == [
        146,
        149,
        588,
    ]  # born in months or on days there are not
    lachlan = people["rec-122-org"]
    assert (lachlan["name"], str(lachlan["birthday"])) == ("lachlan berry", "1999-02-19")
    assert (lachlan["addresses"][0]["street"], lachlan["addresses"][0]["postal_code"]) == (
        "giblin street",
        "4814",
    )


@pytest.mark.databases("sqlite")
def test_first_names_stand_before_last_names_whatever_the_file_does(take, all_of):
    done = take("northwind/employees.csv", person)
    assert (counts(done), done["errors"]) == ((9, 0, 0, 0), [])
    assert {one["external_id"]: one["name"] for one in all_of(person)}["1"] == "Nancy Davolio"


@pytest.mark.databases("sqlite")
def test_adventure_works_leads_and_stores_come_without_titles(take, all_of):
    names = {
        1: "external_id",
        3: "name",
        5: "name",
        6: "birthday",
        9: "email",
        17: "street",
        19: "city",
        22: "phone",
    }
    leads = take("adventureworks_raw/ProspectiveBuyer.csv", person, names)
    stores = take("adventureworks_raw/Store.csv", client, {1: "external_id", 2: "name"})

    assert (leads["created"], leads["rejected"]) == (2059 - len(leads["errors"]), len(leads["errors"]))
    assert all("is not an e-mail address" in one["message"] for one in leads["errors"])
    adam = next(one for one in all_of(person) if one["external_id"] == "1")
    assert (adam["name"], str(adam["birthday"])) == ("Adam Alexander", "1945-12-30")
    assert (counts(stores), all_of(client)[0]["name"]) == ((701, 0, 0, 0), "A Bicycle Association")


@pytest.mark.databases("sqlite")
def test_legal_entities_by_country_are_those_of_the_reference(take, real_file, all_of):
    assert counts(take("gleif_legal_entities/gleif_flat.csv", counterparty)) == (549, 0, 0, 0)

    with real_file("gleif_legal_entities/reference/by_country.csv").open() as file:
        known = {row["country"]: int(row["entities"]) for row in csv.DictReader(file)}
    found = [one["country"] for one in all_of(counterparty)]
    assert {country: found.count(country) for country in known} == known


@pytest.mark.databases("sqlite")
def test_cards_bring_people_and_companies(take, all_of):
    done = take("vcards/John_Doe_MS_OUTLOOK.vcf", person)

    assert (done["created"], done["rejected"], done["others"]) == (len(all_of(person)), 0, ["client"])
    assert [one["name"] for one in all_of(client)]


# By folder: name of the file, kind, targets of columns that are not guessed, and the rows that there are.
FILES = {
    "maven_crm_pipeline": [("accounts.csv", client, {}, 85)],
    "northwind": [("customers.csv", client, {}, 91)],
    "gleif_legal_entities": [("gleif_flat.csv", counterparty, {}, 549)],
    "febrl_contacts": [("dataset1.csv", person, {}, 1000)],
    "adventureworks_raw": [
        ("ProspectiveBuyer.csv", person, {1: "external_id", 3: "name", 5: "name", 22: "phone"}, 2059),
        ("Store.csv", client, {1: "external_id", 2: "name"}, 701),
        ("DimReseller.csv", client, {3: "external_id", 4: "phone", 6: "name"}, 701),
        ("Vendor.csv", counterparty, {2: "external_id", 3: "legal_name"}, 104),
    ],
    "dirty_tables": [
        ("begrotingsanalyse-2011.csv", client, {1: "name"}, 39),
        ("characters.csv", client, {3: "name"}, 382),
        ("complex.csv", client, {4: "name"}, 3),
        ("example.tsv", client, {1: "name"}, 140),
        ("excel_pasting.csv", client, {1: "name"}, 16),
        ("large.xlsx", client, {1: "name"}, 30),
        ("mixedGLB.csv", client, {1: "name"}, 133),
        ("null.csv", client, {1: "name"}, 10),
        ("simple.csv", client, {3: "name"}, 6),
        ("simple.ods", client, {}, 3),
        ("simple.psv", client, {1: "name"}, 28),
        ("simple.ssv", client, {3: "name"}, 6),
        ("simple.xls", client, {3: "name"}, 6),
        ("simple.xlsx", client, {3: "name"}, 6),
        ("skip_initials.csv", client, {1: "name"}, 2),
        ("spanish_chars.csv", client, {4: "name"}, 115),
        ("sparse_with_column_errors.csv", client, {2: "name"}, 2200),
        ("utf-16le_encoded.csv", client, {2: "name"}, 327),
        ("weird_head_padding.csv", client, {2: "name"}, 83),
    ],
}
EMPTY = ("unicode_sheet_name.xls", "utf8bom.csv")  # a title and nothing below it
UNSOUND = {"John_Doe_ANDROID.vcf": 1, "outlook-2003.vcf": 1}  # cards with words for addresses and phones
REJECTED = {"febrl_contacts": 3}  # born on days that there are not


def come_in(door, folder, all_of):
    """Each row of each file becomes a record, is told to be one, or is given back; nothing besides."""
    made = {"client": 0, "counterparty": 0, "person": 0}
    for name, kind, columns, rows in FILES[folder]:
        done = door(f"{folder}/{name}", kind, columns)
        assert (done["done"], sum(counts(done))) == (rows, rows), (name, done)
        if folder != "dirty_tables":
            assert counts(done) == (rows - REJECTED.get(folder, 0), 0, 0, REJECTED.get(folder, 0)), name
        made[kind.name] += done["created"]
    for kind in (client, counterparty, person):
        assert len(all_of(kind)) == made[kind.name]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("folder", FILES)
def test_every_file_comes_in_through_the_page(take, folder, all_of):
    come_in(take, folder, all_of)


@pytest.mark.parametrize("folder", FILES)
def test_every_file_comes_in_by_the_command(typed, folder, all_of):
    come_in(typed, folder, all_of)


def test_what_holds_no_rows_is_refused_at_both_doors_and_leaves_nothing(office, typed, real_file, all_of):
    browser, csrf = office.browser()
    with browser:
        for name in EMPTY:
            path = real_file(f"dirty_tables/{name}")
            sent_file = {"file": (path.name, path.read_bytes())}
            page = browser.post("/clients/import", files=sent_file, data={"_csrf": csrf})
            assert (page.status_code, "there is nothing to import" in page.text) == (422, True)
            assert "there is nothing to import" in typed(f"dirty_tables/{name}", client)["refused"]
        assert browser.get("/api/v1/imports").json()["items"] == []
    assert all_of(client) == []


def cards_come_in(door, real_file, all_of):
    with real_file("vcards/reference/cards.csv").open(encoding="utf-8") as file:
        known = {row["file"]: int(row["cards"]) for row in csv.DictReader(file)}
    companies = people = 0
    for name, cards in known.items():
        done = door(f"vcards/{name}", person)
        assert (done["done"], sum(counts(done))) == (cards, cards), (name, done)
        assert done["rejected"] == UNSOUND.get(name, 0), (name, done)
        people += done["created"]
        companies += done["parts"].get("client", {}).get("created", 0)
    assert (len(all_of(person)), len(all_of(client))) == (people, companies)
    assert companies


@pytest.mark.databases("sqlite")
def test_cards_of_all_programs_come_in_through_the_page(take, real_file, all_of):
    cards_come_in(take, real_file, all_of)


def test_cards_of_all_programs_come_in_by_the_command(typed, real_file, all_of):
    cards_come_in(typed, real_file, all_of)
