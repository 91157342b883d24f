"""What goes with rows that are deleted: what hangs on them by keys or by name, and what is shown of them.

The database itself knows the keys; of which kind the rows of a table are, is remembered of plugins that are
off. So it holds for all tables there are.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db import links
from vinculo.db.base import Base
from vinculo.db.links import Link
from vinculo.events.models import SearchDocument, TimelineEntry
from vinculo.plugins import memory
from vinculo.records.custom_models import UniqueKey
from vinculo.records.kind import KINDS
from vinculo.records.models import MatchKey

DERIVED: Final = tuple(one.__tablename__ for one in (SearchDocument, TimelineEntry, MatchKey, UniqueKey))


class Followers:
    """Says by which links rows follow others. Made anew for each change: plugins come and go."""

    def __init__(self, session: Session) -> None:
        self._connection = session.connection()
        self._kinds = _kinds(session)
        self.unheld = {*DERIVED, *(str(table.name) for table in links.about_any(self._connection))}

    def of(self, table: str, *, derived: bool = True) -> list[Link]:
        """All links to a table; with ``derived`` also what search and timeline show of its records."""
        found = [*links.links_to(self._connection, table)]
        for kind in self._kinds[table]:
            told = ("about_kind", kind)
            about = links.about_any(self._connection)
            found += [Link(one, "about_id", "CASCADE", told) for one in about]
            if derived:
                found += [Link(one, "record_id", "CASCADE", ("kind", kind)) for one in self._derived()]
        return found

    def _derived(self) -> list[sa.Table]:
        return [links.table(self._connection, name) for name in DERIVED]


def _kinds(session: Session) -> defaultdict[str, set[str]]:
    """The kinds of record by their tables."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for _plugin, _state, about in memory.remembered(session):
        for kind, table in about.get("tables", {}).items():
            found[table].add(kind)
    for one in [*Base.metadata.tables.values()]:
        found[one.name] |= one.info.get(KINDS, set())
    return found
