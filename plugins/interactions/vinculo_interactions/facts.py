"""What interactions tell of a client: when one was in touch, how often, and what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from vinculo.clients.records import client
from vinculo.db.base import now
from vinculo.db.portable import day_of, days_between, earliest
from vinculo.db.types import UtcDateTime
from vinculo.i18n import current_time_zone
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Fact, Series
from vinculo.records.facts import NOW, Told
from vinculo.records.fields import ChoiceField, DateField, IntegerField, MomentField
from vinculo_interactions import clock, limits, queries
from vinculo_interactions.models import NO_CONTACT, Answer, InteractionType, Limit
from vinculo_interactions.records import ANSWERS, TONES, interaction


class Silence(StrEnum):
    """Whether it lasts too long; otherwise there is no value."""

    SILENT = "silent"


YEAR: Final = timedelta(days=365)
CONTACTS: Final = tuple(one.value for one in InteractionType if one not in NO_CONTACT)
SILENT_DAYS: Final = (60, 120)  # from when on silence is a warning, and from when on it is bad


def _year_ago() -> datetime:
    return now() - YEAR


YEAR_AGO: Final = sa.bindparam("interactions_year_ago", type_=UtcDateTime(), callable_=_year_ago)


def contacts(table: sa.FromClause) -> Sequence[sa.ColumnElement[bool]]:
    """What counts as a contact: all that happened up to now but notes and missed calls."""
    return (table.c.happened_at <= NOW, table.c.type.not_in(NO_CONTACT))


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
    """The day of the first next step that waits, or of the first talk that is planned."""
    table = interaction.table
    waits = sa.select(sa.func.min(table.c.next_step_on)).where(
        told.rows(), queries.waits(told.theirs if told.links else None)
    )
    planned = sa.select(sa.func.min(day_of(table.c.happened_at))).where(
        told.rows(), table.c.happened_at > NOW, table.c.type.not_in(NO_CONTACT)
    )
    return earliest(waits.scalar_subquery(), planned.scalar_subquery())


def silence_alarm(told: Told) -> sa.ColumnElement[Any]:
    """Whether it is as long as clients of that stage may be silent; one never met, since it was entered."""
    stage = client.table.c.stage
    chosen = sa.select(Limit.number).where(Limit.key == sa.literal("silence_").concat(stage))
    usual = sa.case({one.value: days for one, days in limits.SILENCE.items()}, value=stage, else_=0)
    allowed = sa.func.coalesce(chosen.correlate(client.table).scalar_subquery(), usual)
    since = sa.func.coalesce(last_contact(told), client.table.c.created_at)
    return sa.case((sa.and_(allowed > 0, days_between(since, NOW) >= allowed), Silence.SILENT.value))


def unanswered(told: Told) -> sa.ColumnElement[Any]:
    """What is most pressing of what came in and waits: “overdue” comes before “waiting”."""
    table = interaction.table
    waits = (told.rows(), table.c.answer.in_(clock.OPEN))
    return sa.select(sa.func.min(table.c.answer)).where(*waits).scalar_subquery()


def silence_tone(days: int) -> str:
    """A long silence shows."""
    warn, bad = SILENT_DAYS
    return "bad" if days >= bad else "warn" if days >= warn else ""


def _contacts_of(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "type[in]": ",".join(CONTACTS), "happened_at[lte]": _typed(now())}


def _contacts_of_year(client_id: int, value: Any) -> Mapping[str, str]:
    return {**_contacts_of(client_id, value), "happened_at[gt]": _typed(_year_ago())}


def _steps_of(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "next_step_on": f"{value}"}


def _typed(moment: datetime) -> str:
    """As people type it, to the minute; the one that runs is counted."""
    ended = moment.astimezone(current_time_zone()) + timedelta(minutes=1)
    return f"{ended:%Y-%m-%dT%H:%M}"


def _waiting_of(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "answer[in]": ",".join(clock.OPEN)}


FACTS: Final = (
    Fact(
        about="client",
        field=ChoiceField(
            name="interactions_unanswered",
            label=_l("Waiting for an answer"),
            help=_l("Whether something that came in has not been answered, and whether that is overdue."),
            enum=Answer,
            labels={one: ANSWERS[one] for one in clock.OPEN},
            tones=TONES,
            read_only=True,
        ),
        of=interaction,
        expression=unanswered,
        tells=("client_id", "answer"),
        rows=_waiting_of,
    ),
    Fact(
        about="client",
        field=ChoiceField(
            name="interactions_silence_alarm",
            label=_l("Silence alarm"),
            help=_l("No contact for as many days as the settings of the response clock say for its stage."),
            enum=Silence,
            labels={Silence.SILENT: _l("Silent")},
            tones={Silence.SILENT: "bad"},
            read_only=True,
        ),
        of=interaction,
        expression=silence_alarm,
        tells=("client_id", "happened_at", "type"),
        rows=_contacts_of,
    ),
    Fact(
        about="client",
        field=MomentField(
            name="interactions_last_contact",
            label=_l("Last contact"),
            help=_l("The latest meeting, call or message up to now; notes and missed calls do not count."),
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
            help=_l("The first day on which something is to happen: a planned talk, a next step or a task."),
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
            help=_l(
                "Meetings, calls and messages of the last 365 days; notes and missed calls do not count."
            ),
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
