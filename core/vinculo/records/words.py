"""Values of the event log in people's words: labels, titles of linked records, rows one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vinculo.i18n import gettext as _
from vinculo.records.cards import titles
from vinculo.records.fields import Field, LinkField
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.snapshots import without_id
from vinculo.web.context import Context
from vinculo.web.history_views import Change, RowChange

Changes = Mapping[str, Sequence[Any]]  # field → [before, after]
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Words:
    """How values of one kind are called; ``kind`` is None where its plugin is off."""

    kind: RecordKind | None
    links: Mapping[tuple[str, int], str]

    def label(self, name: str) -> str:
        """A field or collection."""
        found = next((item for item in self._items() if item.name == name), None)
        if found is not None:
            return str(found.label)
        return {
            "external_id": _("External id"),
            "rows": _("Rows"),
            "number": _("Number"),
            "filter": _("Filter"),
            "reason": _("Reason"),
            "remark": _("Remark"),
            "asked_by": _("Asked by"),
            "heir": _("Handed over to"),
            "sessions": _("Sessions"),
            "tokens": _("API tokens"),
            "factors": _("Second factors"),
            "reset_links": _("Password links"),
            "identities": _("Sign-in accounts"),
            "exports": _("Open exports"),
            "roles": _("Roles"),
            "fields": _("Fields"),
            "address": _("Address"),
            "browser": _("Browser"),
            **_of_the_company(),
        }.get(name, name)

    def changes(self, changes: Changes) -> list[Change]:
        """What an event changed, field by field and row by row, in the order of the form."""
        order = [item.name for item in self._items()]
        names = sorted(changes, key=lambda name: order.index(name) if name in order else len(order))
        return [self._change(name, *changes[name]) for name in names]

    def value(self, name: str, value: Any) -> str:
        """A value as people read it."""
        if value in (None, "", []):
            return ""
        if isinstance(value, list):
            collection = self.collection(name)
            plain = next((f for f in self.kind.fields if f.name == name), None) if self.kind else None
            if plain is not None and collection is None:
                return self._readable(plain, value)
            if name == "fields" and collection is None:  # the names of some of them
                return ", ".join(map(self.label, value))
            return "; ".join(self.row(collection, row) for row in value)
        fields = self.kind.fields if self.kind else ()
        return self._readable(next((f for f in fields if f.name == name), None), value)

    def row(self, collection: Collection | None, row: Any) -> str:
        """A row of a collection in one line."""
        if not isinstance(row, dict):
            return str(row)
        by_name = {f.name: f for f in collection.fields} if collection else {}
        values = {name: value for name, value in without_id(row).items() if value not in (None, "")}
        return ", ".join(self._readable(by_name.get(name), value) for name, value in values.items())

    def row_value(self, collection: Collection, name: str, value: Any) -> str:
        """A value of a row."""
        return "" if value in (None, "") else self._readable(collection.field(name), value)

    def _change(self, name: str, before: Any, after: Any) -> Change:
        collection = self.collection(name)
        label = self.label(name)
        if collection is None:
            return Change(label, self.value(name, before), self.value(name, after))
        return Change(label, "", "", [*self._rows(collection, before or [], after or [])])

    def _rows(self, collection: Collection, before: Rows, after: Rows) -> Iterator[RowChange]:
        for old, new in paired(collection, before, after):
            if old is None:
                yield RowChange("added", self.row(collection, new))
            elif new is None:
                yield RowChange("removed", self.row(collection, old))
            elif without_id(old) != without_id(new):
                yield RowChange("changed", self.row(collection, new), self._row_changes(collection, old, new))

    def _row_changes(
        self, collection: Collection, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> list[Change]:
        return [
            Change(
                str(item.label),
                self.row_value(collection, item.name, old.get(item.name)),
                self.row_value(collection, item.name, new.get(item.name)),
            )
            for item in collection.fields
            if old.get(item.name) != new.get(item.name)
        ]

    def _items(self) -> Sequence[Field | Collection]:
        return [*self.kind.fields, *self.kind.collections] if self.kind else ()

    def collection(self, name: str) -> Collection | None:
        """The collection of that name, if it is one."""
        collections = self.kind.collections if self.kind else ()
        return next((c for c in collections if c.name == name), None)

    def _readable(self, field: Field | None, value: Any) -> str:
        if field is None:
            return (_("Yes") if value else _("No")) if isinstance(value, bool) else str(value)
        if isinstance(field, LinkField):
            return self.links.get((field.kind, value), str(value))
        try:
            return field.show(field.read(value))
        except (ValueError, TypeError):  # the field has changed its type since
            return str(value)


def _of_the_company() -> dict[str, str]:
    return {
        "name": _("Name"),
        "language": _("Language"),
        "country": _("Country"),
        "currency": _("Currency"),
        "time_zone": _("Time zone"),
        "accent": _("Colour"),
        "logo": _("Logo"),
        "joint_view": _("Joint view"),
    }


def words(ctx: Context, kind: RecordKind, changes: Iterable[Changes]) -> Words:
    """The words for these changes: one query for each kind that they link to."""
    wanted: dict[str, set[int]] = {}
    for one in changes:
        add_linked(kind, one, wanted)
    return Words(kind, titles(ctx, wanted))


def add_linked(kind: RecordKind, changes: Changes, wanted: dict[str, set[int]]) -> None:
    """Add the records that changes link to: kind → ids."""
    for link, value in _link_values(kind, changes):
        if isinstance(value, int):
            wanted.setdefault(link.kind, set()).add(value)


def _link_values(kind: RecordKind, changes: Changes) -> Iterator[tuple[LinkField, Any]]:
    """What the links of a record and of its rows pointed to, before and after."""
    for field in kind.links():
        yield from ((field, value) for value in changes.get(field.name, ()))
    for collection in kind.collections:
        rows = [row for side in changes.get(collection.name, ()) for row in side or ()]
        for link in collection.fields:
            if isinstance(link, LinkField):
                yield from ((link, row.get(link.name)) for row in rows if isinstance(row, dict))


def paired(
    collection: Collection, before: Rows, after: Rows
) -> Iterator[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    """Rows as they were and are, by their ids; where none were noted, by what makes them the same."""
    left = list(after)
    for old in before:
        new = _partner(collection, old, left)
        if new is not None:
            left.remove(new)
        yield old, new
    yield from ((None, new) for new in left)


def _partner(collection: Collection, old: Mapping[str, Any], rows: Rows) -> Mapping[str, Any] | None:
    if old.get("id"):
        found = next((row for row in rows if row.get("id") == old["id"]), None)
        if found is not None:
            return found
    plain = without_id(old)
    equal = (row for row in rows if without_id(row) == plain)
    same = (
        row
        for row in rows
        if not (row.get("id") and old.get("id"))
        and collection.same
        and all(row.get(name) == old.get(name) for name in collection.same)
    )
    return next(equal, None) or next(same, None)


def action_label(action: str) -> str:
    """What was done."""
    return {
        "created": _("Created"),
        "changed": _("Changed"),
        "undone": _("Change taken back"),
        "deleted": _("Deleted"),
        "restored": _("Put back"),
        "merged": _("Merged into this"),
        "unmerged": _("Merge taken back"),
        "personal data erased": _("Personal data erased"),
        "personal data exported": _("Personal data exported"),
    }.get(action, action)


def source_label(source: str, via: str) -> str:
    """By which door, and which plugin or job stood behind it."""
    label = {
        "page": _("on a page"),
        "api": _("through the API"),
        "cli": _("on the command line"),
        "import": _("by import"),
        "job": _("in the background"),
    }.get(source, source)
    return f"{label} ({via})" if via else label
