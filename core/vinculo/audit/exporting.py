"""The event log as a table for people; for checking its chain there is ``vinculo audit export``."""

from __future__ import annotations

from pathlib import Path

from vinculo.actor import Actor
from vinculo.audit import queries
from vinculo.audit.queries import Asked
from vinculo.audit.wording import Wording
from vinculo.db.engine import Database
from vinculo.events import log
from vinculo.records.tabular_write import open_writer
from vinculo.web.context import Context

HEADER = ("id", "at", "who", "action", "kind", "record_id", "record", "client_id", "client", "source", "what")


def write(ctx: Context, asked: Asked, path: Path) -> int:
    """Write all events of these conditions; how many there were."""
    count = 0
    with open_writer(path, HEADER) as table:
        for events in queries.every(ctx.session, asked):
            wording = Wording.of(ctx, events)
            for event in events:
                what = (event.kind, event.record_id, event.title, event.client_id, wording.client(event))
                how = (wording.source(event), wording.summary(event))
                table.write([event.id, event.at, wording.actor(event), wording.action(event), *what, *how])
            count += len(events)
    return count


def note(database: Database, name: str, rows: int, *, actor: Actor, delivered: int | None = None) -> None:
    """Leave a trace of that in the log; see ``vinculo.records.exporting.note``."""
    cut = delivered is not None
    with database.write() as session:
        log.write(
            session,
            actor=actor,
            action="export cut off" if cut else "exported",
            kind="event",
            record_id=0,
            title=name,
            changes={"rows": [rows, delivered] if cut else [None, rows]},
            version=None,
        )
