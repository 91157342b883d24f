"""What programs do with the process of a deal: its steps, and moves past what is not met."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Response
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.errors import NotFoundError
from vinculo.i18n import gettext as _
from vinculo.records import access, service
from vinculo.records.openapi import operation
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get, post, put
from vinculo_deals import evidence, process, steps
from vinculo_deals import service as deals
from vinculo_deals.models import Deal
from vinculo_deals.pages import READ, UPDATE
from vinculo_deals.process_models import Duty, Rule
from vinculo_deals.process_records import rule
from vinculo_deals.records import deal

URL: Final = "/api/v1/deals/{record_id:int}"
STEPS: Final = f"{URL}/steps"
RULE: Final = "/api/v1/deal-rules/{record_id:int}/conditions"
ERRORS: Final = (403, 404, 409, 422)
Reason = Annotated[str, msgspec.Meta(max_length=300)]


class Skipped(msgspec.Struct, forbid_unknown_fields=True):
    """Why a step is skipped."""

    reason: Reason


class Moved(msgspec.Struct, forbid_unknown_fields=True):
    """Where a deal goes. ``past``: why it does although something is not met, from those who may."""

    stage_id: int
    past: Reason = ""
    lost_reason_id: int | None = None
    version: int | None = None


class Conditions(msgspec.Struct, forbid_unknown_fields=True):
    """Conditions as in the address of a list: ``amount[gte]=1000&any1.source=Fair``."""

    query: str


def _described(summary: str, permission: str, body: Any = "") -> Any:
    return operation(
        summary=summary, tag=str(deal.label_plural), permission=permission, body=body, errors=ERRORS
    )


@get(STEPS, permission=READ, operation_class=_described(_("Steps of a deal"), READ))
def read(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """What a deal has to do in its stages, what was done, by whom and when."""
    record: Deal = service.get(ctx.session, deal, record_id, actor=ctx.actor)
    if "stage_id" in access.hidden(deal, ctx.actor):
        raise NotFoundError
    return json_answer({"items": [_told(ctx, one) for one in process.duties(ctx.session, record.id)]})


def _told(ctx: Context, one: Duty) -> dict[str, Any]:
    return {
        "id": one.id, "step_id": one.step_id, "stage_id": one.stage_id, "stage": one.stage, "name": one.name,
        "required": one.required, "weight": one.weight, "evidence": evidence.by(ctx.session, one),
        "since": one.since, "due_at": one.due_at, "done_at": one.done_at, "done_by_id": one.done_by_id,
        "skipped_at": one.skipped_at, "skipped_by_id": one.skipped_by_id, "reason": one.reason,
        "approved_at": one.approved_at, "approved_by_id": one.approved_by_id,
    }  # fmt: skip


def _lock(ctx: Context, record_id: int) -> Deal:
    record: Deal = service.get(ctx.session, deal, record_id, actor=ctx.actor, lock=True)
    access.require(ctx.session, deal, record, ctx.actor, "update")
    return record


@post(f"{STEPS}/{{item_id:int}}/done", permission=UPDATE, status_code=200,
      operation_class=_described(_("Say that a step is done"), UPDATE))  # fmt: skip
def done(ctx: Context, record_id: FromPath[int], item_id: FromPath[int]) -> Response[bytes]:
    """What needs approval is done when somebody with the right says so."""
    record, actor = _lock(ctx, record_id), ctx.actor.by(Source.API)
    return json_answer(_told(ctx, steps.tick(ctx.session, deal, record, item_id, actor=actor)))


@post(f"{STEPS}/{{item_id:int}}/skip", permission=UPDATE, status_code=200,
      operation_class=_described(_("Skip a step, for a reason"), UPDATE, Skipped))  # fmt: skip
def skip(ctx: Context, record_id: FromPath[int], item_id: FromPath[int]) -> Response[bytes]:
    """It counts as done once that is approved."""
    record, actor = _lock(ctx, record_id), ctx.actor.by(Source.API)
    reason = ctx.json_as(Skipped, field="body").reason
    return json_answer(_told(ctx, steps.skip(ctx.session, deal, record, item_id, reason=reason, actor=actor)))


@post(f"{STEPS}/{{item_id:int}}/approve", permission=steps.APPROVE, status_code=200,
      operation_class=_described(_("Approve a step, or that it was skipped"), steps.APPROVE))  # fmt: skip
def approve(ctx: Context, record_id: FromPath[int], item_id: FromPath[int]) -> Response[bytes]:
    """By those with the right, for every deal that they see."""
    record: Deal = service.get(ctx.session, deal, record_id, actor=ctx.actor, lock=True)
    actor = ctx.actor.by(Source.API)
    return json_answer(_told(ctx, steps.approve(ctx.session, deal, record, item_id, actor=actor)))


@post(f"{STEPS}/{{item_id:int}}/reopen", permission=UPDATE, status_code=200,
      operation_class=_described(_("Take back that a step was done or skipped"), UPDATE))  # fmt: skip
def reopen(ctx: Context, record_id: FromPath[int], item_id: FromPath[int]) -> Response[bytes]:
    """It is to be done again."""
    record, actor = _lock(ctx, record_id), ctx.actor.by(Source.API)
    return json_answer(_told(ctx, steps.reopen(ctx.session, deal, record, item_id, actor=actor)))


@post(f"{URL}/move", permission=UPDATE, status_code=200,
      operation_class=_described(_("Move a deal, also past what is not met"), UPDATE, Moved))  # fmt: skip
def move(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Put a deal into a stage; ``past`` counts for those with the permission ``deals.process.override``."""
    record, actor = _lock(ctx, record_id), ctx.actor.by(Source.API)
    access.require_writable(deal, ["stage_id"], actor)
    asked = ctx.json_as(Moved, field="body")
    if asked.past:
        actor.require(process.OVERRIDE)
    moved = deals.move(
        ctx.session, deal, record, asked.stage_id, reason_id=asked.lost_reason_id, past=asked.past,
        version=asked.version, actor=actor,
    )  # fmt: skip
    return json_answer(
        {"id": record.id, "version": record.version, "stage_id": record.stage_id, "moved": moved}
    )


@get(RULE, permission=rule.permission("read"),
     operation_class=_described(_("Conditions of a rule"), rule.permission("read")))  # fmt: skip
def read_rule(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """As in the address of a list of deals, or of clients."""
    return json_answer(_conditions(service.get(ctx.session, rule, record_id, actor=ctx.actor)))


@put(
    RULE,
    permission=rule.permission("update"),
    operation_class=_described(_("Let a rule go by other conditions"), rule.permission("update"), Conditions),
)
def change_rule(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Without any it binds nobody."""
    one: Rule = service.get(ctx.session, rule, record_id, actor=ctx.actor, lock=True)
    asked = ctx.json_as(Conditions, field="body")
    pairs = parse_qsl(asked.query.removeprefix("?"), keep_blank_values=True)
    actor = ctx.actor.by(Source.API)
    steps.set_conditions(ctx.session, ctx.registry, rule, one, pairs, actor=actor, typed=True)
    return json_answer(_conditions(one))


def _conditions(one: Rule) -> dict[str, str]:
    return {"query": urlencode(process.pairs_of(one))}


handlers = (read, done, skip, approve, reopen, move, read_rule, change_rule)
