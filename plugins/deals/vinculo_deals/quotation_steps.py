"""What becomes of a quotation: sent, accepted, declined, replaced by a newer version, expired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source, system
from vinculo.db.base import now
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.events import notices
from vinculo.files import store
from vinculo.files.pages import about
from vinculo.i18n import gettext as _
from vinculo.i18n import mark, today
from vinculo.records import access, service
from vinculo.records.kind import RecordKind
from vinculo.records.reading import RowValues, Values
from vinculo.settings import Settings
from vinculo_deals import limits, quotation_pdf
from vinculo_deals.models import Deal, Offer, Quotation, Stage
from vinculo_deals.quotation_records import quotation
from vinculo_deals.records import deal

TAKEN: Final = ("product", "product_id", "variant_id", "quantity", "unit", "price", "price_why", "discount")
AT_ONCE: Final = 200


def quote(session: Session, deal_id: int, *, actor: Actor) -> Quotation:
    """Make one from the lines of a deal."""
    made: Quotation = service.create(session, quotation, Values({"deal_id": deal_id}), actor=actor)
    return made


def again(session: Session, of: Quotation, *, actor: Actor) -> Quotation:
    """Make a new version, a draft with what this one has; valid as long as a new one."""
    values = Values({"deal_id": of.deal_id, "previous_id": of.id})
    made: Quotation = service.create(session, quotation, values, actor=actor)
    return made


def send(session: Session, settings: Settings, of: Quotation, *, actor: Actor) -> None:
    """Print it, keep the PDF with the deal, and say that it is with the client; older versions are replaced.

    Raises ``ConflictError`` for what is no draft, ``InvalidError`` where lines or prices are missing.
    """
    _require(of, (Offer.DRAFT,))
    if of.total is None:
        text = _("Write lines, each with its price, before it is sent.")
        raise InvalidError([FieldError("lines", text, "required")])
    if of.valid_until is not None and of.valid_until < today():
        text = _("This day is over; choose a later one.")
        raise InvalidError([FieldError("valid_until", text, "out_of_range")])
    access.require(session, quotation, of, actor, "update")
    printed = quotation_pdf.made(session, settings.company, of, actor=actor)
    on = session.get_one(Deal, of.deal_id)
    # Sending is what needs a right; the file and older versions are its consequences.
    keeper = Actor(actor.user_id, actor.name, actor.source, is_administrator=True)
    file = store.store(
        session, settings, quotation_pdf.stream(printed), printed.name, actor=keeper, about=about(deal, on)
    )
    of.file_id = file.id
    _become(session, of, Offer.SENT, actor, sent_at=now())
    older = (Quotation.year == of.year, Quotation.sequence == of.sequence, Quotation.edition < of.edition)
    waiting = sa.select(Quotation).where(*older, Quotation.state.in_((Offer.SENT, Offer.EXPIRED)))
    for one in session.scalars(waiting.with_for_update()):
        _become(session, one, Offer.REPLACED, keeper)


def accept(
    session: Session, kinds: Mapping[str, RecordKind], of: Quotation, *, actor: Actor, answer: str = "",
    take: bool = False, stage_id: int | None = None,
) -> None:  # fmt: skip
    """The client agrees. ``take`` puts its lines on the deal; ``stage_id`` moves that.

    ``kinds`` are those of the app: with a catalog, lines name products. Raises what changing the deal
    raises, such as a stage that is skipped.
    """
    _require(of, (Offer.SENT, Offer.EXPIRED))
    _become(session, of, Offer.ACCEPTED, actor, answered_on=today(), answer=answer)
    if not take and stage_id is None:
        return
    on: Deal = service.get(session, deal, of.deal_id, actor=actor, lock=True)
    values = Values()
    if take:
        values.fields["currency"] = of.currency
        known = {one.name for one in kinds[deal.name].collection("lines").fields}
        rows = [{str(name): getattr(line, name) for name in TAKEN if name in known} for line in of.lines]
        values.collections["lines"] = [RowValues(row) for row in rows]
    if stage_id is not None:
        _require_stage(session, on, stage_id)
        values.fields["stage_id"] = stage_id
    # What was offered was checked then: the rules that ask for prices and limits are left out.
    service.update(session, replace(kinds[deal.name], rules=deal.rules), on, values, actor=actor)


def _require_stage(session: Session, on: Deal, stage_id: int) -> None:
    known = sa.select(Stage.id).where(Stage.pipeline_id == on.pipeline_id, Stage.id == stage_id)
    if session.scalar(known) is None:
        text = _("The pipeline of the deal has no such stage.")
        raise InvalidError([FieldError("stage_id", text, "no_such_record")])


def decline(session: Session, of: Quotation, *, actor: Actor, answer: str = "") -> None:
    """The client does not want it."""
    _require(of, (Offer.SENT, Offer.EXPIRED))
    _become(session, of, Offer.DECLINED, actor, answered_on=today(), answer=answer)


def _require(of: Quotation, states: Iterable[Offer]) -> None:
    if of.state not in states:
        text = _("%(number)s is not in a state for this; load the page anew.", number=of.number)
        raise ConflictError(text, code="quotation_state")


def _become(session: Session, of: Quotation, state: Offer, actor: Actor, **values: Any) -> None:
    service.update(session, quotation, of, Values({"state": state, **values}), actor=actor, action=state)


# What nobody answers


def look_after(session: Session) -> int:
    """Mark what has run out, and tell those responsible of what is about to; how many there were.

    Each is told once before, and once when it is over.
    """
    day = today()
    soon = day + timedelta(days=limits.NUMBERS.read(session)[limits.REMIND])
    due = sa.or_(
        Quotation.valid_until < day,
        sa.and_(Quotation.valid_until <= soon, Quotation.reminded_on.is_(None)),
    )
    query = sa.select(Quotation).where(Quotation.state == Offer.SENT, due).order_by(Quotation.id)
    found = session.scalars(query.limit(AT_ONCE).with_for_update(skip_locked=True)).all()
    for one in found:
        over = one.valid_until is not None and one.valid_until < day
        _tell(session, one, mark("Quotation expired") if over else mark("Quotation about to expire"))
        if over:
            _become(session, one, Offer.EXPIRED, system(Source.JOB))
    told = sa.update(Quotation).where(Quotation.id.in_([one.id for one in found]))
    session.execute(told.values(reminded_on=day).execution_options(synchronize_session=False))
    return len(found)


def _tell(session: Session, of: Quotation, label: str) -> None:
    user_id = of.responsible_id or of.created_by_id
    if user_id is None:
        return
    on = session.get_one(Deal, of.deal_id)
    notices.tell(
        session, user_id, label=label, title=f"{of.number}: {on.title}", icon="clock",
        about=(quotation.name, of.id), client_id=of.client_id,
    )  # fmt: skip
