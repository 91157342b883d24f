"""A process that takes an import back and stops in the middle of a transaction, until it is killed."""

from __future__ import annotations

import sys
import time

from vinculo.db.engine import Database
from vinculo.records import import_reverts, reverting
from vinculo.testing.factories import KINDS, SYSTEM

url, run_id = sys.argv[1:]
settle, steps = reverting.settle, []


def stop(*given: object) -> None:
    """The second time: the records are deleted by then, and nobody knows yet."""
    steps.append(given)
    if len(steps) == 2:
        print("in the middle", flush=True)
        time.sleep(60)
    settle(*given)


reverting.settle = stop
import_reverts.work(Database(url), KINDS, int(run_id), actor=SYSTEM)
