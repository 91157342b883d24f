"""Jobs that mail people about exports: whoever may approve one, and whoever asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo import mail
from vinculo.accounts import rights
from vinculo.accounts.models import User
from vinculo.i18n import format_number, ngettext, use_locale
from vinculo.i18n import gettext as _
from vinculo.records.export_requests import APPROVE
from vinculo.records.models import Export, ExportState
from vinculo.records.watermark import number_of
from vinculo.web.site import Site

Letter = tuple[str, str, str]  # to, subject, text
PATH: Final = "/exports/{id}"


def send_asked(site: Site, *, export_id: int, language: str) -> None:
    """Mail those who may approve an export that waits."""
    with site.database.read() as session:
        export = session.get(Export, export_id)
        if export is None or export.state is not ExportState.WAITING:
            return
        letters = [_asked(site, export, user, language) for user in approvers(session, site, export)]
    _send(site, letters)


def send_decided(site: Site, *, export_id: int, language: str) -> None:
    """Mail whoever asked for an export that was decided."""
    with site.database.read() as session:
        export = session.get(Export, export_id)
        user = session.get(User, export.user_id) if export and export.user_id else None
        if export is None or user is None or not (user.active and user.email):
            return
        letters = [_decided(site, export, user, language)]
    _send(site, letters)


def approvers(session: Session, site: Site, export: Export) -> Iterator[User]:
    """Those with an address who may approve it: not whoever asked."""
    company = rights.limits_of(site.settings.exports)
    users = sa.select(User).where(User.active, User.email != "", User.id != (export.user_id or 0))
    for user in session.scalars(users.order_by(User.id)):
        held = rights.compiled(session, user.id, site.registry.permissions, company)
        if held.is_administrator or APPROVE in held.rights.grants:
            yield user


def _asked(site: Site, export: Export, user: User, language: str) -> Letter:
    with use_locale(user.language or language, site.settings.company.time_zone):
        number = number_of(export.id)
        what = ngettext(
            "%(user)s asks to export %(rows)s row. Reason given:",
            "%(user)s asks to export %(rows)s rows. Reason given:",
            export.rows,
            user=export.user_name,
            rows=format_number(export.rows),
        )
        subject = _("Export %(number)s waits for your approval", number=number)
        return user.email, subject, _text(site, export, what, export.reason)


def _decided(site: Site, export: Export, user: User, language: str) -> Letter:
    with use_locale(user.language or language, site.settings.company.time_zone):
        number = number_of(export.id)
        if export.state is ExportState.APPROVED:
            subject = _("Export %(number)s is approved", number=number)
            what = _("You may fetch it once, within 24 hours.")
        else:
            subject = _("Export %(number)s is declined", number=number)
            what = _("It was not approved.")
        return user.email, subject, _text(site, export, what, export.remark)


def _text(site: Site, export: Export, *lines: str) -> str:
    url = site.settings.server.public_url + PATH.format(id=export.id)
    return "\n\n".join(line for line in (*lines, url) if line) + "\n"


def _send(site: Site, letters: list[Letter]) -> None:
    for to, subject, text in letters:
        mail.send(site.settings.mail, to=to, subject=subject, text=text)
