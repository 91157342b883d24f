from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from vinculo.events import chain
from vinculo.events.verify_log import Fault, Point, find_faults
from vinculo.transfer.reading import snapshot


@pytest.fixture
def faults_of() -> Callable[..., Sequence[Fault]]:
    """What is wrong with the log of a database."""

    def check(database, since: Point | None = None) -> Sequence[Fault]:
        with snapshot(database) as connection:
            rows = chain.rows(connection, since=since[0] if since else 0)
            return find_faults(rows, lambda: chain.head(connection), since)[1]

    return check
