"""Fields that the sample company added to its clients, and what it filled in."""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Source, system
from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.plugins.contributions import DemoFile
from vinculo.records import custom
from vinculo.records.custom_models import CustomType
from vinculo.records.custom_wishes import Wish

TERMS: Final = ("On receipt", "15 days", "30 days", "60 days")
LABELS: Final = ("Key account", "Reference", "Seasonal")
FIELDS: Final = (
    Wish("client", "Payment terms", CustomType.CHOICE, "x_payment_terms", TERMS),
    Wish("client", "Credit limit", CustomType.NUMBER, "x_credit_limit"),
    Wish("client", "Terms reviewed", CustomType.DATE, "x_terms_reviewed"),
    Wish("client", "Labels", CustomType.SEVERAL, "x_labels", LABELS),
    Wish("client", "Framework order", CustomType.MONEY, "x_framework_order", ("EUR", "USD")),
    Wish("client", "Recommended by", CustomType.CLIENT, "x_recommended_by"),
    Wish(
        "client",
        "Order in % of limit",
        CustomType.FORMULA,
        "x_order_to_limit",
        formula="round(x_framework_order / x_credit_limit * 100, 1)",
        result=CustomType.NUMBER,
    ),
)


def define(session: Session) -> None:
    """Add the fields, before the registry is loaded that is to know them."""
    for wish in FIELDS:
        custom.add(session, {client.name: client}, wish, actor=system(Source.CLI))


def write_terms(session: Session, folder: Path, seed: int) -> DemoFile:
    """A file with the terms of most clients, to be imported as a user would."""
    rng = Random(seed)  # noqa: S311 # nosec B311 # the same company each time
    path = folder / "client-terms.csv"
    columns = ("external_id", *(wish.name for wish in FIELDS if not wish.formula))
    query = sa.select(Client.external_id).where(Client.external_id.is_not(None)).order_by(Client.external_id)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        keys = session.scalars(query).all()
        for key in keys:
            reviewed = f"2026-{rng.randint(1, 10):02}-{rng.randint(1, 28):02}"
            labels = ", ".join(label for label in LABELS if rng.random() < 0.3)
            volume = f"{rng.randrange(5_000, 90_000, 2_500)} {rng.choice(('EUR', 'EUR', 'USD'))}"
            order = volume if rng.random() < 0.4 else ""
            friend = rng.choice(keys) if rng.random() < 0.2 else ""
            row = (key, rng.choice(TERMS), rng.randrange(1000, 60_000, 500), reviewed, labels, order, friend)
            if rng.random() < 0.8:
                writer.writerow(row)
    return DemoFile("client", path, mapping=dict(zip(columns, columns, strict=True)))
