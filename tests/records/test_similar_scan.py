"""Records that are two of one are found: on a reference that nobody here made, and as small cases."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from vinculo.people.models import Person
from vinculo.people.records import person
from vinculo.records import similar_scan
from vinculo.records.models import SimilarPair

COLUMNS = {
    "id": "external_id",
    "name": "name",
    "street": "street",
    "suburb": "city",
    "postcode": "postal_code",
    "state": "region",
    "born": "birthday",
}


def _people(path: Path) -> Iterator[dict[str, str]]:
    """The contacts as one finds them in a file of today: whole names, whole streets, dates as ISO."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            yield {
                "id": row["rec_id"],
                "name": f"{row['given_name']} {row['surname']}".strip(),
                "street": " ".join(filter(None, (row["street_number"], row["address_1"], row["address_2"]))),
                "suburb": row["suburb"],
                "postcode": row["postcode"],
                "state": row["state"],
                "born": _day(row["date_of_birth"]),
            }


def _day(text: str) -> str:
    try:
        return datetime.strptime(text, "%Y%m%d").date().isoformat()  # noqa: DTZ007 -- a day
    except ValueError:  # three of them are no days
        return ""


def _pairs(session: Any) -> set[frozenset[str]]:
    names = dict(session.execute(sa.select(Person.id, Person.external_id)).all())
    return {
        frozenset((names[one.first_id], names[one.second_id]))
        for one in session.scalars(sa.select(SimilarPair))
    }


@pytest.mark.databases("sqlite")
def test_the_scan_finds_95_of_100_pairs_of_the_reference(database, import_file, real_file, tmp_path):
    path = tmp_path / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(COLUMNS))
        writer.writeheader()
        writer.writerows(_people(real_file("febrl_contacts/dataset1.csv")))
    tally = import_file(path, person, columns=COLUMNS, match=["external_id"])
    assert tally.errors == []

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
