"""One list of what two records had each: rows that say nothing which another does not say are left out."""

from __future__ import annotations

from collections.abc import Collection as CollectionOf
from collections.abc import Iterator
from typing import Any

from vinculo.records.kind import Collection, RecordKind


def unite(kind: RecordKind, record: Any, own: CollectionOf[int]) -> Iterator[tuple[Collection, Any]]:
    """Take the repeated rows out of a record that has got those of others: each with its collection.

    A row repeats another where both are of the same (``Collection.same``) and neither differs but by a
    value that it lacks. ``own`` are the ids of the rows that the record had before; of two alike, they stay.
    """
    for collection in kind.collections:
        rows = getattr(record, collection.name)
        kept: list[Any] = []
        for row in sorted(rows, key=lambda one: (one.id not in own, one.id)):
            if not any(_says(collection, other, row) for other in kept):
                kept = [other for other in kept if not _says(collection, row, other)]
                kept.append(row)
        if len(kept) < len(rows):
            yield from ((collection, row) for row in rows if row not in kept)
            setattr(record, collection.name, [row for row in rows if row in kept])


def _says(collection: Collection, one: Any, other: Any) -> bool:
    """Whether a row says all that another one says, of the same thing."""
    same = all(getattr(one, name) == getattr(other, name) for name in collection.same)
    return same and all(
        (value := getattr(other, field.name)) in (None, "") or value == getattr(one, field.name)
        for field in collection.fields
    )
