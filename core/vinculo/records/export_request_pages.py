"""Pages of exports: asking for one that is beyond one's limits, one's own, and those to be approved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from markupsafe import Markup

from vinculo.actor import Source
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, NotFoundError, VinculoError
from vinculo.i18n import format_datetime, format_number
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Group, MenuItem
from vinculo.records import export_notices, export_requests, releasing
from vinculo.records.export_api import count_of, formats, wanted_of
from vinculo.records.export_requests import APPROVE
from vinculo.records.export_words import export_facts, filter_in_words, kind_label, state_badge
from vinculo.records.kind import RecordKind
from vinculo.records.models import Export, ExportState
from vinculo.records.releasing import NeedsApprovalError, QuotaError, Rules, Wanted
from vinculo.records.watermark import number_of
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import (
    Action,
    Attribute,
    Column,
    Crumb,
    Empty,
    Form,
    Input,
    ListPage,
    Row,
    Table,
    Toast,
    Widget,
)

OWN: Final = "/exports"
ASKED: Final = "/settings/exports"


def waiting(ctx: Context) -> int:
    """How many exports wait for whoever looks: those of others, for nobody approves their own."""
    return export_requests.waiting(ctx.session, ctx.actor)


MENU: Final = MenuItem(_l("Exports to approve"), ASKED, "download", APPROVE, Group.FOOT, 28, waiting)


def export_request_routers(kind: RecordKind) -> list[HTTPRouteHandler]:
    """Asking for an export of a kind."""
    return [_ask_page(kind), _ask(kind)]


def _ask_page(kind: RecordKind) -> HTTPRouteHandler:
    @get(
        f"{kind.url}/export-request",
        permission=kind.permission("export"),
        name=f"pages.{kind.name}.export_request",
    )
    def page(ctx: Context) -> Response[bytes]:
        return _render_ask(ctx, _wanted(ctx, kind))

    return page


def _ask(kind: RecordKind) -> HTTPRouteHandler:
    @post(
        f"{kind.url}/export-request",
        permission=kind.permission("export"),
        name=f"pages.{kind.name}.export_requested",
    )
    def ask(ctx: Context) -> Response[bytes]:
        wanted, rules = _wanted(ctx, kind), Rules.of(ctx.site.settings)
        rows = count_of(ctx, wanted)
        try:
            reason = ctx.value("reason")
            made = export_requests.ask(ctx.session, wanted, rows, reason=reason, rules=rules, at=now())
        except InvalidError as error:
            return _render_ask(ctx, wanted, error.errors)
        export_notices.asked(ctx.site, ctx.session, made)
        text = _("Export %(number)s waits for approval.", number=number_of(made.id))
        return ctx.redirect(f"{OWN}/{made.id}", toast=Toast(text))

    return ask


def _wanted(ctx: Context, kind: RecordKind) -> Wanted:
    given = [(n, v) for n, v in ctx.parameters() if v.strip() and not n.endswith("__text")]
    file_format = ctx.parameter("format", "csv")
    if file_format not in formats(kind):
        file_format = "csv"
    return wanted_of(ctx, kind, given, file_format, Source.PAGE)


def _render_ask(ctx: Context, wanted: Wanted, errors: Sequence[FieldError] = ()) -> Response[bytes]:
    kind, rows = wanted.kind, count_of(ctx, wanted)
    filters = urlencode([*wanted.parameters, ("format", wanted.format)])
    listed = f"{kind.url}?{urlencode(wanted.parameters)}" if wanted.parameters else kind.url
    reason = Input(
        "reason", _("What do you need the rows for?"), Widget.TEXTAREA, ctx.value("reason"), required=True,
        autofocus=True, max_length=export_requests.LONGEST_TEXT,
        errors=[one.message for one in errors],
        help=_("Whoever approves it reads this, and it stays on record."),
    )  # fmt: skip
    form = Form(f"{kind.url}/export-request?{filters}", [reason], submit=_("Ask for approval"), cancel=listed)
    words = filter_in_words(ctx, kind, wanted.parameters, typed=False)
    return ctx.render(
        "records/export_ask.html",
        status=422 if errors else 200,
        crumbs=[Crumb(str(kind.label_plural), kind.url), Crumb(_("Export"))],
        title=_("Export: %(kind)s", kind=kind.label_plural),
        why=_refusal(ctx, rows),
        facts=[
            Attribute(_("Rows"), format_number(rows)),
            Attribute(_("Filter"), words or _("None: all that you may export")),
            Attribute(_("Format"), wanted.format.upper()),
        ],
        form=form,
        download=f"{kind.url}/export.{wanted.format}?{urlencode(wanted.parameters)}",
    )


def _refusal(ctx: Context, rows: int) -> str:
    """Why it does not go out as it is; empty if it does."""
    try:
        rules = Rules.of(ctx.site.settings)
        releasing.check(ctx.session, rows, actor=ctx.actor, rules=rules, at=now())
    except (QuotaError, NeedsApprovalError) as error:
        return error.message
    return ""


@get(OWN, permission=SIGNED_IN)
def own_page(ctx: Context) -> Response[bytes]:
    """The exports of whoever asks."""
    exports = export_requests.own(ctx.session, ctx.actor)
    empty = Empty(_("No exports yet"), _("What you export from a list is noted here, with its number."))
    return _list(ctx, exports, OWN, _("My exports"), empty)


@get(ASKED, permission=APPROVE)
def asked_page(ctx: Context) -> Response[bytes]:
    """What waits for approval, and what was decided lately."""
    exports = export_requests.asked(ctx.session)
    empty = Empty(_("Nothing to approve"), _("Exports beyond the limits of a user wait here for approval."))
    return _list(ctx, exports, ASKED, _("Exports to approve"), empty)


def _list(ctx: Context, exports: Sequence[Export], url: str, title: str, empty: Empty) -> Response[bytes]:
    query = ctx.parameter("q").strip().casefold()
    at = now()
    rows = [
        Row(one.id, f"{OWN}/{one.id}", cells)
        for one in exports
        if query in " ".join(map(str, cells := _cells(ctx, one, at))).casefold()
    ]
    columns = [
        Column("number", _("Number")), Column("who", _("Who")), Column("what", _("What")),
        Column("rows", _("Rows"), numeric=True), Column("at", _("When")), Column("state", _("State")),
    ]  # fmt: skip
    table = Table(columns, rows, caption=title)
    page = ListPage(title=title, url=url, table=table, query=query, empty=None if exports else empty)
    return ctx.render("records/list.html", crumbs=[Crumb(title)], page=page)


def _cells(ctx: Context, export: Export, at: Any) -> Sequence[str | Markup]:
    badge = state_badge(export, at)
    return [
        number_of(export.id),
        export.user_name,
        kind_label(ctx, export.kind),
        format_number(export.rows),
        format_datetime(export.asked_at),
        Markup('<span class="badge {}">{}</span>').format(badge.tone, badge.label),
    ]


@get(f"{OWN}/{{export_id:int}}", permission=SIGNED_IN)
def export_page(ctx: Context, export_id: FromPath[int]) -> Response[bytes]:
    """One export, for whoever asked for it and for those who may approve it."""
    return _render_one(ctx, export_requests.get(ctx.session, export_id, actor=ctx.actor))


@post(f"{OWN}/{{export_id:int}}/approve", permission=APPROVE)
def approve(ctx: Context, export_id: FromPath[int]) -> Response[bytes]:
    """Let it go."""
    return _decide(ctx, export_id, approve=True)


@post(f"{OWN}/{{export_id:int}}/decline", permission=APPROVE)
def decline(ctx: Context, export_id: FromPath[int]) -> Response[bytes]:
    """Do not let it go."""
    return _decide(ctx, export_id, approve=False)


def _decide(ctx: Context, export_id: int, *, approve: bool) -> Response[bytes]:
    try:
        export = export_requests.decide(
            ctx.session, export_id, approve=approve, remark=ctx.value("remark"), actor=ctx.actor, at=now()
        )
    except NotFoundError:
        raise
    except VinculoError as error:
        ctx.session.rollback()
        return _render_one(ctx, export_requests.get(ctx.session, export_id, actor=ctx.actor), error)
    export_notices.decided(ctx.site, ctx.session, export)
    texts = {
        True: _("Export %(number)s is approved.", number=number_of(export.id)),
        False: _("Export %(number)s is declined.", number=number_of(export.id)),
    }
    return ctx.redirect(ASKED, toast=Toast(texts[approve]))


@post(f"{OWN}/{{export_id:int}}/withdraw", permission=SIGNED_IN)
def withdraw(ctx: Context, export_id: FromPath[int]) -> Response[bytes]:
    """Take it back."""
    export = export_requests.withdraw(ctx.session, export_id, actor=ctx.actor)
    text = _("Export %(number)s is withdrawn.", number=number_of(export.id))
    return ctx.redirect(OWN, toast=Toast(text))


def _render_one(ctx: Context, export: Export, error: VinculoError | None = None) -> Response[bytes]:
    title = _("Export %(number)s", number=number_of(export.id))
    is_own = export.user_id == ctx.actor.user_id
    waits = export.state is ExportState.WAITING
    up = Crumb(_("My exports"), OWN) if is_own else Crumb(_("Exports to approve"), ASKED)
    remark = Input(
        "remark", _("Remark"), Widget.TEXTAREA, ctx.value("remark"),
        help=_("Whoever asked for it reads this."), max_length=export_requests.LONGEST_TEXT,
    )  # fmt: skip
    return ctx.render(
        "records/export.html",
        status=error.status if error else 200,
        crumbs=[up, Crumb(title)],
        title=title,
        badge=state_badge(export, now()),
        facts=export_facts(ctx, export),
        fault=error.message if error else "",
        actions=_own_actions(ctx, export) if is_own else [],
        alone=waits and is_own and ctx.actor.may(APPROVE),
        remark=remark if waits and not is_own and ctx.actor.may(APPROVE) else None,
        url=f"{OWN}/{export.id}",
    )


def _own_actions(ctx: Context, export: Export) -> list[Action]:
    kind = ctx.registry.kinds.get(export.kind)
    if export.state is ExportState.WAITING:
        return [Action(_("Withdraw"), f"{OWN}/{export.id}/withdraw", "x", post=True)]
    if export.state is ExportState.APPROVED and kind and not releasing.is_over(export, now()):
        url = f"{kind.url}/export.{export.format}?number={export.id}"
        return [Action(_("Download"), url, "download", primary=True)]
    return []


handlers = (own_page, asked_page, export_page, approve, decline, withdraw)
