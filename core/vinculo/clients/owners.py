"""Who was responsible for a client, and when."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from vinculo.clients.models import Client, OwnerPeriod
from vinculo.db.base import now
from vinculo.i18n import current_time_zone


def follow(client: Client) -> None:
    """End the period of the one before and begin that of the new one, if the responsible user has changed.

    The rules of clients call it, so that it holds by whatever door a client is changed. A day belongs to
    who had the client at its end.
    """
    if client.id is None:
        changed = client.responsible_id is not None
    else:
        changed = sa.inspect(client).attrs.responsible_id.history.has_changes()
    if not changed:
        return
    today = now().astimezone(current_time_zone()).date()
    present = _present(client)
    if present is not None and present.user_id == client.responsible_id:
        return
    if present is not None and (present.valid_from or date.min) >= today:
        client.owners.remove(present)
    elif present is not None:
        present.valid_to = today - timedelta(days=1)
    if client.responsible_id is not None:
        client.owners.append(OwnerPeriod(user_id=client.responsible_id, valid_from=today))


def _present(client: Client) -> OwnerPeriod | None:
    if client.id is None:  # a new one has no past, and must not be asked for it
        return next(iter(client.owners), None)
    return next((period for period in client.owners if period.valid_to is None), None)
