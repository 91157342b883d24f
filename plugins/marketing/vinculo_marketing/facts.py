"""What touches tell of a client: where it came from first, when it was touched last, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Fact
from vinculo.records.facts import Told
from vinculo.records.fields import IntegerField, MomentField, TextField
from vinculo_marketing.records import touch

TELLS: Final = ("client_id", "happened_at")


def first_source(told: Told) -> sa.ColumnElement[Any]:
    """In words, what the first touch of all says."""
    table = touch.table
    query = sa.select(table.c.title).where(told.rows())
    return query.order_by(table.c.happened_at, table.c.id).limit(1).scalar_subquery()


def _of(told: Told, what: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.select(what).select_from(touch.table).where(told.rows()).scalar_subquery()


def first_touch(told: Told) -> sa.ColumnElement[Any]:
    """When it was."""
    return _of(told, sa.func.min(touch.table.c.happened_at))


def last_touch(told: Told) -> sa.ColumnElement[Any]:
    """When it was."""
    return _of(told, sa.func.max(touch.table.c.happened_at))


def count(told: Told) -> sa.ColumnElement[Any]:
    """How many there are."""
    return _of(told, sa.func.count())


def _rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id)}


FACTS: Final = (
    Fact(
        about="client",
        field=TextField(
            name="marketing_first_source",
            label=_l("First source"),
            help=_l("What the first touch of a client says: channel, campaign, event, or other words."),
            max_length=300,
            read_only=True,
        ),
        of=touch,
        expression=first_source,
        tells=("client_id", "happened_at", "title", "channel_id", "campaign_id", "event_id", "source"),
        rows=_rows,
        header=60,
    ),
    Fact(
        about="client",
        field=MomentField(
            name="marketing_first_touch",
            label=_l("First touch"),
            help=_l("When a client was touched for the first time."),
            read_only=True,
        ),
        of=touch,
        expression=first_touch,
        tells=TELLS,
        rows=_rows,
    ),
    Fact(
        about="client",
        field=MomentField(
            name="marketing_last_touch",
            label=_l("Last touch"),
            help=_l("When a client was touched for the last time."),
            read_only=True,
        ),
        of=touch,
        expression=last_touch,
        tells=TELLS,
        rows=_rows,
    ),
    Fact(
        about="client",
        field=IntegerField(
            name="marketing_touches",
            label=_l("Touches"),
            help=_l("How often a client was touched."),
            read_only=True,
        ),
        of=touch,
        expression=count,
        tells=("client_id",),
        rows=_rows,
    ),
)
