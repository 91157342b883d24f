"""What becomes of the values of a custom field when its type changes.

A value that was replaced stays with its record, beside what it became: in ``custom`` under ``x_name~3``,
where 3 is the number of the change, as ``{"was": …, "became": …}``. So it goes where its record goes, to the
trash, into a merge and out of the base with a person who is erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Source, system
from vinculo.db.base import Customised
from vinculo.db.custom import Price, packed, unpacked
from vinculo.i18n import gettext as _
from vinculo.records.custom_fields import LINKS, Kinds, made
from vinculo.records.custom_models import CustomField, CustomType
from vinculo.records.fields import AmountField, Field, LinkField, PriceField, TextField, YesNoField
from vinculo.records.kind import RecordKind
from vinculo.records.models import Merge
from vinculo.records.reading import Reader


class Fate(Enum):
    """What becomes of a record's value."""

    NONE = "none"  # it has none, or its change was made already
    CONVERTED = "converted"
    KEPT = "kept"  # it does not fit, and stays restorable
    RESTORED = "restored"  # as it was before the change that is taken back
    EDITED = "edited"  # changed since that change: it stays, if it fits


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one record. ``values`` are those of its column, ``was`` and ``became`` as stored."""

    fate: Fate
    values: Mapping[str, Any]
    was: Any = None
    became: Any = None
    earlier: Any = None
    reason: str = ""


def place(name: str, number: int) -> str:
    """Where the values that a change replaced are kept."""
    return f"{name}~{number}"


class Conversion:
    """From one definition of a field to another. ``back`` is the number of a change that is taken back."""

    def __init__(
        self, session: Session, kinds: Kinds, old: CustomField, new: CustomField, number: int, back: int = 0
    ) -> None:
        self._session, self._kinds = session, kinds
        self.name, self.number, self.back = old.name, number, back
        self.old, self.new = made(old, kinds), made(new, kinds)
        self._reader = Reader(session, kinds, actor=system(Source.JOB))
        self._titles: dict[int, str] = {}

    def concerns(self, column: Any) -> sa.ColumnElement[bool]:
        """Which records have a value, or had one before the change that is taken back."""
        names = [self.name, *([place(self.name, self.back)] if self.back else [])]
        held = [column[self.name].as_string(), *(column[name, "was"].as_string() for name in names[1:])]
        return sa.or_(*(one.is_not(None) for one in held))

    def look_up(self, many: Iterable[Mapping[str, Any]]) -> None:
        """Find the names behind links, of many records at once."""
        if not isinstance(self.old, LinkField):
            return
        ids = {link for one in many if type(link := unpacked(one.get(self.name))) is int}
        kind = self._kinds[self.old.kind]
        moves = sa.select(Merge.old_id, Merge.new_id).where(Merge.kind == kind.name, Merge.old_id.in_(ids))
        moved = {row[0]: row[1] for row in self._session.execute(moves)}
        wanted = kind.table.c.id.in_({*ids, *moved.values()})
        query = sa.select(kind.table.c.id, kind.column(kind.title)).where(wanted)
        titles = {row[0]: row[1] for row in self._session.execute(query)}
        self._titles.update({one: titles.get(moved.get(one, one), "") for one in ids})

    def outcome(self, values: Mapping[str, Any]) -> Outcome:
        """What becomes of the values of a record."""
        own, was = place(self.name, self.number), values.get(self.name)
        earlier = values.get(place(self.name, self.back)) if self.back else None
        if own in values or (was is None and earlier is None):
            return Outcome(Fate.NONE, values)
        rest = {name: value for name, value in values.items() if name != self.name}
        if earlier is not None and earlier["became"] == was:
            del rest[place(self.name, self.back)]
            became, fate, reason = earlier["was"], Fate.RESTORED, ""
        else:
            became, reason = self.converted(was)
            fate = Fate.EDITED if earlier is not None else Fate.KEPT if reason else Fate.CONVERTED
        if became == was and fate is not Fate.RESTORED:
            return Outcome(fate, values, was, became, earlier and earlier["was"])
        new = rest | ({} if became is None else {self.name: became}) | {own: {"was": was, "became": became}}
        return Outcome(fate, new, was, became, earlier and earlier["was"], reason)

    def converted(self, stored: Any) -> tuple[Any, str]:
        """A stored value as the new type stores it, else None and why it does not fit."""
        if stored is None:
            return None, ""
        try:
            text = self._text(unpacked(stored))
            if isinstance(self.new, LinkField):
                return packed(self._reader.named(self.new, text)), ""
            return packed(self.new.parse(text)), ""
        except (ValueError, TypeError) as fault:
            return None, str(fault)

    def _text(self, value: Any) -> str:
        if isinstance(value, Price) and isinstance(self.new, AmountField):
            if isinstance(self.old, PriceField) and value.currency == self.old.currencies[0]:
                return self.new.text(value.amount)
            raise ValueError(_("It is an amount in another currency."))
        text = self.said(self.old, value)
        if not text:
            raise ValueError(_("There is nothing that could be converted."))
        lines = isinstance(self.new, TextField) and not self.new.multiline
        return " ".join(text.splitlines()) if lines else text

    def said(self, field: Field, value: Any) -> str:
        """A value as a text that a field of another type may read."""
        if isinstance(field, LinkField):
            return self._titles.get(value, "") if type(value) is int else ""
        return field.show(value) if isinstance(field, YesNoField) else field.text(value)

    def shown(self, field: Field, stored: Any) -> str:
        """A stored value as people read it; "" for none."""
        value = unpacked(stored)
        if stored is None:
            return ""
        return self.said(field, value) if isinstance(field, LinkField) else field.show(value)


def as_of(row: CustomField, type_: str, options: Sequence[str]) -> CustomField:
    """The definition with another type, which no session knows."""
    names = ("kind", "name", "label", "help")
    shared = {name: getattr(row, name) for name in names}
    return CustomField(
        **shared, type=CustomType(type_), options=[*options], required=False, unique=False, initial=""
    )


def mend(session: Session, kind: RecordKind, ids: Sequence[int], since: datetime) -> None:
    """Convert values that were put back, as they were at a moment, where their type has changed since.

    Links to and from stay as they are, and read as empty: that would take the kinds they lead to.
    """
    if not issubclass(kind.model, Customised):
        return
    of_kind = sa.select(CustomField).where(CustomField.kind == kind.name)
    for row in session.scalars(of_kind).all():
        missed = [one for one in row.former if datetime.fromisoformat(one["at"]) > since]
        if missed and not {row.type, missed[0]["type"]}.intersection(LINKS):
            old = as_of(row, missed[0]["type"], missed[0]["options"])
            new = as_of(row, row.type, row.options)
            _mend(session, kind, ids, Conversion(session, {}, old, new, row.former[-1]["number"]))


def _mend(session: Session, kind: RecordKind, ids: Sequence[int], work: Conversion) -> None:
    table = kind.table
    query = sa.select(table.c.id, table.c.custom).where(table.c.id.in_(ids), work.concerns(table.c.custom))
    for record_id, values in session.execute(query).all():
        new = work.outcome(values).values
        if new != values and work.said(work.old, unpacked(values[work.name])):
            session.execute(sa.update(table).where(table.c.id == record_id).values(custom=new))
