"""Records that hang on others: notes, files.

By a link where their kind has one to that kind, else by the name of the kind and an id, which no foreign key
can hold. ``vinculo.records.merging`` lets both follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.db.personal import NOT_PERSONAL
from vinculo.db.types import BigId
from vinculo.records.kind import RecordKind

ON_MERGE: Final = {"on_merge": "follow"}


class Hanging:
    """A mixin of what hangs on a record. ``about_kind`` and ``about_id`` name one that no key can lead to."""

    client_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("clients_client.id", ondelete="CASCADE", info=ON_MERGE)
    )
    counterparty_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("counterparties_counterparty.id", ondelete="CASCADE", info=ON_MERGE), index=True
    )
    person_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("people_person.id", ondelete="CASCADE", info=ON_MERGE), index=True
    )
    about_kind: Mapped[str] = mapped_column(sa.String(60), default="", info=NOT_PERSONAL)
    about_id: Mapped[int | None] = mapped_column(BigId)


def keys(kind: RecordKind) -> Mapping[str, str]:
    """By which fields records of a kind hang on which kinds of others."""
    return {link.kind: link.name for link in kind.links() if not link.read_only}


def said(kind: RecordKind, of: str, record_id: int) -> dict[str, str]:
    """What a form or an address says of a record of the kind ``of`` on which others hang."""
    if key := keys(kind).get(of):
        return {key: str(record_id)}
    return {"about_kind": of, "about_id": str(record_id)}


def on(kind: RecordKind, of: str, record_id: int | sa.BindParameter[int]) -> sa.ColumnElement[bool]:
    """Which records of a kind hang on a record of the kind ``of``."""
    if key := keys(kind).get(of):
        return kind.column(key) == record_id
    return sa.and_(kind.column("about_kind") == of, kind.column("about_id") == record_id)
