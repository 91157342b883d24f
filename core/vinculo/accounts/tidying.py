"""Sessions and failed sign-ins are kept only as long as they matter."""

from __future__ import annotations

from typing import Final

from vinculo.accounts import signin
from vinculo.db.base import now
from vinculo.web.site import Site

JOB: Final = "accounts.tidy"


def tidy(site: Site) -> None:
    """Remove what has expired. Running it twice does no harm."""
    with site.database.write() as session:
        signin.purge_expired(session, now())
