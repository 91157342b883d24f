"""Audience and course of a mailing, and mail that came back, for programs."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

import msgspec
from litestar import Response
from litestar.params import FromPath

from vinculo.records import service as records
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get, post, put
from vinculo_mailings import audiences, bounces, course, ledger, reports
from vinculo_mailings.models import Send
from vinculo_mailings.permissions import SEND
from vinculo_mailings.records import bounce, mailing
from vinculo_mailings.reports import Result, Which
from vinculo_mailings.settings import MailingSettings

URL: Final = "/api/v1/mailings/{record_id:int}"


class Audience(msgspec.Struct, forbid_unknown_fields=True):
    """Conditions as in the address of the list of clients: ``stage=active&segment=5``."""

    query: str


@get(f"{URL}/audience", permission=mailing.permission("read"))
def read_audience(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """The conditions, how many would get it now, and how many are left out, by reason."""
    return json_answer(audiences.told(ctx, records.get(ctx.session, mailing, record_id, actor=ctx.actor)))


@put(f"{URL}/audience", permission=mailing.permission("update"))
def change_audience(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Let a mailing go to other clients."""
    one = course.changed(ctx, record_id)
    asked = ctx.json_as(Audience, field="body").query.removeprefix("?")
    audiences.choose(ctx, one, parse_qsl(asked, keep_blank_values=True), typed=True)
    return json_answer(audiences.told(ctx, one))


@get(f"{URL}/results", permission=mailing.permission("read"))
def read_results(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """What became of its messages, and what their clients did within so many days, as far as one sees it."""
    one = records.get(ctx.session, mailing, record_id, actor=ctx.actor)
    days = ctx.registry.settings_of("mailings", MailingSettings).outcome_days
    which = Which(ctx.registry, ctx.actor, days, [Send.mailing_id == one.id])
    found = reports.results(ctx.session, which, limit=1) if which.may else []
    said = found[0] if found else Result(one.id, one.name, {}, 0)
    return json_answer({
        "days": days,
        "messages": {**{key.removesuffix("_at"): n for key, n in said.counts.items()}, "failed": said.failed},
        "outcomes": {
            name: {"count": of.count, "amount": None if of.amount is None else str(of.amount)}
            for name, of in said.outcomes.items()
        },
    })  # fmt: skip


@post(f"{URL}/do/{{what:str}}", permission=SEND, status_code=200)
def act(ctx: Context, record_id: FromPath[int], what: FromPath[str]) -> Response[bytes]:
    """Start, pause or stop a mailing; ``again`` or ``sent`` settle what is unsure."""
    one = course.changed(ctx, record_id)
    course.act(ctx, one, what)
    ctx.session.flush()
    return json_answer({"stage": one.stage, "counts": ledger.counts(ctx.session, one.id)})


@post("/api/v1/mailings/bounces", permission=bounce.permission("create"), status_code=200)
def came_back(ctx: Context) -> Response[bytes]:
    """A mail that came back, or answers, as it came: of how many addresses it speaks, whether it answers."""
    taken = bounces.take(ctx.session, bounces.read(ctx.body))
    return json_answer({"addresses": taken.addresses, "answers": taken.answers})


handlers = (read_audience, change_audience, read_results, came_back, act)
