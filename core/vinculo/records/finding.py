"""Finding records of all kinds: search page, palette, suggestions for links; and undo of deleting."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import sqlalchemy as sa
from litestar import MediaType, Response
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.errors import NotFoundError
from vinculo.events.models import SearchDocument
from vinculo.i18n import gettext as _
from vinculo.plugins import memory
from vinculo.records import access, noting, search, trash
from vinculo.records.kind import RecordKind
from vinculo.records.openapi import operation
from vinculo.records.text import fold, sort_key
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import Crumb, Option, SearchGroup, Toast

SUGGESTIONS = 10


@get("/search", permission=SIGNED_IN)
def search_page(ctx: Context) -> Response[bytes]:
    """Hits of every kind that the user may read."""
    term = ctx.parameter("q").strip()[:200]
    groups = _groups(ctx, term, limit=60, each=20)
    noting.search_everything(ctx, term, sum(len(group.rows) for group in groups))
    return ctx.render("search.html", query=term, groups=groups, crumbs=[Crumb(_("Search"))])


@get("/search/palette", permission=SIGNED_IN)
def palette(ctx: Context) -> Response[bytes]:
    """Hits and pages for the command palette."""
    term = ctx.parameter("q").strip()[:200]
    found = _groups(ctx, term, limit=20, each=6)
    noting.search_everything(ctx, term, sum(len(group.rows) for group in found))
    groups = [*_pages(ctx, term), *found]
    return Response(
        ctx.fragment("fragments/palette.html", groups=groups, shell=None).encode(), media_type=MediaType.HTML
    )


def _groups(ctx: Context, term: str, *, limit: int, each: int) -> list[SearchGroup]:
    kinds = {
        k.name: k for k in ctx.registry.kinds.values() if k.exposed and ctx.actor.may(k.permission("read"))
    }
    found: dict[str, list[SearchDocument]] = {}
    hits = search.find(ctx.session, [*kinds.values()], term, actor=ctx.actor, limit=limit) if term else ()
    for hit in hits:
        found.setdefault(hit.kind, []).append(hit)
    return [_group(ctx, kinds[name], hits[:each], term) for name, hits in found.items()]


def _group(ctx: Context, kind: RecordKind, hits: Sequence[SearchDocument], term: str) -> SearchGroup:
    silent = search.hides_words(kind, ctx.actor)
    rows = [(hit.title, f"{kind.url}/{hit.record_id}", "" if silent else _hint(hit, term)) for hit in hits]
    return SearchGroup(str(kind.label_plural), kind.icon, rows, f"{kind.url}?{urlencode({'q': term})}")


def _hint(hit: SearchDocument, term: str) -> str:
    """The line of the record in which the term was found, unless that is its title."""
    word = fold(term).split(" ")[0]
    if word in hit.title_key:
        return ""
    return next((line for line in hit.body.split("\n") if word in line), "")[:80]


def _pages(ctx: Context, term: str) -> list[SearchGroup]:
    items = [
        item for item in ctx.registry.menu if item.permission == SIGNED_IN or ctx.actor.may(item.permission)
    ]
    wanted = fold(term)
    rows = [(str(item.label), item.url, "") for item in items if wanted in fold(str(item.label))]
    return [SearchGroup(_("Pages"), "menu", rows[:8])] if rows else []


@get("/lookup/{name:str}", permission=SIGNED_IN)
def lookup(ctx: Context, name: FromPath[str]) -> Response[bytes]:
    """Suggestions for a link: records whose name begins with the term, then those that hold it."""
    kind = _kind(ctx, name)
    ctx.actor.require(kind.permission("read"))
    term = ctx.parameter("q").strip()[:100]
    options = [Option(str(row_id), title) for row_id, title in _suggest(ctx, kind, term)]
    noting.suggestions(ctx, kind, term, len(options))
    return Response(
        ctx.fragment("fragments/options.html", options=options).encode(), media_type=MediaType.HTML
    )


def _suggest(ctx: Context, kind: RecordKind, term: str) -> Sequence[tuple[int, str]]:
    if kind.exposed and term:
        hits = search.find(ctx.session, [kind], term, actor=ctx.actor, limit=SUGGESTIONS)
        return [(hit.record_id, hit.title) for hit in hits]
    title, column = kind.title_field, kind.column(kind.title)
    query = sa.select(kind.table.c.id, column)
    query = query.order_by(kind.column(title.sort_attribute) if title else column)
    query = access.within(query, kind, ctx.actor).limit(500 if term else SUGGESTIONS)
    rows = ctx.session.execute(query).all()
    return [(row[0], row[1]) for row in rows if sort_key(term) in sort_key(row[1])][:SUGGESTIONS]


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
