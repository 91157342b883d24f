"""Why a client is in a group or not: each condition, whether it holds, and the value that was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vinculo.actor import Actor
from vinculo.i18n import gettext as _
from vinculo.records import query as queries
from vinculo.records.condition_tree import And, Filter, Has, Node, Not, Or
from vinculo.records.fields import LinkField
from vinculo.records.forms import title
from vinculo.records.list_words import in_words
from vinculo.web.context import Context
from vinculo_segments import queries as own
from vinculo_segments.models import Membership, Segment, Way
from vinculo_segments.queries import Rule


@dataclass(frozen=True, slots=True)
class Reason:
    """A condition in words; ``found`` is the client's value, ``parts`` are those of a group of conditions."""

    text: str
    holds: bool
    found: str = ""
    parts: Sequence[Reason] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """Whether a client is in a group, since when it is by hand or by a refresh, and why as of now."""

    inside: bool
    since: datetime | None = None
    reasons: Sequence[Reason] = field(default_factory=list)


def of(ctx: Context, segment: Segment, client_id: int) -> Told:
    """Why; two queries beside the rule. Raises ``ConflictError`` for a group that cannot be used."""
    with own.within(segment):
        kind = ctx.registry.kinds[segment.kind]
        inside = own.members(ctx.session, ctx.registry, segment, ctx.actor, kind.table.c.id)
        is_in = bool(ctx.session.scalar(sa.select(inside).where(kind.table.c.id == client_id)))
        since = None if segment.way is Way.LIVE else _since(ctx, segment, client_id)
        if segment.way is Way.MANUAL:
            return Told(is_in, since)
        rule = own.rule_of(ctx.session, ctx.registry, segment, ctx.actor)
        return Told(is_in, since, _Look(ctx, rule, client_id).reasons())


def _since(ctx: Context, segment: Segment, client_id: int) -> datetime | None:
    same = (Membership.segment_id == segment.id, Membership.client_id == client_id)
    return ctx.session.scalar(
        sa.select(sa.func.max(Membership.joined_at)).where(*same, Membership.left_at.is_(None))
    )


def by_rule(ctx: Context, rule: Rule, client_id: int) -> Told:
    """The same by conditions that are not kept, of a client whom the reader sees."""
    reasons = _Look(ctx, rule, client_id).reasons()
    return Told(all(one.holds for one in reasons), None, reasons)


class _Look:
    """Asks all conditions of a rule, and the values they compare, in one query."""

    def __init__(self, ctx: Context, rule: Rule, client_id: int) -> None:
        self._ctx, self._rule = ctx, rule
        columns: dict[str, Any] = {}
        for number, node in enumerate(_all(rule.query.filters)):
            columns[f"c{number}"] = self._condition(node, ctx.actor)
            if isinstance(node, Filter) and not rule.kind.criterion(node.field):
                columns[f"v{number}"] = rule.kind.column(node.field)
        labelled = [column.label(name) for name, column in columns.items()]
        row = ctx.session.execute(sa.select(*labelled).where(rule.kind.table.c.id == client_id)).one()
        self._found = dict(zip(columns, row, strict=True))
        self._numbers = {id(node): number for number, node in enumerate(_all(rule.query.filters))}

    def reasons(self) -> list[Reason]:
        """Each condition of the rule."""
        return [self._reason(node) for node in self._rule.query.filters]

    def _condition(self, node: Node, actor: Actor) -> sa.ColumnElement[bool]:
        return queries.condition(self._ctx.session, self._rule.kind, self._rule.query, actor, node)

    def _reason(self, node: Node) -> Reason:
        number = self._numbers[id(node)]
        holds = bool(self._found[f"c{number}"])
        match node:
            case Filter():
                words = in_words(self._ctx, self._rule.kind, node)
                return Reason(words, holds, self._value(node, self._found.get(f"v{number}")))
            case Has():
                return Reason(
                    self._has(node, _("There are: %(kind)s")), holds, "" if holds else _("no such record")
                )
            case Not(Has() as has):
                return Reason(self._has(has, _("There are none: %(kind)s")), holds)
            case Not(Or(parts)):
                return Reason(_("None of these"), holds, parts=[self._reason(one) for one in parts])
            case Not(part):
                return Reason(_("None of these"), holds, parts=[self._reason(part)])
            case And(parts):
                return Reason(_("All of these"), holds, parts=[self._reason(one) for one in parts])
            case Or(parts):
                return Reason(_("At least one of these"), holds, parts=[self._reason(one) for one in parts])

    def _has(self, node: Has, text: str) -> str:
        of = queries.inside(self._rule.kind, f"has_{node.kind}.")
        parts = "; ".join(_words(self._ctx, of, node.parts))
        return text % {"kind": of.label_plural} + f" ({parts})"

    def _value(self, node: Filter, value: Any) -> str:
        if self._rule.kind.criterion(node.field):
            return ""
        if value in (None, "", ()):
            return _("empty")
        found = next(one for one in queries.conditional(self._rule.kind) if one.name == node.field)
        return title(self._ctx, found, value) if isinstance(found, LinkField) else found.show(value)


def _words(ctx: Context, kind: Any, nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        match node:
            case Filter():
                yield in_words(ctx, kind, node)
            case Or(parts):
                yield (" " + _("or") + " ").join(_words(ctx, kind, parts))
            case And(parts) | Has(_, parts):
                yield (" " + _("and") + " ").join(_words(ctx, kind, parts))
            case Not(part):
                yield _("none of") + f" ({'; '.join(_words(ctx, kind, [part]))})"


def _all(nodes: Sequence[Node]) -> Iterator[Node]:
    """Every node of the tree, but for what is about other records."""
    for node in nodes:
        yield node
        match node:
            case And(parts) | Or(parts):
                yield from _all(parts)
            case Not(Has()):
                pass
            case Not(Or(parts)):
                yield from _all(parts)
            case Not(part):
                yield from _all([part])
