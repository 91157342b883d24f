"""Files that nobody here wrote come in as they are."""

import pytest

from vinculo.clients.records import client
from vinculo.counterparties.records import counterparty

FILES = [
    ("maven_crm_pipeline/accounts.csv", client, 85),
    ("northwind/customers.csv", client, 91),
    ("gleif_legal_entities/gleif_flat.csv", counterparty, 549),
]


@pytest.mark.parametrize(("name", "kind", "count"), FILES)
def test_a_real_file_comes_in_whole(import_file, real_file, all_of, name, kind, count):
    tally = import_file(real_file(name), kind)

    assert (tally.created, tally.rejected, tally.errors) == (count, 0, [])
    assert len(all_of(kind)) == count


@pytest.mark.parametrize(("name", "kind", "count"), FILES)
def test_the_same_file_again_changes_nothing(import_file, real_file, all_of, name, kind, count):
    import_file(real_file(name), kind)
    before = all_of(kind)

    tally = import_file(real_file(name), kind)

    assert (tally.unchanged, tally.created, tally.changed) == (count, 0, 0)
    assert all_of(kind) == before


def test_northwind_keeps_keys_phones_and_accents(import_file, real_file, all_of):
    import_file(real_file("northwind/customers.csv"))

    clients = {values["external_id"]: values for values in all_of(client)}
    assert clients["ANTON"]["name"] == "Antonio Moreno Taquería"
    assert clients["ALFKI"]["country"] == "DE"
    assert [point["purpose"] for point in clients["ALFKI"]["contact_points"]] == [None, "fax"]


def test_legal_entities_keep_names_of_every_alphabet(import_file, real_file, all_of):
    path = real_file("gleif_legal_entities/gleif_flat.csv")
    import_file(path, counterparty)

    text = path.read_text(encoding="utf-8")
    names = [values["legal_name"] for values in all_of(counterparty)]
    assert any(not name.isascii() for name in names)
    assert [name for name in names if name not in text and '"' not in name] == []
    assert all(values["identifiers"] for values in all_of(counterparty))
