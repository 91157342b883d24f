"""What becomes of a web form: kept until the address is confirmed by mail, then a client with its source.

Nothing that is answered depends on whether an address is known; what was confirmed is matched by it alone,
since nothing else that strangers say is proven.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts import throttling
from vinculo.actor import Actor
from vinculo.clients.models import Client
from vinculo.clients.records import client as client_kind
from vinculo.encryption import Cipher, UnknownKeyError
from vinculo.errors import FieldError, InvalidError, NotFoundError, ThrottledError
from vinculo.events import notices
from vinculo.i18n import gettext as _
from vinculo.i18n import mark
from vinculo.people import contacts
from vinculo.people.models import ContactPoint, ContactType, Person, PersonRole
from vinculo.people.records import person as person_kind
from vinculo.records import service
from vinculo.records.fields import TextField
from vinculo.records.kind import RecordKind
from vinculo.records.reading import RowValues, Values
from vinculo_marketing.form_records import consent, web_form
from vinculo_marketing.models import Ask, Campaign, FormRequest, Part, WebForm
from vinculo_marketing.records import participant, touch
from vinculo_marketing.service import add_touch

Kinds = Mapping[str, RecordKind]
QUICKEST: Final = timedelta(seconds=2)  # nobody reads and types faster
OLDEST: Final = timedelta(hours=12)
VALID: Final = timedelta(hours=48)  # of the link in the mail
KEPT: Final = timedelta(days=7)  # of what nobody confirmed, after that
AN_HOUR: Final = timedelta(hours=1)
FROM_ORIGIN: Final = 20  # requests in an hour
TO_ADDRESS: Final = 3  # mails in a day: nobody is to be bothered by what others type
UTM: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
NAME: Final = TextField(name="name", label="", max_length=200)
TEXTS: Final = {
    Ask.COMPANY: TextField(name="company", label="", max_length=200),
    Ask.PHONE: TextField(name="phone", label="", max_length=40),
    Ask.MESSAGE: TextField(name="message", label="", max_length=500, multiline=True),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What came with a form. ``said`` are the inputs by name, ``agreed`` whether the box was ticked."""

    said: Mapping[str, str]
    agreed: bool
    origin: str
    utm: str = ""
    language: str = ""


def find(session: Session, slug: str) -> WebForm:
    """The form at an address, if it is open. Raises ``NotFoundError``."""
    query = sa.select(WebForm).where(WebForm.slug == slug[:60], WebForm.active)
    found = session.scalar(query)
    if found is None:
        raise NotFoundError(_("There is no form at this address, or it is closed."))
    return found


def stamp(cipher: Cipher, form: WebForm, now: datetime) -> str:
    """A signed word of when the form was shown, which has to come back with it."""
    return cipher.encrypt(f"{form.id} {now.timestamp():.0f}")


def check_stamp(cipher: Cipher, form: WebForm, sent: str, now: datetime) -> None:
    """Raise ``InvalidError`` for what nobody sent who had read the form: too soon, too late, never shown."""
    try:
        form_id, shown = cipher.decrypt(sent[:500]).split(" ")
    except (UnknownKeyError, ValueError):
        form_id, shown = "", "0"
    age = now - datetime.fromtimestamp(int(shown), now.tzinfo)
    if form_id != str(form.id) or not QUICKEST <= age <= OLDEST:
        text = _(
            "This was sent too fast, or too long after it was opened. Look it through, and send it again."
        )
        raise InvalidError([FieldError("", text, "stale")])


