"""The job that mails a link to set a new password, to whoever asked for it and is known."""

from __future__ import annotations

from typing import Final

from vinculo import mail
from vinculo.accounts import resets
from vinculo.accounts.models import User
from vinculo.db.base import now
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext, use_locale
from vinculo.settings import Settings
from vinculo.web.site import Site

JOB: Final = "accounts.mail_reset"


def may_mail(settings: Settings) -> bool:
    """Whether links can be mailed: that takes a server, and an address of ours that no request made up."""
    return bool(settings.mail.host and settings.server.public_url)


def send(site: Site, *, named: str, language: str) -> None:
    """Make a link and mail it. Running it twice sends another link, and the first one is void."""
    settings = site.settings
    if not may_mail(settings):
        return
    hours = settings.security.reset_link_hours
    with site.database.write() as session:
        made = resets.make_for_mail(session, named, hours=hours, now=now())
        if made is None:
            return
        user, token = made
        to, language = user.email, user.language or language
        with use_locale(language, settings.company.time_zone):
            text = _text(user, f"{settings.server.public_url}{resets.path(token)}", hours)
            subject = _("Set a new password")
    mail.send(settings.mail, to=to, subject=subject, text=text)


def _text(user: User, url: str, hours: int) -> str:
    lines = [
        _("Hello %(name)s,", name=user.name),
        _("somebody, probably you, asked for a link to set a new password for %(login)s:", login=user.login),
        url,
        ngettext(
            "It works once, within %(n)s hour. Whoever has it can set your password: pass it on to nobody.",
            "It works once, within %(n)s hours. Whoever has it can set your password: pass it on to nobody.",
            hours,
        ),
        _("If it was not you, do nothing: your password stays as it is."),
    ]
    return "\n\n".join(lines) + "\n"
