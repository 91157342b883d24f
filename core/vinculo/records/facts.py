"""Facts as fields: what plugins know of a record, for one reader (decision 0016).

``seen_by`` gives a kind the figures that its reader may have, and by what else lists can be narrowed
(``vinculo.records.criteria``); lists, exports and the API then treat figures as fields that nobody writes.
What the reader does not see is not counted, for the expression itself holds the rights. An expression is made
once for each reader, so that statements with it can be kept.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.sql import coercions, roles

from vinculo.actor import Actor
from vinculo.containment import contained
from vinculo.db.base import now
from vinculo.db.portable import earliest
from vinculo.db.types import UtcDateTime
from vinculo.i18n import gettext as _
from vinculo.plugins.calling import Owned
from vinculo.plugins.contributions import Fact
from vinculo.plugins.registry import Registry
from vinculo.records import access, criteria, proving
from vinculo.records.attribution import Links, asked, counts_for
from vinculo.records.fields import EvidenceField, Field, FigureField, PartField
from vinculo.records.kind import Figure, RecordKind

logger = logging.getLogger(__name__)

# For expressions, which are kept: the time at which they run.
NOW: Final = sa.bindparam("now", type_=UtcDateTime(), callable_=now)


@dataclass(frozen=True, slots=True)
class Told:
    """Whose fact is asked for, and by whom. ``about`` is the id of the record, as a column or a value.

    ``links`` is how records are counted for clients.
    """

    fact: Fact
    about: sa.ColumnElement[int]
    actor: Actor
    links: Links = Links.RECORDED

    def rows(self, table: sa.FromClause | None = None) -> sa.ColumnElement[bool]:
        """Which records it is told by: those that belong to the record, as far as the reader sees them.

        ``table`` is an alias of their table, where it is not that itself.
        """
        visible = access.condition(self.fact.of, self.actor, table=table, few=True)
        theirs = self.theirs(table)
        return theirs if visible is None else sa.and_(theirs, visible)

    def theirs(self, table: sa.FromClause | None = None) -> sa.ColumnElement[bool]:
        """Which records belong to the record, whoever sees them."""
        of = self.fact.of
        rows, link = of.table if table is None else table, self.fact.link or of.client
        if link == of.client:
            return counts_for(of, rows, self.links, lambda client: client == self.about)
        theirs: sa.ColumnElement[bool] = rows.c[of.column(link).name] == self.about
        return theirs


def seen_by(
    registry: Registry, kind: RecordKind, actor: Actor, given: Iterable[tuple[str, str]] = ()
) -> RecordKind:
    """The kind as its reader sees it (``access.seen_by``), with the facts and criteria that they may have.

    ``given`` are the parameters of an address, which may say how records are counted for clients.
    Raises ``InvalidError`` for a way that there is not.
    """
    links = asked(given)
    seen = access.seen_by(kind, actor)
    owned = [one for one in registry.facts.get(kind.name, ()) if may(one.item, actor)]
    narrowing = criteria.of(registry, kind.whole, actor, links)
    related = criteria.related(registry, kind.whole, actor)
    if not (owned or narrowing or related):
        return seen
    reader = criteria.Reader.of(actor)
    figures = tuple(_joined(one, owned, kind.whole, reader, links) for one in owned)
    return seen.measured(figures, narrowing, related)


def declared(registry: Registry, kind: RecordKind) -> RecordKind:
    """The kind with all facts and criteria that there are: for what describes them, not for asking."""
    owned = registry.facts.get(kind.name, ())
    figures = tuple(Figure(one.item.field, sa.null(), one.plugin) for one in owned)
    asked = criteria.declared(registry, kind)
    return kind.measured(figures, asked) if figures or asked else kind


def choosable(registry: Registry) -> dict[str, RecordKind]:
    """The kinds with a field that names a figure or evidence, made anew with what there is to choose from."""
    return {
        name: replace(kind, fields=tuple(_with_choices(registry, one) for one in kind.fields))
        for name, kind in registry.kinds.items()
        if any(isinstance(one, FigureField | EvidenceField) for one in kind.fields)
    }


def _with_choices(registry: Registry, field: Field) -> Field:
    if isinstance(field, EvidenceField):
        return field.choosing({name: one.label for name, one in proving.known(registry).items()})
    if not isinstance(field, FigureField):
        return field
    return field.choosing(one.item.field for one in registry.facts.get(field.about, ()))


def naming(registry: Registry) -> dict[str, RecordKind]:
    """The kinds with a field that names one of another kind, made anew with the fields that companies add."""
    return {
        name: replace(kind, fields=tuple(_with_custom(registry, one) for one in kind.fields))
        for name, kind in registry.kinds.items()
        if any(isinstance(one, PartField) for one in kind.fields)
    }


def _with_custom(registry: Registry, field: Field) -> Field:
    if not isinstance(field, PartField):
        return field
    return field.choosing(one for one in registry.kinds[field.about].writable() if one.defined)


def may(fact: Fact, actor: Actor) -> bool:
    """Whether an actor may have a fact: they read what it is told by, and all that it tells."""
    allowed = actor.may(fact.of.permission("read")) and (not fact.permission or actor.may(fact.permission))
    return allowed and access.hidden(fact.of, actor).isdisjoint(fact.tells)


def _joined(
    one: Owned[Fact], owned: Sequence[Owned[Fact]], about: RecordKind, reader: criteria.Reader, links: Links
) -> Figure:
    others = tuple(other for other in owned if other.item.joins == one.item.field.name)
    return _earliest(one, others, about, reader, links) if others else _figure(one, about, reader, links)


@functools.lru_cache(10_000)
def _earliest(
    one: Owned[Fact],
    others: tuple[Owned[Fact], ...],
    about: RecordKind,
    reader: criteria.Reader,
    links: Links,
) -> Figure:
    """A fact with those that join it; one that fails is left out."""
    figures = [_figure(owned, about, reader, links) for owned in (one, *others)]
    sound = [figure.expression for figure in figures[1:] if not figure.failed]
    if figures[0].failed or not sound:
        return figures[0]
    return replace(figures[0], expression=functools.reduce(earliest, sound, figures[0].expression))


@functools.lru_cache(10_000)
def _figure(owned: Owned[Fact], about: RecordKind, reader: criteria.Reader, links: Links) -> Figure:
    fact = owned.item
    try:
        with contained():
            told = Told(fact, about.table.c.id, reader.actor, links)
            expression = coercions.expect(roles.ColumnsClauseRole, fact.expression(told))
    except Exception:
        logger.exception("fact %s of plugin %s failed", fact.field.name, owned.plugin)
        return failed(Figure(fact.field, sa.null(), owned.plugin))
    return Figure(fact.field, expression, owned.plugin)


def fault(figure: Figure) -> str:
    """Why a figure that failed is empty."""
    return _("This part, from the plugin %(plugin)s, failed. It has been logged.", plugin=figure.plugin)


def failed(figure: Figure) -> Figure:
    """What stands in the place of a figure that cannot be told."""
    return replace(figure, expression=sa.literal(None, sa.Text), failed=True)
