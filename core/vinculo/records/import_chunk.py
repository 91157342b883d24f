"""A chunk of rows, written in one transaction: each is found, changed or added, or rejected alone."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from hashlib import blake2b
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from vinculo.actor import Actor
from vinculo.errors import VinculoError
from vinculo.i18n import gettext as _
from vinculo.records import access, service
from vinculo.records.import_likes import Likely, Likes, Lookalike
from vinculo.records.import_rows import Parsed, RowParser, is_same, without_present
from vinculo.records.kind import RecordKind
from vinculo.records.mapping import EXTERNAL_ID, Target, key_attribute, match_targets

SIZE: Final = 4


class Seen:
    """What a dry run would have added in earlier chunks: a fingerprint of four bytes for each value."""

    def __init__(self) -> None:
        self._rows: dict[int, bytes] = {}  # of a match key → of the external id, and of all values
        self._before: dict[int, bytes | None] = {}

    def begin(self) -> None:
        """Remember from here on what ``undo`` takes back."""
        self._before.clear()

    def undo(self) -> None:
        """Forget what was added since."""
        for key, prints in self._before.items():
            if prints is None:
                self._rows.pop(key, None)
            else:
                self._rows[key] = prints

    def _keep(self, key: int, prints: bytes) -> None:
        self._before.setdefault(key, self._rows.get(key))
        self._rows[key] = prints

    def add(self, parsed: Parsed) -> None:
        """Remember a row that would be a new record."""
        prints = _fingerprint(parsed.external_id) + b"".join(_fingerprints(parsed))
        for item in _keys(parsed).items():
            if hash(item) not in self._rows:
                self._keep(hash(item), prints)

    def find(self, parsed: Parsed, match: Iterable[str]) -> str:
        """What would become of a row whose record would be there by now: "" if it is another one."""
        own, keys = parsed.external_id, _keys(parsed)
        for item in ((name, keys[name]) for name in match if name in keys):
            prints = self._rows.get(hash(item), b"")
            if prints and (own is None or prints[:SIZE] in (_fingerprint(own), _fingerprint(None))):
                known = {prints[i : i + SIZE] for i in range(SIZE, len(prints), SIZE)}
                new = [value for value in _fingerprints(parsed) if value not in known]
                self._keep(hash(item), prints + b"".join(new))
                return "changed" if new else "unchanged"
        return ""


def _fingerprint(value: object) -> bytes:
    return blake2b(repr(value).encode(errors="replace"), digest_size=SIZE).digest()


def _fingerprints(parsed: Parsed) -> list[bytes]:
    if parsed.trace is not None:
        return [_fingerprint(item) for item in parsed.trace.values]
    return [_fingerprint(item) for item in said(parsed)]


def said(parsed: Parsed) -> list[object]:
    """All that a row says, piece by piece."""
    values = parsed.values
    items: list[object] = [*values.fields.items()]
    items += [(name, row.values) for name, rows in values.additions.items() for row in rows]
    items += [values.external_id] if values.external_id else []
    return [*items, *parsed.promised.items()]


def _keys(parsed: Parsed) -> Mapping[str, Hashable]:
    return parsed.keys if parsed.trace is None else {**parsed.keys, **parsed.trace.keys}


class Chunk:
    """Works through parsed rows in their order within the caller's transaction."""

    def __init__(
        self,
        session: Session,
        parser: RowParser,
        match: Sequence[str],
        *,
        actor: Actor,
        seen: Seen | None = None,
        likely: Likely = Likely.CREATE,
        likes: Likes | None = None,
    ) -> None:
        self.session = session
        self.parser = parser
        self.kind: RecordKind = parser.kind
        self.actor = actor
        self.match = match
        self.made: list[tuple[str, int, int]] = []
        self._seen = seen
        self._likely, self._likes = likely, likes
        self._found: dict[tuple[str, Hashable], dict[int, str | None]] = {}
        self._records: dict[int, Any] = {}
        self._waiting: list[Parsed] = []
        self._waiting_keys: set[tuple[str, Hashable]] = set()

    def write(self, rows: Sequence[Parsed]) -> None:
        """Set the outcome of every row."""
        self._look_up(rows)
        for parsed in rows:
            if parsed.outcome:
                continue
            if self._waiting_keys.intersection(parsed.keys.items()):
                self._add_waiting()
            self._write(parsed)
        self._add_waiting()

    def _look_up(self, rows: Sequence[Parsed]) -> None:
        known = match_targets(self.kind)
        for parsed in rows:
            self._complete_keys(parsed)
        for name in self.match:
            keys = {parsed.keys[name] for parsed in rows if name in parsed.keys}
            if keys:
                for record_id, key, external_id in self.find(known[name], keys):
                    self._found.setdefault((name, key), {})[record_id] = external_id
        ids = {record_id for found in self._found.values() for record_id in found}
        self._records = {record.id: record for record in self.session.scalars(loader(self.kind, ids))}

    def find(self, target: Target, keys: AbstractSet[Hashable]) -> Iterable[Any]:
        """Records by their values of one target: id, key and external id of each."""
        found = _finder(self.kind, target, keys)
        return self.session.execute(access.within(found, self.kind, self.actor, few=True))

    def _complete_keys(self, parsed: Parsed) -> None:
        """Add the keys that only show once the rules have seen the row."""
        composes = self.kind.composed and EXTERNAL_ID not in parsed.keys
        if parsed.outcome or not (parsed.places or composes):
            return
        draft = service.draft(self.session, self.kind, parsed.values, actor=self.actor)
        for name, (collection, index) in parsed.places.items():
            key = getattr(draft, collection)[index].key
            if key:
                parsed.keys[name] = key
        if composes and draft.external_id:
            parsed.keys[EXTERNAL_ID] = draft.external_id

    def _write(self, parsed: Parsed) -> None:
        try:
            record = self._identify(parsed)
        except ValueError as fault:
            parsed.reject(str(fault))
            return
        if record is not None:
            self._change(parsed, record)
            return
        parsed.values.fields = {**parsed.spare, **parsed.values.fields}
        if self._seen is not None and (outcome := self._seen.find(parsed, self.match)):
            parsed.outcome = outcome
            self.again(parsed)
        elif self._likes is not None and (like := self._likes.find(self.session, parsed, self._add_waiting)):
            self._settle(parsed, like)
        elif lacking := self.parser.incomplete(parsed):
            parsed.reject(*lacking)
        elif self._seen is not None and self.parser.demands_promised(parsed):
            parsed.outcome = "created"
            self._seen.add(parsed)
        else:
            self.wait(parsed)

    def wait(self, parsed: Parsed) -> None:
        """Have a row's record added, together with others."""
        self._waiting.append(parsed)
        self._waiting_keys.update(parsed.keys.items())

    def again(self, parsed: Parsed) -> None:
        """Take notice of a row whose record an earlier chunk of a trial made, and lost."""

    def _settle(self, parsed: Parsed, like: Lookalike) -> None:
        """Do with a row that looks like another what was asked for."""
        parsed.looks_like = like.id, like.text
        if self._likely is Likely.SKIP:
            parsed.outcome = "skipped"
        elif self._likely is Likely.REJECT or like.several:
            parsed.reject(like.text)
        elif like.id is None:
            parsed.outcome = "changed"
        else:
            self._change(parsed, self._record(like.id))

    def _identify(self, parsed: Parsed) -> Any:
        """The record of a row: by the first key that finds one. Raises ``ValueError`` if it finds several."""
        for name in self.match:
            found = self._found.get((name, parsed.keys.get(name)), {}) if name in parsed.keys else {}
            own = parsed.external_id
            ids = [record_id for record_id, other in found.items() if None in (own, other) or own == other]
            if len(ids) > 1:
                raise ValueError(
                    _("%(n)s records have this %(field)s; give the external id of the one that is meant.",
                      n=len(ids), field=name)
                )  # fmt: skip
            if ids:
                return self._record(ids[0])
        return None

    def _record(self, record_id: int) -> Any:
        """A record that was found; one that an earlier row made is read for it. None: it is gone."""
        if record_id not in self._records:
            found = self.session.scalars(loader(self.kind, [record_id])).first()
            if found is None:
                return None
            self._records[record_id] = found
        return self._records[record_id]

    def _change(self, parsed: Parsed, record: Any) -> None:
        parsed.record_id = record.id
        if is_same(record, parsed.values):
            parsed.outcome = "changed" if parsed.promised else "unchanged"
            return
        outcome = service.attempt(self.session, self.kind, lambda: self._update(record, parsed))
        if isinstance(outcome, VinculoError):
            parsed.reject(outcome.message)
            return
        parsed.outcome = "changed" if outcome or parsed.promised else "unchanged"
        if outcome:
            self.made.append((self.kind.name, record.id, record.version))
        self._note(parsed, record.id, record.external_id)

    def _update(self, record: Any, parsed: Parsed) -> bool:
        values = without_present(record, parsed.values)
        return service.update(self.session, self.kind, record, values, actor=self.actor)

    def _add_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._waiting_keys.clear()
        if self._likes is not None:
            self._likes.stored()
        if not waiting:
            return
        many = [parsed.values for parsed in waiting]
        late = self._likes is None  # else rows below are compared with these
        outcomes = service.create_many(self.session, self.kind, many, actor=self.actor, late=late)
        for parsed, outcome in zip(waiting, outcomes, strict=True):
            if isinstance(outcome, VinculoError):
                parsed.reject(outcome.message)
                continue
            parsed.record_id = outcome.id
            self.made.append((self.kind.name, outcome.id, outcome.version))
            self._note(parsed, outcome.id, outcome.external_id)
            if not parsed.outcome and self._seen is not None:
                self._seen.add(parsed)
            parsed.outcome = parsed.outcome or "created"

    def _note(self, parsed: Parsed, record_id: int, external_id: str | None) -> None:
        for item in parsed.keys.items():
            self._found.setdefault(item, {})[record_id] = external_id


