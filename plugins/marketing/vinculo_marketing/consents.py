"""What people agreed to on web forms, for those who send marketing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.plugins.listening import ConsentSource, Word
from vinculo_marketing.models import Consent


def words(session: Session, keys: Sequence[str] | None) -> Iterator[Word]:
    """That it was given, or, where it was taken back, that."""
    query = sa.select(Consent.email_key, Consent.given_at, Consent.withdrawn_at)
    if keys is not None:
        query = query.where(Consent.email_key.in_(keys))
    for key, given_at, withdrawn_at in session.execute(query):
        yield Word(key, withdrawn_at is None, withdrawn_at or given_at)


SOURCES: Final = (ConsentSource("marketing.consents", words),)
