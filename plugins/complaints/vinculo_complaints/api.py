"""What programs do about a complaint: propose, approve, refuse, and say that it is carried out."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Response
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.records import access, service
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import post
from vinculo_complaints import actions
from vinculo_complaints.actions import APPROVE
from vinculo_complaints.models import Action, Complaint, Kind
from vinculo_complaints.records import complaint
from vinculo_complaints.views import AMOUNT

UPDATE = complaint.permission("update")
URL = "/api/v1/complaints/{record_id:int}/actions"


class Proposed(msgspec.Struct, forbid_unknown_fields=True):
    """What is proposed."""

    kind: Kind
    note: Annotated[str, msgspec.Meta(max_length=300)] = ""
    amount: str | None = None


@post(URL, permission=UPDATE, status_code=201)
def propose(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Propose a return, a credit note or a replacement."""
    record = _changed(ctx, record_id)
    asked = ctx.json_as(Proposed, field="body")
    made = actions.propose(
        ctx.session, complaint, record, asked.kind, note=asked.note, amount=_amount(asked.amount),
        actor=ctx.actor.by(Source.API),
    )  # fmt: skip
    return json_answer(_told(made), status=201)


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else actions.read_amount(AMOUNT.read, text)


@post(f"{URL}/{{item_id:int}}/approve", permission=APPROVE)
def approve(ctx: Context, record_id: FromPath[int], item_id: FromPath[int]) -> Response[bytes]:
    """Approve what was proposed; whoever carries it out begins at once."""
    record = service.get(ctx.session, complaint, record_id, actor=ctx.actor, lock=True)
    find, actor = ctx.registry.performer, ctx.actor.by(Source.API)
    return json_answer(
        _told(actions.approve(ctx.session, complaint, record, item_id, find=find, actor=actor))
    )


@post(f"{URL}/{{item_id:int}}/refuse", permission=APPROVE)
def refuse(ctx: Context, record_id: FromPath[int], item_id: FromPath[int]) -> Response[bytes]:
    """Decide against what was proposed."""
    record = service.get(ctx.session, complaint, record_id, actor=ctx.actor, lock=True)
    actor = ctx.actor.by(Source.API)
    return json_answer(_told(actions.refuse(ctx.session, complaint, record, item_id, actor=actor)))


@post(f"{URL}/{{item_id:int}}/done", permission=UPDATE)
def done(ctx: Context, record_id: FromPath[int], item_id: FromPath[int]) -> Response[bytes]:
    """Say of what was approved that it is carried out."""
    record = _changed(ctx, record_id)
    actor = ctx.actor.by(Source.API)
    return json_answer(_told(actions.done(ctx.session, complaint, record, item_id, actor=actor)))


def _changed(ctx: Context, record_id: int) -> Complaint:
    record: Complaint = service.get(ctx.session, complaint, record_id, actor=ctx.actor, lock=True)
    access.require(ctx.session, complaint, record, ctx.actor, "update")
    return record


def _told(one: Action) -> dict[str, Any]:
    made = {"kind": one.made_kind, "id": one.made_id} if one.made_kind else None
    amount = None if one.amount is None else AMOUNT.dump(one.amount)
    return {
        "id": one.id, "kind": one.kind, "note": one.note, "amount": amount, "step": one.step, "made": made,
    }  # fmt: skip


handlers = (propose, approve, refuse, done)
