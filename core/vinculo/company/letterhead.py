"""Who sells, as it stands on what is printed for clients."""

from __future__ import annotations

from sqlalchemy.orm import Session

from vinculo.plugins import present
from vinculo.plugins.listening import Letterhead
from vinculo.settings import CompanySettings


def of(session: Session, company: CompanySettings, currency: str) -> Letterhead:
    """What a plugin knows of the seller, for amounts of a currency; else the company of the settings."""
    registry = present.registry_of(session)
    for one in registry.sellers if registry else ():
        if (found := one.item.head(session, currency)) is not None:
            return found
    return Letterhead(company.name, company.country)
