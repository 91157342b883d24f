"""Telling people by mail that an export waits, or was decided: the job is of the room that knows them."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from vinculo.i18n import current_language
from vinculo.records.models import Export
from vinculo.web.site import Site

ASKED_JOB: Final = "accounts.mail_export_asked"
DECIDED_JOB: Final = "accounts.mail_export_decided"


def asked(site: Site, session: Session, export: Export) -> None:
    """Put the job that mails those who may approve it."""
    _put(site, session, ASKED_JOB, export)


def decided(site: Site, session: Session, export: Export) -> None:
    """Put the job that mails whoever asked for it."""
    _put(site, session, DECIDED_JOB, export)


def _put(site: Site, session: Session, job: str, export: Export) -> None:
    settings = site.settings
    if settings.mail.host and settings.server.public_url:
        site.enqueue(session, job, export_id=export.id, language=current_language())
