"""Rows that lie in files and lists instead of tables: each as it is once a person is erased."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vinculo.db import personal
from vinculo.privacy.declared import SUBJECTS, Column, Declared, blanked, placeholder
from vinculo.privacy.reach import Reached
from vinculo.privacy.values import Values
from vinculo.records.text import sort_key
from vinculo.transfer.plausible import SEARCH, TIMELINE

Row = dict[str, Any]


@dataclass(slots=True)
class Rewriter:
    """Rewrites encoded rows; ``counts`` says how many of each table changed."""

    declared: Declared
    reached: Reached
    values: Values
    columns: Mapping[str, list[Column]]
    counts: Counter[str] = field(default_factory=Counter)
    files: set[str] = field(default_factory=set)  # those that erased rows had

    def __call__(self, table: str, row: Row) -> Row | None:
        """The row without the person; None if it goes."""
        if row.get("id") in self.reached.going.get(table, ()):
            self.counts[table] += 1
            return None
        after = self._shown(table, row) if table in (TIMELINE, SEARCH) else self._stored(table, row)
        self.counts[table] += after != row
        return after

    def _stored(self, table: str, row: Row) -> Row:
        columns = self.columns.get(table, [])
        if row.get("id") in self.reached.rows.get(table, ()):
            changes = blanked(table, row, columns, self.declared)
            of_files = [c.name for c in columns if self.declared.column(table, c) == personal.STORED_FILE]
            self.files |= {str(row[name]) for name in of_files if row.get(name)}
            row = {**row, **changes}
        return {**row, **redactions(self.declared, self.values, table, columns, row)}

    def _shown(self, table: str, row: Row) -> Row:
        of = self.declared.kinds.get(row["kind"], "")
        if row["record_id"] not in self.reached.rows.get(of, ()):
            return {name: self.values.redacted(value) for name, value in row.items()}
        return {**row, **shown(table, of, row["record_id"])}


def shown(table: str, of: str, record_id: int) -> Row:
    """What timeline and search show of a record that was erased."""
    title = placeholder(of, record_id)
    if table == TIMELINE:
        return {"title": title, "text": ""}
    return {"title": title, "title_key": sort_key(title), "body": sort_key(title)}


def free_columns(declared: Declared, table: str, columns: list[Column]) -> list[str]:
    """The columns in which people write of others; what persons are called themselves is not among them."""
    policies = (personal.EMPTY,) if table in SUBJECTS.values() else (personal.EMPTY, personal.TITLE)
    return [c.name for c in columns if c.is_text and declared.column(table, c) in policies]


def redactions(
    declared: Declared, values: Values, table: str, columns: list[Column], row: Mapping[str, Any]
) -> Row:
    """The texts of a row that speak of the person, without what tells so."""
    names = [name for name in free_columns(declared, table, columns) if row.get(name)]
    found = {name: values.redacted(row[name]) for name in names}
    return {name: value for name, value in found.items() if value != row[name]}
