"""What holds for templates, lists, subscriptions and mailings, by whatever door; starting and stopping."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.people.contacts import email, phone
from vinculo_mailings import rendering
from vinculo_mailings.models import (
    Bounce,
    Choice,
    Mailing,
    Medium,
    Plan,
    Run,
    Send,
    Stage,
    Step,
    Subscription,
    Template,
)
from vinculo_mailings.rendering import TemplateError

ELSEWHERE: Final = "elsewhere"  # the run of what was sent by other programs
_EVENT: Final = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
TRIAL: Final[dict[str, Any]] = {
    "client": {}, "person": {}, "company": {}, "event": {}, "unsubscribe_url": "https://crm.example/m",
}  # fmt: skip


def check_template(session: Session, one: Template, actor: Actor) -> None:
    """Refuse what cannot be rendered, with the part at fault."""
    errors = []
    if one.channel is Medium.EMAIL and not one.subject.strip():
        one.subject = one.name
    for name in ("subject", "body", "text"):
        try:
            rendering.variables(getattr(one, name))
        except TemplateError as error:
            errors.append(FieldError(name, error.message, "template"))
    if not errors and one.channel is Medium.EMAIL:
        try:
            rendering.Letter(one.subject, one.body, one.text).render(TRIAL)
        except TemplateError as error:
            errors.append(FieldError("body", error.message, "template"))
    if errors:
        raise InvalidError(errors)


def keep_used(session: Session, one: Template) -> None:
    """A template that mailings use stays."""
    if session.scalar(sa.select(Mailing.id).where(Mailing.template_id == one.id).limit(1)) is not None:
        text = _("Mailings use “%(name)s”; choose another template for them first.", name=one.name)
        raise ConflictError(text, code="template_used")


def check_subscription(session: Session, one: Subscription, actor: Actor) -> None:
    """Put the address into its form; of one address and one list there is one word."""
    one.address, one.address_key = standard(one.address)
    with session.no_autoflush:
        same = sa.select(Subscription.id).where(
            Subscription.address_key == one.address_key,
            Subscription.list_id.is_not_distinct_from(one.list_id),
            Subscription.id.is_distinct_from(one.id),
        )
        if session.scalar(same.limit(1)) is not None:
            fault = _("There is a word of this address about this already; change that one.")
            raise InvalidError([FieldError("address", fault, "double")])
    if one.said_at is None:
        one.said_at = now()


def check_bounce(session: Session, one: Bounce, actor: Actor) -> None:
    """Put the address into its form."""
    one.address, one.address_key = standard(one.address)
    if one.last_at is None:
        one.last_at = now()


def standard(address: str) -> tuple[str, str]:
    """An e-mail address or a phone number in its form, and comparable. Raises ``InvalidError``."""
    try:
        return email(address) if "@" in address else phone(address, "")
    except ValueError as error:
        raise InvalidError([FieldError("address", str(error))]) from error


def check_mailing(session: Session, one: Mailing, actor: Actor) -> None:
    """Refuse what cannot be sent, and changes of what is being sent."""
    errors = []
    if one.plan is not Plan.EVENT:
        one.event = ""
    elif one.event and not _EVENT.fullmatch(one.event):
        fault = _("“%(value)s” is no event; write kind and action, e.g. complaint.solved.", value=one.event)
        errors.append(FieldError("event", fault, "invalid"))
    known = sa.inspect(one).attrs
    moved = any(known[name].history.has_changes() for name in ("plan", "event", "template_id", "list_id"))
    if one.id is not None and one.stage is Stage.ACTIVE and moved:
        fault = _("It is being sent; pause it first.")
        errors.append(FieldError("plan", fault, "active"))
    if errors:
        raise InvalidError(errors)
    if one.id is None and one.owner_id is None:
        one.owner_id = actor.user_id


def check_send(session: Session, one: Send, actor: Actor) -> None:
    """What was sent elsewhere may be added; what stands in the ledger stays as it is."""
    known = sa.inspect(one).attrs
    if one.id is not None:
        if any(known[name].history.has_changes() for name in ("mailing_id", "address", "sent_at")):
            raise ConflictError(_("What was sent stays on record as it is."), code="read_only")
        return
    one.address, one.address_key = standard(one.address)
    one.step, one.token, one.sent_at = Step.SENT, secrets.token_hex(16), one.sent_at or now()
    with session.no_autoflush:
        elsewhere = sa.select(Run).where(Run.mailing_id == one.mailing_id, Run.key == ELSEWHERE)
        run = session.scalar(elsewhere)
        if run is None:
            run = Run(mailing_id=one.mailing_id, key=ELSEWHERE, begun_at=now(), done_at=now())
            session.add(run)
            session.flush()
        one.run_id = run.id
        one.title = one.title or session.get_one(Mailing, one.mailing_id).name


def keep_sent(session: Session, one: Send) -> None:
    """Nobody takes a line out of it."""
    raise ConflictError(_("What was sent stays on record."), code="read_only")


# Starting and stopping


def start(session: Session, one: Mailing, *, actor: Actor, at: datetime) -> None:
    """Let a mailing be sent as planned; one without a time begins at once. The edge sees who gets it."""
    _require(one, Stage.DRAFT, Stage.PAUSED)
    if one.plan is Plan.EVENT and not one.event:
        raise InvalidError([FieldError("event", _("Say first for which event it is sent."), "required")])
    if one.plan is not Plan.EVENT and not (one.rule or one.list_id):
        raise InvalidError(
            [FieldError("list_id", _("Choose an audience or a mailing list first."), "required")]
        )
    if one.plan is not Plan.EVENT and one.stage is Stage.DRAFT:
        if one.starts_at is None:
            one.starts_at = at.replace(second=0, microsecond=0)
        one.next_at = one.starts_at
    one.stage, one.fault = Stage.ACTIVE, ""
    _log(session, one, "started", actor)


def pause(session: Session, one: Mailing, *, actor: Actor) -> None:
    """Hold a mailing; what a job has in hand at this moment still goes out."""
    _require(one, Stage.ACTIVE)
    one.stage = Stage.PAUSED
    _log(session, one, "paused", actor)


def stop(session: Session, one: Mailing, *, actor: Actor) -> None:
    """End a mailing for good; what waits is left out."""
    _require(one, Stage.ACTIVE, Stage.PAUSED)
    one.stage, one.next_at = Stage.DONE, None
    waiting = sa.update(Send).where(Send.mailing_id == one.id, Send.step == Step.PENDING)
    session.execute(waiting.values(step=Step.SKIPPED, reason="stopped"))
    _log(session, one, "stopped", actor)


def decide(session: Session, one: Mailing, *, again: bool, actor: Actor) -> int:
    """Settle what is unsure: send it once more, or take it for sent. How many there were."""
    unsure = sa.select(Send).where(Send.mailing_id == one.id, Send.step == Step.UNSURE).with_for_update()
    found = session.scalars(unsure).all()
    for send in found:
        if again:
            send.step, send.promised_at, send.worker = Step.PENDING, None, ""
        else:
            send.step, send.sent_at = Step.SENT, send.promised_at or now()
    if again and found:
        runs = sa.update(Run).where(Run.id.in_({send.run_id for send in found}))
        session.execute(runs.values(done_at=None))
        one.stage = Stage.ACTIVE
    _log(session, one, "decided", actor)
    return len(found)


def _require(one: Mailing, *stages: Stage) -> None:
    if one.stage not in stages:
        text = _("“%(name)s” is not at a point where this can be done; load the page again.", name=one.name)
        raise ConflictError(text, code="mailing_stage")


def _log(session: Session, one: Mailing, action: str, actor: Actor) -> None:
    log.write(
        session, actor=actor, action=action, kind="mailing", record_id=one.id, title=one.name, version=None
    )


# What recipients do


def opt_out(session: Session, sent: Send, *, entirely: bool, at: datetime) -> None:
    """Somebody wants no more of this list, or of anything. Twice is as once."""
    arrived(sent, at)
    list_id = (
        None if entirely else session.scalar(sa.select(Mailing.list_id).where(Mailing.id == sent.mailing_id))
    )
    sent.opted_out_at = sent.opted_out_at or at
    mine = sa.select(Subscription).where(
        Subscription.address_key == sent.address_key, Subscription.list_id.is_not_distinct_from(list_id)
    )
    said = session.scalar(mine.with_for_update())
    if said is None:
        said = Subscription(address=sent.address, address_key=sent.address_key, list_id=list_id)
        session.add(said)
    said.client_id = said.client_id or sent.client_id
    said.choice, said.said_at, said.source = Choice.OPTED_OUT, at, sent.title
    session.flush()


def come_back(session: Session, sent: Send, *, at: datetime) -> None:
    """Somebody takes it back on the page that said so."""
    sent.opted_out_at = None
    list_id = session.scalar(sa.select(Mailing.list_id).where(Mailing.id == sent.mailing_id))
    mine = Subscription.address_key == sent.address_key
    session.execute(sa.delete(Subscription).where(mine, Subscription.list_id.is_(None)))
    about = sa.update(Subscription).where(mine, Subscription.list_id == list_id)
    session.execute(about.values(choice=Choice.SUBSCRIBED, said_at=at))


def arrived(sent: Send, at: datetime) -> None:
    """What was unsure has arrived: somebody has done something with it."""
    if sent.step is Step.UNSURE:
        sent.step, sent.sent_at = Step.SENT, sent.promised_at or at
