"""Loyalty cards as a kind of record."""

from collections.abc import Sequence

from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import mark
from vinculo.records.fields import DateField, IntegerField, LinkField, TextField
from vinculo.records.kind import Moment, RecordKind
from vinculo.web.views import Badge

from vinculo_loyalty.models import LoyaltyCard

TIERS = ((1000, _l("Gold"), "ok"), (500, _l("Silver"), "brand"), (0, _l("Bronze"), "neutral"))


def tier(card: LoyaltyCard) -> Badge:
    """What the points come to."""
    return next(Badge(str(label), tone) for points, label, tone in TIERS if card.points >= points)


def badges(card: LoyaltyCard) -> Sequence[Badge]:
    """The tier, in the head of the card."""
    return [tier(card)]


loyalty_card = RecordKind(
    name="loyalty_card",
    plural="loyalty-cards",
    domain="loyalty",
    model=LoyaltyCard,
    label=_l("Loyalty card"),
    label_plural=_l("Loyalty cards"),
    new_label=_l("Add loyalty card"),
    icon="star",
    title="number",
    fields=(
        TextField(name="number", label=_l("Number"), required=True, max_length=40, searchable=True),
        LinkField(name="client_id", label=_l("Client"), kind="client", required=True),
        IntegerField(name="points", label=_l("Points"), required=True, default=0, minimum=0),
        DateField(name="valid_until", label=_l("Valid until")),
    ),
    columns=("number", "client_id", "points"),
    sort="number",
    client="client_id",
    moment=lambda card: Moment(card.created_at, mark("Loyalty card"), card.number, "star"),
    badges=badges,
)
