"""Changing the type of a custom field: what it would do, doing it, and taking it back.

Few values are converted in the transaction of the caller. Many are converted by a job, in batches; the field
is out of sight until all are done. What does not fit is kept (``vinculo.records.conversion``), and taking the
change back is a change like any other, which prefers what was kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.i18n import use_locale
from vinculo.jobs.progress import report
from vinculo.records import access, computing, custom, custom_indexes, search, unique
from vinculo.records import custom_wishes as wishes
from vinculo.records.conversion import Conversion, Fate, Outcome, as_of
from vinculo.records.custom_fields import CHOICES, LINKS, UNIQUE, Kinds, made
from vinculo.records.custom_models import CustomField, CustomType
from vinculo.records.import_chunk import loader
from vinculo.records.kind import RecordKind
from vinculo.web.site import Site

JOB: Final = "records.retyping"
CHUNK: Final = 500  # records in one transaction
DIRECT: Final = 2000  # so many values are converted while their administrator waits
SAMPLES: Final = 10
LOOKED: Final = 200  # so many ids are asked after, to find samples that the actor may see
_DECIDING: Final = (CustomType.CHOICE, CustomType.SEVERAL, CustomType.YES_NO)


@dataclass(frozen=True, slots=True)
class Target:
    """What a field is to become. ``back`` is the number of the change that this takes back."""

    type: str
    options: Sequence[str] = ()
    initial: str = ""
    unique: bool = False
    back: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """A record's value before and after, as people read it."""

    id: int
    title: str
    was: str
    became: str = ""
    reason: str = ""


@dataclass(slots=True)
class Outlook:
    """What a change would do: how many values by fate, and some of them."""

    target: Target
    counts: dict[Fate, int] = field(default_factory=lambda: dict.fromkeys(Fate, 0))
    samples: dict[Fate, list[Sample]] = field(default_factory=lambda: {one: [] for one in Fate})

    @property
    def total(self) -> int:
        """Of how many records it concerns a value."""
        return sum(self.counts.values()) - self.counts[Fate.NONE]


def preview(session: Session, kinds: Kinds, row: CustomField, target: Target, *, actor: Actor) -> Outlook:
    """What a change would do; nothing is written. Raises ``InvalidError`` and ``ConflictError``.

    Samples are of records and fields that the actor sees; the numbers count all.
    """
    kind, target = _checked(session, kinds, row, target)
    work = _conversion(session, kinds, row, target)
    found = Outlook(target)
    noted: dict[Fate, list[tuple[int, Outcome]]] = {one: [] for one in Fate}
    for record_id, outcome in _outcomes(session, kind, work):
        found.counts[outcome.fate] += 1
        if len(noted[outcome.fate]) < LOOKED:
            noted[outcome.fate].append((record_id, outcome))
    if row.name in access.hidden(kind, actor):
        return found
    ids = {record_id for some in noted.values() for record_id, _outcome in some}
    query = sa.select(kind.table.c.id, kind.column(kind.title)).where(kind.table.c.id.in_(ids))
    seen = {row[0]: row[1] for row in session.execute(access.within(query, kind, actor))}
    for fate, some in noted.items():
        samples = [_sample(work, one, seen[one], outcome) for one, outcome in some if one in seen]
        found.samples[fate] = samples[:SAMPLES]
    return found


def _sample(work: Conversion, record_id: int, title: str, outcome: Outcome) -> Sample:
    was, became = work.shown(work.old, outcome.was), work.shown(work.new, outcome.became)
    if outcome.fate is Fate.EDITED:
        before = work.shown(work.new, outcome.earlier)
        return Sample(record_id, title, was, became, outcome.reason or _("Before: %(value)s", value=before))
    return Sample(record_id, title, was, became, outcome.reason)


def _outcomes(session: Session, kind: RecordKind, work: Conversion) -> Iterator[tuple[int, Outcome]]:
    last: int | None = 0
    while last is not None:
        rows = session.execute(_next(kind, work, last)).all()
        work.look_up(values for _id, values in rows)
        for record_id, values in rows:
            yield record_id, work.outcome(values)
        last = rows[-1][0] if len(rows) == CHUNK else None


