"""What holds for every interaction, by whatever door it comes, and what is done with next steps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, timedelta
from typing import Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.counterparties import links
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import current_time_zone, format_date
from vinculo.i18n import gettext as _
from vinculo_interactions import clock
from vinculo_interactions.models import Interaction

AHEAD: Final = timedelta(days=366)


def check(session: Session, interaction: Interaction, actor: Actor) -> None:
    """Refuse what cannot be: a slip in a year, a next step without a name or before its reason.

    A person who was named twice took part once, and whoever took part hangs on the same client. A new one
    gets the counterparty that its client has on that day, if there is just one and none was named.
    """
    errors = list(_faults(interaction))
    if errors:
        raise InvalidError(errors)
    clock.settle(session, interaction)
    if interaction.id is None and interaction.counterparty_id is None and interaction.client_id:
        day = interaction.happened_at.astimezone(UTC).date()
        interaction.counterparty_id = links.only_one(session, interaction.client_id, day)
    once = {row.person_id: row for row in reversed(interaction.participants)}
    kept = [row for row in interaction.participants if once[row.person_id] is row]
    if len(kept) < len(interaction.participants):
        interaction.participants = kept
    for row in kept:
        row.client_id = interaction.client_id


def _faults(interaction: Interaction) -> Iterator[FieldError]:
    latest = now() + AHEAD
    if interaction.happened_at > latest:
        text = _(
            "%(day)s is more than a year ahead; correct the year.", day=format_date(_day_of(interaction))
        )
        yield FieldError("happened_at", text, "too_late")
    on = interaction.next_step_on
    if on is None:
        return
    if not interaction.next_step:
        text = _(
            "Say what is to be done on %(day)s, or leave the day of the next step empty.", day=format_date(on)
        )
        yield FieldError("next_step", text, "required")
    if on < _day_of(interaction):
        text = _(
            "The next step on %(next)s would be before what it follows, on %(day)s; choose a later day.",
            next=format_date(on),
            day=format_date(_day_of(interaction)),
        )
        yield FieldError("next_step_on", text, "too_early")


def _day_of(interaction: Interaction) -> date:
    """The day on which it happened where the user is."""
    return interaction.happened_at.astimezone(current_time_zone()).date()
