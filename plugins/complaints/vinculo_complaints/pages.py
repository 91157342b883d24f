"""Complaints on cards: adding one on any record, its way through the states, what is done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlencode

import sqlalchemy as sa
from litestar import Response
from litestar.params import FromPath

from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, NotFoundError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access, forms, hanging, service, short_forms
from vinculo.records.in_place import narrowed
from vinculo.records.kind import RecordKind
from vinculo.records.pages import render_new
from vinculo.records.reading import Values
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Option, Toast
from vinculo_complaints import actions, limits, queries, views
from vinculo_complaints.actions import APPROVE
from vinculo_complaints.models import CLOSED, OPEN, Action, Complaint, Kind, State
from vinculo_complaints.records import KINDS, SEVERITIES, STATES, cause, complaint, topic

READ: Final = complaint.permission("read")
CREATE: Final = complaint.permission("create")
UPDATE: Final = complaint.permission("update")
COMPOSED: Final = ("topic_id", "severity", "text", "client_id")
ENDING: Final = ("state", "result", "cause_id", "satisfaction")  # what is asked where a complaint ends
FIRST: Final = 10


def panel(of: str, ctx: Context, record_id: int) -> PanelContent | None:
    """The complaints about a record, those that are open first, and a way to add one."""
    kind = ctx.registry.kinds[of]
    if not access.hidden(complaint, ctx.actor).isdisjoint(queries.SHOWN):
        return None
    query = access.within(sa.select(Complaint), complaint, ctx.actor, few=True)
    query = query.where(hanging.on(complaint, of, record_id))
    order = (Complaint.state.not_in(OPEN), Complaint.received_at.desc(), Complaint.id.desc())
    rows = ctx.session.scalars(query.order_by(*order).limit(FIRST + 1)).all()
    said = hanging.said(complaint, of, record_id)
    back = f"{kind.url}/{record_id}"
    new = f"{complaint.url}/new?{urlencode({**said, 'back': back})}"
    may = access.writes(complaint, ctx.actor, COMPOSED)
    quick = may and (of == "client" or bool(kind.client))
    if not rows and not may:
        return None
    html = ctx.fragment(
        "complaints/panel.html",
        lines=[views.line(one) for one in rows[:FIRST]],
        every=f"{complaint.url}?{urlencode(said)}" if len(rows) > FIRST else "",
        form={**said, "back": back} if quick else None,
        new=new if may and "about_kind" not in said else "",
        topics=_options(ctx, topic) if quick else [],
        severities=[Option(one, str(label)) for one, label in SEVERITIES.items()],
    )
    return PanelContent(html, count=sum(one.state in OPEN for one in rows[:FIRST]) or None)


def _options(ctx: Context, kind: RecordKind) -> list[Option]:
    return [Option("", "—"), *(Option(str(one), name) for one, name in queries.names(ctx.session, kind))]


@post("/complaints/open", permission=CREATE)
def add(ctx: Context) -> Response[bytes]:
    """Add what was typed on a card; if it does not fit, go on in the whole form."""
    seen = access.new_by(complaint, ctx.actor)
    defaults = {f.name: f.text(f.initial) for f in complaint.writable() if f.default is not None}
    about = _about(ctx)
    given = {name: str(about[name]) for name in ("client_id",) if about.get(name)}
    texts = {**defaults, **{name: ctx.value(name) for name in ctx.form}, **given}
    typed = forms.from_texts(ctx, seen, texts)
    back = short_forms.back(ctx)
    try:
        values = forms.read(ctx, seen, typed)
        values.fields.update(about)
        record = service.create(ctx.session, complaint, values, actor=ctx.actor)
    except VinculoError as error:
        ctx.session.rollback()
        return render_new(ctx, seen, typed, back=back, error=error)
    url = f"{complaint.url}/{record.id}"
    return ctx.redirect(back or url, toast=Toast(_("%(complaint)s was added.", complaint=record.subject)))


def _about(ctx: Context) -> dict[str, Any]:
    """The record of a plugin's kind that it is about, and its client. Raises ``NotFoundError``."""
    name, record_id = ctx.value("about_kind"), whole_number(ctx.value("about_id"))
    if not name or record_id is None:
        return {}
    kind = ctx.registry.kinds.get(name)
    if kind is None or not kind.exposed:
        raise NotFoundError
    record = service.get(ctx.session, kind, record_id, actor=ctx.actor)
    return {"about_kind": name, "about_id": record_id, "client_id": kind.client_of(record)}


