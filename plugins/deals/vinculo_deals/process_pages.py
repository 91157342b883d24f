"""Steps and rules on pages: on the card of a deal and of a pipeline; the conditions of a rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from litestar import Response
from litestar.params import FromPath

from vinculo.errors import VinculoError
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access, facts, filter_groups, list_words, service
from vinculo.records import query as queries
from vinculo.records.conditions import fields_of
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Toast
from vinculo_deals import pages, process, process_views, steps
from vinculo_deals import queries as own
from vinculo_deals.models import Deal, Pipeline, State, Strictness
from vinculo_deals.pages import UPDATE
from vinculo_deals.process_models import Rule, Way
from vinculo_deals.process_records import rule, step
from vinculo_deals.records import deal, pipeline

CHANGE: Final = rule.permission("update")
NOTHING: Final = [("saved", "0")]  # an address without conditions


# The card of a deal


def path(ctx: Context, record_id: int) -> PanelContent | None:
    """The stages of a deal, with the steps of the one that it is in."""
    if "stage_id" in access.hidden(deal, ctx.actor):
        return None
    steps_here = _steps(ctx, record_id)
    drawn = pages.path(ctx, record_id, steps_here.html if steps_here else "")
    return drawn and replace(drawn, count=steps_here.count if steps_here else None)


def _steps(ctx: Context, record_id: int) -> PanelContent | None:
    """What is to be done in the stage of a deal, what has to be met to go on, and what was done before."""
    record = ctx.session.get_one(Deal, record_id)  # its card has asked whether it may be seen
    strictness = ctx.session.get_one(Pipeline, record.pipeline_id).strictness
    if strictness is Strictness.FOLDER:
        return None
    lines = process_views.lines(ctx.session, record)
    leaving = process.rules_of(ctx.session, record.stage_id, Way.LEAVE) if record.state is State.OPEN else ()
    passages = process_views.passages(ctx.session, record_id)
    if not (lines or leaving or passages):
        return None
    here = [one for one in lines if one.stage_id == record.stage_id]
    may = bool(access.permitted(ctx.session, deal, record_id, ctx.actor, ["update"]))
    html = ctx.fragment(
        "deals/process.html",
        url=f"{deal.url}/{record_id}/steps",
        here=here,
        earlier=[one for one in lines if one.stage_id != record.stage_id],
        rules=process.hold(ctx.session, leaving, record, ctx.actor),
        binds=strictness is Strictness.PRESCRIBED,
        passages=passages,
        share=process_views.share_of(lines),
        may=may,
        may_approve=ctx.actor.may(steps.APPROVE),
    )
    return PanelContent(html, count=sum(one.open for one in here) or None)


def _lock(ctx: Context, record_id: int) -> Deal:
    record: Deal = service.get(ctx.session, deal, record_id, actor=ctx.actor, lock=True)
    access.require(ctx.session, deal, record, ctx.actor, "update")
    return record


def _back(ctx: Context, record_id: int, text: str) -> Response[bytes]:
    return ctx.redirect(f"{deal.url}/{record_id}", toast=Toast(text))


@post("/deals/{record_id:int}/steps/{duty_id:int}/done", permission=UPDATE)
def done(ctx: Context, record_id: FromPath[int], duty_id: FromPath[int]) -> Response[bytes]:
    """Say that a step is done."""
    duty = steps.tick(ctx.session, deal, _lock(ctx, record_id), duty_id, actor=ctx.actor)
    return _back(ctx, record_id, _("“%(step)s” is done.", step=duty.name))


@post("/deals/{record_id:int}/steps/{duty_id:int}/skip", permission=UPDATE)
def skip(ctx: Context, record_id: FromPath[int], duty_id: FromPath[int]) -> Response[bytes]:
    """Go on without a step, for a reason."""
    record, reason = _lock(ctx, record_id), ctx.value("reason")
    duty = steps.skip(ctx.session, deal, record, duty_id, reason=reason, actor=ctx.actor)
    return _back(ctx, record_id, _("“%(step)s” is skipped.", step=duty.name))


@post("/deals/{record_id:int}/steps/{duty_id:int}/approve", permission=steps.APPROVE)
def approve(ctx: Context, record_id: FromPath[int], duty_id: FromPath[int]) -> Response[bytes]:
    """Approve a step, or that it was skipped."""
    record: Deal = service.get(ctx.session, deal, record_id, actor=ctx.actor, lock=True)
    duty = steps.approve(ctx.session, deal, record, duty_id, actor=ctx.actor)
    return _back(ctx, record_id, _("“%(step)s” is approved.", step=duty.name))


@post("/deals/{record_id:int}/steps/{duty_id:int}/reopen", permission=UPDATE)
def reopen(ctx: Context, record_id: FromPath[int], duty_id: FromPath[int]) -> Response[bytes]:
    """Take back what was ticked or skipped."""
    duty = steps.reopen(ctx.session, deal, _lock(ctx, record_id), duty_id, actor=ctx.actor)
    return _back(ctx, record_id, _("“%(step)s” is to be done again.", step=duty.name))


# The card of a pipeline


def of_pipeline(ctx: Context, record_id: int) -> PanelContent:
    """What each stage asks for, and where more is added."""
    parts = process_views.parts_of(ctx.session, record_id)
    back = f"{pipeline.url}/{record_id}"
    stages = [
        {
            "name": one.name,
            "open": one.state is State.OPEN,
            "steps": [process_views.told(part) for part in parts if part.stage_id == one.id],
            "rules": [(r.name, f"{rule.url}/{r.id}", r.way, not r.conditions)
                      for r in process.rules_of(ctx.session, one.id)],
            "here": urlencode({"stage_id": one.id, "back": back}, safe="/"),
        }
        for one in own.stages(ctx.session, record_id)
    ]  # fmt: skip
    html = ctx.fragment(
        "deals/pipeline_process.html",
        stages=stages,
        strictness=ctx.session.get_one(Pipeline, record_id).strictness,
        new_step=f"{step.url}/new" if ctx.actor.may(step.permission("create")) else "",
        new_rule=f"{rule.url}/new" if ctx.actor.may(rule.permission("create")) else "",
    )
    return PanelContent(html, count=len(parts) or None)


# The conditions of a rule


def of_rule(ctx: Context, record_id: int) -> PanelContent:
    """What a rule asks for, in words."""
    one: Rule = service.get(ctx.session, rule, record_id, actor=ctx.actor)
    kind = facts.seen_by(ctx.registry, ctx.registry.kinds[one.about], ctx.actor)
    pairs, words, fault = process.pairs_of(one), list[str](), ""
    try:
        asked = queries.parse(kind, pairs, typed=True, me=ctx.actor.user_id or 0)
        words = list_words.Teller(ctx, kind, asked, pairs).all()
    except VinculoError as error:
        fault = error.message
    may = ctx.actor.may(CHANGE)
    html = ctx.fragment(
        "deals/rule.html", words=words, fault=fault, edit=f"{rule.url}/{record_id}/conditions" if may else ""
    )
    return PanelContent(html)


@get("/deal-rules/{record_id:int}/conditions", permission=CHANGE)
def conditions(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """The conditions of a rule as they are composed; those of the address."""
    one: Rule = service.get(ctx.session, rule, record_id, actor=ctx.actor)
    if not ctx.parameters():
        return ctx.redirect(f"{_here(one)}?{urlencode(process.pairs_of(one) or NOTHING)}")
    return _compose(ctx, one)


@post("/deal-rules/{record_id:int}/conditions", permission=CHANGE)
def keep_conditions(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Keep the conditions of the address."""
    one: Rule = service.get(ctx.session, rule, record_id, actor=ctx.actor, lock=True)
    try:
        steps.set_conditions(ctx.session, ctx.registry, rule, one, ctx.parameters(), actor=ctx.actor)
    except VinculoError as error:
        ctx.session.rollback()
        return _compose(ctx, one, error)
    return ctx.redirect(
        f"{rule.url}/{one.id}", toast=Toast(_("The conditions of “%(rule)s” were kept.", rule=one.name))
    )


