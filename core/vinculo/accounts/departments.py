"""Departments: a tree, and who works where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts import rights
from vinculo.accounts.models import Department, Membership, User
from vinculo.accounts.permissions import MANAGE_ROLES
from vinculo.actor import Actor
from vinculo.errors import ConflictError, FieldError, InvalidError, NotFoundError
from vinculo.events import log
from vinculo.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Node:
    """A department in its place: ``depth`` 0 is the top."""

    department: Department
    depth: int
    users: int


def tree(session: Session) -> Sequence[Node]:
    """All departments, each before those below it."""
    children: dict[int | None, list[Department]] = {}
    for one in session.scalars(sa.select(Department).order_by(Department.name_key)):
        children.setdefault(one.parent_id, []).append(one)
    count = sa.select(Membership.department_id, sa.func.count()).group_by(Membership.department_id)
    users = {row[0]: row[1] for row in session.execute(count)}

    def walk(parent: int | None, depth: int) -> Iterator[Node]:
        for one in children.get(parent, ()):
            yield Node(one, depth, users.get(one.id, 0))
            yield from walk(one.id, depth + 1)

    return [*walk(None, 0)]


def check(session: Session, department: Department, actor: Actor) -> None:
    """No department is below itself. Where one is decides who sees what, so all rights are read anew."""
    if department.id is not None and department.parent_id in rights.below(session, department.id):
        text = _("%(name)s cannot be below itself. Choose another department.", name=department.name)
        raise InvalidError([FieldError("parent_id", text, "cycle")])
    rights.changed(session)


def find(session: Session, name_key: str, name: str) -> Department:
    """The department of a name, or ``NotFoundError``."""
    found = session.scalar(sa.select(Department).where(Department.name_key == name_key))
    if found is None:
        raise NotFoundError(_("There is no department “%(name)s”.", name=name))
    return found


def of_users(session: Session) -> Mapping[int, Department]:
    """Where each user works."""
    query = sa.select(Membership.user_id, Department).join(
        Department, Department.id == Membership.department_id
    )
    return {row[0]: row[1] for row in session.execute(query)}


def move_user(
    session: Session, user_id: int, department_id: int | None, *, actor: Actor, now: datetime
) -> None:
    """Let a user work in a department, or in none."""
    actor.require(MANAGE_ROLES)
    user = session.get_one(User, user_id)
    before = of_users(session).get(user_id)
    after = session.get(Department, department_id) if department_id else None
    if department_id and after is None:
        raise NotFoundError(_("There is no department with the number %(id)s.", id=department_id))
    if before is after:
        return
    session.execute(sa.delete(Membership).where(Membership.user_id == user_id))
    if after is not None:
        session.add(Membership(user_id=user_id, department_id=after.id))
    rights.changed(session)
    names = [before.name if before else None, after.name if after else None]
    log.write(
        session, actor=actor, action="changed", kind="user", record_id=user_id, title=user.name,
        changes={"department": names}, at=now,
    )  # fmt: skip
    session.flush()


def refuse_used(session: Session, department: Department) -> None:
    """Raise ``ConflictError`` if somebody works there, or a department is below it."""
    below = session.scalar(sa.select(Department.name).where(Department.parent_id == department.id).limit(1))
    if below is not None:
        text = _("%(below)s is below %(name)s. Move or delete it first.", below=below, name=department.name)
        raise ConflictError(text, code="in_use")
    member = sa.select(User).join(Membership, Membership.user_id == User.id)
    user = session.scalar(member.where(Membership.department_id == department.id).limit(1))
    if user is not None:
        text = _("%(user)s works in %(name)s. Move all users first.", user=user.name, name=department.name)
        raise ConflictError(text, code="in_use")
