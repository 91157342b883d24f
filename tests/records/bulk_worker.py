"""A process that changes many records and stops in the middle of a transaction, until it is killed."""

from __future__ import annotations

import sys
import time
from typing import Any

from vinculo.db.engine import Database
from vinculo.records import bulk_changes, bulk_undo
from vinculo.testing.factories import KINDS, SYSTEM

url, bulk_id = sys.argv[1:]
chunks = []


def stopping(does: Any) -> Any:
    """The second time: the records are changed by then, and nobody knows yet."""

    def stop(*given: Any, **named: Any) -> None:
        does(*given, **named)
        chunks.append(given)
        if len(chunks) == 2:
            print("in the middle", flush=True)
            time.sleep(60)

    return stop


bulk_changes._update = stopping(bulk_changes._update)
bulk_changes._delete = stopping(bulk_changes._delete)
bulk_undo.take_back = stopping(bulk_undo.take_back)
bulk_changes.work(Database(url), KINDS, int(bulk_id), actor=SYSTEM, watch=lambda _done, _total: None)
