"""The results of mailings: what was sent, what people did with it, what followed, and the rows behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

import sqlalchemy as sa
from litestar import Response

from vinculo.clients.records import client
from vinculo.i18n import format_date, format_number
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.listening import Outcome
from vinculo.records import narrowing, titles
from vinculo.records.narrowing import Narrowed
from vinculo.records.outcomes import Followed
from vinculo.records.text import whole_number
from vinculo.web import reports as reporting
from vinculo.web.context import Context
from vinculo.web.reports import Cell, Pages, Report, Text, bars
from vinculo_mailings import reports
from vinculo_mailings.models import Send
from vinculo_mailings.records import mailing, send
from vinculo_mailings.reports import Result, Which
from vinculo_mailings.settings import MailingSettings

URL: Final = "/mailings/results"
MOST: Final = 200
ROWS: Final = 500  # behind a number
TABS: Final = {"sent": _l("Results of mailings")}
PAGES: Final = Pages(
    URL, TABS, (mailing.label_plural, mailing.url), since=_l("Sent from"), until=_l("Sent until")
)
DID: Final = {
    "sent_at": _l("Sent"),
    "opened_at": _l("Opened"),
    "clicked_at": _l("Clicked"),
    "answered_at": _l("Answered"),
    "opted_out_at": _l("Opted out"),
    "bounced_at": _l("Came back"),
}
HOW: Final = (
    _l("Counted are messages that a server has taken, by the day on which it did. Shares are of these."),
    _l("Opened is told by an invisible image, where the mailing counts that: it is a hint, no more."),
)
AFTER: Final = _l(
    "What followed are records of clients who got a message, from that day on until %(days)s days later; "
    "each counts once for a mailing, and for every mailing that came before it. That it followed does not "
    "say that it came of it. Amounts are in the company's currency."
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address says."""

    ctx: Context
    which: Which
    narrowed: Narrowed
    moments: Sequence[tuple[str, datetime]]

    def list_url(self, mailing_id: int, what: str) -> str:
        """The list of the same messages of a mailing: those that were opened (``what``), or that failed."""
        at = "created_at" if what == "failed" else "sent_at"
        days = [(f"{at}[{name}]", moment.isoformat()) for name, moment in self.moments]
        said = [("mailing_id", str(mailing_id)), *days]
        said += [("step", "failed")] if what == "failed" else [("sent_at[empty]", "false")]
        said += [(f"{what}[empty]", "false")] if what not in ("failed", "sent_at") else []
        return f"{send.url}?{urlencode(self.narrowed.list_pairs(said))}"

    def behind(self, mailing_id: int, outcome: Outcome) -> str:
        """The address of what followed of a mailing."""
        said = [("of", str(mailing_id)), ("what", outcome.name)]
        return f"{URL}?{urlencode([*said, *reporting.kept(self.ctx, PAGES), *self.narrowed.pairs])}"


def _page(ctx: Context, name: str) -> Response[bytes]:
    """Each mailing of which something was sent within the days; ``of`` and ``what`` name what followed."""
    narrowed = narrowing.read(ctx, send, (*reporting.PERIOD, "of", "what"))
    days = ctx.registry.settings_of("mailings", MailingSettings).outcome_days
    moments = _moments(ctx)
    which = Which(ctx.registry, ctx.actor, days, [*narrowed.conditions(), *_during(moments)])
    asked = _Asked(ctx, which, narrowed, moments)
    shown, bar = None, None
    if which.may:
        shown = _report(asked)
        bar = narrowing.bar(narrowed, f"{URL}/{name}", reporting.kept(ctx, PAGES))
    return reporting.render(ctx, PAGES, name, shown, narrowing=bar)


def _moments(ctx: Context) -> list[tuple[str, datetime]]:
    """The ends of the period, as operators of a list."""
    since, until = reporting.period(ctx)
    found = [("gte", datetime.combine(since, time(), UTC))] if since else []
    return [*found, *([("lt", datetime.combine(until + timedelta(days=1), time(), UTC))] if until else [])]


def _during(moments: Sequence[tuple[str, datetime]]) -> list[sa.ColumnElement[bool]]:
    at = sa.func.coalesce(Send.sent_at, Send.created_at)
    return [at >= moment if name == "gte" else at < moment for name, moment in moments]


def _report(asked: _Asked) -> Report:
    told = {one.name: one for one in asked.which.outcomes()}
    key, what = whole_number(asked.ctx.parameter("of")), told.get(asked.ctx.parameter("what"))
    if key and what:
        return _behind(asked, key, what)
    found = reports.results(asked.ctx.session, asked.which, limit=MOST)
    rows = [_row(asked, one, [*told.values()]) for one in found]
    pictures = bars([(one.name, one.counts["sent_at"], str(one.counts["sent_at"])) for one in found])
    columns = [str(mailing.label), *(str(DID[name]) for name in asked.which.names), _("Failed")]
    how: Sequence[Text] = [*HOW, str(AFTER) % {"days": asked.which.days}] if told else HOW
    return Report([*columns, *(str(one.label) for one in told.values())], rows, pictures, how)


def _row(asked: _Asked, one: Result, told: Sequence[Outcome]) -> list[Cell]:
    sent, cells = one.counts["sent_at"], []
    for name, count in one.counts.items():
        share = f" · {100 * count / sent:.1f} %" if name != "sent_at" and sent and count else ""
        cells.append(Cell(f"{count}{share}", asked.list_url(one.mailing_id, name) if count else ""))
    failed = asked.list_url(one.mailing_id, "failed") if one.failed else ""
    followed = [
        Cell(_told(one.outcomes[of.name]), asked.behind(one.mailing_id, of))
        if one.outcomes[of.name].count else Cell("")
        for of in told
    ]  # fmt: skip
    return [
        Cell(one.name, f"{mailing.url}/{one.mailing_id}"),
        *cells,
        Cell(str(one.failed), failed),
        *followed,
    ]


def _told(one: Followed) -> str:
    return " · ".join([format_number(one.count), *([_money(one.amount)] if one.amount is not None else [])])


def _money(amount: Decimal) -> str:
    return format_number(amount.quantize(Decimal("0.01")))


def _behind(asked: _Asked, key: int, outcome: Outcome) -> Report:
    """The records that followed of one mailing."""
    ctx, kind = asked.ctx, asked.ctx.registry.kinds[outcome.kind]
    found = asked.which.after([key]).rows(ctx.session, outcome, key, limit=ROWS)
    called = titles.of(ctx.session, kind, [one.record_id for one in found], ctx.actor)
    clients = titles.of(ctx.session, client, [one.client_id for one in found], ctx.actor)
    rows = [
        [
            Cell(called.get(one.record_id, ""), f"{kind.url}/{one.record_id}"),
            Cell(clients.get(one.client_id, ""), f"{client.url}/{one.client_id}"),
            Cell(format_date(one.day)),
            Cell("" if one.amount is None else _money(one.amount)),
        ]
        for one in found
    ]
    name = titles.of(ctx.session, mailing, [key], ctx.actor).get(key, "")
    text = _("“%(mailing)s”: %(what)s within %(days)s days after it.")
    summary = text % {"mailing": name, "what": outcome.label, "days": asked.which.days}
    columns = [str(kind.label), str(client.label), _("Day"), _("Amount")]
    return Report(columns, rows, [], [str(AFTER) % {"days": asked.which.days}], summary)


handlers = reporting.handlers(PAGES, mailing.permission("read"), _page)
