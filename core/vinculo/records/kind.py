"""RecordKind: declared once, a kind of record gets everything (lists, forms, cards, API, files …)."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from babel.support import LazyProxy
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db import custom
from vinculo.db.base import Base, Record
from vinculo.plugins.contributions import Group, Permission
from vinculo.records.fields import Field, LinkField, TextField
from vinculo.records.likeness import Trait

if TYPE_CHECKING:
    from vinculo.plugins.registry import Registry
    from vinculo.records.proving import Evidence
    from vinculo.web.views import Attribute, Badge, Line

Text = str | LazyProxy
Names = Mapping[str, Mapping[int, str]]  # kind → id → what a file calls the record
KINDS = "kinds"  # in the ``info`` of a table: of which kinds its rows are records
ACTIONS = ("read", "create", "update", "delete", "export", "import")


@dataclass(frozen=True, kw_only=True)
class FileColumn:
    """A column of a file that fills a field of a collection's row.

    Columns with the same ``group`` fill one row together; ``constants`` are the row's other values.
    ``key`` names the column in mappings and exports. It is guessed only where a column of ``beside`` is, too.
    """

    key: str
    label: Text
    field: str
    group: str = ""
    constants: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    aliases: Sequence[str] = ()
    beside: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Collection:
    """Rows that a record owns, edited with it: contact points, bank accounts, lines.

    ``name`` is the relationship on the record's model, which orders the rows and cascades.
    ``same`` names the fields by which an import recognises a row that is there already. On the card a
    row is drawn by ``line``, else as its values; ``shown`` False leaves that to a panel. ``mask`` draws a
    row that is shown on request, so that one can tell which it is. ``tells`` is as that of a field.
    """

    name: str
    label: Text
    add_label: Text
    model: type[Base]
    fields: Sequence[Field]
    file_columns: Sequence[FileColumn] = ()
    same: Sequence[str] = ()
    help: Text = ""
    line: Callable[[Any], str | Line] | None = None
    mask: Callable[[Any], Line] | None = None
    shown: bool = True
    read_only: bool = False
    tells: Sequence[tuple[str, str]] = ()

    def links(self) -> Sequence[LinkField]:
        """The fields that point to other records."""
        return [field for field in self.fields if isinstance(field, LinkField)]

    def field(self, name: str) -> Field:
        """The field of that name, which must exist."""
        return _named(self.fields, name)


@dataclass(frozen=True, slots=True)
class Standing:
    """A view that a kind brings along: a tab of its list, with their number, while there are such records.

    It is for what has to be put right. ``parameters`` are those of the list, as in the API.
    """

    label: Text
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """How a record appears on the timeline of its client. ``label`` is English, marked with ``mark``."""

    at: datetime
    label: str
    title: str
    icon: str
    text: str = ""
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Gain:
    """What a record brought on a day, in the currency of the company; None for what is not known or seen.

    ``profit`` is what is left of the amount once the goods are paid.
    """

    record_id: int
    client_id: int
    day: date
    amount: Decimal | None
    profit: Decimal | None = None


@dataclass(frozen=True, eq=False)
class Through:
    """Rows that tie records to clients, many to many.

    ``record`` and ``client`` are columns that hold the two ids; where they are of different tables,
    ``on`` joins these::

        Through(Link.counterparty_id, Link.client_id)
    """

    record: Any
    client: Any
    on: sa.ColumnElement[bool] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A value of a record that is computed where it is asked for: a fact, as one reader is told it.

    ``expression`` names the kind's table. ``failed``: the plugin could not say it, and nobody is told.
    """

    field: Field
    expression: sa.ColumnElement[Any]
    plugin: str = ""
    failed: bool = False


def nothing_follows(session: Session, record: Any, changes: Mapping[str, Any], actor: Actor) -> None:
    """What most kinds have to say to ``RecordKind.written``."""


def nothing_depends(session: Session, records: Sequence[Any], actor: Actor) -> None:
    """What most kinds have to say to ``RecordKind.gone_or_back``."""


def nothing_known(session: Session, value: Any, limit: int) -> None:
    """What most have to say to ``Criterion.first``."""


@dataclass(frozen=True, slots=True, eq=False)
class Criterion:
    """A condition of lists that is no column, as one reader may ask for it (``vinculo.records.criteria``).

    ``holds(session, values)`` is the condition for any of the values. ``first(session, value, limit)`` are
    the ids with which the list begins that is narrowed by it alone, in the order of its kind; None where
    they are not known.
    """

    field: Field
    holds: Callable[[Session, Sequence[Any]], sa.ColumnElement[bool]]
    plugin: str = ""
    first: Callable[[Session, Any, int], Sequence[int] | None] = nothing_known


Gains = Callable[[Session, "RecordKind", Actor, date | None, date | None], Sequence[Gain] | None]


