"""Pages of alarms: what is open, why each was raised, what was usual; and what is usual of a user."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from litestar import Response
from litestar.params import FromPath
from markupsafe import Markup

from vinculo.db.base import now
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.i18n import format_date, format_datetime, format_number
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.protection import alarms, usage, wording
from vinculo.protection.models import Alarm, AlarmKind, AlarmState
from vinculo.protection.permissions import ACKNOWLEDGE, MANAGE_CANARIES, READ
from vinculo.protection.wording import Wording
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Action, Attribute, Badge, Column, Crumb, Form, Input, Row, Table, Toast, Widget

URL: Final = "/settings/alarms"
AUDIT: Final = "/settings/audit"
READ_LOG: Final = "audit.read"
MANAGE_USERS: Final = "accounts.manage_users"
PAGE: Final = 50
HEIGHT: Final = 60  # of the tallest bar


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the chart; ``height`` is of ``HEIGHT``."""

    day: str
    count: str
    height: int
    judged: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """The days that were compared, as a picture, and the line that the last one crossed."""

    bars: Sequence[Bar]
    limit: int


@get(URL, permission=READ)
def list_page(ctx: Context) -> Response[bytes]:
    """Those that nobody has seen to, or all."""
    everything, before = ctx.parameter("show") == "all", whole_number(ctx.parameter("before"))
    state = None if everything else AlarmState.NEW
    found = alarms.page(ctx.session, actor=ctx.actor, state=state, before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    asked = {"show": "all"} if everything else {}
    more = {**asked, "before": str(shown[-1].id)} if len(found) > PAGE else {}
    other = Action(_("Only new ones"), URL, "filter") if everything else Action(
        _("Show all"), f"{URL}?show=all", "list"
    )  # fmt: skip
    kept = (
        [Action(_("Canary clients"), "/settings/canaries", "eye")] if ctx.actor.may(MANAGE_CANARIES) else []
    )
    return ctx.render(
        "protection/alarms.html",
        crumbs=[Crumb(_("Alarms"))],
        title=_("Alarms"),
        table=_table(ctx, shown, states=everything),
        everything=everything,
        canaries=bool(kept),
        actions=[other, *kept],
        next_url=f"{URL}?{urlencode(more)}" if more else "",
    )


def _table(ctx: Context, found: Sequence[Alarm], *, states: bool) -> Table:
    said = Wording.of(ctx.session, found)
    columns = [
        Column("at", _("When")),
        Column("who", _("Who")),
        Column("what", _("What")),
        Column("why", _("Why")),
        *([Column("state", _("State"))] if states else ()),
    ]
    rows = [
        Row(
            one.id,
            f"{URL}/{one.id}",
            [
                format_datetime(one.raised_at),
                said.who(one),
                wording.kind_label(one.kind),
                said.brief(one),
                *([wording.state_label(one.state)] if states else ()),
            ],
        )
        for one in found
    ]
    return Table(columns, rows, caption=_("Alarms"))


@get(f"{URL}/{{alarm_id:int}}", permission=READ)
def alarm_page(ctx: Context, alarm_id: FromPath[int]) -> Response[bytes]:
    """One alarm with its reasons."""
    return _render(ctx, alarms.get(ctx.session, alarm_id, actor=ctx.actor))


@post(f"{URL}/{{alarm_id:int}}", permission=ACKNOWLEDGE)
def acknowledge(ctx: Context, alarm_id: FromPath[int]) -> Response[bytes]:
    """Keep what somebody found."""
    try:
        alarms.acknowledge(ctx.session, alarm_id, remark=ctx.value("remark"), actor=ctx.actor)
    except InvalidError as error:
        return _render(ctx, alarms.get(ctx.session, alarm_id, actor=ctx.actor), error.errors)
    except ConflictError as error:
        return ctx.redirect(f"{URL}/{alarm_id}", toast=Toast(error.message, tone="bad"))
    return ctx.redirect(URL, toast=Toast(_("The alarm is acknowledged.")))


def _render(ctx: Context, alarm: Alarm, errors: Sequence[FieldError] = ()) -> Response[bytes]:
    said = Wording.of(ctx.session, [alarm])
    title = f"{said.who(alarm)}: {wording.kind_label(alarm.kind)}"
    form = None
    if alarm.state is AlarmState.NEW and ctx.actor.may(ACKNOWLEDGE):
        remark = Input(
            "remark", _("What did you find?"), Widget.TEXTAREA, ctx.value("remark"), required=True,
            max_length=alarms.LONGEST, errors=[one.message for one in errors],
        )  # fmt: skip
        form = Form(f"{URL}/{alarm.id}", [remark], submit=_("Acknowledge"), cancel=URL)
    return ctx.render(
        "protection/alarm.html",
        status=422 if errors else 200,
        crumbs=[Crumb(_("Alarms"), URL), Crumb(title)],
        title=title,
        badge=Badge(wording.state_label(alarm.state), "bad" if alarm.state is AlarmState.NEW else "ok"),
        sentence=said.sentence(alarm),
        facts=_facts(ctx, alarm, said),
        chart=chart_of(alarm) if alarm.kind is not AlarmKind.CANARY else None,
        height=HEIGHT,
        events=_events(ctx, alarm),
        form=form,
    )


def _facts(ctx: Context, alarm: Alarm, said: Wording) -> Sequence[Attribute]:
    found = [Attribute(_("When"), format_datetime(alarm.raised_at))]
    if alarm.user_id is not None:
        found.append(Attribute(_("Who"), _user(ctx, alarm.user_id, said.who(alarm))))
    for name, label in (("address", _("Last session from")), ("browser", _("Browser"))):
        if text := alarm.details.get(name):
            found.append(Attribute(label, text))
    if alarm.settled_at is not None:
        who = said.name(alarm.settled_by_id)
        found.append(Attribute(_("Acknowledged"), f"{format_datetime(alarm.settled_at)}, {who}"))
        found.append(Attribute(_("Found"), alarm.remark))
    return found


def _user(ctx: Context, user_id: int, name: str) -> str | Markup:
    """Where their sessions can be ended, for who may do that."""
    if not ctx.actor.may(MANAGE_USERS):
        return name
    return Markup('<a href="/settings/users/{}/security">{}</a>').format(user_id, name)


def chart_of(alarm: Alarm) -> Chart:
    """The days before an alarm, and its own."""
    return chart(
        [(dt.date.fromisoformat(day), count) for day, count in alarm.details["history"]],
        (alarm.day, alarm.count),
        limit=alarm.details["limit"],
    )


def chart(days: Sequence[tuple[dt.date, int]], judged: tuple[dt.date, int], *, limit: int) -> Chart:
    """Bars of some days and of the one that is compared with them."""
    top = max([limit, judged[1], *(count for _day, count in days)])
    return Chart(
        [
            Bar(format_date(day), format_number(count), max(1, round(HEIGHT * count / top)), day == judged[0])
            for day, count in (*days, judged)
        ],
        round(HEIGHT * limit / top),
    )


def _events(ctx: Context, alarm: Alarm) -> str:
    """The address of what was counted, for who may read the log."""
    if not ctx.actor.may(READ_LOG):
        return ""
    day = alarm.day.isoformat()
    asked = {"from": day, "to": day} | ({"actor_id": str(alarm.user_id)} if alarm.user_id else {})
    match alarm.kind:
        case AlarmKind.CARDS:
            asked |= {"action": "viewed", "kind": "client"}
        case AlarmKind.REVEALS:
            asked["action"] = "revealed"
        case AlarmKind.ROWS:
            asked["action"] = "exported"
        case AlarmKind.CANARY:
            asked["action"] = alarm.details["action"]
    return f"{AUDIT}?{urlencode(asked)}"


def usual_panel(ctx: Context, user_id: int) -> PanelContent:
    """What is usual of a user, and where today stands: for the page on their security."""
    settings = ctx.site.settings
    today = usage.day_of(now(), settings.company.time_zone)
    counts = usage.count(ctx.session, today, settings.company.time_zone)
    rows = []
    for measure, floor in usage.floors(settings.protection).items():
        usual = usage.usual_of(ctx.session, user_id, measure, today, floor)
        cells = [wording.kind_label(measure), wording.range_text(usual), format_number(usual.limit),
                 format_number(counts.get((user_id, measure), 0))]  # fmt: skip
        rows.append(Row(0, "", cells))
    columns = [
        Column("what", _("What")),
        Column("usual", _("Usual")),
        Column("limit", _("Alarm above"), numeric=True),
        Column("today", _("Today"), numeric=True),
    ]
    table = Table(columns, rows, caption=_("Usual use"))
    return PanelContent(ctx.fragment("protection/usual.html", table=table))


handlers = (list_page, alarm_page, acknowledge)