def ask(session: Session, form: WebForm, sent: Sent, *, now: datetime) -> FormRequest | None:
    """Keep what was typed until it is confirmed; None where the address has had enough mail for a day.

    Raises ``InvalidError`` with what is wrong, or ``ThrottledError`` where too much comes from one place.
    """
    origin = throttling.origin_of(sent.origin)
    _throttle(session, origin, now)
    said, email, key = _read(form, sent)
    mine = sa.select(sa.func.count()).select_from(FormRequest).where(FormRequest.email_key == key)
    if (session.scalar(mine.where(FormRequest.created_at > now - timedelta(days=1))) or 0) >= TO_ADDRESS:
        return None
    made = FormRequest(
        form_id=form.id, email=email, email_key=key, said=said, consent=form.consent, utm=utm_of(sent.utm),
        origin=origin, language=sent.language, created_at=now, expires_at=now + VALID,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _throttle(session: Session, origin: str, now: datetime) -> None:
    recent = sa.select(sa.func.count()).select_from(FormRequest)
    recent = recent.where(FormRequest.origin == origin, FormRequest.created_at > now - AN_HOUR)
    if (session.scalar(recent) or 0) >= FROM_ORIGIN:
        text = _("Too much was sent from your network. Try again in an hour.")
        raise ThrottledError(text, retry_after=int(AN_HOUR.total_seconds()))


def _read(form: WebForm, sent: Sent) -> tuple[dict[str, str], str, str]:
    """(what was typed, address, its key). Raises ``InvalidError``."""
    errors: list[FieldError] = []
    said = {"name": _one(errors, NAME, sent.said.get("name", ""), required=True)}
    for question in form.questions:
        field = TEXTS[question.ask]
        said[question.ask] = _one(errors, field, sent.said.get(question.ask, ""), required=question.required)
    email = key = ""
    try:
        email, key = contacts.email(sent.said.get("email", "").strip()[:254])
        contacts.phone(said["phone"], "") if said.get("phone") else None
    except ValueError as fault:
        errors.append(FieldError("phone" if email else "email", str(fault), "invalid"))
    if not sent.agreed:
        errors.append(FieldError("agreed", _("Tick this box, so that we may answer."), "required"))
    if errors:
        raise InvalidError(errors)
    return said, email, key


def _one(errors: list[FieldError], field: TextField, text: str, *, required: bool) -> str:
    try:
        value = field.parse(text)
    except ValueError as fault:
        errors.append(FieldError(field.name, str(fault), "invalid"))
        return ""
    if required and not value:
        errors.append(FieldError(field.name, _("Fill this in."), "required"))
    return value if field.multiline else " ".join(value.split())


def utm_of(query: str) -> str:
    """Of the parameters of an address those that say by which campaign somebody came."""
    found = {name: one[0][:100] for name, one in parse_qs(query[:2000]).items()}
    clean = (
        (name, "".join(filter(str.isprintable, found[name])).replace(";", " ").strip())
        for name in UTM
        if name in found
    )
    return "; ".join(f"{name}={value}" for name, value in clean if value)[:500]


def token_for(session: Session, request_id: int, now: datetime) -> tuple[FormRequest, WebForm, str] | None:
    """A link for a request that waits: the one before it works no more. None for what is over."""
    query = sa.select(FormRequest).where(FormRequest.id == request_id).with_for_update()
    found = session.scalar(query)
    if found is None or found.confirmed_at is not None or found.expires_at <= now:
        return None
    token = secrets.token_urlsafe(32)
    found.token_hash = _digest(token)
    form = session.get_one(WebForm, found.form_id)
    return found, form, token


def waiting(session: Session, token: str, now: datetime, *, lock: bool = True) -> tuple[FormRequest, WebForm]:
    """What a link confirms. Raises ``NotFoundError`` if it does not work any more."""
    query = sa.select(FormRequest).where(
        FormRequest.token_hash == _digest(token),
        FormRequest.expires_at > now,
        FormRequest.confirmed_at.is_(None),
    )
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        text = _("This link has been used or is too old. Fill in the form again.")
        raise NotFoundError(text, code="link_over")
    return found, session.get_one(WebForm, found.form_id)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def confirm(session: Session, kinds: Kinds, token: str, *, now: datetime, actor: Actor) -> WebForm:
    """Use a link: a client, a person, a consent, a touch and, where the form says so, a deal come to be."""
    one, form = waiting(session, token, now)
    person, client_id = _who(session, one, form, actor)
    one.confirmed_at, one.token_hash, one.client_id = now, None, client_id
    said, one.said = one.said, {}
    agreed = {
        "email": one.email, "client_id": client_id, "person_id": person.id, "text": one.consent,
        "source": form.name, "given_at": one.created_at,
    }  # fmt: skip
    service.create(session, consent, Values(agreed), actor=actor)
    if form.event_id is not None:
        seat = {"event_id": form.event_id, "client_id": client_id, "person_id": person.id,
                "state": Part.REGISTERED}  # fmt: skip
        service.create(session, participant, Values(seat), actor=actor)
    deal = kinds.get("deal") if form.makes_deal else None
    about = None
    if deal is not None and deal.client:
        title = f"{form.name}: {said['name']}"[:200]
        made = service.create(session, deal, Values({deal.title: title, deal.client: client_id}), actor=actor)
        about = (deal.name, made.id)
    values = _source(session, one, form) | {"client_id": client_id, "reason": said.get(Ask.MESSAGE, "")}
    add_touch(session, touch, values, about=about, at=one.created_at, actor=actor)
    _tell(session, form, said["name"], client_id)
    session.flush()
    return form


def _source(session: Session, one: FormRequest, form: WebForm) -> dict[str, Any]:
    """The form's own, but for the campaign by whose address it was reached."""
    told = dict(part.split("=", 1) for part in one.utm.split("; ") if "=" in part)
    code = told.get("utm_campaign", "")
    query = sa.select(Campaign.id, Campaign.channel_id).where(Campaign.code == code)
    reached = session.execute(query.order_by(Campaign.id.desc())).first() if code else None
    return {
        "channel_id": (reached.channel_id if reached else None) or form.channel_id,
        "campaign_id": reached.id if reached else form.campaign_id,
        "event_id": form.event_id,
        "source": (told.get("utm_source") or form.name)[:200],
        "utm": one.utm,
    }


def _who(session: Session, one: FormRequest, form: WebForm, actor: Actor) -> tuple[Person, int]:
    """The person and the client of the address; whoever is not there comes to be."""
    known = sa.select(ContactPoint).where(
        ContactPoint.key == one.email_key, ContactPoint.type == ContactType.EMAIL
    )
    points = session.scalars(known.order_by(ContactPoint.id)).all()
    person_id = next((point.person_id for point in points if point.person_id), None)
    client_id = next((point.client_id for point in points if point.client_id), None)
    if person_id is not None:
        roles = sa.select(PersonRole.client_id).where(
            PersonRole.person_id == person_id, PersonRole.client_id.is_not(None)
        )
        client_id = session.scalar(roles.order_by(PersonRole.id).limit(1)) or client_id
    if client_id is None:
        client_id = _new_client(session, one.said, form, actor)
    if person_id is None:
        return _new_person(session, one, client_id, actor), client_id
    person: Person = service.get(session, person_kind, person_id, actor=actor, lock=True)
    if all(role.client_id != client_id for role in person.roles):
        role = RowValues({"client_id": client_id})
        service.update(session, person_kind, person, Values(additions={"roles": [role]}), actor=actor)
    return person, client_id


def _new_client(session: Session, said: Mapping[str, str], form: WebForm, actor: Actor) -> int:
    values = {"name": said.get(Ask.COMPANY) or said["name"], "responsible_id": form.responsible_id}
    made: Client = service.create(session, client_kind, Values(values), actor=actor)
    return made.id


def _new_person(session: Session, one: FormRequest, client_id: int, actor: Actor) -> Person:
    points = [RowValues({"type": ContactType.EMAIL, "value": one.email})]
    if one.said.get(Ask.PHONE):
        points.append(RowValues({"type": ContactType.PHONE, "value": one.said[Ask.PHONE]}))
    rows = {"contact_points": points, "roles": [RowValues({"client_id": client_id})]}
    values = Values({"name": one.said["name"]}, collections=rows)
    made: Person = service.create(session, person_kind, values, actor=actor)
    return made


def _tell(session: Session, form: WebForm, name: str, client_id: int) -> None:
    responsible = session.scalar(sa.select(Client.responsible_id).where(Client.id == client_id))
    if user_id := responsible or form.responsible_id:
        notices.tell(
            session, user_id, label=mark("A request by web form"), title=f"{form.name}: {name}",
            icon=web_form.icon, about=("client", client_id), client_id=client_id,
        )  # fmt: skip


def forget(session: Session, now: datetime) -> None:
    """Delete what nobody confirmed in time, and what became of others stands elsewhere by then."""
    session.execute(sa.delete(FormRequest).where(FormRequest.expires_at <= now - KEPT))
