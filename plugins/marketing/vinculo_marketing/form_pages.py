"""The public pages of web forms: asking, and confirming by the link in a mail. No script runs on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from litestar import MediaType, Response
from litestar.params import FromPath

from vinculo.accounts import door
from vinculo.accounts.reset_mail import may_mail
from vinculo.actor import Source, system
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, NotFoundError, ThrottledError, VinculoError
from vinculo.i18n import current_language
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.web.context import Context
from vinculo.web.routes import PUBLIC, get, post
from vinculo.web.views import Form, Input, Widget
from vinculo_marketing import form_mail, web_forms
from vinculo_marketing.form_records import ASKS, web_form
from vinculo_marketing.models import Ask, FormRequest, WebForm
from vinculo_marketing.web_forms import Sent

POLICY: Final = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
LARGEST: Final = 64_000  # of what is sent, in bytes
TRAP: Final = "homepage"  # an input that people do not see, and programs like to fill
_WIDGETS: Final = {
    Ask.COMPANY: (Widget.TEXT, "organization"),
    Ask.PHONE: (Widget.TEL, "tel"),
    Ask.MESSAGE: (Widget.TEXTAREA, ""),
}


@get("/f/{slug:str}", permission=PUBLIC)
def show(ctx: Context, slug: FromPath[str]) -> Response[bytes]:
    """The form. What the address says of a campaign (utm_source and the like) comes back with it."""
    form = _open(ctx, slug)
    query = str(ctx.request.url.query)
    return _draw(ctx, form, {}, utm=query if web_forms.utm_of(query) else "")


@post("/f/{slug:str}", permission=PUBLIC, request_max_body_size=LARGEST)
def send(ctx: Context, slug: FromPath[str]) -> Response[bytes]:
    """Keep what was typed and mail a link; the answer is the same whether the address is known or not."""
    form, at = _open(ctx, slug), now()
    said = {name: ctx.value(name) for name in ("name", "email", *(one.ask for one in form.questions))}
    visit = door.visit(ctx)
    sent = Sent(said, bool(ctx.value("agreed")), visit.address, ctx.value("utm"), current_language())
    if ctx.value(TRAP):
        return _thank(ctx, form)
    try:
        made = web_forms.ask(ctx.session, form, sent, now=at)
        web_forms.check_stamp(door.cipher(ctx), form, ctx.value("shown"), at)
    except (InvalidError, ThrottledError) as error:
        ctx.session.rollback()
        form = _open(ctx, slug)
        return _draw(ctx, form, said, utm=sent.utm, agreed=sent.agreed, error=error)
    if made is not None:
        ctx.site.enqueue(ctx.session, form_mail.JOB, request_id=made.id)
    return _thank(ctx, form)


@get("/f/confirm/{token:str}", permission=PUBLIC)
def look(ctx: Context, token: FromPath[str]) -> Response[bytes]:
    """A button. Looking at it does not use the link up: mail programs do that, too."""
    found, form = web_forms.waiting(ctx.session, token, now(), lock=False)
    text = _("One more step: confirm that %(email)s is yours and that you want this.", email=found.email)
    button = Form(f"/f/confirm/{token}", [], submit=_("Confirm"))
    return _page(ctx, form.name, text, form=button, agreed=found.consent)


@post("/f/confirm/{token:str}", permission=PUBLIC, request_max_body_size=LARGEST)
def confirm(ctx: Context, token: FromPath[str]) -> Response[bytes]:
    """Use the link, once."""
    actor = system(Source.PAGE)
    form = web_forms.confirm(ctx.session, ctx.registry.kinds, token, now=now(), actor=actor)
    return _page(ctx, form.name, form.thanks or _("Thank you. We will get in touch with you."))


def _open(ctx: Context, slug: str) -> WebForm:
    if not may_mail(ctx.site.settings):
        raise NotFoundError(_("There is no form at this address, or it is closed."))
    return web_forms.find(ctx.session, slug)


def _thank(ctx: Context, form: WebForm) -> Response[bytes]:
    text = _(
        "Look at your mail: a link is on its way there. Open it within two days, and we get your message."
    )
    return _page(ctx, form.name, text)


def _draw(
    ctx: Context, form: WebForm, said: dict[str, str], *, utm: str = "", agreed: bool = False,
    error: VinculoError | None = None,
) -> Response[bytes]:  # fmt: skip
    faults = error.errors if isinstance(error, InvalidError) else []
    faults = faults or ([FieldError("", error.message)] if error else [])
    inputs = [_input("name", _("Your name"), said, faults, auto="name")]
    inputs.append(_input("email", _("E-mail address"), said, faults, Widget.EMAIL, auto="email"))
    for one in form.questions:
        widget, auto = _WIDGETS[one.ask]
        label = one.label or str(ASKS[one.ask])
        inputs.append(_input(one.ask, label, said, faults, widget, required=one.required, auto=auto))
    drawn = Form(
        f"/f/{form.slug}",
        inputs,
        submit=_("Send"),
        errors=[one.message for one in faults if not one.field],
        hidden={"shown": web_forms.stamp(door.cipher(ctx), form, now()), "utm": utm[:2000]},
    )
    unticked = next((one.message for one in faults if one.field == "agreed"), "")
    answer = _page(
        ctx, form.name, form.intro, form=drawn, consent=form.consent, ticked=agreed, unticked=unticked,
        trap=TRAP, status=error.status if error else 200,
    )  # fmt: skip
    if isinstance(error, ThrottledError):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _input(
    name: str, label: str, said: dict[str, str], faults: Sequence[FieldError], widget: Widget = Widget.TEXT,
    *, required: bool = True, auto: str = "",
) -> Input:  # fmt: skip
    wrong = [one.message for one in faults if one.field == name]
    return Input(
        name, label, widget, value=said.get(name, ""), required=required, autocomplete=auto, errors=wrong
    )


def _page(ctx: Context, title: str, text: str, *, status: int = 200, **more: Any) -> Response[bytes]:
    html = ctx.fragment(
        "marketing/public.html",
        title=title,
        text=text,
        company=ctx.site.settings.company.name,
        language=current_language().replace("_", "-"),
        **more,
    )
    # The address of a link is its secret; a page in a frame could be clicked unseen.
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
    return Response(html.encode(), media_type=MediaType.HTML, status_code=status, headers=headers)


def panel(ctx: Context, record_id: int) -> PanelContent | None:
    """Where a form is, what holds it up, and how many used it."""
    form = ctx.session.get(WebForm, record_id)
    if form is None:
        return None
    done = sa.func.count(FormRequest.confirmed_at)
    query = sa.select(sa.func.count(), done).where(FormRequest.form_id == record_id)
    sent, confirmed = ctx.session.execute(query).one()
    html = ctx.fragment(
        "marketing/address.html",
        url=f"{door.site_url(ctx)}/f/{form.slug}",
        open=form.active,
        mail=may_mail(ctx.site.settings),
        sent=sent,
        confirmed=confirmed,
    )
    return PanelContent(html)


READ: Final = web_form.permission("read")
handlers: Final = (show, send, look, confirm)
