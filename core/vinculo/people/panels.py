"""Who works at a client or a counterparty, as a box on its card."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from vinculo.people.contacts import line, mask
from vinculo.people.models import ContactPoint, Person, PersonRole, RoleType
from vinculo.people.records import person
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access
from vinculo.web.context import Context
from vinculo.web.views import Line

LIMIT = 50


def people_panel(column: str, ctx: Context, record_id: int) -> PanelContent | None:
    """Names with role, title and contact points; ``column`` says of which side of the role."""
    owner = getattr(PersonRole, column)
    hidden = access.hidden(person, ctx.actor)
    if "roles" in hidden:
        return None
    columns = (Person.id, Person.name, PersonRole.title, RoleType.name.label("role"), PersonRole.valid_to)
    rows = ctx.session.execute(
        access.within(sa.select(*columns), person, ctx.actor, few=True)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .outerjoin(RoleType, RoleType.id == PersonRole.role_id)
        .where(owner == record_id)
        .order_by(PersonRole.valid_to.is_not(None), Person.name_key, Person.id)
        .limit(LIMIT)
    ).all()
    asked = "contact_points" in access.on_request(person, ctx.actor)
    points: dict[int, list[Line]] = {}
    ids = [row.id for row in rows]
    if ids and (asked or "contact_points" not in hidden):
        for point in ctx.session.scalars(
            sa.select(ContactPoint).where(ContactPoint.person_id.in_(ids)).order_by(ContactPoint.id)
        ):
            points.setdefault(point.person_id or 0, []).append(mask(point) if asked else line(point))
    add = f"/people/new?roles-0-{column}={record_id}" if ctx.actor.may("people.person.create") else ""
    html = ctx.fragment("people/panel.html", rows=rows, points=points, add=add, asked=asked)
    return PanelContent(html, count=len(rows))


of_client = partial(people_panel, "client_id")
of_counterparty = partial(people_panel, "counterparty_id")
