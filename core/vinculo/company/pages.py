"""The page of the company's settings: what is in force, and who changed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zoneinfo import available_timezones

import sqlalchemy as sa
from litestar import Response

from vinculo.company import logo, service
from vinculo.company.calendar_records import working_calendar
from vinculo.company.permissions import MANAGE
from vinculo.db.base import now
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.events.models import Event
from vinculo.i18n import LANGUAGES, current_language, format_datetime
from vinculo.i18n import gettext as _
from vinculo.records import currencies
from vinculo.records.cards import titles
from vinculo.records.countries import names as country_names
from vinculo.records.words import Words, source_label
from vinculo.settings import ACCENTS, Settings
from vinculo.web.context import Context
from vinculo.web.history_views import Change, HistoryEntry
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Form, FormSection, Input, Option, Toast, Widget

URL: Final = "/settings/company"
ORDER: Final = ("name", "language", "country", "currency", "time_zone", "accent", "logo", "joint_view")
WIDGETS: Final = {"name": Widget.TEXT, "joint_view": Widget.CHECKBOX, "logo": Widget.FILE}
NO_LOGO: Final = "_no_logo"
MOST: Final = 20  # changes below the form; the event log has all


@get(URL, permission=MANAGE)
def company_page(ctx: Context) -> Response[bytes]:
    """What is in force."""
    return _render(ctx)


@post(URL, permission=MANAGE)
def save(ctx: Context) -> Response[bytes]:
    """Change what is different; what a variable holds is not among the inputs."""
    free = [key for key in ORDER if not service.fixed(ctx.site.settings, key)]
    values = service.as_text({key: _sent(ctx, key) for key in free if key != logo.FIELD})
    try:
        values |= _sent_logo(ctx) if logo.FIELD in free else {}
        changed = service.change(ctx.session, ctx.site.settings, values, actor=ctx.actor, at=now())
    except InvalidError as error:
        ctx.session.rollback()
        return _render(ctx, values, error.errors)
    except ConflictError as error:
        return _render(ctx, values, [FieldError("", error.message)])
    ctx.follow_switches()
    text = _("The settings of the company are saved.") if changed else _("Nothing was changed.")
    return ctx.redirect(URL, toast=Toast(text))


def _sent(ctx: Context, key: str) -> str | bool:
    return bool(ctx.value(key)) if key == "joint_view" else ctx.value(key)


def _sent_logo(ctx: Context) -> dict[str, str]:
    if upload := ctx.file(logo.FIELD):
        return {logo.FIELD: logo.keep(ctx.session, upload.file.read())}
    return {logo.FIELD: ""} if ctx.value(NO_LOGO) else {}


def _render(
    ctx: Context, typed: dict[str, str] | None = None, errors: Sequence[FieldError] = ()
) -> Response[bytes]:
    settings = ctx.site.settings.with_company(service.chosen(ctx.session))
    held = {**service.texts_of(settings.company), **(typed or {})}
    inputs = {key: _input(settings, key, held[key], errors) for key in ORDER}
    if settings.company.logo and not service.fixed(settings, logo.FIELD):
        inputs[NO_LOGO] = Input(NO_LOGO, _("Take the logo away"), Widget.CHECKBOX)
    view = FormSection(_("Clients and counterparties"), [inputs.pop("joint_view")])
    general = [error.message for error in errors if error.field not in ORDER]
    return ctx.render(
        "company/settings.html",
        status=422 if errors else 200,
        crumbs=[Crumb(_("Company"))],
        title=_("Company"),
        form=Form(URL, [*inputs.values()], sections=[view], errors=general, multipart=True),
        entries=_history(ctx),
        times_url=working_calendar.url if ctx.actor.may(working_calendar.permission("read")) else "",
    )


def _input(settings: Settings, key: str, value: str, errors: Sequence[FieldError]) -> Input:
    if variable := service.fixed(settings, key):
        held = _("%(value)s, held by the variable %(name)s", value=_shown(key, value), name=variable)
        return Input(key, Words(None, {}).label(key), Widget.STATIC, display=held)
    widget = WIDGETS.get(key, Widget.SELECT)
    return Input(
        key,
        Words(None, {}).label(key),
        widget,
        value=value,
        options=_with(_options(key, current_language()), value),
        required=widget is Widget.TEXT,
        max_length=200 if widget is Widget.TEXT else None,
        help=" ".join(filter(None, [_help(key), _configured(settings, key)])),
        errors=[error.message for error in errors if error.field == key],
    )


def _help(key: str) -> str:
    return {
        "language": _(
            "For those who have chosen none and whose browser asks for none of these, and for letters."
        ),
        "country": _("Where numbers of phones and taxpayers belong that do not say it."),
        "currency": _("What new fields for money offer."),
        "time_zone": _("Of those who have chosen none, and of what is counted by days."),
        "accent": _("Of buttons, links and what is chosen."),
        "logo": _("Beside the company's name, in a square. PNG, JPEG, WebP or GIF."),
        "joint_view": _(
            "One form and one card for a client and its counterparty, where the two are one. Nothing is"
            " moved: both rows are there with it and without, and it can be switched back at any time."
        ),
    }.get(key, "")


def _configured(settings: Settings, key: str) -> str:
    """What was chosen over, so that it is known what the configuration would have it be."""
    own = service.texts_of(settings.configured)[key]
    if own == service.texts_of(settings.company)[key]:
        return ""
    return _("The configuration says: %(value)s.", value=_shown(key, own))


def _options(key: str, language: str) -> Sequence[Option]:
    if key == "language":
        return [Option(code, label) for code, label in LANGUAGES.items()]
    if key == "country":
        return [Option(code, f"{name} ({code})") for code, name in country_names(language)]
    if key == "currency":
        return [Option(code, name) for code, name in currencies.names(language)]
    if key == "accent":
        return [Option(code, label) for code, label in _accents().items()]
    return [Option(zone, zone) for zone in sorted(available_timezones())] if key == "time_zone" else ()


def _accents() -> dict[str, str]:
    words = (
        _("Indigo"), _("Blue"), _("Teal"), _("Green"), _("Orange"), _("Red"), _("Pink"), _("Violet"),
    )  # fmt: skip
    return dict(zip(ACCENTS, words, strict=True))


def _with(options: Sequence[Option], value: str) -> Sequence[Option]:
    """A value that is not offered any more stays what it is until another is chosen."""
    gone = options and value not in [one.value for one in options]
    return [*options, Option(value, value)] if gone else options


def _shown(key: str, value: str | bool) -> str:
    """A value as people read it."""
    if key == "joint_view":
        return _("Yes") if value in (True, "true") else _("No")
    if key == "logo":
        return _("A picture") if value else _("None")
    if key in ("language", "country", "accent"):
        return next(
            (one.label for one in _options(key, current_language()) if one.value == value), str(value)
        )
    return str(value)


def _history(ctx: Context) -> list[HistoryEntry]:
    query = sa.select(Event).where(
        Event.kind == service.KIND, Event.record_id == service.RECORD, Event.version.is_not(None)
    )
    events = ctx.session.scalars(query.order_by(Event.id.desc()).limit(MOST)).all()
    users = titles(ctx, {"user": {event.actor_id for event in events if event.actor_id is not None}})
    return [
        HistoryEntry(
            title=_("Changed"),
            when=format_datetime(event.at),
            at=event.at.isoformat(),
            who=users.get(("user", event.actor_id or 0), _("Vinculo")),
            source=source_label(event.source, event.via),
            changes=[_change(key, *event.changes[key]) for key in ORDER if key in event.changes],
        )
        for event in events
    ]


def _change(key: str, before: str, after: str) -> Change:
    return Change(Words(None, {}).label(key), _shown(key, before), _shown(key, after))


handlers = [company_page, save, logo.show]