def _next(kind: RecordKind, work: Conversion, after: int) -> sa.Select[Any]:
    table = kind.table
    query = sa.select(table.c.id, table.c.custom).where(table.c.id > after, work.concerns(table.c.custom))
    return query.order_by(table.c.id).limit(CHUNK)


def undoing(row: CustomField) -> Target:
    """The target that takes the last change of type back. Raises ``ConflictError`` where there was none."""
    if not row.former:
        text = _("The type of %(field)s was never changed.", field=row.label)
        raise ConflictError(text, code="nothing_to_undo")
    last = row.former[-1]
    names = ("type", "options", "initial", "unique")
    return Target(**{name: last[name] for name in names}, back=last["number"])


def _checked(session: Session, kinds: Kinds, row: CustomField, target: Target) -> tuple[RecordKind, Target]:
    """Raise for what cannot be; the target with the options of a choice that were left open."""
    kind = _kind(kinds, row)
    if row.deleted_at is not None or row.becoming is not None:
        text = _("%(field)s is deleted, or being converted; restore it or wait.", field=row.label)
        raise ConflictError(text, code="not_in_use")
    types = [one.value for one in CustomType if one is not CustomType.FORMULA]
    if row.type is CustomType.FORMULA or target.type not in types:
        raise InvalidError([FieldError("type", _unfit(row, target, types), "unknown_type")])
    if target.type in LINKS and target.type not in kinds:
        raise InvalidError([FieldError("type", _unfit(row, target, types), "unknown_type")])
    if target.type not in _DECIDING and (other := _decided_by(session, row)):
        text = _("%(other)s is shown by values of this field; let it count everywhere first.")
        raise InvalidError([FieldError("type", text % {"other": other}, "decides")])
    if target.type in CHOICES and not target.options:
        target = Target(target.type, _present(session, kinds, row, kind), target.initial)
    wish = wishes.clean(wishes.Wish(row.kind, row.label, target.type, options=target.options))
    if errors := wishes.faults(wish):
        raise InvalidError(errors)
    plain = Target(target.type, tuple(wish.options), target.initial, target.unique, target.back)
    return kind, plain


def _kind(kinds: Kinds, row: CustomField) -> RecordKind:
    if row.kind not in kinds:
        text = _("The records of %(field)s belong to a plugin that is off; switch it on first.")
        raise ConflictError(text % {"field": row.label}, code="plugin_off")
    return kinds[row.kind]


def _unfit(row: CustomField, target: Target, types: Sequence[str]) -> str:
    if row.type is CustomType.FORMULA:
        return _("What is computed keeps its type; change the formula and its result.")
    text = _("A field cannot become “%(value)s”; use one of: %(types)s.")
    return text % {"value": target.type[:40], "types": ", ".join(types)}


def _decided_by(session: Session, row: CustomField) -> str:
    """The label of a field that is shown by values of this one; "" for none."""
    for other in custom.every(session, row.kind):
        if other.deleted_at is None and other.shown_when and other.shown_when["field"] == row.name:
            return other.label
    return ""


def _present(session: Session, kinds: Kinds, row: CustomField, kind: RecordKind) -> Sequence[str]:
    """The values that records hold, as options: those that can be, the first so many."""
    work = _conversion(session, kinds, row, Target(CustomType.LONG_TEXT))
    found: dict[str, None] = {}
    for _id, outcome in _outcomes(session, kind, work):
        text = " ".join(str(outcome.became or "").split())
        parts = text.split(", ") if row.type is CustomType.SEVERAL else [text]
        found.update(dict.fromkeys(one for one in parts if one and len(one) <= 100 and "," not in one))
        if len(found) >= wishes.MOST_OPTIONS:
            break
    return [*found][: wishes.MOST_OPTIONS]


def _conversion(session: Session, kinds: Kinds, row: CustomField, target: Target) -> Conversion:
    new = as_of(row, target.type, target.options)
    old = as_of(row, row.type, row.options)
    return Conversion(session, kinds, old, new, len(row.former or ()) + 1, target.back)


