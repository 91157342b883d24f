"""What interactions tell of a client: when one was in touch, how often, and what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from vinculo.db.base import now
from vinculo.db.portable import days_between
from vinculo.db.types import UtcDateTime
from vinculo.i18n import current_time_zone
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Fact, Series
from vinculo.records.facts import NOW, Told
from vinculo.records.fields import DateField, IntegerField, MomentField
from vinculo_interactions import queries
from vinculo_interactions.models import InteractionType
from vinculo_interactions.records import interaction

YEAR: Final = timedelta(days=365)
SILENT_DAYS: Final = (60, 120)  # from when on silence is a warning, and from when on it is bad


def _year_ago() -> datetime:
    return now() - YEAR


YEAR_AGO: Final = sa.bindparam("interactions_year_ago", type_=UtcDateTime(), callable_=_year_ago)


def contacts(table: sa.FromClause) -> Sequence[sa.ColumnElement[bool]]:
    """What counts as a contact: all that happened up to now but notes."""
    return (table.c.happened_at <= NOW, table.c.type != InteractionType.NOTE)


def last_contact(told: Told) -> sa.ColumnElement[Any]:
    """When one was last in touch."""
    table = interaction.table
    return sa.select(sa.func.max(table.c.happened_at)).where(told.rows(), *contacts(table)).scalar_subquery()


def silent_days(told: Told) -> sa.ColumnElement[Any]:
    """How long ago that was; null where there was no contact."""
    return days_between(last_contact(told), NOW)


def contacts_of_year(told: Told) -> sa.ColumnElement[Any]:
    """How often one was in touch within 365 days."""
    table = interaction.table
    year = (told.rows(), *contacts(table), table.c.happened_at > YEAR_AGO)
    return sa.select(sa.func.count()).select_from(table).where(*year).scalar_subquery()


def next_contact(told: Told) -> sa.ColumnElement[Any]:
    """The day of the first next step that waits."""
    table = interaction.table
    waits = sa.select(sa.func.min(table.c.next_step_on)).where(
        told.rows(), queries.waits(told.theirs if told.links else None)
    )
    return waits.scalar_subquery()


def silence_tone(days: int) -> str:
    """A long silence shows."""
    warn, bad = SILENT_DAYS
    return "bad" if days >= bad else "warn" if days >= warn else ""


def _contacts_of(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "type[ne]": "note", "happened_at[lte]": _typed(now())}


def _contacts_of_year(client_id: int, value: Any) -> Mapping[str, str]:
    return {**_contacts_of(client_id, value), "happened_at[gt]": _typed(_year_ago())}


def _steps_of(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "next_step_on": f"{value}"}


def _typed(moment: datetime) -> str:
    """As people type it, to the minute; the one that runs is counted."""
    ended = moment.astimezone(current_time_zone()) + timedelta(minutes=1)
    return f"{ended:%Y-%m-%dT%H:%M}"


FACTS: Final = (
    Fact(
        about="client",
        field=MomentField(
            name="interactions_last_contact",
            label=_l("Last contact"),
            help=_l("The latest meeting, call or message up to now; notes do not count."),
            read_only=True,
        ),
        of=interaction,
        expression=last_contact,
        tells=("client_id", "happened_at", "type"),
        rows=_contacts_of,
        header=10,
    ),
    Fact(
        about="client",
        field=IntegerField(
            name="interactions_silent_days",
            label=_l("Days of silence"),
            help=_l("Days from the last contact to today."),
            read_only=True,
        ),
        of=interaction,
        expression=silent_days,
        tells=("client_id", "happened_at", "type"),
        rows=_contacts_of,
        header=20,
        tone=silence_tone,
    ),
    Fact(
        about="client",
        field=DateField(
            name="interactions_next_contact",
            label=_l("Next contact"),
            help=_l("The earliest day of a next step after which nothing has happened with the client yet."),
            read_only=True,
        ),
        of=interaction,
        expression=next_contact,
        tells=("client_id", "happened_at", "next_step", "next_step_on"),
        rows=_steps_of,
        header=30,
    ),
    Fact(
        about="client",
        field=IntegerField(
            name="interactions_contacts",
            label=_l("Contacts in 12 months"),
            help=_l("Meetings, calls and messages of the last 365 days; notes do not count."),
            read_only=True,
        ),
        of=interaction,
        expression=contacts_of_year,
        tells=("client_id", "happened_at", "type"),
        rows=_contacts_of_year,
        header=40,
        series=Series(_l("Contacts by month"), "happened_at", contacts),
    ),
)
