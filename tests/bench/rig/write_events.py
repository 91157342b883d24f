"""One of several writers: changes clients for some seconds, and notes how long each change took.

The plan on stdin: {url, begin, seconds, chained, first, count}; it begins at that time. Without ``chained``
events are inserted as they come, with hashes of nothing: what the log would cost without being a chain.
"""

import json
import sys
import time
from typing import Any

import sqlalchemy as sa

import vinculo.accounts.models  # noqa: F401 -- clients refer to users
from vinculo.actor import Source, system
from vinculo.clients.records import client
from vinculo.db.engine import Database
from vinculo.events import chain
from vinculo.events.models import Event, changes_text
from vinculo.records import service
from vinculo.records.reading import Values

plan = json.loads(sys.stdin.read())
database = Database(plan["url"], busy_timeout_ms=60_000)
waits: list[float] = []
EMPTY = {"salt": "0" * 32, "sealed": "0" * 64, "hash": "0" * 64}


def unchained(session: Any) -> None:
    waiting = session.info.pop("vinculo.events", ())
    session.flush()
    rows = [{**one.values, **EMPTY, "changes": changes_text(one.values["changes"])} for one in waiting]
    if rows:
        session.connection().execute(sa.insert(Event), rows)


@sa.event.listens_for(database.engine, "before_cursor_execute")
def before(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
    if "events_head" in statement and statement.startswith("SELECT"):
        connection.info["asked"] = time.perf_counter()


@sa.event.listens_for(database.engine, "after_cursor_execute")
def after(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
    if "asked" in connection.info:
        waits.append(time.perf_counter() - connection.info.pop("asked"))


if not plan["chained"]:
    chain.append = unchained
ACTOR = system(Source.API)
took: list[float] = []
while time.time() < plan["begin"]:
    time.sleep(0.001)
end, number = time.perf_counter() + plan["seconds"], 0
while time.perf_counter() < end:
    began = time.perf_counter()
    with database.write() as session:
        record = service.get(session, client, plan["first"] + number % plan["count"], actor=ACTOR, lock=True)
        service.update(session, client, record, Values({"note": f"{number}"}), actor=ACTOR)
    took.append(time.perf_counter() - began)
    number += 1
print(json.dumps({"took": took, "waits": waits}))
database.close()
