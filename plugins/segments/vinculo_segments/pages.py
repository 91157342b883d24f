"""The rule of a group with its preview, who is in it, adding by hand, and the groups of a client."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response
from litestar.params import FromPath

from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.errors import ConflictError, VinculoError
from vinculo.i18n import format_datetime, ngettext
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access, bulk_pages, filter_groups, list_words
from vinculo.records import query as queries
from vinculo.records import service as records
from vinculo.records.conditions import fields_of
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Input, Toast, Widget
from vinculo_segments import jobs, looking, reasons, service
from vinculo_segments import queries as own
from vinculo_segments.looking import Look
from vinculo_segments.models import Segment, Way
from vinculo_segments.queries import Rule
from vinculo_segments.records import WAYS, segment

READ: Final = segment.permission("read")
CHANGE: Final = segment.permission("update")
SHOWN: Final = 10
WHO: Final = "_who"  # the client about whom one asks

# The rule


@get("/segments/{record_id:int}/rule", permission=CHANGE)
def edit_rule(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """The conditions of a group as they are composed, and whom they find."""
    group = records.get(ctx.session, segment, record_id, actor=ctx.actor)
    if not ctx.parameters():
        return ctx.redirect(f"{_rule_url(group)}?{urlencode(own.pairs_of(group) or [('saved', '0')])}")
    if chosen := whole_number(ctx.parameter(WHO)):
        return ctx.redirect(
            f"{_rule_url(group, chosen)}?{urlencode(own.conditions_in(ctx.parameters()) or [('saved', '0')])}"
        )
    return _render_rule(ctx, group)


@get("/segments/{record_id:int}/rule/{client_id:int}", permission=CHANGE)
def explain_rule(ctx: Context, record_id: FromPath[int], client_id: FromPath[int]) -> Response[bytes]:
    """The same, and why a client would be in the group or not."""
    ctx.actor.require(client.permission("read"))
    group = records.get(ctx.session, segment, record_id, actor=ctx.actor)
    return _render_rule(ctx, group, who=records.get(ctx.session, client, client_id, actor=ctx.actor))


@post("/segments/{record_id:int}/rule", permission=CHANGE)
def save_rule(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Keep the conditions of the address."""
    group = records.get(ctx.session, segment, record_id, actor=ctx.actor, lock=True)
    try:
        service.set_rule(ctx.session, ctx.registry, group, ctx.parameters(), actor=ctx.actor, typed=False)
    except VinculoError as error:
        ctx.session.rollback()
        return _render_rule(ctx, group, error)
    if group.way is Way.STORED:
        ctx.site.enqueue(ctx.session, jobs.REFRESH, segment_id=group.id, by=ctx.actor.user_id)
    return ctx.redirect(
        _url(group), toast=Toast(_("The conditions of “%(group)s” were kept.", group=group.name))
    )


def _render_rule(
    ctx: Context, group: Segment, error: VinculoError | None = None, who: Client | None = None
) -> Response[bytes]:
    pairs, kind = own.conditions_in(ctx.parameters()), ctx.registry.kinds[group.kind]
    waits = [str(one) for one in own.waiting(ctx.session, ctx.registry, group, ctx.actor)]
    faults = [error.message] if error else []
    values: dict[str, Any] = {"found": None}
    here = _rule_url(group, who.id if who else None)
    try:
        rule = own.read(ctx.registry, group.kind, pairs, ctx.actor, typed=False)
        values |= _found(ctx, group, rule, who) if pairs else {}
    except VinculoError as fault:
        faults, pairs = [*faults, fault.message], []
        rule = own.read(ctx.registry, group.kind, [], ctx.actor, typed=False)
    return ctx.render(
        "segments/rule.html",
        title=_("Conditions of “%(group)s”", group=group.name),
        chips=[*list_words.chips(ctx, rule.kind, rule.query, pairs, at=here)],
        fields=fields_of(rule.kind),
        url=kind.url,
        hidden=[*pairs, (list_words.AT, here)],
        new_group=filter_groups.new(pairs),
        has=filter_groups.has(rule.kind, pairs),
        faults=[*dict.fromkeys([*faults, *waits])],
        here=_rule_url(group),
        save=f"{_rule_url(group)}?{urlencode(pairs)}",
        back=_url(group),
        crumbs=[
            Crumb(str(segment.label_plural), segment.url),
            Crumb(group.name, _url(group)),
            Crumb(_("Conditions")),
        ],
        status=error.status if error else 200,
        **values,
    )


