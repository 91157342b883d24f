"""Refreshing stored groups in the background, with the rights of their owners."""

from __future__ import annotations

from typing import Final

from vinculo.db.base import now
from vinculo.errors import VinculoError
from vinculo.i18n import gettext as _
from vinculo.i18n import use_locale
from vinculo.web.site import Site
from vinculo_segments import service
from vinculo_segments.models import Segment, Way

DUE: Final = "segments.due"
REFRESH: Final = "segments.refresh"


def refresh_due(site: Site) -> None:
    """Put a job for each group that is to be refreshed by the clock."""
    moment = now()
    with site.database.write() as session:
        for segment_id in service.due(session, moment):
            key = f"{REFRESH} {segment_id} {moment:%Y-%m-%d %H:%M}"
            site.enqueue(session, REFRESH, key=key, segment_id=segment_id)


def refresh(site: Site, *, segment_id: int, by: int | None = None) -> None:
    """Refresh one group; why it could not be done is kept with it, and all stay in it."""
    company = site.settings.company
    with use_locale(company.language, company.time_zone):
        try:
            _refresh(site, segment_id, by)
        except VinculoError as error:
            with site.database.write() as session:
                service.note_fault(session, segment_id, error.message)


def _refresh(site: Site, segment_id: int, by: int | None) -> None:
    with site.database.write() as session:
        segment = session.get(Segment, segment_id, with_for_update=True)
        if segment is None or segment.way is not Way.STORED:
            return
        if segment.owner_id is None:
            service.note_fault(
                session, segment_id, _("The group has no owner, whose rights decide; name one.")
            )
            return
        owner = site.actor_of(session, segment.owner_id)
        asked = None if by is None else site.actor_of(session, by)
        service.refresh(session, site.registry, segment, actor=owner, by=asked)
