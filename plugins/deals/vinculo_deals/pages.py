"""Moving a deal, and its path on its card."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from litestar import Response
from litestar.params import FromPath
from markupsafe import Markup

from vinculo.accounts.models import User
from vinculo.errors import FieldError, InvalidError, StaleVersionError, VinculoError
from vinculo.i18n import format_date, format_number, ngettext
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access, forms, service, short_forms
from vinculo.records.in_place import narrowed
from vinculo.records.reading import Values
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Input, Toast
from vinculo_deals import queries, views
from vinculo_deals.models import Deal, Pipeline, Stage, State
from vinculo_deals.process import OVERRIDE, going_past
from vinculo_deals.records import deal
from vinculo_deals.records import pipeline as pipeline_kind
from vinculo_deals.records import stage as stage_kind

READ: Final = deal.permission("read")
CREATE: Final = deal.permission("create")
UPDATE: Final = deal.permission("update")
REASON: Final = "lost_reason_id"
PAST: Final = "past"  # why a deal goes past what is not met


def path(ctx: Context, record_id: int, process: Markup | str = "") -> PanelContent | None:
    """The stages of a deal, to be walked; what is to be done in this one; how long it was in others.

    ``process`` is what its steps look like.
    """
    if "stage_id" in access.hidden(deal, ctx.actor):
        return None
    record: Deal = service.get(ctx.session, deal, record_id, actor=ctx.actor)
    pipeline = ctx.session.get_one(Pipeline, record.pipeline_id)
    stages = queries.stages(ctx.session, record.pipeline_id)
    here = next(one for one in stages if one.id == record.stage_id)
    may = bool(access.permitted(ctx.session, deal, record_id, ctx.actor, ["update"]))
    days = views.days_in(record.stage_since)
    html = ctx.fragment(
        "deals/path.html",
        steps=views.path(stages, record.stage_id),
        move_url=move_url(record_id, record.version, f"{deal.url}/{record_id}")
        if may and access.writes(deal, ctx.actor, ["stage_id"], "update")
        else "",
        guidance=here.guidance,
        process=process,
        stuck=views.is_stuck(here, pipeline.strictness, record.stage_since),
        days=ngettext("%(n)s day in this stage", "%(n)s days in this stage", days)
        if here.state is State.OPEN
        else "",
        stays=[_stay(ctx, one) for one in queries.stays(ctx.session, record_id)],
    )
    return PanelContent(html)


def _stay(ctx: Context, one: queries.Stay) -> dict[str, Any]:
    shows_amount = one.amount is not None and "amount" not in access.hidden(deal, ctx.actor)
    return {
        "stage": one.stage,
        "tone": views.TONES[one.state],
        "since": format_date(one.entered_at.date()),
        "until": format_date(one.left_at.date()) if one.left_at else "",
        "amount": format_number(one.amount) if shows_amount and one.amount is not None else "",
        "who": one.who,
    }


def move_url(record_id: int, version: int, back: str = "") -> str:
    """Where a deal is moved that was seen in this version; forms may say themselves where it goes then."""
    url = f"{deal.url}/{record_id}/move?version={version}"
    return f"{url}&back={quote(back)}" if back else url


@post("/deals/{record_id:int}/move", permission=UPDATE)
def move(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Put a deal into the stage ``stage_id``; where more must be known, such as a reason, ask for it."""
    record: Deal = service.get(ctx.session, deal, record_id, actor=ctx.actor, lock=True)
    access.require(ctx.session, deal, record, ctx.actor, "update")
    stage = _asked(ctx)
    seen = access.seen_by(deal, ctx.actor)
    only = narrowed(seen, "stage_id", REASON) if stage.state is State.LOST else narrowed(seen, "stage_id")
    typed = forms.submitted(ctx, only)
    values = Values()
    try:
        values = forms.read(ctx, only, typed, record=record)
        values.version = whole_number(ctx.value("version") or ctx.parameter("version"))
        with going_past(ctx.session, ctx.value(PAST)):
            changed = service.update(ctx.session, deal, record, values, actor=ctx.actor)
    except VinculoError as error:
        ctx.session.rollback()
        return _ask(ctx, record_id, stage, forms.faults_of(error), error)
    back = short_forms.back(ctx) or f"{deal.url}/{record_id}"
    undo = f"{deal.url}/{record_id}/changes/{record.version}/undo?back={quote(back)}" if changed else ""
    text = _("“%(deal)s” is in “%(stage)s”.", deal=record.title, stage=stage.name)
    return ctx.redirect(back, toast=Toast(text, undo_url=undo))


