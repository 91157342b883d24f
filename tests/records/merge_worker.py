"""A process that merges two clients and stops in the middle, until it is killed."""

from __future__ import annotations

import sys
import time

from vinculo.clients.records import client
from vinculo.db.engine import Database
from vinculo.records import merging
from vinculo.testing.factories import SYSTEM

url, survivor_id, other_id = sys.argv[1:]


def stop(*_given: object) -> None:
    print("in the middle", flush=True)
    time.sleep(60)


merging._complete = stop  # the rows have moved by then, the other client is deleted
with Database(url).write() as session:
    merging.merge(session, client, int(survivor_id), [int(other_id)], actor=SYSTEM)
