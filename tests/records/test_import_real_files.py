"""Files that nobody here wrote come in as they are."""

import pytest

from vinculo.clients.records import client
from vinculo.counterparties.records import counterparty
from vinculo.people.records import person

FILES = [
    ("maven_crm_pipeline/accounts.csv", client, 85),
    ("northwind/customers.csv", client, 91),
    ("gleif_legal_entities/gleif_flat.csv", counterparty, 549),
]


@pytest.mark.parametrize(("name", "kind", "count"), FILES)
def test_a_real_file_comes_in_whole_and_then_changes_nothing(
    import_file, real_file, all_of, name, kind, count
):
    tally = import_file(real_file(name), kind)
    before = all_of(kind)
    again = import_file(real_file(name), kind)

    assert (tally.created, tally.rejected, tally.errors, len(before)) == (count, 0, [], count)
    assert (again.unchanged, again.created, again.changed) == (count, 0, 0)
    assert all_of(kind) == before


def test_northwind_keeps_keys_phones_and_accents(import_file, real_file, all_of):
    import_file(real_file("northwind/customers.csv"))

    clients = {values["external_id"]: values for values in all_of(client)}
    assert clients["ANTON"]["name"] == "Antonio Moreno Taquería"
    assert clients["ALFKI"]["country"] == "DE"
    assert [point["purpose"] for point in clients["ALFKI"]["contact_points"]] == [None, "fax"]


@pytest.mark.databases("sqlite")
def test_legal_entities_keep_names_of_every_alphabet(import_file, real_file, all_of):
    path = real_file("gleif_legal_entities/gleif_flat.csv")
    import_file(path, counterparty)

    text = path.read_text(encoding="utf-8")
    names = [values["legal_name"] for values in all_of(counterparty)]
    assert any(not name.isascii() for name in names)
    assert [name for name in names if name not in text and '"' not in name] == []
    assert all(values["identifiers"] for values in all_of(counterparty))


BARE = {
    "DimReseller": (client, {3: "external_id", 4: "phone", 6: "name"}, 701),
    "Store": (client, {1: "external_id", 2: "name"}, 701),
    "Vendor": (counterparty, {2: "external_id", 3: "legal_name"}, 104),
    "ProspectiveBuyer": (person, {1: "external_id", 3: "name", 22: "phone"}, 2059),
}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("name", BARE)
def test_dumps_without_titles_come_in_by_the_number_of_their_columns(import_file, real_file, all_of, name):
    kind, targets, count = BARE[name]
    columns = {f"Column {number}": target for number, target in targets.items()}
    tally = import_file(real_file(f"adventureworks_raw/{name}.csv"), kind, columns=columns)

    assert (tally.created, tally.rejected, tally.errors) == (count, 0, [])
    assert len(all_of(kind)) == count


@pytest.mark.databases("sqlite")
def test_leads_whose_address_was_cut_off_are_given_back(import_file, real_file):
    path = real_file("adventureworks_raw/ProspectiveBuyer.csv")
    tally = import_file(
        path, person, columns={"Column 1": "external_id", "Column 3": "name", "Column 9": "email"}
    )

    cut_off = path.read_text().count("@consolidatedmessenger|")
    assert (tally.created, tally.rejected) == (2059 - cut_off, cut_off)
    assert all("is not an e-mail address" in message for _row, message in tally.errors)
