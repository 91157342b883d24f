"""Applying a plan: to one record or to several, after it was shown what would come of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from litestar import Response
from litestar.params import FromPath

from vinculo.accounts.models import User
from vinculo.clients.models import Client
from vinculo.company import calendars
from vinculo.errors import ConflictError, FieldError, InvalidError, MalformedError, NotFoundError
from vinculo.i18n import format_date, ngettext, today
from vinculo.i18n import gettext as _
from vinculo.records import access, bulk_pages, hanging, service
from vinculo.records import query as queries
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Values
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Crumb, Option, Toast
from vinculo_tasks import service as rules
from vinculo_tasks.models import Plan
from vinculo_tasks.pages import CREATE
from vinculo_tasks.records import plan as plan_kind
from vinculo_tasks.records import task

URL: Final = "/tasks/plans/apply"
MOST: Final = 500  # records at once: more would be better thought over


@dataclass(frozen=True, slots=True)
class Asked:
    """Which records, by which plan, from which day on."""

    kind: RecordKind
    records: Sequence[Any]
    plan: Plan | None
    day: date

    @property
    def ids(self) -> str:
        """As the address says them."""
        return ",".join(str(record.id) for record in self.records)


def apply_url(client_id: int) -> str:
    """Where a plan is applied to a client."""
    return f"{URL}?kind=client&ids={client_id}"


@get(URL, permission=CREATE)
def preview(ctx: Context) -> Response[bytes]:
    """Choose a plan and a day, and see what would be made."""
    asked = _asked(ctx, ctx.parameter)
    rows = [] if asked.plan is None else [*_shown(ctx, asked)]
    plans = ctx.session.execute(sa.select(Plan.id, Plan.name).order_by(Plan.name_key)).all()
    return ctx.render(
        "tasks/apply.html",
        crumbs=[Crumb(str(asked.kind.label_plural), asked.kind.url), Crumb(_("Apply a plan"))],
        title=_("Apply a plan"),
        kind=asked.kind.name,
        ids=asked.ids,
        titles=[asked.kind.title_of(record) for record in asked.records],
        plans=[Option(str(row.id), row.name) for row in plans],
        chosen=str(asked.plan.id) if asked.plan else "",
        day=asked.day.isoformat(),
        rows=rows,
        new_url=f"{plan_kind.url}/new" if ctx.actor.may(plan_kind.permission("create")) else "",
    )


@get(f"{URL}/{{name:str}}", permission=CREATE)
def of_list(ctx: Context, name: FromPath[str]) -> Response[bytes]:
    """The same for the records of a list, or for those that are ticked in it."""
    kind = ctx.registry.kinds.get(name)
    if kind is None or not kind.exposed:
        raise NotFoundError
    ctx.actor.require(kind.permission("read"))
    seen, query = bulk_pages.asked(ctx, kind, typed=False)
    few = access.within(sa.select(kind.table.c.id), kind, ctx.actor)
    few = few.where(*queries.conditions(ctx.session, seen, query, ctx.actor)).order_by(kind.table.c.id)
    ids = ctx.session.scalars(few.limit(MOST + 1)).all()
    if len(ids) > MOST:
        text = _("A plan is applied to at most %(most)s records at once; narrow the list, or tick some.")
        raise ConflictError(text % {"most": MOST}, code="too_many")
    return ctx.redirect(f"{URL}?kind={name}&ids={','.join(map(str, ids))}")


@post(URL, permission=CREATE)
def apply(ctx: Context) -> Response[bytes]:
    """Make the tasks."""
    asked = _asked(ctx, ctx.value)
    if not asked.records:
        raise NotFoundError
    if asked.plan is None:
        raise InvalidError([FieldError("plan", _("Choose a plan."), "required")])
    many = [values for _title, values in _made(ctx, asked)]
    for values in many:
        service.create(ctx.session, task, Values(values), actor=ctx.actor)
    text = ngettext("%(n)s task was added.", "%(n)s tasks were added.", len(many))
    only = f"{asked.kind.url}/{asked.ids}" if len(asked.records) == 1 else asked.kind.url
    return ctx.redirect(only, toast=Toast(text))


def _asked(ctx: Context, said: Any) -> Asked:
    """Raises ``NotFoundError`` for a record that the user does not see, ``MalformedError`` for nonsense."""
    kind = ctx.registry.kinds.get(said("kind") or "client")
    if kind is None or not kind.exposed:
        raise NotFoundError
    ctx.actor.require(kind.permission("read"))
    ids = {whole_number(one) for one in said("ids").split(",") if one}
    if None in ids or len(ids) > MOST:
        raise MalformedError(_("Name 1 to %(most)s records by their numbers, comma between.", most=MOST))
    query = access.within(sa.select(kind.model), kind, ctx.actor, few=True)
    records = ctx.session.scalars(query.where(kind.model.id.in_(ids)).order_by(kind.model.id)).all()
    if len(records) < len(ids):
        raise NotFoundError
    plan_id, day = said("plan"), said("day")
    try:
        start = date.fromisoformat(day) if day else today()
    except ValueError:
        raise InvalidError([FieldError("day", _("Choose the day of the plan."), "invalid")]) from None
    if not rules.EARLIEST + timedelta(days=3660) < start < rules.LATEST - timedelta(days=3660):
        raise InvalidError([FieldError("day", _("Choose a day nearer to ours."), "out_of_range")])
    found = ctx.session.get(Plan, whole_number(plan_id) or 0) if plan_id else None
    if plan_id and found is None:
        raise NotFoundError
    return Asked(kind, records, found, start)


def _made(ctx: Context, asked: Asked) -> Iterator[tuple[str, dict[str, Any]]]:
    """(title of the record, values of the task), in the order in which they are made."""
    assert asked.plan is not None
    owners = _owners(ctx, {asked.kind.client_of(record) for record in asked.records})
    known = calendars.load(ctx.session)
    for record in asked.records:
        client_id = asked.kind.client_of(record)
        said = hanging.said(task, asked.kind.name, record.id)
        place: dict[str, Any] = {
            name: value if name == "about_kind" else int(value) for name, value in said.items()
        }
        place.setdefault("client_id", client_id)
        owner = owners.get(client_id or 0)
        steps = rules.steps(asked.plan, asked.day, known, owner=owner, applier=ctx.actor.user_id)
        for values in steps:
            yield asked.kind.title_of(record), {**values, **place}


def _owners(ctx: Context, client_ids: set[int | None]) -> dict[int, int]:
    query = sa.select(Client.id, Client.responsible_id).where(
        Client.id.in_([one for one in client_ids if one]), Client.responsible_id.is_not(None)
    )
    return {row[0]: row[1] for row in ctx.session.execute(query) if row[1] is not None}


def _shown(ctx: Context, asked: Asked) -> Iterator[dict[str, str]]:
    made = [*_made(ctx, asked)]
    ids = {values["assignee_id"] for _title, values in made if values["assignee_id"]}
    users = {user.id: user.name for user in ctx.session.scalars(sa.select(User).where(User.id.in_(ids)))}
    for title, values in made:
        yield {
            "record": title,
            "subject": values["subject"],
            "due": format_date(values["due_on"]),
            "who": users.get(values["assignee_id"] or 0, ""),
        }


handlers = (preview, of_list, apply)
