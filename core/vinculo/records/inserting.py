"""Many new objects at once, past the ORM's unit of work, which takes longer than all rules together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipDirection, Session
from sqlalchemy.orm.attributes import instance_dict

from vinculo.db import bulk

_SQLITE: Final = (
    "select max(coalesce((select seq from sqlite_sequence where name = :name), 0),"
    " coalesce((select max(id) from {table}), 0))"
)
_POSTGRESQL: Final = (
    "select nextval(pg_get_serial_sequence(:name, 'id')) from generate_series(1, cast(:count as integer))"
)


def insert(session: Session, objects: Sequence[Any]) -> None:
    """Write new objects of one class with the rows that they own, and give each its id.

    They do not enter the session: read them anew to change them. Raises what the database raises.
    """
    if not objects:
        return
    mapper: Mapper[Any] = sa.inspect(type(objects[0]))
    table: sa.Table = mapper.local_table  # type: ignore[assignment]
    for one, new_id in zip(objects, reserve(session, table, len(objects)), strict=True):
        instance_dict(one)["id"] = new_id
    bulk.insert_named(session.connection(), table, _rows(mapper, objects))
    for relation in mapper.relationships:
        if relation.direction is RelationshipDirection.ONETOMANY:
            insert(session, _owned(relation.key, relation.mapper, relation.local_remote_pairs, objects))


def reserve(session: Session, table: sa.Table, count: int) -> Sequence[int]:
    """Ids that nobody else gets; on SQLite because a transaction that writes is alone."""
    if session.get_bind().dialect.name == "postgresql":
        return session.connection().scalars(
            sa.text(_POSTGRESQL), {"name": table.name, "count": count}
        ).all()  # fmt: skip
    name = session.get_bind().dialect.identifier_preparer.format_table(table)
    last = session.connection().scalar(sa.text(_SQLITE.format(table=name)), {"name": table.name})
    return range(last + 1, last + 1 + count)


def _rows(mapper: Mapper[Any], objects: Iterable[Any]) -> Iterable[dict[str, Any]]:
    names = [(mapper.get_property_by_column(column).key, column.name) for column in mapper.local_table.c]
    for one in objects:
        held = instance_dict(one)
        yield {name: held[key] for key, name in names if key in held}


def _owned(key: str, mapper: Mapper[Any], pairs: Iterable[Any], objects: Iterable[Any]) -> list[Any]:
    """The rows behind a relationship, tied to their objects."""
    ties = [(local.name, mapper.get_property_by_column(remote).key) for local, remote in pairs]
    owned = []
    for one in objects:
        for row in instance_dict(one).get(key, ()):
            for local, remote in ties:
                instance_dict(row)[remote] = getattr(one, local)
            owned.append(row)
    return owned
