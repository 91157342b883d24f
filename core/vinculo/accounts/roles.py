"""Roles: what each allows, and who has which. Every change is in the log and holds at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts import rights
from vinculo.accounts.models import FieldRight, Grant, Role, User, UserRole
from vinculo.accounts.permissions import MANAGE_ROLES
from vinculo.actor import UNLIMITED, Actor, FieldAccess, Scope
from vinculo.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError
from vinculo.events import log
from vinculo.i18n import format_number, ngettext
from vinculo.i18n import gettext as _
from vinculo.records.text import sort_key

KIND = "access_role"  # in the log, where “role” is what a person is at a client

Grants = Mapping[str, Scope | None]
FieldRights = Mapping[tuple[str, str], FieldAccess | None]


def list_roles(session: Session) -> Sequence[Role]:
    """All roles: those of administrators first, then what everybody has, then the others by name."""
    order = (Role.administrator.desc(), Role.baseline.desc(), Role.name_key)
    return session.scalars(sa.select(Role).order_by(*order)).all()


def get_role(session: Session, role_id: int) -> Role:
    """The role, or ``NotFoundError``."""
    role = session.get(Role, role_id) if role_id < 2**63 else None
    if role is None:
        raise NotFoundError(_("There is no role with the number %(id)s.", id=role_id))
    return role


def find_role(session: Session, name: str) -> Role:
    """The role of a name, or ``NotFoundError`` naming those that there are."""
    role = session.scalar(sa.select(Role).where(Role.name_key == sort_key(name)))
    if role is None:
        known = ", ".join(one.name for one in list_roles(session))
        raise NotFoundError(_("There is no role “%(name)s”; there are: %(known)s.", name=name, known=known))
    return role


def grants_of(session: Session, role_id: int) -> Mapping[str, Scope]:
    """What a role allows, those permissions included whose plugin is off."""
    found = session.scalars(sa.select(Grant).where(Grant.role_id == role_id).order_by(Grant.permission))
    return {grant.permission: grant.scope for grant in found}


def fields_of(session: Session, role_id: int) -> Mapping[tuple[str, str], FieldAccess]:
    """What a role says about fields, by (kind, field)."""
    found = session.scalars(sa.select(FieldRight).where(FieldRight.role_id == role_id))
    return {(right.kind, right.field): right.access for right in found}


def holders(session: Session) -> Mapping[int, int]:
    """How many active users have each role; a baseline is not counted."""
    query = sa.select(UserRole.role_id, sa.func.count()).join(User, User.id == UserRole.user_id)
    return {row[0]: row[1] for row in session.execute(query.where(User.active).group_by(UserRole.role_id))}


def create_role(
    session: Session, *, name: str, second_factor: bool = False, actor: Actor, now: datetime
) -> Role:
    """Add a role that allows nothing yet."""
    actor.require(MANAGE_ROLES)
    role = Role(name=name.strip(), second_factor=second_factor, created_at=now, version=1)
    role.baseline = role.administrator = False
    role.created_by_id = actor.user_id
    _check_name(session, role)
    session.add(role)
    session.flush()
    _note(session, role, "created", {"name": [None, role.name]}, actor=actor, now=now)
    return role


def change_role(
    session: Session, role_id: int, *, name: str, second_factor: bool, actor: Actor, now: datetime
) -> Role:
    """Call a role otherwise, or ask those who have it for a second factor."""
    actor.require(MANAGE_ROLES)
    role = get_role(session, role_id)
    changes: dict[str, Any] = {}
    for field, value in (("name", name.strip()), ("second_factor", second_factor)):
        if getattr(role, field) != value:
            changes[field] = [getattr(role, field), value]
            setattr(role, field, value)
    with session.no_autoflush:
        _check_name(session, role)
    if changes:
        _note(session, role, "changed", changes, actor=actor, now=now)
    return role


def set_export_limits(
    session: Session, role_id: int, given: Mapping[str, int | None], *, actor: Actor, now: datetime
) -> Role:
    """Limit what whoever has the role may export, by ``vinculo.actor.ExportLimits``; None says nothing.

    That of administrators may be limited, too: it is the one thing that it does not simply allow.
    """
    actor.require(MANAGE_ROLES)
    role = get_role(session, role_id)
    columns = {f"export_{name}": limit for name, limit in given.items()}
    _refuse_limits(columns)
    changes = {name: [getattr(role, name), limit] for name, limit in columns.items()}
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    for name, (_old, limit) in changes.items():
        setattr(role, name, limit)
    if changes:
        _note(session, role, "changed", changes, actor=actor, now=now)
    return role


def delete_role(session: Session, role_id: int, *, actor: Actor, now: datetime) -> Role:
    """Remove a role that nobody has."""
    actor.require(MANAGE_ROLES)
    role = get_role(session, role_id)
    users = session.scalar(sa.select(sa.func.count()).where(UserRole.role_id == role_id)) or 0
    if role.baseline:
        text = _("Everybody has the role %(role)s; it cannot be deleted.", role=rights.role_label(role.name))
        raise ConflictError(text, code="in_use")
    if users:
        text = ngettext(
            "%(n)s user has the role %(role)s. Take it away first.",
            "%(n)s users have the role %(role)s. Take it away first.",
            users,
            role=rights.role_label(role.name),
        )
        raise ConflictError(text, code="in_use")
    _note(session, role, "deleted", {"name": [role.name, None]}, actor=actor, now=now)
    session.delete(role)
    session.flush()
    return role


def set_grants(
    session: Session, role_id: int, given: Grants, *, known: Collection[str], actor: Actor, now: datetime
) -> Role:
    """Let a role allow these permissions for these scopes; None takes one away, others stay as they are.

    ``known`` are the permissions that there are, beside ``*``. Raises ``InvalidError`` for another.
    """
    actor.require(MANAGE_ROLES)
    role = get_role(session, role_id)
    _refuse_administrator(role)
    present = grants_of(session, role_id)
    _refuse_unknown("permission", [name for name, scope in given.items() if scope], known)
    changes = {
        name: [present.get(name), scope] for name, scope in given.items() if present.get(name) != scope
    }
    session.execute(sa.delete(Grant).where(Grant.role_id == role_id, Grant.permission.in_([*changes])))
    session.add_all(
        Grant(role_id=role_id, permission=name, scope=scope)
        for name, (_old, scope) in changes.items()
        if scope
    )
    if changes:
        _note(session, role, "changed", changes, actor=actor, now=now)
    return role


def set_fields(
    session: Session,
    role_id: int,
    given: FieldRights,
    *,
    known: Collection[tuple[str, str]],
    actor: Actor,
    now: datetime,
) -> Role:
    """Let a role say this about these fields; None: it says nothing. Others stay as they are."""
    actor.require(MANAGE_ROLES)
    role = get_role(session, role_id)
    _refuse_administrator(role)
    present = fields_of(session, role_id)
    asked = [f"{kind}.{field}" for (kind, field), access in given.items() if access]
    _refuse_unknown("field", asked, [f"{kind}.{field}" for kind, field in known])
    changed = {key: access for key, access in given.items() if present.get(key) != access}
    for kind, field in changed:
        of_field = sa.and_(FieldRight.kind == kind, FieldRight.field == field)
        session.execute(sa.delete(FieldRight).where(FieldRight.role_id == role_id, of_field))
    session.add_all(
        FieldRight(role_id=role_id, kind=kind, field=field, access=access)
        for (kind, field), access in changed.items()
        if access
    )
    if changed:
        told = {
            f"{kind}.{field}": [present.get((kind, field)), now_] for (kind, field), now_ in changed.items()
        }
        _note(session, role, "changed", told, actor=actor, now=now)
    return role


def set_roles(
    session: Session, user_id: int, role_ids: Collection[int], *, actor: Actor, now: datetime
) -> None:
    """Give a user these roles and no others; what everybody has need not be among them.

    Only an administrator makes or unmakes one, and the last active one stays.
    """
    actor.require(MANAGE_ROLES)
    user = session.get_one(User, user_id)
    before = {role.id: role for role in own_roles(session, user_id)}
    after = {role.id: role for role in (get_role(session, one) for one in role_ids) if not role.baseline}
    changed = before.keys() ^ after.keys()
    if not changed:
        return
    if any(role.administrator for one, role in {**before, **after}.items() if one in changed):
        _check_administrators(session, user, after.values(), actor)
    session.execute(sa.delete(UserRole).where(UserRole.user_id == user_id))
    session.add_all(UserRole(user_id=user_id, role_id=one) for one in after)
    rights.changed(session)
    names = [sorted(role.name for role in roles.values()) for roles in (before, after)]
    log.write(
        session, actor=actor, action="changed", kind="user", record_id=user_id, title=user.name,
        changes={"roles": names}, at=now,
    )  # fmt: skip
    session.flush()


def take_all(session: Session, user: User, *, actor: Actor, now: datetime) -> Sequence[str]:
    """Take all roles away as a part of something else, whose caller has checked the actor; their names."""
    names = [role.name for role in own_roles(session, user.id)]
    if names:
        session.execute(sa.delete(UserRole).where(UserRole.user_id == user.id))
        rights.changed(session)
        log.write(
            session, actor=actor, action="changed", kind="user", record_id=user.id, title=user.name,
            changes={"roles": [names, []]}, at=now,
        )  # fmt: skip
    return names


def of_users(session: Session) -> Mapping[int, Sequence[Role]]:
    """The roles that were given to each user, by name."""
    query = sa.select(UserRole.user_id, Role).join(Role, Role.id == UserRole.role_id)
    found: dict[int, list[Role]] = {}
    for user_id, role in session.execute(query.order_by(Role.name_key)):
        found.setdefault(user_id, []).append(role)
    return found


def own_roles(session: Session, user_id: int) -> Sequence[Role]:
    """The roles that were given to a user, by name."""
    query = sa.select(Role).join(UserRole, UserRole.role_id == Role.id).where(UserRole.user_id == user_id)
    return session.scalars(query.order_by(Role.name_key)).all()


def _check_administrators(session: Session, user: User, after: Collection[Role], actor: Actor) -> None:
    if not actor.is_administrator:
        text = _("Only an administrator can give or take the role of one.")
        raise ForbiddenError(text)
    if not any(role.administrator for role in after):
        refuse_last(session, user)


def refuse_last(session: Session, user: User) -> None:
    """Raise ``ConflictError`` if nobody else could change anything any more."""
    if rights.administrators(session) == {user.id}:
        raise ConflictError(
            _("%(user)s is the last active administrator. Make somebody else one first.", user=user.name),
            code="last_administrator",
        )


def _check_name(session: Session, role: Role) -> None:
    role.name_key = sort_key(role.name)
    taken = sa.select(Role.id).where(Role.name_key == role.name_key, Role.id != (role.id or 0))
    if not 1 <= len(role.name) <= 100:
        raise InvalidError([FieldError("name", _("Give the role a name of 1 to 100 characters."))])
    if session.scalar(taken) is not None:
        text = _("There is already a role “%(name)s”. Choose another name.", name=role.name)
        raise InvalidError([FieldError("name", text, "duplicate")])


def _refuse_limits(columns: Mapping[str, int | None]) -> None:
    text = _("Write a whole number up to %(most)s, or nothing.", most=format_number(UNLIMITED))
    faults = [limit is not None and not 0 <= limit <= UNLIMITED for limit in columns.values()]
    if any(faults):
        raise InvalidError([FieldError(name, text) for name, bad in zip(columns, faults, strict=True) if bad])


def _refuse_administrator(role: Role) -> None:
    if role.administrator:
        text = _("The role %(role)s allows everything; it cannot be narrowed.")
        raise ConflictError(text % {"role": rights.role_label(role.name)}, code="administrator")


def _refuse_unknown(field: str, names: Collection[str], known: Collection[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        text = _("There is no %(what)s “%(name)s”.", what=field, name=unknown[0][:150])
        raise InvalidError([FieldError(field, text, f"unknown_{field}")])


def _note(
    session: Session, role: Role, action: str, changes: Mapping[str, Any], *, actor: Actor, now: datetime
) -> None:
    """Log a change, and let it hold at once."""
    role.changed_at, role.changed_by_id = now, actor.user_id
    rights.changed(session)
    log.write(
        session, actor=actor, action=action, kind=KIND, record_id=role.id, title=role.name,
        changes=changes, at=now,
    )  # fmt: skip
    session.flush()
