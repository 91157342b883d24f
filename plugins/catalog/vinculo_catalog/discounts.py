"""How much off somebody may give: the largest limit of their roles."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts import rights
from vinculo.actor import Actor
from vinculo.errors import FieldError, ForbiddenError, InvalidError
from vinculo.i18n import gettext as _
from vinculo_catalog.models import DiscountLimit


def limits(session: Session) -> Mapping[int, Decimal]:
    """What roles say, by their ids; a role that says nothing is not there."""
    rows = session.execute(sa.select(DiscountLimit.role_id, DiscountLimit.percent))
    return {row.role_id: row.percent for row in rows}


def limit_of(session: Session, actor: Actor) -> Decimal | None:
    """The largest discount in percent that an actor may give; None where nothing limits it.

    Roles add up. Administrators and the system have no limit, nor has who has no role that says one.
    """
    if actor.is_administrator or actor.user_id is None:
        return None
    said = limits(session)
    own = [said[role.id] for role in rights.roles_of(session, actor.user_id) if role.id in said]
    return max(own) if own else None


def check_discount(session: Session, actor: Actor, percent: Decimal) -> None:
    """Raise ``ForbiddenError`` (``discount_limit``) for a discount above what the actor may give.

    ``percent`` is of the price before any discount; ``InvalidError`` is raised where it is not from 0 to 100.
    """
    if not 0 <= percent <= 100:
        text = _("A discount is from 0 to 100 percent, not %(percent)s.", percent=f"{percent:f}")
        raise InvalidError([FieldError("discount", text, "out_of_range")])
    limit = limit_of(session, actor)
    if limit is not None and percent > limit:
        text = _(
            "A discount of %(percent)s percent is more than the %(limit)s percent that your roles allow. "
            "Lower it, or ask somebody who may give it.",
            percent=f"{percent:f}",
            limit=f"{limit:f}",
        )
        raise ForbiddenError(text, code="discount_limit")


def set_limits(session: Session, wanted: Mapping[int, Decimal | None]) -> Mapping[int, list[str | None]]:
    """Let roles say other limits; None: nothing. What changed, by role: [before, after]."""
    changed: dict[int, list[str | None]] = {}
    rows = {one.role_id: one for one in session.scalars(sa.select(DiscountLimit).with_for_update())}
    for role_id, percent in wanted.items():
        row = rows.get(role_id)
        before = row.percent if row else None
        if percent == before:
            continue
        changed[role_id] = [None if one is None else f"{one:f}" for one in (before, percent)]
        if row is None:
            session.add(DiscountLimit(role_id=role_id, percent=percent))
        elif percent is None:
            session.delete(row)
        else:
            row.percent = percent
    session.flush()
    return changed
