"""Repeatable POSTs: the same Idempotency-Key gives the same answer, and does the work once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import sqlalchemy as sa
from litestar import Response
from sqlalchemy.exc import IntegrityError

from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records.models import IdempotentAnswer
from vinculo.web.context import Context

HEADER = "Idempotency-Key"


def once(ctx: Context, work: Callable[[], Response[bytes]]) -> Response[bytes]:
    """Do ``work``, unless this key was answered before: then give that answer again.

    Raises ``InvalidError`` when the key came with another request, ``ConflictError`` when the first
    one is still running.
    """
    key = ctx.request.headers.get(HEADER, "")
    if not key:
        return work()
    if len(key) > 200:
        raise InvalidError([FieldError(HEADER, _("An Idempotency-Key has at most 200 characters."))])
    digest = _digest(ctx)
    found = _find(ctx, key)
    if found is not None:
        return _again(found, digest)
    row = IdempotentAnswer(
        user_id=ctx.actor.user_id, key=key, request_hash=digest, status=0, headers={}, body=""
    )
    ctx.session.add(row)
    try:
        ctx.session.flush()
    except IntegrityError as error:
        ctx.session.rollback()
        found = _find(ctx, key)  # answered while this request waited
        if found is not None:
            return _again(found, digest)
        raise ConflictError(
            _("The first request with this Idempotency-Key is still running; repeat in a moment."),
            code="idempotency_in_progress",
        ) from error
    answer = work()
    row.status = answer.status_code or 200
    row.headers = dict(answer.headers)
    row.body = (answer.content or b"").decode()
    return answer


def _find(ctx: Context, key: str) -> IdempotentAnswer | None:
    return ctx.session.scalar(
        sa.select(IdempotentAnswer).where(
            IdempotentAnswer.user_id == ctx.actor.user_id, IdempotentAnswer.key == key
        )
    )


def _again(found: IdempotentAnswer, digest: str) -> Response[bytes]:
    if found.request_hash != digest:
        raise InvalidError(
            [FieldError(HEADER, _("This Idempotency-Key was used for another request; take a new one."))],
            code="idempotency_key_reused",
        )
    return Response(
        found.body.encode(),
        status_code=found.status,
        headers={**found.headers, "Idempotency-Replayed": "true"},
        media_type="application/json",
    )


def _digest(ctx: Context) -> str:
    head = f"{ctx.request.method} {ctx.request.url.path}?{ctx.request.url.query}\n"
    return hashlib.sha256(head.encode() + ctx.body).hexdigest()
