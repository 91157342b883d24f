"""Suggestions for links, the way to a record of whatever kind; and undo of deleting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from litestar import MediaType, Response
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.errors import NotFoundError
from vinculo.i18n import gettext as _
from vinculo.plugins import memory
from vinculo.records import access, noting, search, trash
from vinculo.records.found import told_apart
from vinculo.records.kind import RecordKind
from vinculo.records.openapi import operation
from vinculo.records.search_pages import FEW
from vinculo.records.text import sort_key, whole_number
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import Option, Toast

SUGGESTIONS = 10
MOST = 500


@get("/lookup/{name:str}", permission=SIGNED_IN)
def lookup(ctx: Context, name: FromPath[str]) -> Response[bytes]:
    """Suggestions for a link: names that begin with the term, those that hold it, those spelt almost so.

    With ``within``, a link of that kind, only what it leads to ``of``.
    """
    kind = _kind(ctx, name)
    ctx.actor.require(kind.permission("read"))
    term = ctx.parameter("q").strip()[:100]
    within = ctx.parameter("within")
    found = _belonging(ctx, kind, within, term) if within else _suggest(ctx, kind, term)
    hints = told_apart(ctx, kind, found)
    options = [Option(str(row_id), title, hints.get(row_id, "")) for row_id, title in found]
    noting.suggestions(ctx, kind, term, len(options))
    return Response(
        ctx.fragment("fragments/options.html", options=options).encode(), media_type=MediaType.HTML
    )


def _suggest(ctx: Context, kind: RecordKind, term: str) -> Sequence[tuple[int, str]]:
    if kind.exposed and term:
        hits = search.find(ctx.session, [kind], term, actor=ctx.actor, limit=SUGGESTIONS)
        if len(hits) < FEW:
            near = search.similar(ctx.session, [kind], term, actor=ctx.actor, limit=SUGGESTIONS)
            hits += [one for one in near if all(one.id != hit.id for hit in hits)]
        return [(hit.record_id, hit.title) for hit in hits[:SUGGESTIONS]]
    return _titled(ctx, kind, term)[:SUGGESTIONS]


def _belonging(ctx: Context, kind: RecordKind, within: str, term: str) -> Sequence[tuple[int, str]]:
    """What belongs to one record: few enough to be shown as they are."""
    links = {link.name for link in access.seen_by(kind, ctx.actor).links()}
    of = whole_number(ctx.parameter("of"))
    if within not in links or of is None:
        return []
    return _titled(ctx, kind, term, kind.column(within) == of)


def _titled(ctx: Context, kind: RecordKind, term: str, *conditions: Any) -> list[tuple[int, str]]:
    title, column = kind.title_field, kind.column(kind.title)
    query = sa.select(kind.table.c.id, column).where(*conditions)
    query = query.order_by(kind.column(title.sort_attribute) if title else column)
    query = access.within(query, kind, ctx.actor).limit(MOST if term or conditions else SUGGESTIONS)
    rows = ctx.session.execute(query).all()
    return [(row[0], row[1]) for row in rows if sort_key(term) in sort_key(row[1])]


@get("/go/{name:str}/{record_id:int}", permission=SIGNED_IN)
def go(ctx: Context, name: FromPath[str], record_id: FromPath[int]) -> Response[bytes]:
    """The card behind a link, whatever the addresses of its kind are."""
    return ctx.redirect(f"{_kind(ctx, name).url}/{record_id}")


@post("/trash/{trash_id:int}/restore", permission=SIGNED_IN)
def undo(ctx: Context, trash_id: FromPath[int]) -> Response[bytes]:
    """Take a deletion back."""
    kept = trash.get(ctx.session, trash_id)
    kind = _kind(ctx, kept.kind)
    record = trash.restore(ctx.session, kind, kept, actor=ctx.actor)
    toast = Toast(_("%(record)s was put back.", record=kind.title_of(record)))
    return ctx.redirect(f"{kind.url}/{record.id}", toast=toast)


@post(
    "/api/v1/trash/{trash_id:int}/restore",
    permission=SIGNED_IN,
    status_code=204,
    operation_class=operation(
        summary=_("Take a deletion back: the record has its id again"),
        tag=_("Trash"),
        permission=SIGNED_IN,
        status=204,
        errors=(404, 409),
    ),
)
def undo_by_api(ctx: Context, trash_id: FromPath[int]) -> None:
    """Take a deletion back: the record has its id again."""
    kept = trash.get(ctx.session, trash_id)
    kind = _kind(ctx, kept.kind)
    trash.restore(ctx.session, kind, kept, actor=ctx.actor.by(Source.API))


def _kind(ctx: Context, name: str) -> RecordKind:
    kind = ctx.registry.kinds.get(name)
    if kind is not None:
        return kind
    owner = memory.owner_of_kind(ctx.session, name)
    if owner is None:
        raise NotFoundError
    text = _(
        "This belongs to %(plugin)s, which is off. An administrator can switch it on.", plugin=owner.title
    )
    raise NotFoundError(text, code="plugin_off")
