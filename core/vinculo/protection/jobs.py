"""The job that looks for unusual use, and mails what was found to who may see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo import mail
from vinculo.actor import Source, system
from vinculo.db.base import now
from vinculo.i18n import gettext as _
from vinculo.i18n import use_locale
from vinculo.protection import alarms, usage
from vinculo.protection.models import Alarm, AlarmKind
from vinculo.protection.permissions import MANAGE_CANARIES, READ
from vinculo.protection.wording import Wording
from vinculo.web.site import Site

JOB: Final = "protection.look"
FRESH: Final = timedelta(hours=1)  # what is older was seen on the page, or before there was a mail server

# Of a room beside this one.
_user: Final = sa.table("accounts_user", *map(sa.column, ("id", "email", "language", "active")))
_held: Final = sa.table("accounts_user_role", *map(sa.column, ("user_id", "role_id")))
_role: Final = sa.table("accounts_role", *map(sa.column, ("id", "administrator")))
_grant: Final = sa.table("accounts_grant", *map(sa.column, ("role_id", "permission")))


def look(site: Site) -> None:
    """Count what was done since the last time, raise alarms, mail them. Running it twice does no harm."""
    settings = site.settings
    time_zone = settings.company.time_zone
    today = usage.day_of(now(), time_zone)
    with site.database.read() as session:
        counted = {
            day: usage.count(session, day, time_zone) for day in usage.uncounted(session, today)
        }  # fmt: skip
    with site.database.write() as session:
        for day, counts in counted.items():
            usage.keep(session, day, counts)
        alarms.raise_unusual(
            session, counted[today], today, usage.floors(settings.protection), actor=system(Source.JOB)
        )
    if settings.mail.host:
        _mail(site)


def _mail(site: Site) -> None:
    """Each alarm once to each recipient, unless a mail fails half way: then some get it again."""
    with site.database.read() as session:
        query = sa.select(Alarm).where(Alarm.mailed_at.is_(None), Alarm.raised_at > now() - FRESH)
        found = session.scalars(query.order_by(Alarm.id).limit(alarms.MOST)).all()
        if not found:
            return
        for to, language, sees_canaries in _recipients(session):
            shown = [one for one in found if sees_canaries or one.kind is not AlarmKind.CANARY]
            if shown:
                with use_locale(language or site.settings.company.language, site.settings.company.time_zone):
                    subject, text = _letter(site, session, shown)
                    mail.send(site.settings.mail, to=to, subject=subject, text=text)
        ids = [one.id for one in found]
    with site.database.write() as session:
        session.execute(sa.update(Alarm).where(Alarm.id.in_(ids)).values(mailed_at=now()))


def _recipients(session: Session) -> Sequence[tuple[str, str, bool]]:
    """(address, language, whether canaries are theirs to know) of active users who may see alarms."""

    def may(permission: str) -> Any:
        granted = sa.select(_grant.c.role_id).where(_grant.c.permission == permission)
        held = sa.select(_held.c.user_id).join(_role, _role.c.id == _held.c.role_id)
        return _user.c.id.in_(held.where(sa.or_(_role.c.administrator, _role.c.id.in_(granted))))

    query = sa.select(_user.c.email, _user.c.language, may(MANAGE_CANARIES)).where(
        _user.c.active, _user.c.email != "", may(READ)
    )
    return [(row[0], row[1], bool(row[2])) for row in session.execute(query.order_by(_user.c.id))]


def _letter(site: Site, session: Session, found: Sequence[Alarm]) -> tuple[str, str]:
    wording = Wording.of(session, found)
    lines = [_("Vinculo has noticed something unusual at %(company)s:", company=site.settings.company.name)]
    for one in found:
        told = f"{wording.who(one)}: {wording.sentence(one)}"
        address = site.settings.server.public_url
        lines.append(f"{told}\n{address}/settings/alarms/{one.id}" if address else told)
    lines.append(_("Look at it under “Alarms”, and write there what you found."))
    subject = _("Alarm: %(who)s", who=wording.who(found[0]))
    return subject.replace("\n", " "), "\n\n".join(lines) + "\n"
