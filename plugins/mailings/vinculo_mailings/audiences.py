"""Choosing the audience of a mailing, and seeing who is in it before anything is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from vinculo.clients.records import client
from vinculo.errors import InvalidError, MalformedError, VinculoError
from vinculo.records import facts, list_words
from vinculo.records import query as queries
from vinculo.records.kind import RecordKind
from vinculo.records.query import Query
from vinculo.web.context import Context
from vinculo_mailings import audience
from vinculo_mailings.audience import REASONS, pairs
from vinculo_mailings.models import Mailing

NAMED: Final = 10  # of each reason
STEERING: Final = (
    queries.CONTROLS - {"ids", "q"} | queries.LOOKS | {"view", "number", "format", "column", "saved"}
)
Pairs = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Meant:
    """Who is in an audience, and who is left out: (reason, how many, the first of them)."""

    count: int = 0
    first: list[tuple[str, str]] = field(default_factory=list)
    left_out: list[tuple[str, int, list[tuple[str, str]]]] = field(default_factory=list)


def conditions_in(parameters: Pairs) -> list[tuple[str, str]]:
    """Those parameters of a list that are conditions."""
    return [(n, v) for n, v in parameters if n not in STEERING and not n.startswith("_") and v.strip()]


def read(ctx: Context, given: Pairs, *, typed: bool) -> tuple[RecordKind, Query]:
    """Conditions as the user may ask for them. Raises what ``query.parse`` raises."""
    kind = facts.seen_by(ctx.registry, client, ctx.actor)
    return kind, queries.parse(kind, given, typed=typed, me=ctx.actor.user_id)


def settled(ctx: Context, given: Pairs, *, typed: bool = False) -> list[tuple[str, str]]:
    """Conditions as they are kept, whatever language they were typed in."""
    kind = facts.seen_by(ctx.registry, client, ctx.actor)
    return list(queries.settled(kind, given, typed=typed, me=ctx.actor.user_id))


def choose(ctx: Context, one: Mailing, parameters: Pairs, *, typed: bool) -> None:
    """Let a mailing go to the clients who fulfil these conditions."""
    given = conditions_in(parameters)
    read(ctx, given, typed=typed)
    one.rule = [list(pair) for pair in settled(ctx, given, typed=typed)]
    one.changed_by_id = ctx.actor.user_id
    ctx.session.flush()


def words(ctx: Context, one: Mailing) -> tuple[list[str], str]:
    """The conditions in words, or why they cannot be asked."""
    try:
        kind, asked = read(ctx, pairs(one), typed=True)
        return list_words.Teller(ctx, kind, asked, pairs(one)).all(), ""
    except (InvalidError, MalformedError) as fault:
        return [], fault.message


def meant(ctx: Context, one: Mailing, rule: Pairs) -> Meant:
    """Who would get it now, with the rights of its owner. Names are shown to whom they are shown anyway."""
    trial = Mailing(
        template_id=one.template_id, list_id=one.list_id, reach=one.reach, purpose=one.purpose,
        rule=[list(pair) for pair in rule], plan=one.plan,
    )  # fmt: skip
    actor = ctx.actor if one.owner_id is None else ctx.site.actor_of(ctx.session, one.owner_id)
    named = ctx.actor.is_administrator or one.owner_id in (None, ctx.actor.user_id)
    found, left = Meant(), Counter[str]()
    first: dict[str, list[tuple[str, str]]] = {}
    for recipient in audience.of(ctx.session, ctx.registry, trial, actor):
        shown = first.setdefault(recipient.reason or "", [])
        left[recipient.reason or ""] += 1
        if named and len(shown) < NAMED:
            url = f"{client.url}/{recipient.client_id}" if recipient.client_id else ""
            shown.append((recipient.name, url))
    found.count, found.first = left.pop("", 0), first.get("", [])
    found.left_out = [
        (str(REASONS[reason]), left[reason], first[reason]) for reason in REASONS if left[reason]
    ]
    return found


def told(ctx: Context, one: Mailing) -> dict[str, object]:
    """The same for programs."""
    try:
        found, fault = meant(ctx, one, pairs(one)), ""
    except VinculoError as error:
        found, fault = Meant(), error.message
    return {
        "conditions": [list(pair) for pair in pairs(one)],
        "recipients": found.count,
        "left_out": {reason: count for reason, count, _names in found.left_out},
        "fault": fault,
    }
