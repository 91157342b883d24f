"""Which columns a list shows, and in which order."""

from __future__ import annotations

from collections.abc import Sequence

from vinculo.records import query as queries
from vinculo.records.fields import Field
from vinculo.records.kind import RecordKind
from vinculo.web.views import ColumnChoice


def shown(kind: RecordKind, wanted: str) -> list[Field]:
    """The fields of the columns that an address asks for, else the usual ones; the title is the first."""
    names = [name for name in wanted.split(",") if queries.find_field(kind, name)] or list(kind.columns)
    names = [kind.title, *(name for name in dict.fromkeys(names) if name != kind.title)]
    return [field for name in names if (field := queries.find_field(kind, name))]


def column_choice(
    kind: RecordKind, wanted: str, *, raised: str = "", sunk: str = ""
) -> Sequence[ColumnChoice]:
    """All columns, first those that are shown, in their order; one may change places with its neighbour."""
    fields = shown(kind, wanted)[1:]
    names = [one.name for one in fields]
    for name, step in ((raised, -1), (sunk, 1)):
        if name in names and 0 <= names.index(name) + step < len(names):
            at = names.index(name)
            fields[at], fields[at + step] = fields[at + step], fields[at]
    others = [one for one in queries.all_fields(kind) if one.name not in (kind.title, *names)]
    found = [ColumnChoice(one.name, str(one.label), shown=True) for one in fields]
    return [*found, *(ColumnChoice(one.name, str(one.label), shown=False) for one in others)]
