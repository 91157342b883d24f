"""Columns that hold encrypted text, of whatever table: ``mapped_column(sa.Text, info=ENCRYPTED)``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db.base import Base
from vinculo.encryption import Cipher

ENCRYPTED: Final = {"encrypted": True}


def reencrypt(session: Session, cipher: Cipher) -> int:
    """Encrypt all that is stored with the first key, so that older ones can go; how many values."""
    present = set(sa.inspect(session.connection()).get_table_names())
    return sum(_renew(session, column, cipher) for column in _columns() if column.table.name in present)


def _columns() -> Iterator[sa.Column[Any]]:
    for table in Base.metadata.sorted_tables:
        yield from (column for column in table.columns if column.info.get("encrypted"))


def _renew(session: Session, column: sa.Column[Any], cipher: Cipher) -> int:
    table = column.table
    rows = session.execute(sa.select(table.c.id, column).where(column != "").with_for_update()).all()
    for number, stored in rows:
        values = {column.name: cipher.renewed(stored)}
        session.execute(sa.update(table).where(table.c.id == number).values(values))
    return len(rows)
