"""What plugins cost is kept for a month, notices for longer; the database learns what is in it."""

from __future__ import annotations

from typing import Final

from vinculo.db import statistics
from vinculo.db.base import now
from vinculo.events import notices
from vinculo.plugins import costs
from vinculo.web.site import Site

JOB: Final = "web.tidy"


def tidy(site: Site) -> None:
    """Remove what is past its time. Running it twice does no harm."""
    with site.database.write() as session:
        costs.prune(session)
        notices.prune(session, now())
    statistics.refresh(site.database)
