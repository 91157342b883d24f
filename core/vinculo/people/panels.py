"""Who works at a client or a counterparty, as a box on its card."""

from __future__ import annotations

import functools
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from markupsafe import Markup

from vinculo.i18n import format_date, today
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.people.contacts import line, mask
from vinculo.people.models import ContactPoint, Person, PersonRole, RoleType
from vinculo.people.records import person
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access, attribution, ties
from vinculo.records.short_forms import Pick
from vinculo.records.ties import Tie
from vinculo.web.context import Context
from vinculo.web.views import Line, TiedRow

LIMIT: Final = 50


def _tie(about: str, url: str) -> Tie:
    return Tie(
        kind=person,
        collection="roles",
        link=f"{about}_id",
        about=about,
        about_url=url,
        choose_label=_l("Link person"),
        missing=_l("Nobody yet."),
        row=("role_id", "title", "valid_from"),
        asked=(
            Pick("name"),
            Pick("roles-0-role_id"),
            Pick("roles-0-title"),
            Pick("contact_points-0-value", _l("E-mail")),
            Pick("contact_points-1-value", _l("Phone")),
        ),
        given={"contact_points-0-type": "email", "contact_points-1-type": "phone"},
    )


AT_CLIENT: Final = _tie("client", "/clients")
AT_COUNTERPARTY: Final = _tie("counterparty", "/counterparties")


def people_panel(tie: Tie, ctx: Context, record_id: int) -> PanelContent | None:
    """Names with role, title and contact points, those of the past behind."""
    if "roles" in access.hidden(person, ctx.actor):
        return None
    found = _roles_at(ctx, tie, record_id)
    points = _points(ctx, {row.id: row.name for row in found})
    here = attribution.kept(tie.card(record_id), ctx.parameters())
    return ties.panel(ctx, tie, record_id, [_row(tie, row, here, points) for row in found])


def _roles_at(ctx: Context, tie: Tie, record_id: int) -> list[Any]:
    visible = access.condition(person, ctx.actor, few=True)
    query = _roles(tie.link, ties.may_change(tie, ctx.actor), visible)
    return list(ctx.session.execute(query, {"record": record_id, "today": today()}))


@functools.lru_cache(1000)
def _roles(link: str, may: access.Condition, visible: access.Condition | None) -> sa.Select[Any]:
    columns: tuple[Any, ...] = (
        Person.id, Person.name, PersonRole.id.label("row_id"), PersonRole.title,
        RoleType.name.label("role"), PersonRole.valid_from, PersonRole.valid_to, may.label("may"),
    )  # fmt: skip
    ended = sa.and_(PersonRole.valid_to.is_not(None), PersonRole.valid_to < sa.bindparam("today"))
    query = (
        sa.select(*columns)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .outerjoin(RoleType, RoleType.id == PersonRole.role_id)
        .where(getattr(PersonRole, link) == sa.bindparam("record"))
        .order_by(ended, Person.name_key, Person.id)
    )
    return (query if visible is None else query.where(visible)).limit(LIMIT)


def _points(ctx: Context, names: dict[int, str]) -> dict[int, Markup]:
    """How each person is reached, drawn; masks where that is shown on request."""
    asked = "contact_points" in access.on_request(person, ctx.actor)
    if not names or (not asked and "contact_points" in access.hidden(person, ctx.actor)):
        return {}
    lines: dict[int, list[Line]] = {}
    query = sa.select(ContactPoint).where(ContactPoint.person_id.in_(names)).order_by(ContactPoint.id)
    for point in ctx.session.scalars(query):
        lines.setdefault(point.person_id or 0, []).append(mask(point) if asked else line(point))
    return {
        one: ctx.fragment(
            "people/points.html",
            lines=drawn,
            url=f"{person.url}/{one}/reveal" if asked else "",
            name=names[one],
        )
        for one, drawn in lines.items()
    }


def _row(tie: Tie, row: Any, back: str, points: dict[int, Markup]) -> TiedRow:
    past = row.valid_to is not None and row.valid_to < today()
    edit, end = ties.acts(tie, row.id, row.row_id, back, past=past) if row.may else ("", "")
    until = _("until %(end)s", end=format_date(row.valid_to)) if row.valid_to else ""
    since = _("since %(start)s", start=format_date(row.valid_from)) if row.valid_from and not until else ""
    return TiedRow(
        part=f"roles-{row.row_id}",
        name=row.name,
        url=f"{person.url}/{row.id}",
        hint=" · ".join(filter(None, (row.role, row.title, until, since))),
        more=Markup() if past else points.get(row.id, Markup()),
        past=past,
        edit_url=edit,
        end_url="" if row.valid_to else end,
    )


of_client = partial(people_panel, AT_CLIENT)
of_counterparty = partial(people_panel, AT_COUNTERPARTY)
