"""Telling the event log who looked at what; written soon after, not by the request itself."""

from __future__ import annotations

from typing import Any

from vinculo.actor import Actor, Source
from vinculo.records import condition_tree
from vinculo.records.kind import RecordKind
from vinculo.records.query import Query
from vinculo.web.context import Context


def view(ctx: Context, kind: RecordKind, record: Any) -> None:
    """A record was shown, or given to a program."""
    ctx.site.reads.view(_actor(ctx), kind.name, record.id, kind.title_of(record), kind.client_of(record))


def search(ctx: Context, kind: RecordKind, asked: Query, rows: int) -> None:
    """A list was shown: to people only if they searched or filtered, to programs always."""
    words = [asked.q, *map(condition_tree.written, asked.filters)]
    text = " ".join(filter(None, words))
    if text or ctx.is_api:
        ctx.site.reads.search(_actor(ctx), kind.name, text, rows)


def search_everything(ctx: Context, term: str, rows: int) -> None:
    """All kinds were searched."""
    if term:
        ctx.site.reads.search(_actor(ctx), "", term, rows)


def suggestions(ctx: Context, kind: RecordKind, term: str, rows: int) -> None:
    """Records were suggested for a link."""
    if term:
        ctx.site.reads.search(_actor(ctx), kind.name, term, rows)


def _actor(ctx: Context) -> Actor:
    return ctx.actor.by(Source.API) if ctx.is_api else ctx.actor
