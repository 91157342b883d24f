"""A template as a given client would get it, and the letter that tries it out."""

from __future__ import annotations

import secrets
from email.utils import parseaddr
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from litestar import Response
from litestar.params import FromPath

from vinculo import mail
from vinculo.clients.records import client
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.i18n import use_locale
from vinculo.people.contacts import email
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access
from vinculo.records import service as records
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.site import Site
from vinculo.web.views import Crumb, Input, Toast, Widget
from vinculo_mailings import letters, sending, values
from vinculo_mailings.models import Medium, Template
from vinculo_mailings.records import template
from vinculo_mailings.rendering import Letter, Rendered
from vinculo_mailings.settings import MailingSettings

READ: Final = template.permission("read")
CHANGE: Final = template.permission("update")
TRY: Final = "mailings.try"
SHOWN: Final = {  # what a letter looks like is its own: it runs nothing, and reaches nothing of ours
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:;"
    " frame-ancestors 'self'; sandbox",
    "X-Frame-Options": "SAMEORIGIN",
}


def panel(ctx: Context, record_id: int) -> PanelContent:
    """Where a template is shown as somebody would get it."""
    return PanelContent(ctx.fragment("mailings/to_preview.html", url=f"{template.url}/{record_id}/preview"))


@get("/mailing-templates/{record_id:int}/preview", permission=READ)
def preview(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """The template with the values of a client; without one, of the client added last."""
    one: Template = records.get(ctx.session, template, record_id, actor=ctx.actor)
    client_id = _chosen(ctx)
    url = f"{template.url}/{record_id}"
    letter = Letter(one.subject, one.body, one.text)
    told = _told(ctx, letter, client_id)
    made = _rendered(one, letter, told)
    name = str(told["client"].get("name", ""))
    unknown = values.unknown(ctx.registry, ctx.actor, letter.asked)
    return ctx.render(
        "mailings/preview.html",
        crumbs=[Crumb(str(template.label_plural), template.url), Crumb(one.name, url), Crumb(_("Preview"))],
        title=_("Preview of “%(template)s”", template=one.name),
        who=Input("client", _("Client"), Widget.LINK, str(client_id or ""), name, lookup="/lookup/client"),
        subject=made.subject,
        text=made.text,
        frame=f"{url}/shown?{urlencode({'client': client_id or ''})}" if made.html else "",
        unknown=unknown,
        offered=[(f"client.{one.name}", str(one.label)) for one in values.offered(ctx.registry, ctx.actor)],
        url=f"{url}/preview",
        attempt=f"{url}/try" if one.channel is Medium.EMAIL and ctx.actor.may(CHANGE) else "",
        client_id=client_id or "",
        back=url,
    )


@get("/mailing-templates/{record_id:int}/shown", permission=READ)
def shown(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """The letter alone, for the frame of the preview."""
    one: Template = records.get(ctx.session, template, record_id, actor=ctx.actor)
    letter = Letter(one.subject, one.body, one.text)
    made = _rendered(one, letter, _told(ctx, letter, _chosen(ctx)))
    return Response(made.html.encode(), media_type="text/html", headers=SHOWN)


@post("/mailing-templates/{record_id:int}/try", permission=CHANGE)
def attempt(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Send the letter to one address, in the background; it stands in no ledger."""
    one: Template = records.get(ctx.session, template, record_id, actor=ctx.actor)
    access.require(ctx.session, template, one, ctx.actor, "update")
    sending.require_mail(ctx.site)
    try:
        to, _key = email(ctx.value("address").strip())
    except ValueError as error:
        raise InvalidError([FieldError("address", str(error))]) from error
    chosen = whole_number(ctx.value("client"))
    ctx.site.enqueue(
        ctx.session, TRY, template_id=one.id, client_id=chosen, address=to, user_id=ctx.actor.user_id
    )
    url = f"{template.url}/{record_id}/preview?{urlencode({'client': chosen or ''})}"
    return ctx.redirect(url, toast=Toast(_("The letter is on its way to %(address)s.", address=to)))


def send_trial(site: Site, *, template_id: int, client_id: int | None, address: str, user_id: int) -> None:
    """The job of such a letter; it may come twice, which does no harm."""
    company, settings = site.settings.company, site.registry.settings_of("mailings", MailingSettings)
    with use_locale(company.language, company.time_zone):
        with site.database.read() as session:
            one, actor = session.get(Template, template_id), site.actor_of(session, user_id)
            if one is None:
                return
            letter = Letter(one.subject, one.body, one.text)
            found = values.of_clients(session, site.registry, actor, [client_id or 0], letter.asked)
        made = _rendered(one, letter, _values(site, found.get(client_id or 0, {})))
        said = letters.Said(f"[{_('Test')}] {made.subject}", made.text, made.html)
        sender, token = sending.sender_of(site), secrets.token_hex(16)
        raw = letters.compose(settings, sender, to=address, token=token, said=said)
        with mail.courier(site.settings.mail) as courier:
            courier.carry(raw, sender=parseaddr(sender)[1], to=address, promise=lambda: None)


def _chosen(ctx: Context) -> int | None:
    """The client of the address, whom the reader sees, or the newest one."""
    if not ctx.actor.may(client.permission("read")):
        return None
    if (asked := whole_number(ctx.parameter("client"))) is not None:
        return int(records.get(ctx.session, client, asked, actor=ctx.actor).id)
    newest = access.within(sa.select(sa.func.max(client.table.c.id)), client, ctx.actor)
    found: int | None = ctx.session.scalar(newest)
    return found


def _told(ctx: Context, letter: Letter, client_id: int | None) -> dict[str, Any]:
    found = values.of_clients(ctx.session, ctx.registry, ctx.actor, [client_id or 0], letter.asked)
    return _values(ctx.site, found.get(client_id or 0, {}))


def _values(site: Site, of_client: dict[str, str]) -> dict[str, Any]:
    return {
        "client": of_client,
        "person": {"name": of_client.get("name", "")},
        "company": {"name": site.settings.company.name},
        "event": {"title": _("What happened")},
        "unsubscribe_url": f"{site.settings.server.public_url}/m/",
    }


def _rendered(one: Template, letter: Letter, told: dict[str, Any]) -> Rendered:
    if one.channel is Medium.SMS:
        return Rendered("", "", letter.render_text(told))
    return letter.render(told, foot=_("Unsubscribe"))


handlers = (preview, shown, attempt)