def _asked(ctx: Context) -> Stage:
    stage_id = whole_number(ctx.value("stage_id"))
    found = ctx.session.get(Stage, stage_id) if stage_id else None
    if found is None:
        text = _("This stage is gone; load the page anew.")
        raise InvalidError([FieldError("stage_id", text, "no_such_record")])
    return found


def _ask(ctx: Context, record_id: int, stage: Stage, faults: Any, error: VinculoError) -> Response[bytes]:
    """The form with what is wrong, sent again for the deal as it is now."""
    record: Deal = service.get(ctx.session, deal, record_id, actor=ctx.actor)
    ctx.session.refresh(stage)
    stale = isinstance(error, StaleVersionError)
    lost = stage.state is State.LOST and (stale or isinstance(error, InvalidError))
    past = error.code == "rules_unmet" and ctx.actor.may(OVERRIDE)
    settled = lost or stale or past  # the stage stands, and is sent again
    asked = (REASON,) if lost else ("stage_id",)
    only = narrowed(access.seen_by(deal, ctx.actor), *(() if settled and not lost else asked))
    typed = forms.submitted(ctx, only) if settled else forms.of_record(ctx, only, record)
    if past:
        faults = [FieldError("", fault.message, fault.code) for fault in faults]
    if stale:
        faults = [FieldError("", _meanwhile(ctx, record), error.code)]
    back = short_forms.back(ctx)
    hidden = {"back": back} if back else {}
    form = forms.draw(
        only,
        typed,
        action=f"{deal.url}/{record_id}/move",
        cancel=back or f"{deal.url}/{record_id}",
        version=record.version,
        errors=[fault if fault.field else FieldError("", fault.message, fault.code) for fault in faults],
        hidden={**hidden, "stage_id": str(stage.id)} if settled else hidden,
    )
    if past:
        form = replace(form, inputs=[*form.inputs, _reason(ctx)])
    form = replace(form, submit=_("Move to “%(stage)s”", stage=stage.name) if settled else form.submit)
    crumbs = [Crumb(str(deal.label_plural), deal.url), Crumb(record.title, f"{deal.url}/{record_id}")]
    return short_forms.answer(ctx, record.title, form, crumbs, status=error.status, heading=record.title)


def _reason(ctx: Context) -> Input:
    text = _("It is kept with the deal, with what was not met and who has moved it.")
    return Input(
        PAST, _("Reason for moving it all the same"), value=ctx.value(PAST), required=True, help=text,
        max_length=300,
    )  # fmt: skip


def _meanwhile(ctx: Context, record: Deal) -> str:
    """Who has changed a deal since it was seen, and where it stands: one says anew what one wants."""
    by = ctx.session.get(User, record.changed_by_id) if record.changed_by_id else None
    return _(
        "%(who)s has changed this deal meanwhile: it is in “%(stage)s”. Move it all the same, or cancel.",
        who=by.name if by else _("Somebody else"),
        stage=ctx.session.get_one(Stage, record.stage_id).name,
    )


@get("/deal-stages/{record_id:int}", permission=stage_kind.permission("read"))
def stage_card(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """A stage is a part of its pipeline: links to it lead there."""
    found = service.get(ctx.session, stage_kind, record_id, actor=ctx.actor)
    return ctx.redirect(f"{pipeline_kind.url}/{found.pipeline_id}")


handlers = (move, stage_card)
