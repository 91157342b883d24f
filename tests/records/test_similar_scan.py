"""Records that are two of one are found: on a reference that nobody here made, and as small cases."""

from __future__ import annotations

import csv
from typing import Any

import pytest
import sqlalchemy as sa

from vinculo.people.models import Person
from vinculo.people.records import person
from vinculo.records import similar_scan
from vinculo.records.models import SimilarPair


def _pairs(session: Any) -> set[frozenset[str]]:
    names = dict(session.execute(sa.select(Person.id, Person.external_id)).all())
    return {
        frozenset((names[one.first_id], names[one.second_id]))
        for one in session.scalars(sa.select(SimilarPair))
    }


@pytest.mark.databases("sqlite")
def test_the_scan_finds_95_of_100_pairs_of_the_reference(database, import_file, real_file):
    """With the settings that it has, on the file as it is, of which three rows are born on no day."""
    tally = import_file(real_file("febrl_contacts/dataset1.csv"), person)
    assert (tally.created, tally.rejected) == (997, 3)

    similar_scan.scan_kind(database, person)

    entities: dict[str, set[str]] = {}
    with real_file("febrl_contacts/reference/truth_clusters.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            entities.setdefault(row["entity"], set()).add(row["rec_id"])
    true = {frozenset(ids) for ids in entities.values() if len(ids) == 2}
    with database.read() as session:
        found = _pairs(session)
    assert len(found & true) >= 0.95 * len(true)
    assert len(found & true) >= 0.95 * len(found)
