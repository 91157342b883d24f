"""Cards with points."""

from __future__ import annotations

from collections.abc import Iterator

from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.fields import IntegerField, LinkField
from vinculo.records.kind import RecordKind
from vinculo_loyalty.models import Card

card = RecordKind(
    name="loyaltycard",
    plural="loyaltycards",
    domain="loyalty",
    model=Card,
    label="Card",
    label_plural="Cards",
    new_label="New card",
    icon="star",
    title="points",
    fields=(
        LinkField(name="client_id", label="Client", kind="client", required=True),
        IntegerField(name="points", label="Points", required=True, default=0),
    ),
    columns=("client_id", "points"),
    sort="-created_at",
    client="client_id",
)


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Cards."""
    yield card
