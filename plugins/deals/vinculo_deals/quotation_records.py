"""Quotations as a kind of record."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from vinculo.company import priced_lines
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import mark, today
from vinculo.records.fields import (
    AmountField,
    ChoiceField,
    CurrencyField,
    DateField,
    IntegerField,
    LinkField,
    MomentField,
    TextField,
)
from vinculo.records.kind import Collection, Moment, RecordKind
from vinculo.web.views import Badge
from vinculo_deals import quotations
from vinculo_deals.models import Language, Offer, Quotation, QuotationLine
from vinculo_deals.parts_of_deals import DISCOUNT, UNIT, WHY, asked

STATES: Final = {
    Offer.DRAFT: _l("Draft"),
    Offer.SENT: _l("Sent to the client"),
    Offer.ACCEPTED: _l("Accepted by the client"),
    Offer.DECLINED: _l("Declined by the client"),
    Offer.EXPIRED: _l("No longer valid"),
    Offer.REPLACED: _l("Replaced"),
}
TONES: Final = {
    Offer.DRAFT: "neutral", Offer.SENT: "brand", Offer.ACCEPTED: "ok", Offer.DECLINED: "bad",
    Offer.EXPIRED: "bad", Offer.REPLACED: "neutral",
}  # fmt: skip
_LABELS: Final = {
    Offer.SENT: mark("Quotation sent"), Offer.ACCEPTED: mark("Quotation accepted"),
    Offer.DECLINED: mark("Quotation declined"), Offer.EXPIRED: mark("Quotation expired"),
    Offer.REPLACED: mark("Quotation replaced"),
}  # fmt: skip
LANGUAGES: Final = {
    Language.EN: _l("English"),
    Language.PT_BR: _l("Portuguese (Brazil)"),
    Language.RU: _l("Russian"),
}
OF_LINES: Final = (("deal", "lines"), ("deal", "amount"))  # what the figures of a quotation would tell


def moment(of: Quotation) -> Moment | None:
    """On the timeline of its client, once it was sent."""
    if of.sent_at is None or of.state is Offer.DRAFT:
        return None
    return Moment(of.sent_at, _LABELS[of.state], of.number, "notes", of.answer, user_id=of.responsible_id)


def state_badge(of: Quotation) -> Badge:
    """How far it is; what has run out says so, before the job of the day does."""
    late = of.state is Offer.SENT and of.valid_until is not None and of.valid_until < today()
    state = Offer.EXPIRED if late else of.state
    return Badge(str(STATES[state]), TONES[state], field="state")


def badges(of: Quotation) -> Sequence[Badge]:
    """How far it is, and that an answer is due."""
    found = [state_badge(of)]
    if of.state is Offer.SENT and of.reminded_on is not None:
        found.append(Badge(_("No answer yet"), "warn", field="valid_until"))
    return found


def _figure(name: str, label: Any) -> AmountField:
    return AmountField(name=name, label=label, read_only=True, tells=OF_LINES)


quotation = RecordKind(
    name="quotation",
    plural="quotations",
    domain="deals",
    model=Quotation,
    label=_l("Quotation"),
    label_plural=_l("Quotations"),
    new_label=_l("Add quotation"),
    icon="notes",
    title="number",
    fields=(
        TextField(name="number", label=_l("Number"), max_length=30, read_only=True, searchable=True),
        IntegerField(name="edition", label=_l("Version"), read_only=True, total=False),
        LinkField(
            name="deal_id",
            label=_l("Deal"),
            kind="deal",
            required=True,
            help=_l("Its lines and currency are taken over where nothing else is said."),
        ),
        LinkField(name="client_id", label=_l("Client"), kind="client", read_only=True),
        LinkField(
            name="counterparty_id",
            label=_l("Counterparty"),
            kind="counterparty",
            help=_l("Left empty, that of the deal, else the only one of the client."),
        ),
        LinkField(
            name="previous_id",
            label=_l("New version of"),
            kind="quotation",
            help=_l("What is not said is taken from it; when this one is sent, that one is replaced."),
            on_card=lambda of: of.previous_id is not None,
        ),
        ChoiceField(name="state", label=_l("State"), enum=Offer, labels=STATES, tones=TONES, read_only=True),
        DateField(name="issued_on", label=_l("Quoted on"), help=_l("Left empty, today.")),
        DateField(
            name="valid_until",
            label=_l("Valid until"),
            help=_l("Left empty, as many days on as the company chose."),
        ),
        CurrencyField(name="currency", label=_l("Currency")),
        ChoiceField(
            name="language",
            label=_l("Language"),
            enum=Language,
            labels=LANGUAGES,
        ),
        LinkField(name="responsible_id", label=_l("Responsible"), kind="user"),
        TextField(
            name="terms",
            label=_l("Terms"),
            multiline=True,
            max_length=20_000,
            help=_l("Printed below the sum: delivery, payment, warranty."),
        ),
        _figure("net", _l("Without tax")),
        _figure("tax", _l("Tax")),
        _figure("total", _l("Sum")),
        MomentField(name="sent_at", label=_l("Sent at"), read_only=True),
        DateField(name="answered_on", label=_l("Answered on"), read_only=True),
        TextField(name="answer", label=_l("What was answered"), max_length=300, read_only=True),
    ),
    collections=(
        Collection(
            name="lines",
            label=_l("Lines"),
            add_label=_l("Add a line"),
            model=QuotationLine,
            fields=(
                *asked()[:2],
                UNIT,
                asked()[2],
                WHY,
                DISCOUNT,
                AmountField(
                    name="tax_rate", label=_l("Tax, %"), minimum=Decimal(0), maximum=Decimal(100), total=False
                ),
            ),
            help=_l("Left empty, those of the deal. Prices are without tax."),
            tells=OF_LINES,
            shown=False,
        ),
    ),
    columns=("number", "deal_id", "client_id", "state", "total", "currency", "valid_until", "responsible_id"),
    sort="-issued_on",
    client="client_id",
    counterparty="counterparty_id",
    dated="issued_on",
    owner="responsible_id",
    involved=("responsible_id",),
    rules=quotations.check,
    deletable=quotations.refuse_sent,
    moment=moment,
    badges=badges,
    beside=priced_lines.beside(quotations.check),
    menu=None,
    events={
        "sent": _l("Quotation sent"),
        "accepted": _l("Quotation accepted"),
        "declined": _l("Quotation declined"),
        "expired": _l("Quotation expired"),
        "replaced": _l("Quotation replaced"),
    },
    weight=12,
    aliases=("quote", "proposal", "offer"),
    summary=_l("What clients are offered, and what they answered. Make one on the card of a deal."),
)