def process(ctx: Context, record_id: int) -> PanelContent | None:
    """How far a complaint is, its clock, what may be done next, and who did what when."""
    hidden = access.hidden(complaint, ctx.actor)
    if "state" in hidden:
        return None
    record: Complaint = service.get(ctx.session, complaint, record_id, actor=ctx.actor)
    may = bool(access.permitted(ctx.session, complaint, record_id, ctx.actor, ["update"]))
    moves = may and access.writes(complaint, ctx.actor, ["state"], "update")
    html = ctx.fragment(
        "complaints/process.html",
        url=f"{complaint.url}/{record_id}",
        version=record.version,
        steps=views.next_steps(record.state) if moves else [],
        endings=views.endings(record.state) if moves else [],
        answer=record.answered_at is None and moves and "answered_at" not in hidden,
        clock=views.clock(record, hidden),
        about=_link(ctx, record.about_kind, record.about_id),
        earlier=[views.line(one) for one in _earlier(ctx, record)] if "topic_id" not in hidden else [],
        stays=[] if "stays" in hidden else [views.stay(one) for one in queries.stays(ctx.session, record_id)],
    )
    return PanelContent(html)


def _earlier(ctx: Context, record: Complaint) -> Sequence[Complaint]:
    days = limits.NUMBERS.read(ctx.session)[limits.REPEAT]
    return queries.earlier(ctx.session, record, days, access.condition(complaint, ctx.actor, few=True))


def _link(ctx: Context, name: str, record_id: int | None) -> tuple[str, str] | None:
    """(name, address) of a record that its reader may see."""
    kind = ctx.registry.kinds.get(name)
    if kind is None or record_id is None or not ctx.actor.may(kind.permission("read")):
        return None
    try:
        found = service.get(ctx.session, kind, record_id, actor=ctx.actor)
    except NotFoundError:
        return None
    return f"{kind.label}: {kind.title_of(found)}", f"{kind.url}/{record_id}"


