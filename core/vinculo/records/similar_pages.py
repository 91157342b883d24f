"""The page of pairs that may be one record each, and what is done about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from markupsafe import Markup

from vinculo.i18n import format_number
from vinculo.i18n import gettext as _
from vinculo.records import access, service, similar, similar_scan
from vinculo.records.cards import Links, line_of, show, titles_behind
from vinculo.records.fields import Field
from vinculo.records.kind import Collection, RecordKind
from vinculo.records.merge_pages import merge_url
from vinculo.records.similar import Compared
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Action, Badge, Crumb, Empty, PairView, SideBySide, Toast

PAGE: Final = 20
LAST_PAGE: Final = 500


def similar_routers(kind: RecordKind) -> list[HTTPRouteHandler]:
    """The pages of a kind whose records are compared."""
    return [_list(kind), _scan(kind), _dismiss(kind), _restore(kind)] if kind.traits else []


def url_of(kind: RecordKind) -> str:
    """Where the pairs of a kind are."""
    return f"{kind.url}/duplicates"


def _list(kind: RecordKind) -> HTTPRouteHandler:
    @get(url_of(kind), permission=kind.permission("read"), name=f"{kind.name}.duplicates")
    def duplicates(ctx: Context) -> Response[bytes]:
        dismissed = ctx.parameter("dismissed") == "1"
        number = min(whole_number(ctx.parameter("page")) or 0, LAST_PAGE)
        found = similar.pairs(
            ctx.session,
            kind,
            actor=ctx.actor,
            limit=PAGE + 1,
            offset=number * PAGE,
            dismissed=dismissed,
        )
        shown = similar.both(ctx.session, kind, found[:PAGE], actor=ctx.actor)
        here = f"{url_of(kind)}?dismissed=1" if dismissed else f"{url_of(kind)}?"
        return ctx.render(
            "records/similar.html",
            crumbs=[Crumb(str(kind.label_plural), kind.url), Crumb(_("Possible duplicates"))],
            title=_("Possible duplicates"),
            tabs=[
                (url_of(kind), _("To look at"), not dismissed),
                (f"{url_of(kind)}?dismissed=1", _("Not duplicates"), dismissed),
            ],
            pairs=views(ctx, kind, shown, dismissed=dismissed),
            scan=_scan_action(ctx, kind),
            empty=_empty(dismissed=dismissed),
            previous_url=f"{here}&page={number - 1}" if number else "",
            next_url=f"{here}&page={number + 1}" if len(found) > PAGE else "",
        )

    return duplicates


def _empty(*, dismissed: bool) -> Empty:
    if dismissed:
        return Empty(_("Nothing here"), _("Pairs that somebody said are different are kept here."))
    return Empty(
        _("No duplicates known"),
        _("Every night all records are compared by names, contact points and what else they have."),
    )


def _scan_action(ctx: Context, kind: RecordKind) -> Action | None:
    if not ctx.actor.may(kind.permission("update")):
        return None
    return Action(_("Look through all now"), f"{url_of(kind)}/scan", "search", post=True)


def _scan(kind: RecordKind) -> HTTPRouteHandler:
    @post(f"{url_of(kind)}/scan", permission=kind.permission("update"), name=f"{kind.name}.scan")
    def scan(ctx: Context) -> Response[bytes]:
        text = _("All records are being looked through already.")
        if similar_scan.start(ctx.site, ctx.session, kind):
            text = _("All records are being looked through; what is found appears here.")
        return ctx.redirect(url_of(kind), toast=Toast(text))

    return scan


def _dismiss(kind: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.url}/{{record_id:int}}/duplicates/{{other_id:int}}/dismiss",
        permission=kind.permission("update"),
        name=f"{kind.name}.not_duplicates",
    )
    def dismiss(ctx: Context, record_id: FromPath[int], other_id: FromPath[int]) -> Response[bytes]:
        one, other = _both(ctx, kind, record_id, other_id)
        similar.dismiss(ctx.session, kind, one, other, actor=ctx.actor)
        words = {"first": kind.title_of(one), "second": kind.title_of(other)}
        text = _("%(first)s and %(second)s are kept apart.") % words
        undo = f"{kind.url}/{record_id}/duplicates/{other_id}/restore"
        return ctx.redirect(url_of(kind), toast=Toast(text, undo_url=undo))

    return dismiss


def _restore(kind: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.url}/{{record_id:int}}/duplicates/{{other_id:int}}/restore",
        permission=kind.permission("update"),
        name=f"{kind.name}.duplicates_again",
    )
    def restore(ctx: Context, record_id: FromPath[int], other_id: FromPath[int]) -> Response[bytes]:
        one, other = _both(ctx, kind, record_id, other_id)
        similar.restore(ctx.session, kind, one, other, actor=ctx.actor)
        return ctx.redirect(url_of(kind), toast=Toast(_("The pair is to be looked at again.")))

    return restore


def _both(ctx: Context, kind: RecordKind, record_id: int, other_id: int) -> tuple[Any, Any]:
    one = service.get(ctx.session, kind, record_id, actor=ctx.actor)
    return one, service.get(ctx.session, kind, other_id, actor=ctx.actor)


def views(ctx: Context, kind: RecordKind, found: Sequence[Compared], *, dismissed: bool) -> list[PairView]:
    """Pairs as the user sees them."""
    seen = access.seen_by(kind, ctx.actor)
    links = titles_behind(ctx, seen, [one for pair in found for one in (pair.first, pair.second)])
    return [_view(ctx, seen, pair, links, dismissed=dismissed) for pair in found]


def _view(ctx: Context, kind: RecordKind, pair: Compared, links: Links, *, dismissed: bool) -> PairView:
    first, second = pair.first, pair.second
    rows = []
    parts: list[Field | Collection] = [*kind.fields, *kind.collections]
    for part in parts:
        one, other = _text(part, first, links), _text(part, second, links)
        if part.name != kind.title and (one or other):
            rows.append(SideBySide(str(part.label), one, other, one == other))
    return PairView(
        score=_("%(percent)s %%", percent=format_number(pair.likeness.score)),
        reasons=[
            *(Badge(words, "brand") for words in pair.likeness.reasons),
            *(Badge(words, "warn") for words in pair.likeness.doubts),
        ],
        first=Action(kind.title_of(first), f"{kind.url}/{first.id}"),
        second=Action(kind.title_of(second), f"{kind.url}/{second.id}"),
        rows=rows,
        actions=pair_actions(ctx, kind, first, second, dismissed=dismissed),
    )


def pair_actions(ctx: Context, kind: RecordKind, first: Any, second: Any, *, dismissed: bool) -> list[Action]:
    """What the user may do about two records."""
    if not ctx.actor.may(kind.permission("update")):
        return []
    pair = f"{kind.url}/{first.id}/duplicates/{second.id}"
    if dismissed:
        return [Action(_("Look at again"), f"{pair}/restore", "arrow-back-up", post=True)]
    found = [Action(_("Not duplicates"), f"{pair}/dismiss", "x", post=True)]
    if kind.mergeable and ctx.actor.may(kind.permission("delete")):
        found.append(Action(_("Merge…"), merge_url(kind, [first.id, second.id]), "merge", primary=True))
    return found


def _text(part: Field | Collection, record: Any, links: Links) -> str | Markup:
    if isinstance(part, Field):
        return show(part, getattr(record, part.name), links)
    lines = [line_of(part, row, links) for row in getattr(record, part.name)]
    return Markup("<br>").join(Markup(" · ").join(filter(None, (one.text, one.hint))) for one in lines)
