"""Web forms, and what people agreed to on them, as kinds of records."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.people.contacts import email
from vinculo.plugins.contributions import Group
from vinculo.records.fields import ChoiceField, LinkField, MomentField, TextField, YesNoField
from vinculo.records.kind import Collection, RecordKind
from vinculo_marketing.models import Ask, Consent, Question, WebForm
from vinculo_marketing.records import CAMPAIGN, CHANNEL, EVENT

ASKS: Final = {Ask.COMPANY: _l("Company"), Ask.PHONE: _l("Phone"), Ask.MESSAGE: _l("Message")}
SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def check_form(session: Session, one: WebForm, actor: Actor) -> None:
    """Its address is made of plain letters, and it asks for nothing twice."""
    errors = []
    if not SLUG.fullmatch(one.slug):
        text = _("Write small letters, digits and hyphens, e.g. ask-for-an-offer.")
        errors.append(FieldError("slug", text, "invalid"))
    seen: set[Ask] = set()
    for index, question in enumerate(one.questions):
        if question.ask in seen:
            text = _("It asks for this already; remove one of them.")
            errors.append(FieldError(f"questions[{index}].ask", text, "repeated"))
        seen.add(question.ask)
    if errors:
        raise InvalidError(errors)


def check_consent(session: Session, one: Consent, actor: Actor) -> None:
    """Put the address into its form. When it was given is now, where nobody says; taking back comes later."""
    try:
        one.email, one.email_key = email(one.email)
    except ValueError as error:
        raise InvalidError([FieldError("email", str(error), "invalid")]) from error
    if one.given_at is None:
        one.given_at = now()
    if one.withdrawn_at is not None and one.withdrawn_at < one.given_at:
        text = _("This is before it was given; correct one of the moments.")
        raise InvalidError([FieldError("withdrawn_at", text, "before_given")])


web_form = RecordKind(
    name="web_form",
    plural="web-forms",
    domain="marketing",
    model=WebForm,
    label=_l("Web form"),
    label_plural=_l("Web forms"),
    new_label=_l("Add web form"),
    icon="world",
    title="name",
    fields=(
        TextField(
            name="name",
            label=_l("Heading"),
            required=True,
            max_length=200,
            key="name_key",
            searchable=True,
        ),
        TextField(
            name="slug",
            label=_l("Address below /f/"),
            required=True,
            max_length=60,
            help=_l("Small letters, digits and hyphens, e.g. ask-for-an-offer."),
        ),
        YesNoField(name="active", label=_l("Is open"), default=True),
        TextField(name="intro", label=_l("Words above the form"), multiline=True, max_length=2000),
        TextField(
            name="consent",
            label=_l("What people agree to"),
            required=True,
            multiline=True,
            max_length=2000,
            help=_l("It stands beside a box that must be ticked, and is kept as it was."),
        ),
        TextField(
            name="thanks",
            label=_l("Words once it is confirmed"),
            multiline=True,
            max_length=2000,
        ),
        CHANNEL,
        CAMPAIGN,
        EVENT,
        LinkField(
            name="responsible_id",
            label=_l("Responsible"),
            kind="user",
            help=_l("Gets the new clients, and is told of each request."),
        ),
        YesNoField(name="makes_deal", label=_l("Also adds a deal, where there are deals")),
    ),
    collections=(
        Collection(
            name="questions",
            label=_l("What it asks for, beside name and e-mail"),
            add_label=_l("Add a question"),
            model=Question,
            fields=(
                ChoiceField(
                    name="ask",
                    label=_l("Asks for"),
                    enum=Ask,
                    labels=ASKS,
                    required=True,
                    default=Ask.COMPANY,
                ),
                TextField(name="label", label=_l("Called"), max_length=100),
                YesNoField(name="required", label=_l("Required")),
            ),
        ),
    ),
    columns=("name", "slug", "active", "campaign_id", "responsible_id"),
    keys=("name_key",),
    rules=check_form,
    scoped=False,
    administrative=True,
    menu=Group.MARKETING,
    weight=60,
    summary=_l(
        "Pages on which strangers leave their wishes. They become clients once their mail is confirmed."
    ),
)
consent = RecordKind(
    name="consent",
    plural="consents",
    domain="marketing",
    model=Consent,
    label=_l("Consent"),
    label_plural=_l("Consents"),
    new_label=_l("Add consent"),
    icon="check",
    title="email",
    fields=(
        TextField(name="email", label=_l("E-mail address"), required=True, max_length=254, searchable=True),
        LinkField(name="client_id", label=_l("Client"), kind="client"),
        LinkField(name="person_id", label=_l("Person"), kind="person"),
        TextField(
            name="text", label=_l("What they agreed to"), required=True, multiline=True, max_length=2000
        ),
        TextField(name="source", label=_l("Where it was given"), max_length=200),
        MomentField(name="given_at", label=_l("Given at"), help=_l("Left empty, now.")),
        MomentField(name="withdrawn_at", label=_l("Taken back at")),
    ),
    columns=("email", "client_id", "source", "given_at", "withdrawn_at"),
    sort="-given_at",
    client="client_id",
    rules=check_consent,
    menu=None,
    weight=70,
    summary=_l("Who agreed to what, in the words that they saw."),
)