def change(session: Session, kinds: Kinds, row: CustomField, target: Target, *, actor: Actor) -> bool:
    """Change the type; False where a job has to convert the values. Raises as ``preview`` does."""
    session.refresh(row, with_for_update=True)
    kind, target = _checked(session, kinds, row, target)
    before = {"type": row.type.value, "options": row.options, "initial": row.initial, "unique": row.unique}
    names = ("type", "options", "initial", "unique", "back")
    row.becoming = {name: getattr(target, name) for name in names} | {"options": [*target.options]}
    row.version += 1
    if row.unique:
        unique.forget(session, row.kind, row.name)
    after = {name: row.becoming[name] for name in before}
    changes = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    custom.note(session, row, "changed", changes, actor)
    session.flush()
    if custom.filled(session, kinds, row) > DIRECT:
        return False
    last: int | None = 0
    while last is not None:
        last = _some(session, kinds, row, kind, last)
    _finish(session, kinds, row)
    return True


def _some(session: Session, kinds: Kinds, row: CustomField, kind: RecordKind, after: int) -> int | None:
    """Convert the values of the next records; the last one's id, None at the end. It may be done again."""
    assert row.becoming is not None
    target = Target(**row.becoming)
    work = _conversion(session, kinds, row, target)
    table = kind.table
    rows = session.execute(_next(kind, work, after).with_for_update()).all()
    work.look_up(values for _id, values in rows)
    outcomes = [(one, values, work.outcome(values).values) for one, values in rows]
    changed = [{"row": one, "values": new} for one, values, new in outcomes if new != values]
    if changed:
        held = sa.update(table).where(table.c.id == sa.bindparam("row"))
        new_values = sa.bindparam("values", type_=table.c.custom.type)
        # Whoever has a form of such a record open is told that it has changed.
        session.connection().execute(held.values(custom=new_values, version=table.c.version + 1), changed)
        session.expire_all()
        _index(session, kind, work, [one["row"] for one in changed])
    return rows[-1][0] if len(rows) == CHUNK else None


def _index(session: Session, kind: RecordKind, work: Conversion, ids: Sequence[int]) -> None:
    """Let the search know of texts that have come or gone."""
    if not (work.old.searchable or work.new.searchable):
        return
    fields = [one for one in kind.whole.fields if one.name != work.name]
    found = custom.with_fields(kind, [*fields, work.new])
    for record in session.scalars(loader(kind, ids, lock=False)).all():
        search.index(session, found, record, new=False)


def _finish(session: Session, kinds: Kinds, row: CustomField) -> None:
    """Let the field be what its values are now."""
    assert row.becoming is not None
    target = Target(**row.becoming)
    names = ("type", "options", "initial", "unique")
    last = {name: getattr(row, name) for name in names} | {
        "type": row.type.value,
        "number": len(row.former) + 1,
        "at": now().isoformat(),
    }
    row.former = [*row.former, last]
    row.type, row.options, row.becoming = CustomType(target.type), [*target.options], None
    row.initial = target.initial if _starts_with(row, target.initial, kinds) else ""
    row.unique = target.unique and row.type in UNIQUE and _is_shared_by_none(session, kinds, row)
    row.version += 1
    session.flush()


def _starts_with(row: CustomField, initial: str, kinds: Kinds) -> bool:
    """Whether a default fits the new type."""
    if not initial or row.type in LINKS:
        return False
    try:
        made(as_of(row, row.type, row.options), kinds).parse(initial)
    except ValueError:
        return False
    return True


def _is_shared_by_none(session: Session, kinds: Kinds, row: CustomField) -> bool:
    """Write the keys of unique values; False where values that came since are shared."""
    try:
        unique.build(session, kinds[row.kind], made(as_of(row, row.type, row.options), kinds))
    except InvalidError:
        return False
    return True


def run(site: Site, field_id: int, language: str) -> None:
    """The job."""
    with use_locale(language, site.settings.company.time_zone):
        complete(site.database, site.registry.kinds, field_id)
    custom_indexes.run(site)


def complete(database: Database, kinds: Mapping[str, RecordKind], field_id: int) -> None:
    """Convert all values of a field whose type is being changed, and let it be in use again."""
    last: int | None = 0
    done = 0
    while last is not None:
        with database.write() as session:
            row = custom.get(session, field_id)
            if row.becoming is None:
                return  # another run was faster
            last = _some(session, kinds, row, _kind(kinds, row), last)
            if last is None:
                _finish(session, kinds, row)
        done += CHUNK
        report(done, 0)
    computing.compute_all(database, kinds, row.kind)