@dataclass(frozen=True, kw_only=True, eq=False)
class RecordKind:
    """A kind of record.

    ``title`` is the attribute a record is called by, and lists go by unless ``sort`` says otherwise.
    ``client`` is the attribute with the id of the client it belongs to (``id`` for clients themselves, ""
    for none). ``counterparty`` and ``dated`` are those with the counterparty's id and with the day or moment
    by which it counts for a client (``vinculo.records.attribution``). ``rules(session, record, actor)``
    checks and completes a record before it is written, and
    raises ``InvalidError``. ``written(session, record, changes, actor)`` draws the consequences after it was
    created or changed, by whatever door, taking a change back included: ``changes`` maps names to [before,
    after], ids of the record and its rows are known.
    ``deletable(session, record)`` raises ``ConflictError`` where one must stay.
    ``gone_or_back(session, records, actor)`` draws the consequences after records were deleted, of which
    only what they held is left, or after one was put back; not of what goes with a record of another kind.
    ``gains(session, kind, actor, since, until)`` are, of records that bring something (deals once they are
    won), what they brought on these days, both included, as far as the actor sees it:
    None where that is nothing at all. Whoever asks what came of a campaign or a mailing adds them up.
    ``moment(record)`` puts it on the client's timeline. ``badges`` and ``facts`` fill the head of its card.
    ``figures``, ``criteria`` and ``related``, the kinds that hang on this one, are what
    ``vinculo.records.facts`` adds for a reader.

    Whose a record is, which scopes of rights go by (``vinculo.records.access``): that of its client where
    it has one, or one of several ``through`` which it hangs on clients; else of the user in ``owner``, else
    of the one who made it. Records of a kind that is not ``scoped`` are nobody's.
    Those whose attribute ``shared`` is true are read by all who read any.

    ``composed``: the rules give a record an external id made of several fields, and by it files that have no
    external ids find the records that are there.
    """

    name: str
    plural: str
    domain: str
    model: type[Record]
    label: Text
    label_plural: Text
    new_label: Text
    icon: str
    title: str
    fields: Sequence[Field]
    columns: Sequence[str]
    sort: str = ""
    collections: Sequence[Collection] = ()
    client: str = ""
    counterparty: str = ""
    dated: str = ""
    through: Sequence[Through] = ()
    owner: str = ""
    involved: Sequence[str] = ()
    shared: str = ""
    scoped: bool = True
    composed: bool = False
    match: Sequence[str] = ("external_id",)
    rules: Callable[[Session, Any, Actor], None] | None = None
    # The rules look at their own record alone: many are checked, then written. Of a new one nobody tells them
    # what is new (``vinculo.records.blanks``).
    independent: bool = False
    written: Callable[[Session, Any, Mapping[str, Any], Actor], None] = nothing_follows
    deletable: Callable[[Session, Any], None] | None = None
    gone_or_back: Callable[[Session, Sequence[Any], Actor], None] = nothing_depends
    gains: Gains | None = None
    moment: Callable[[Any], Moment | None] | None = None
    badges: Callable[[Any], Sequence[Badge]] | None = None
    facts: Callable[[Any], Sequence[Attribute]] | None = None
    menu: Group | None = Group.WORK
    weight: int = 50
    summary: Text = ""
    board: str = ""  # a page with a board of its own, in the place of the one that lists draw
    calendar: str = ""  # a page on which its records stand on their days
    standing: Sequence[Standing] = ()
    quick: Sequence[str] = ()  # the fields that change most: boards offer a form with them
    administrative: bool = False  # only administrators create, change and delete
    keys: Sequence[str] = ()  # further unique attributes (folded) by which files and forms name a record
    mergeable: bool = False  # several of them may turn out to be one
    traits: Sequence[Trait] = ()  # what its records are compared by, to find two that are one
    carries: bool = False  # tasks and the like hang on it, though it hangs on others itself
    exposed: bool = True  # False: only something to link to, without pages and API of its own
    told_by_title: Sequence[str] = ()  # fields that cannot be hidden, since the title is taken from them
    figures: Sequence[Figure] = ()
    criteria: Sequence[Criterion] = ()
    related: Sequence[RecordKind] = ()
    evidence: Evidence | None = None  # that something was done: what a step of a process may ask for
    vcard: Callable[[Any, RecordKind, Names], str] | None = None  # a record, as its reader sees it
    aliases: Sequence[str] = ()  # what files call its records, in front of what a column holds of them
    named_after: str = ""  # the kind whose record gives one its name, in a file of both that says none
    # What its plugin writes to the log besides what the kernel does, and what people call that.
    events: Mapping[str, Text] = dataclasses.field(default_factory=dict)
    # The kind as it is in an app: with fields that lead to what other plugins have, where these are on.
    beside: Callable[[Registry, RecordKind], RecordKind] | None = None
    of: RecordKind | None = None  # what this is a part of: see ``vinculo.records.access.seen_by``

    def __post_init__(self) -> None:
        """Lists go by title where nothing else is said; the table is told whose it is."""
        self.table.info.setdefault(KINDS, set()).add(self.name)
        if not self.sort:
            object.__setattr__(self, "sort", self.title)

    @property
    def url(self) -> str:
        """The address of its pages."""
        return f"/{self.plural}"

    @property
    def api_url(self) -> str:
        """The address of its API."""
        return f"/api/v1/{self.plural}"

    @property
    def whole(self) -> RecordKind:
        """The kind with all its fields, whoever sees it."""
        return self.of or self

    @property
    def table(self) -> sa.Table:
        """The table of its records."""
        table: sa.Table = self.model.__table__  # type: ignore[assignment]
        return table

    def measured(
        self,
        figures: tuple[Figure, ...],
        criteria: tuple[Criterion, ...] | None = None,
        related: tuple[RecordKind, ...] | None = None,
    ) -> RecordKind:
        """The kind with these, and else what it has; equal arguments give the same object."""
        asked = tuple(self.criteria) if criteria is None else criteria
        return _measured(self, figures, asked, tuple(self.related) if related is None else related)

    def figure(self, name: str) -> Figure | None:
        """The figure of that name, if it has one."""
        return next((one for one in self.figures if one.field.name == name), None)

    def criterion(self, name: str) -> Criterion | None:
        """The criterion of that name, if it has one."""
        return next((one for one in self.criteria if one.field.name == name), None)

    def column(self, name: str) -> sa.Column[Any]:
        """What is behind an attribute. Lists ask tables: entities cost half as much again."""
        if self.figures and (figure := self.figure(name)):
            return figure.expression  # type: ignore[return-value]
        if name.startswith(custom.PREFIX):
            own, _colon, part = name.partition(":")
            return self.field(own).held(self.table.c.custom, part)  # type: ignore[return-value]
        found: sa.Column[Any] = sa.inspect(self.model).columns[name]
        return found

    def nullable(self, name: str) -> bool:
        """Whether what is behind an attribute can be null."""
        if self.figures and self.figure(name):
            return True
        if name.startswith(custom.PREFIX):
            return self.field(name.partition(":")[0]).empty is None
        return bool(self.column(name).nullable)

    def permission(self, action: str) -> str:
        """The permission for one of ``ACTIONS``."""
        return f"{self.domain}.{self.name}.{action}"

    def permissions(self) -> Iterator[Permission]:
        """What roles may be allowed to do with these records."""
        for action in ACTIONS if self.exposed else ("read",):
            changing = action not in ("read", "export")
            yield Permission(
                self.permission(action), self.label_plural, administrative=self.administrative and changing
            )

    def field(self, name: str) -> Field:
        """The field of that name, which must exist."""
        return _named(self.fields, name)

    def collection(self, name: str) -> Collection:
        """The collection of that name, which must exist."""
        return next(c for c in self.collections if c.name == name)

    def writable(self) -> Sequence[Field]:
        """The fields that people and programs may set."""
        return [field for field in self.fields if not field.read_only]

    def editable(self) -> Sequence[Collection]:
        """The collections whose rows people and programs may set."""
        return [collection for collection in self.collections if not collection.read_only]

    def parts(self) -> Sequence[Field | Collection]:
        """What roles may be given rights to, one by one: all but the title, by which records are called."""
        parts: list[Field | Collection] = [*self.fields, *self.collections]
        return [part for part in parts if part.name not in (self.title, *self.told_by_title)]

    def links(self) -> Sequence[LinkField]:
        """The fields that point to other records."""
        return [field for field in self.fields if isinstance(field, LinkField)]

    def title_of(self, record: Any) -> str:
        """What a record is called."""
        return str(getattr(record, self.title)) or f"{self.label} {record.id}"

    def client_of(self, record: Any) -> int | None:
        """The client a record belongs to."""
        return getattr(record, self.client) if self.client else None

    @property
    def title_field(self) -> TextField | None:
        """The field behind ``title``, where it is one."""
        found = next((f for f in self.fields if f.name == self.title), None)
        return found if isinstance(found, TextField) else None


@functools.lru_cache(1000)
def _measured(
    kind: RecordKind,
    figures: tuple[Figure, ...],
    criteria: tuple[Criterion, ...],
    related: tuple[RecordKind, ...],
) -> RecordKind:
    return dataclasses.replace(kind, figures=figures, criteria=criteria, related=related, of=kind.whole)


def _named(fields: Sequence[Field], name: str) -> Field:
    return next(f for f in fields if f.name == name)
