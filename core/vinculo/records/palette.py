"""The command palette: records, pages and what can be done, found by a few letters; “>” for actions only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import sqlalchemy as sa
from litestar import MediaType, Response

from vinculo.events.models import Event, SearchDocument
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PaletteAction
from vinculo.records import access, search_pages
from vinculo.records.kind import RecordKind
from vinculo.records.text import fold
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get
from vinculo.web.views import Hit, SearchGroup

EACH: Final = 6
PAGES: Final = 8
RECENT: Final = 6
LOOKED_AT: Final = 100  # of what the user did last: enough to hold a few records that were looked at
ACTIONS: Final = ">"


@get("/search/palette", permission=SIGNED_IN)
def palette(ctx: Context) -> Response[bytes]:
    """Hits, pages and actions; where nothing was typed, what the user looked at last."""
    typed = ctx.parameter("q").strip()[: search_pages.LONGEST]
    term = "" if typed.startswith(ACTIONS) else typed
    shown = list(_actions(ctx, typed)) if typed.startswith(ACTIONS) else list(_everything(ctx, term))
    similar: Sequence[SearchGroup] = ()
    if term:
        results = search_pages.look_up(ctx, term, each=EACH, kinds=search_pages.searchable(ctx))
        shown += search_pages.groups(ctx, results, term)
        similar = search_pages.similar_groups(ctx, results)
    html = ctx.fragment("fragments/palette.html", groups=shown, similar=similar, query=term, shell=None)
    return Response(html.encode(), media_type=MediaType.HTML)


def _everything(ctx: Context, term: str) -> Iterator[SearchGroup]:
    if not term and (recent := _recent(ctx)):
        yield SearchGroup(_("Recent"), "history", recent)
    yield from _pages(ctx, term)
    yield from _actions(ctx, term)


def _pages(ctx: Context, term: str) -> Iterator[SearchGroup]:
    """The entries of the menu, and the user's own settings."""
    entries = [
        (str(item.label), item.url, item.icon)
        for item in ctx.registry.menu
        if item.permission == SIGNED_IN or ctx.actor.may(item.permission)
    ]
    own = [
        (_("Home"), "/", "home"),
        (_("Security"), "/settings/security", "settings"),
        (_("API tokens"), "/settings/tokens", "settings"),
        (_("My exports"), "/exports", "download"),
    ]
    rows = [Hit([(label, False)], url, icon=icon) for label, url, icon in _best([*entries, *own], term)]
    if rows:
        yield SearchGroup(_("Pages"), "menu", rows[:PAGES])


def _best(named: Sequence[tuple[str, str, str]], term: str) -> list[tuple[str, str, str]]:
    """Those whose name holds every word, beginnings first."""
    words = fold(term).split()
    found = [one for one in named if all(word in fold(one[0]) for word in words)]
    return sorted(found, key=lambda one: not fold(one[0]).startswith(fold(term))) if words else found


def _actions(ctx: Context, typed: str) -> Iterator[SearchGroup]:
    """What the user may do: with each kind, what plugins add, and with the page itself."""
    term = typed.removeprefix(ACTIONS)
    words = fold(term).split()
    if not words and not typed:
        return
    offered = [*_of_kinds(ctx), *_of_plugins(ctx), *_of_the_page()]
    rows = [hit for hit, names in offered if all(word in names for word in words)]
    if rows:
        yield SearchGroup(_("Actions"), "arrow-right", rows if typed.startswith(ACTIONS) else rows[:EACH])


def _of_kinds(ctx: Context) -> Iterator[tuple[Hit, str]]:
    order = [item.url for item in ctx.registry.menu]
    kinds = sorted(
        ctx.registry.kinds.values(),
        key=lambda one: order.index(one.url) if one.url in order else len(order),
    )
    for kind in kinds:
        if kind.exposed and ctx.actor.may(kind.permission("read")):
            if ctx.actor.may(kind.permission("create")):
                yield _action(str(kind.new_label), f"{kind.url}/new", "plus", _("new create"))
            if ctx.actor.may(kind.permission("import")):
                label = _("Import %(records)s", records=_within(kind))
                yield _action(label, f"{kind.url}/import", "upload")


def _within(kind: RecordKind) -> str:
    """The name of a kind within a sentence."""
    name = str(kind.label_plural)
    return name if name.isupper() else name[:1].lower() + name[1:]


def _of_plugins(ctx: Context) -> Iterator[tuple[Hit, str]]:
    item: PaletteAction
    for owned in ctx.registry.palette:
        item = owned.item
        if item.permission == SIGNED_IN or ctx.actor.may(item.permission):
            yield _action(str(item.label), item.url, item.icon, str(item.words))


def _of_the_page() -> Iterator[tuple[Hit, str]]:
    for label, icon, act in (
        (_("Switch between light and dark"), "moon", "theme"),
        (_("Switch between comfortable and compact rows"), "list", "density"),
        (_("Fold or unfold the sidebar"), "layout-sidebar", "sidebar"),
        (_("Keyboard shortcuts"), "keyboard", "keys"),
        (_("Sign out"), "logout", "leave"),
    ):
        hit = Hit([(label, False)], icon=icon, act=act)
        yield hit, fold(f"{label} {_('Theme')}" if act == "theme" else label)


def _action(label: str, url: str, icon: str, words: str = "") -> tuple[Hit, str]:
    return Hit([(label, False)], url, icon=icon), fold(f"{label} {words}")


def _recent(ctx: Context) -> list[Hit]:
    """The records that the user looked at last, as far as they still may."""
    kinds = search_pages.searchable(ctx)
    last = sa.select(Event.kind, Event.record_id, Event.action).where(Event.actor_id == ctx.actor.user_id)
    rows = ctx.session.execute(last.order_by(Event.id.desc()).limit(LOOKED_AT)).all()
    viewed = [(row.kind, row.record_id) for row in rows if row.action == "viewed" and row.kind in kinds]
    wanted = list(dict.fromkeys(viewed))[: 2 * RECENT]
    if not wanted:
        return []
    document = SearchDocument
    query = sa.select(document).where(
        sa.or_(*(sa.and_(document.kind == kind, document.record_id == one) for kind, one in wanted)),
        access.documents(kinds.values(), ctx.actor, document.kind, document.record_id),
    )
    by_name = {(one.kind, one.record_id): one for one in ctx.session.scalars(query)}
    known = [by_name[one] for one in wanted if one in by_name][:RECENT]
    return [
        Hit([(one.title, False)], f"{kinds[one.kind].url}/{one.record_id}", icon=kinds[one.kind].icon)
        for one in known
    ]
