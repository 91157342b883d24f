"""Files that nobody here wrote, as a user brings them: uploaded, mapped as the page suggests, imported."""

import csv
import html
import re

import pytest

from vinculo.clients.records import client
from vinculo.counterparties.records import counterparty
from vinculo.people.records import person


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


DIRTY = {
    "spanish_chars.csv": (115, {4: "name"}, {}),
    "utf-16le_encoded.csv": (327, {2: "name"}, {}),
    "characters.csv": (382, {1: "name"}, {}),
    "simple.xls": (6, {3: "name"}, {}),
    "sparse_with_column_errors.csv": (2200, {2: "name"}, {}),
}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("name", DIRTY)
def test_dirty_tables_give_back_what_is_no_record_and_take_the_rest(take, name):
    rows, columns, layout = DIRTY[name]
    done = take(f"dirty_tables/{name}", client, columns, **layout)

    assert (done["state"], done["done"]) == ("done", rows)
    assert sum(counts(done)) == done["done"]
    assert done["created"]


@pytest.mark.databases("sqlite")
def test_cards_bring_people_and_companies(take, all_of):
    done = take("vcards/John_Doe_MS_OUTLOOK.vcf", person)

    assert (done["created"], done["rejected"], done["others"]) == (len(all_of(person)), 0, ["client"])
    assert [one["name"] for one in all_of(client)]