def _compose(ctx: Context, one: Rule, error: VinculoError | None = None) -> Response[bytes]:
    kind = facts.seen_by(ctx.registry, ctx.registry.kinds[one.about], ctx.actor)
    pairs, faults = steps.conditions_in(ctx.parameters()), [error.message] if error else []
    try:
        asked = queries.parse(kind, pairs, typed=False, me=ctx.actor.user_id or 0)
    except VinculoError as fault:
        faults, pairs, asked = [fault.message], [], queries.parse(kind, [], typed=False)
    return ctx.render(
        "deals/conditions.html",
        title=_("Conditions of “%(rule)s”", rule=one.name),
        chips=[*list_words.chips(ctx, kind, asked, pairs, at=_here(one))],
        fields=fields_of(kind),
        url=kind.url,
        hidden=[*pairs, (list_words.AT, _here(one))],
        new_group=filter_groups.new(pairs),
        has=filter_groups.has(kind, pairs),
        faults=[*dict.fromkeys(faults)],
        save=f"{_here(one)}?{urlencode(pairs or NOTHING)}",
        back=f"{rule.url}/{one.id}",
        crumbs=[
            Crumb(str(rule.label_plural), rule.url),
            Crumb(one.name, f"{rule.url}/{one.id}"),
            Crumb(_("Conditions")),
        ],
        status=error.status if error else 200,
    )  # fmt: skip


def _here(one: Rule) -> str:
    return f"{rule.url}/{one.id}/conditions"


handlers = (done, skip, approve, reopen, conditions, keep_conditions)
