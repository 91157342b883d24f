"""Vouchers as a kind of record."""

from __future__ import annotations

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.plugins.contributions import Group
from vinculo.records.fields import IntegerField, LinkField, TextField
from vinculo.records.kind import Collection, RecordKind
from vinculo_vouchers.models import Redemption, Voucher


def book(session: Session, voucher: Voucher, actor: Actor) -> None:
    """What is redeemed is booked on client and card of the voucher."""
    for row in voucher.redemptions:
        row.client_id, row.card_id = voucher.client_id, voucher.card_id


voucher = RecordKind(
    name="voucher",
    plural="vouchers",
    domain="vouchers",
    model=Voucher,
    label="Voucher",
    label_plural="Vouchers",
    new_label="New voucher",
    icon="receipt",
    title="number",
    fields=(
        TextField(name="number", label="Number", required=True, max_length=40, searchable=True),
        IntegerField(name="amount", label="Amount", required=True, minimum=1),
        LinkField(name="client_id", label="Client", kind="client", required=True),
        LinkField(name="giver_id", label="Given by", kind="client"),
        LinkField(name="card_id", label="Loyalty card", kind="loyalty_card"),
    ),
    collections=(
        Collection(
            name="redemptions",
            label="Redeemed",
            add_label="Redeem",
            model=Redemption,
            fields=(IntegerField(name="amount", label="Amount", required=True, minimum=1),),
        ),
    ),
    columns=("number", "amount", "client_id"),
    sort="-created_at",
    client="client_id",
    rules=book,
    menu=Group.SALES,
)