def _found(ctx: Context, group: Segment, rule: Rule, who: Client | None) -> dict[str, Any]:
    """Whom conditions find, and whether they find the one who was chosen."""
    found = _shown(looking.look(ctx.session, rule, ctx.actor))
    for one in found["sample"]:
        one["why"] = f"{_rule_url(group, one['id'])}?{urlencode(rule.pairs)}"
    chosen = (str(who.id), who.name) if who else ("", "")
    return {
        "found": found,
        "who": Input(WHO, _("Client"), Widget.LINK, *chosen, lookup="/lookup/client"),
        "keeps": rule.pairs,
        "told": reasons.by_rule(ctx, rule, who.id) if who else None,
        "named": who.name if who else "",
    }


def _shown(found: Look) -> dict[str, Any]:
    return {
        "count": ngettext("%(n)s client", "%(n)s clients", found.count),
        "sample": [{"id": number, "url": f"{client.url}/{number}", "name": name}
                   for number, name in found.first[:SHOWN]],
    }  # fmt: skip


# The card of a group


def summary(ctx: Context, record_id: int) -> PanelContent | None:
    """Who is in a group, what its conditions are, and how it was refreshed."""
    group = ctx.session.get_one(Segment, record_id)
    waits = own.waiting(ctx.session, ctx.registry, group, ctx.actor)
    values: dict[str, Any] = {"faults": [str(one) for one in waits], "words": [], "preview": None}
    if group.fault:
        values["faults"].append(group.fault)
    if not waits and (group.rule or group.way is Way.MANUAL):
        try:
            values |= _told(ctx, group)
        except VinculoError as error:
            values["faults"].append(error.message)
    may = "update" in access.permitted(ctx.session, segment, record_id, ctx.actor, ["update"])
    html = ctx.fragment(
        "segments/summary.html",
        **values,
        way=str(WAYS[group.way]),
        refreshes=_refreshes(ctx, group),
        clients=f"{client.url}?{own.CRITERION}={record_id}",
        history=f"/memberships?segment_id={record_id}" if group.way is not Way.LIVE else "",
        rule=_rule_url(group) if may and group.way is not Way.MANUAL else "",
        refresh=f"{_url(group)}/refresh" if may and group.way is Way.STORED and group.rule else "",
        empty=not group.rule and group.way is not Way.MANUAL,
    )
    return PanelContent(html)


def _told(ctx: Context, group: Segment) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if group.rule:
        rule = own.rule_of(ctx.session, ctx.registry, group, ctx.actor)
        found["words"] = list_words.Teller(ctx, rule.kind, rule.query, rule.pairs).all()
    return found | {"preview": _shown(looking.members(ctx.session, ctx.registry, group, ctx.actor))}


def _refreshes(ctx: Context, group: Segment) -> list[dict[str, str]]:
    rows = own.refreshes(ctx.session, group.id, SHOWN)
    return [
        {
            "when": format_datetime(row.at),
            "joined": ngettext("%(n)s joined", "%(n)s joined", row.joined),
            "left": ngettext("%(n)s left", "%(n)s left", row.left),
            "by": _("by hand") if row.user_id else _("by the clock"),
        }
        for row in rows
    ]