def with_external_id(kind: RecordKind, match: Sequence[str], mapped: Iterable[str]) -> list[str]:
    """The keys to find records by: an external id says which record is meant, asked for or not."""
    known = kind.composed or EXTERNAL_ID in mapped
    return [*match, EXTERNAL_ID] if known and EXTERNAL_ID not in match else [*match]


def _finder(kind: RecordKind, target: Target, keys: Iterable[Hashable]) -> sa.Select[Any]:
    model = kind.model
    if target.collection is None or target.column is None:
        column = kind.column(key_attribute(target.field))
        return sa.select(model.id, column, model.external_id).where(column.in_(list(keys)))
    row: Any = target.collection.model
    column = row.key
    query = sa.select(model.id, column, model.external_id)
    query = query.join(getattr(model, target.collection.name)).where(column.in_(list(keys)))
    for name, value in target.column.constants.items():
        query = query.where(getattr(row, name) == value)
    return query


def loader(kind: RecordKind, ids: Iterable[int], *, lock: bool = True) -> sa.Select[Any]:
    """Records with the rows that they own; ``lock``: to be changed."""
    rows = [selectinload(getattr(kind.model, collection.name)) for collection in kind.collections]
    query = sa.select(kind.model).where(kind.model.id.in_(list(ids))).options(*rows)
    return query.with_for_update() if lock else query
