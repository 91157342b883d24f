"""What narrows a report: the conditions of the list of the records that it counts, in the same parameters.

A report is asked as that list is, ``segment=5&responsible_id=3&links=as-was``: by fields, figures, groups of
clients and whatever else plugins add, and in one of the ways in which records count for clients. Its figures
open the list with the same parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from vinculo.records import attribution, facts, filter_groups, list_words
from vinculo.records import query as queries
from vinculo.records.attribution import Links
from vinculo.records.conditions import fields_of
from vinculo.records.kind import RecordKind
from vinculo.records.query import Query
from vinculo.web.context import Context
from vinculo.web.reports import Narrowing
from vinculo.web.views import Option

Pairs = Sequence[tuple[str, str]]
_STEERING: Final = (queries.CONTROLS | queries.LOOKS | {"view", "number", "format", "column"}) - {
    attribution.PARAMETER
}


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a report is narrowed to; ``kind`` is as its reader sees it, ``pairs`` as the address says it."""

    ctx: Context
    kind: RecordKind
    query: Query
    pairs: Pairs

    @property
    def links(self) -> Links:
        """How records count for clients."""
        return self.query.links

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """The same as SQL, beside what the reader may see. Raises what a criterion raises."""
        return [*queries.conditions(self.ctx.session, self.kind, self.query, self.ctx.actor)]

    def client(self) -> sa.ColumnElement[int]:
        """The client for whom a record counts."""
        return attribution.client_of(self.kind, self.kind.table, self.links)

    def list_pairs(self, conditions: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
        """The parameters of the list of the same records, narrowed by further conditions."""
        names = {name for name, _value in conditions}
        return [*(pair for pair in self.pairs if pair[0] not in names), *conditions]

    def elsewhere(self, kind: RecordKind) -> tuple[RecordKind, Query] | None:
        """The same asked of records of another kind; None where it asks what only this one knows."""
        seen = facts.seen_by(self.ctx.registry, kind, self.ctx.actor, self.pairs)
        told = {one.field.name for one in seen.criteria} & {one.field.name for one in self.kind.criteria}
        shared = {*told, attribution.PARAMETER}
        if any(queries.split(name)[0] not in shared for name, _value in self.pairs):
            return None
        return seen, queries.parse(seen, self.pairs, typed=False, me=self.ctx.actor.user_id)


def conditions_in(parameters: Pairs, but: Collection[str] = ()) -> list[tuple[str, str]]:
    """Those parameters of an address that are conditions of a list."""
    known = _STEERING | {*but}
    return [(n, v) for n, v in parameters if n not in known and not n.startswith("_") and v.strip()]


def read(ctx: Context, kind: RecordKind, but: Collection[str]) -> Narrowed:
    """What the address of a report says beside the parameters of its own, ``but``.

    Raises what ``query.parse`` raises.
    """
    pairs = conditions_in(ctx.parameters(), but)
    seen = facts.seen_by(ctx.registry, kind, ctx.actor, pairs)
    return Narrowed(ctx, seen, queries.parse(seen, pairs, typed=False, me=ctx.actor.user_id), pairs)


def bar(narrowed: Narrowed, url: str, own: Pairs) -> Narrowing:
    """What a page shows of it: each condition, and how to add one. ``own``: what else its address says."""
    ctx, kind, pairs = narrowed.ctx, narrowed.kind, narrowed.pairs
    counted = [pair for pair in pairs if pair[0] == attribution.PARAMETER]
    single = [pair for pair in pairs if pair not in counted]
    given = [*own, *pairs]
    return Narrowing(
        chips=[*list_words.chips(ctx, kind, narrowed.query, [*own, *single], at=url)],
        fields=fields_of(kind),
        url=kind.url,
        hidden=[*given, (list_words.AT, url)],
        new_group=filter_groups.new(given),
        has=filter_groups.has(kind, given),
        kept=single,
        counted_by=attribution.PARAMETER,
        ways=[Option(way.value, attribution.words(way)[0]) for way in Links]
        if attribution.is_attributed(kind)
        else [],
        way=narrowed.links.value,
        told=attribution.words(narrowed.links)[1],
    )
