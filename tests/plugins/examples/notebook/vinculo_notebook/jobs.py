"""Every night, old jottings go."""

from __future__ import annotations

from vinculo.actor import Source, system
from vinculo.db.base import now
from vinculo.web.site import Site
from vinculo_notebook import service
from vinculo_notebook.settings import NotebookSettings


def tidy(site: Site) -> None:
    """Throw away what is past its time. Running it twice does no harm."""
    keep_days = site.registry.settings_of("notebook", NotebookSettings).keep_days
    with site.database.write() as session:
        service.tidy(session, keep_days, now=now(), actor=system(Source.JOB))
