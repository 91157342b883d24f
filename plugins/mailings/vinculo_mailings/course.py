"""What is done about a mailing: starting, pausing, ending it, and settling what is unsure."""

from __future__ import annotations

from vinculo.actor import Source
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import access
from vinculo.records import service as records
from vinculo.web.context import Context
from vinculo_mailings import planning, sending, service
from vinculo_mailings.models import Mailing, Template
from vinculo_mailings.records import mailing


def act(ctx: Context, one: Mailing, what: str) -> None:
    """The same by whatever door. Raises ``InvalidError`` for what cannot be done."""
    actor = ctx.actor.by(Source.API) if ctx.is_api else ctx.actor
    if what == "start":
        _check_ready(ctx, one)
        service.start(ctx.session, one, actor=actor, at=now())
        if one.next_at and one.next_at <= now():
            ctx.site.enqueue(ctx.session, planning.DUE)
    elif what == "pause":
        service.pause(ctx.session, one, actor=actor)
    elif what == "stop":
        service.stop(ctx.session, one, actor=actor)
    elif what in ("again", "sent"):
        service.decide(ctx.session, one, again=what == "again", actor=actor)
        planning.put_to_work(ctx.site, ctx.session)
    else:
        text = _("“%(value)s” cannot be done; there are: start, pause, stop, again, sent.", value=what[:60])
        raise InvalidError([FieldError("what", text, "invalid")])


def _check_ready(ctx: Context, one: Mailing) -> None:
    """Raises where nothing could go out."""
    found = ctx.session.get_one(Template, one.template_id)
    if found.channel == "email":
        sending.require_mail(ctx.site)


def changed(ctx: Context, record_id: int) -> Mailing:
    """The mailing, locked, for somebody who may change it."""
    one: Mailing = records.get(ctx.session, mailing, record_id, actor=ctx.actor, lock=True)
    access.require(ctx.session, mailing, one, ctx.actor, "update")
    return one