@get("/complaints/{record_id:int}/end", permission=UPDATE)
def end(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Ask what came of it, why it came about, and how content the client is; ``state`` says how it ends."""
    record: Complaint = service.get(ctx.session, complaint, record_id, actor=ctx.actor)
    access.require(ctx.session, complaint, record, ctx.actor, "update")
    wanted = ctx.parameter("state")
    state = State(wanted) if wanted in CLOSED else State.SOLVED
    only = _ending(ctx, state)
    typed = forms.of_record(ctx, only, record)
    return _ask(ctx, record, state, only, typed, ())


def _ending(ctx: Context, state: State) -> RecordKind:
    names = [one for one in ENDING if one != "state" and (one != "satisfaction" or state is State.SOLVED)]
    return narrowed(access.seen_by(complaint, ctx.actor), *names)


def _ask(
    ctx: Context, record: Complaint, state: State, only: RecordKind, typed: Any,
    faults: Sequence[FieldError], status: int = 200,
) -> Response[bytes]:  # fmt: skip
    url = f"{complaint.url}/{record.id}"
    form = forms.draw(
        only, typed, action=f"{url}/move", cancel=url, version=record.version, errors=faults,
        hidden={"state": state},
    )  # fmt: skip
    form = replace(form, submit=_("Solved") if state is State.SOLVED else _("Turn down"))
    crumbs = [Crumb(str(complaint.label_plural), complaint.url), Crumb(record.subject, url)]
    return short_forms.answer(ctx, record.subject, form, crumbs, status=status, heading=record.subject)


@post("/complaints/{record_id:int}/move", permission=UPDATE)
def move(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Put a complaint into the state ``state``; where it ends, with what was said of that."""
    record: Complaint = service.get(ctx.session, complaint, record_id, actor=ctx.actor, lock=True)
    access.require(ctx.session, complaint, record, ctx.actor, "update")
    wanted = ctx.value("state")
    if wanted not in STATES:
        names = ", ".join(State)
        text = _("“%(value)s” is no state; choose one of: %(names)s.", value=wanted[:60], names=names)
        raise InvalidError([FieldError("state", text, "invalid")])
    state = State(wanted)
    only = _ending(ctx, state) if state in CLOSED else narrowed(complaint)
    typed = forms.submitted(ctx, only)
    try:
        values = forms.read(ctx, only, typed, record=record)
        values.fields["state"] = state
        values.version = whole_number(ctx.value("version"))
        changed = service.update(ctx.session, complaint, record, values, actor=ctx.actor)
    except VinculoError as error:
        if state not in CLOSED:
            raise
        ctx.session.rollback()
        record = service.get(ctx.session, complaint, record_id, actor=ctx.actor)
        return _ask(ctx, record, state, only, typed, forms.faults_of(error), error.status)
    url = f"{complaint.url}/{record_id}"
    undo = f"{url}/changes/{record.version}/undo?back={quote(url)}" if changed else ""
    text = _("“%(complaint)s”: %(state)s", complaint=record.subject, state=STATES[state])
    return ctx.redirect(url, toast=Toast(text, undo_url=undo))


@post("/complaints/{record_id:int}/answered", permission=UPDATE)
def answered(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Say that the client has had a first answer now; that it is in work as well."""
    record: Complaint = service.get(ctx.session, complaint, record_id, actor=ctx.actor, lock=True)
    state = State.WORK if record.state is State.NEW else record.state
    values = Values({"answered_at": now(), "state": state})
    service.update(ctx.session, complaint, record, values, actor=ctx.actor)
    return ctx.redirect(f"{complaint.url}/{record_id}", toast=Toast(_("The first answer is noted.")))


def measures(ctx: Context, record_id: int) -> PanelContent | None:
    """What is to be done about a complaint: proposed, decided, carried out; and a way to propose."""
    if "actions" in access.hidden(complaint, ctx.actor):
        return None
    record: Complaint = service.get(ctx.session, complaint, record_id, actor=ctx.actor)
    may = bool(access.permitted(ctx.session, complaint, record_id, ctx.actor, ["update"]))
    if not record.actions and not may:
        return None
    html = ctx.fragment(
        "complaints/actions.html",
        url=f"{complaint.url}/{record_id}/actions",
        lines=[(views.action(one), _link(ctx, one.made_kind, one.made_id)) for one in record.actions],
        may=may,
        may_approve=ctx.actor.may(APPROVE),
        kinds=[Option(one, str(label)) for one, label in KINDS.items()],
    )
    return PanelContent(html, count=sum(one.step == "proposed" for one in record.actions) or None)


@post("/complaints/{record_id:int}/actions", permission=UPDATE)
def propose(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Propose an action: ``kind``, perhaps ``note`` and ``amount``."""
    record: Complaint = service.get(ctx.session, complaint, record_id, actor=ctx.actor, lock=True)
    access.require(ctx.session, complaint, record, ctx.actor, "update")
    wanted, note = ctx.value("kind"), ctx.value("note").strip()
    if wanted not in KINDS:
        text = _(
            "“%(value)s” is no action; choose one of: %(names)s.", value=wanted[:60], names=", ".join(Kind)
        )
        raise InvalidError([FieldError("kind", text, "invalid")])
    amount = actions.read_amount(views.AMOUNT.parse, ctx.value("amount"))
    actions.propose(
        ctx.session, complaint, record, Kind(wanted), note=note[:300], amount=amount, actor=ctx.actor
    )
    return _back(ctx, record_id, _("It is proposed; somebody with the right to approve decides."))


@post("/complaints/{record_id:int}/actions/{item_id:int}/approve", permission=APPROVE)
def approve(ctx: Context, record_id: FromPath[int], item_id: FromPath[int]) -> Response[bytes]:
    """Approve an action; whoever carries such out begins at once."""
    record = _locked(ctx, record_id)
    made = actions.approve(
        ctx.session, complaint, record, item_id, find=ctx.registry.performer, actor=ctx.actor
    )
    told = _link(ctx, made.made_kind, made.made_id)
    return _back(ctx, record_id, told[0] if told else _("It is approved."))


def _locked(ctx: Context, record_id: int) -> Complaint:
    found: Complaint = service.get(ctx.session, complaint, record_id, actor=ctx.actor, lock=True)
    return found


def _step(ctx: Context, record_id: int, text: str, change: Callable[[Complaint], Action]) -> Response[bytes]:
    change(_locked(ctx, record_id))
    return _back(ctx, record_id, text)


@post("/complaints/{record_id:int}/actions/{item_id:int}/refuse", permission=APPROVE)
def refuse(ctx: Context, record_id: FromPath[int], item_id: FromPath[int]) -> Response[bytes]:
    """Decide against an action."""
    change = partial(actions.refuse, ctx.session, complaint, action_id=item_id, actor=ctx.actor)
    return _step(ctx, record_id, _("It is refused."), change)


@post("/complaints/{record_id:int}/actions/{item_id:int}/done", permission=UPDATE)
def done(ctx: Context, record_id: FromPath[int], item_id: FromPath[int]) -> Response[bytes]:
    """Say that an action is carried out."""
    access.require(ctx.session, complaint, _locked(ctx, record_id), ctx.actor, "update")
    change = partial(actions.done, ctx.session, complaint, action_id=item_id, actor=ctx.actor)
    return _step(ctx, record_id, _("It is carried out."), change)


def _back(ctx: Context, record_id: int, text: str) -> Response[bytes]:
    return ctx.redirect(f"{complaint.url}/{record_id}", toast=Toast(text))


LISTS: Final = (topic, cause)
handlers = (add, end, move, answered, propose, approve, refuse, done)