@post("/segments/{record_id:int}/refresh", permission=CHANGE)
def refresh_now(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Refresh a group in the background."""
    group = records.get(ctx.session, segment, record_id, actor=ctx.actor, lock=True)
    access.require(ctx.session, segment, group, ctx.actor, "update")
    if group.way is not Way.STORED:
        raise ConflictError(
            _("Only groups that are refreshed on schedule can be refreshed."), code="not_stored"
        )
    ctx.site.enqueue(ctx.session, jobs.REFRESH, segment_id=group.id, by=ctx.actor.user_id)
    return ctx.redirect(_url(group), toast=Toast(_("“%(group)s” is being refreshed.", group=group.name)))


# By hand


@get("/segments/add", permission=CHANGE)
def choose_group(ctx: Context) -> Response[bytes]:
    """Into which group by hand the clients of a list go, or out of which."""
    seen, asked = bulk_pages.asked(ctx, client, typed=False)
    count = queries.count(ctx.session, seen, asked, actor=ctx.actor, action=access.READ)
    groups = [one for one in own.all_of(ctx.session, ctx.registry, ctx.actor, Way.MANUAL)
              if access.permitted(ctx.session, segment, one.id, ctx.actor, ["update"])]  # fmt: skip
    return ctx.render(
        "segments/add.html",
        title=_("Add to a group or take out of it"),
        told=ngettext("%(n)s client is meant.", "%(n)s clients are meant.", count),
        groups=groups,
        action=f"/segments/add?{urlencode(ctx.parameters())}",
        new=f"{segment.url}/new?way=manual",
        back=f"{client.url}?{urlencode(ctx.parameters())}",
        crumbs=[Crumb(str(client.label_plural), client.url), Crumb(_("Groups"))],
    )


@post("/segments/add", permission=CHANGE)
def change_members(ctx: Context) -> Response[bytes]:
    """Put them in, or take them out."""
    group_id = whole_number(ctx.value("segment")) or 0
    group = records.get(ctx.session, segment, group_id, actor=ctx.actor, lock=True)
    access.require(ctx.session, segment, group, ctx.actor, "update")
    seen, asked = bulk_pages.asked(ctx, client, typed=False)
    if ctx.value("do") == "remove":
        count = service.take_out(ctx.session, group, seen, asked, actor=ctx.actor)
        text = ngettext("%(n)s client was taken out.", "%(n)s clients were taken out.", count)
    else:
        count = service.add(ctx.session, group, seen, asked, actor=ctx.actor)
        text = ngettext("%(n)s client was added.", "%(n)s clients were added.", count)
    return ctx.redirect(_url(group), toast=Toast(text))


# Of a client


def groups_of(ctx: Context, client_id: int) -> PanelContent | None:
    """The groups in which a client is, on its card."""
    found, untold = own.of_client(ctx.session, ctx.registry, client_id, ctx.actor)
    if not found and not untold:
        return None
    lines = [{"name": one.name, "url": _why_url(one, client_id)} for one in found]
    waiting = [{"name": one.name, "url": _url(one)} for one in untold]
    return PanelContent(ctx.fragment("segments/groups.html", groups=lines, waiting=waiting), count=len(found))


@get("/segments/{record_id:int}/why/{client_id:int}", permission=READ)
def why(ctx: Context, record_id: FromPath[int], client_id: FromPath[int]) -> Response[bytes]:
    """Why a client is in a group, or is not."""
    ctx.actor.require(client.permission("read"))
    group = records.get(ctx.session, segment, record_id, actor=ctx.actor)
    one = records.get(ctx.session, client, client_id, actor=ctx.actor)
    told = reasons.of(ctx, group, client_id)
    title = _("%(client)s in “%(group)s”", client=one.name, group=group.name)
    return ctx.render(
        "segments/why.html",
        title=title,
        told=told,
        since=format_datetime(told.since) if told.since else "",
        crumbs=[
            Crumb(str(client.label_plural), client.url),
            Crumb(one.name, f"{client.url}/{client_id}"),
            Crumb(title),
        ],
    )


def _url(group: Segment) -> str:
    return f"{segment.url}/{group.id}"


def _rule_url(group: Segment, client_id: int | None = None) -> str:
    return f"{_url(group)}/rule" if client_id is None else f"{_url(group)}/rule/{client_id}"


def _why_url(group: Segment, client_id: int) -> str:
    return f"{_url(group)}/why/{client_id}"


handlers = (edit_rule, explain_rule, save_rule, refresh_now, choose_group, change_members, why)
