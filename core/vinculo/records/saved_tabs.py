"""The saved views of a list as its tabs, and what a list shows of the one that is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from vinculo.errors import NotFoundError
from vinculo.i18n import gettext as _
from vinculo.records import query as queries
from vinculo.records import saved
from vinculo.records.access import READ
from vinculo.records.kind import RecordKind
from vinculo.records.models import SavedView, Sharing
from vinculo.records.saved import UNSAVED, Pairs, Views
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.views import Action, Tab, Tabs


@dataclass(frozen=True, slots=True)
class Opened:
    """What a list is asked for: ``parameters`` say all, those of its view included.

    ``missing`` are the fields for which the view waits: nothing may be shown then.
    """

    parameters: Pairs
    views: Views
    view: SavedView | None = None
    missing: Sequence[str] = ()

    @property
    def everything(self) -> str:
        """What follows the address of the list, so that it shows all."""
        return f"?saved={UNSAVED}" if self.views.opens else ""

    def board(self, kind: RecordKind) -> str:
        """The address of the kind's own board, where that is what was asked for; else ""."""
        if not saved.is_board(kind, self.parameters):
            return ""
        rest = [(n, v) for n, v in self.parameters if n != "as"]
        return f"{kind.board}?{urlencode(rest)}" if rest else kind.board


def opened(ctx: Context, kind: RecordKind, *, bare: bool = True) -> Opened:
    """What the address asks for; ``kind`` is as the user sees it.

    A ``bare`` address opens the user's own view, or that of their role. Links within the list repeat what
    the view says, and carry as ``saved`` which one it is.
    """
    given = ctx.parameters()
    views = saved.of_kind(ctx.session, kind, ctx.actor)
    named = dict(given)
    view = (views.opens if bare else None) if not given else views.find(whole_number(named.get("view", "")))
    if "view" in named and view is None:
        text = _("There is no such view for you: it was deleted, or is not shared with you.")
        raise NotFoundError(text)
    if view is None:
        view = views.find(whole_number(named.get("saved", "")))
        return Opened(given, views, view)
    missing = saved.waiting(kind, view)
    if missing:
        return Opened([("saved", str(view.id))], views, view, missing)
    return Opened(saved.together(kind, view, given), views, view)


def tabs(ctx: Context, kind: RecordKind, opened: Opened, parameters: Pairs) -> Tabs:
    """The tabs, and what can be done with the open one; ``parameters`` are those that the list shows."""
    view, shown = opened.view, saved.kept(parameters)
    everything = kind.board if saved.is_board(kind, shown) else f"{kind.url}{opened.everything}"
    standing = _standing(ctx, kind, view, shown)
    every = view is None and not any(one.current for one in standing)
    found = [Tab(_("All"), everything, current=every), *standing]
    found += [
        Tab(one.name, saved.address(kind, one), current=one is view, shared=one.sharing != Sharing.PRIVATE)
        for one in opened.views.rows
    ]
    changed = view is not None and not opened.missing and _changed(ctx, kind, view, shown)
    asked = urlencode(shown)
    new = Action(_("Save as new view…"), f"/views/new/{kind.name}?{asked}", "plus")
    if view is None:
        narrowed = [pair for pair in shown if pair != ("as", "board")] or not saved.is_board(kind, shown)
        return Tabs(found, [new] if shown and narrowed else [])
    actions: list[Action] = []
    if changed:
        actions.append(Action(_("Discard changes"), saved.address(kind, view), "arrow-back-up"))
        if saved.may_change(view, ctx.actor):
            actions.append(Action(_("Save view"), f"/views/{view.id}/save?{asked}", "check", post=True))
    return Tabs(found, [*actions, *([new] if changed else [])], _menu(ctx, opened, view), changed=changed)


def _standing(ctx: Context, kind: RecordKind, view: SavedView | None, shown: Pairs) -> list[Tab]:
    """The views that the kind brings along and in which there is something."""
    found = []
    for one in kind.standing:
        if any(queries.asked_field(kind, name) is None for name, _value in one.parameters):
            continue  # hidden from the user
        asked = queries.parse(kind, one.parameters, typed=True, me=ctx.actor.user_id)
        if count := queries.count(ctx.session, kind, asked, actor=ctx.actor, action=READ):
            here = view is None and {*one.parameters} <= {*shown}
            url = f"{kind.url}?{urlencode(one.parameters)}"
            found.append(Tab(str(one.label), url, current=here, count=count))
    return found


def _changed(ctx: Context, kind: RecordKind, view: SavedView, shown: Pairs) -> bool:
    settled = queries.settled(kind, shown, typed=False, me=ctx.actor.user_id)
    return sorted(settled) != sorted(saved.pairs_of(view))


def _menu(ctx: Context, opened: Opened, view: SavedView) -> list[Action]:
    address = f"/views/{view.id}"
    opens = opened.views.opens is view
    label = _("Open the list without it") if opens else _("Open the list with it")
    found = [Action(label, f"{address}/{'close' if opens else 'open'}", "star", post=True)]
    if saved.may_change(view, ctx.actor):
        found = [
            Action(_("Rename and share…"), address, "pencil"),
            *found,
            Action(_("Move to the left"), f"{address}/left", "chevron-left", post=True),
            Action(_("Delete view"), f"{address}/delete", "trash", danger=True, post=True),
        ]
    return found
