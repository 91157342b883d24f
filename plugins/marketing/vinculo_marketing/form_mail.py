"""The mail with the link that confirms a web form, and tidying up after those who never did."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from vinculo import mail
from vinculo.accounts.reset_mail import may_mail
from vinculo.db.base import now
from vinculo.i18n import gettext as _
from vinculo.i18n import use_locale
from vinculo.web.site import Site
from vinculo_marketing import web_forms

JOB: Final = "marketing.confirm"
TIDY: Final = "marketing.tidy"


def send(site: Site, *, request_id: int) -> None:
    """Make a link and mail it. Running it twice sends another link, and the first one is void."""
    settings = site.settings
    if not may_mail(settings):
        return
    with site.database.write() as session:
        made = web_forms.token_for(session, request_id, now())
        if made is None:
            return
        asked, form, token = made
        to, company = asked.email, settings.company.name
        with use_locale(asked.language or settings.company.language, settings.company.time_zone):
            url = f"{settings.server.public_url}/f/confirm/{token}"
            subject, text = _("Please confirm: %(form)s", form=form.name), _text(company, form.name, url)
    with suppress(mail.RefusedError):  # nobody lives there: a slip, or a stranger's joke
        mail.send(settings.mail, to=to, subject=subject, text=text)


def _text(company: str, form: str, url: str) -> str:
    lines = [
        _("Hello,"),
        _("this address was typed into the form “%(form)s” of %(company)s. Confirm that it is yours:",
          form=form, company=company),
        url,
        _("The link works once, within two days."),
        _("If it was not you, do nothing: nothing is kept, and nobody writes to you."),
    ]  # fmt: skip
    return "\n\n".join(lines) + "\n"


def tidy(site: Site) -> None:
    """Forget what nobody confirmed. Running it twice does no harm."""
    with site.database.write() as session:
        web_forms.forget(session, now())
