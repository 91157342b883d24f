"""What a user's roles add up to: compiled when something has changed, explained where somebody asks why."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import (
    Department,
    FieldRight,
    Grant,
    Membership,
    RightsVersion,
    Role,
    User,
    UserRole,
)
from vinculo.actor import EVERYTHING, UNLIMITED, ExportLimits, FieldAccess, Rights, Scope, widest
from vinculo.i18n import gettext as _
from vinculo.i18n import mark
from vinculo.plugins.contributions import Permission
from vinculo.settings.sections import ExportSettings
from vinculo.web.routes import SIGNED_IN

KEPT: Final = 10_000
EXPORT_LIMITS: Final = ("rows_per_day", "approval_above")
BUILT_IN: Final = (mark("Administrator"), mark("Member"))

# Read within the query that finds the user, so that a change of rights holds at once in every process.
version: Final = sa.select(RightsVersion.__table__.c.number).limit(1).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Held:
    """What the roles of a user allow, and how they are called."""

    rights: Rights
    names: Sequence[str]
    is_administrator: bool
    needs_second_factor: bool

    @property
    def label(self) -> str:
        """The names for people."""
        return ", ".join(map(role_label, self.names))


class RightsBook:
    """What each user may do in an app, kept until the rights change. ``permissions`` are those declared.

    ``exports`` are the company's limits, for those whose roles say nothing about them.
    """

    def __init__(self, permissions: Mapping[str, Permission], exports: ExportLimits) -> None:
        self.permissions = permissions
        self._exports = exports
        self._kept: dict[int, tuple[int, Held]] = {}
        self._lock = threading.Lock()

    def of(self, session: Session, user_id: int, number: int) -> Held:
        """The rights of a user at a version of all rights; four queries, if they are not known yet."""
        kept = self._kept.get(user_id)
        if kept is not None and kept[0] == number:
            return kept[1]
        held = compiled(session, user_id, self.permissions, self._exports)
        with self._lock:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[user_id] = number, held
        return held

    def now(self, session: Session, user_id: int) -> Held:
        """The rights of a user at this moment."""
        return self.of(session, user_id, session.scalar(sa.select(version)) or 0)


def limits_of(settings: ExportSettings) -> ExportLimits:
    """The company's limits of exports, as rights carry them."""
    return ExportLimits(settings.rows_per_day, settings.approval_above)


def compiled(
    session: Session, user_id: int, permissions: Mapping[str, Permission], exports: ExportLimits
) -> Held:
    """Add up the roles of a user; ``exports`` are the company's limits."""
    roles = roles_of(session, user_id)
    limits = ExportLimits(**{name: _widest(roles, name, getattr(exports, name)) for name in EXPORT_LIMITS})
    if any(role.administrator for role in roles):
        return Held(Rights(_administrators(permissions), exports=limits), _names(roles),
                    is_administrator=True, needs_second_factor=_strict(roles))  # fmt: skip
    ids = [role.id for role in roles]
    grants = session.scalars(sa.select(Grant).where(Grant.role_id.in_(ids))).all()
    fields = session.scalars(sa.select(FieldRight).where(FieldRight.role_id.in_(ids))).all()
    departments = departments_of(session, user_id)
    rights = Rights(_added_up(grants, permissions), _restricted(fields), departments, limits)
    return Held(rights, _names(roles), is_administrator=False, needs_second_factor=_strict(roles))


def _strict(roles: Sequence[Role]) -> bool:
    return any(role.second_factor for role in roles)


def roles_of(session: Session, user_id: int) -> Sequence[Role]:
    """The roles of a user, those that everybody has included, by name."""
    own = sa.select(UserRole.role_id).where(UserRole.user_id == user_id)
    query = sa.select(Role).where(sa.or_(Role.baseline, Role.id.in_(own)))
    return session.scalars(query.order_by(Role.baseline, Role.name_key)).all()


def changed(session: Session) -> None:
    """Let every process know that what it keeps is old. Changes of rights wait for each other here."""
    session.execute(sa.update(RightsVersion).values(number=RightsVersion.number + 1))


def role_label(name: str) -> str:
    """The name of a role for people: those that every company begins with are translated."""
    return _(name) if name in BUILT_IN else name


def _names(roles: Sequence[Role]) -> Sequence[str]:
    """What the roles are called; that of the baseline only where there is no other."""
    return [role.name for role in roles if not role.baseline] or [role.name for role in roles]


def _administrators(permissions: Mapping[str, Permission]) -> Mapping[str, Scope]:
    return dict.fromkeys([SIGNED_IN, EVERYTHING, *permissions], Scope.ALL)


def _added_up(grants: Iterable[Grant], permissions: Mapping[str, Permission]) -> Mapping[str, Scope]:
    scopes: dict[str, list[Scope]] = {SIGNED_IN: [Scope.ALL]}
    for grant in grants:
        scopes.setdefault(grant.permission, []).append(grant.scope)
    for name, permission in permissions.items():
        if EVERYTHING in scopes and not permission.administrative:
            scopes.setdefault(name, []).extend(scopes[EVERYTHING])
    return {name: widest(found) for name, found in scopes.items()}


def _restricted(fields: Iterable[FieldRight]) -> Mapping[tuple[str, str], FieldAccess]:
    """The most that a role says about each field, where that is not everything."""
    order = list(FieldAccess)
    most: dict[tuple[str, str], FieldAccess] = {}
    for right in fields:
        key = right.kind, right.field
        most[key] = max(most.get(key, right.access), right.access, key=order.index)
    return {key: access for key, access in most.items() if access is not FieldAccess.FULL}


def _widest(roles: Sequence[Role], name: str, company: int) -> int:
    said = [reason.gives for reason in _said(roles, name)]
    return max(said, default=company)


def _said(roles: Iterable[Role], name: str) -> Sequence[Reason]:
    """What roles say about a limit, the widest first. Administrators are held by roles of theirs alone."""
    roles = list(roles)
    masters = [role for role in roles if role.administrator]
    found = [Reason(role_label(role.name), _limit(role, name)) for role in masters or roles]
    return sorted((one for one in found if one.gives is not None), key=lambda one: -one.gives)


def _limit(role: Role, name: str) -> int | None:
    limit: int | None = getattr(role, f"export_{name}")
    return UNLIMITED if limit is None and role.administrator else limit


def administrators(session: Session) -> set[int]:
    """The active users who may do everything, locked: two who disable each other must not both succeed."""
    changed(session)
    held = sa.select(UserRole.user_id).join(Role, Role.id == UserRole.role_id).where(Role.administrator)
    everybody = sa.select(Role.id).where(Role.administrator, Role.baseline).exists()
    query = sa.select(User.id).where(User.active, sa.or_(User.id.in_(held), everybody)).order_by(User.id)
    return set(session.scalars(query.with_for_update()))


def departments_of(session: Session, user_id: int) -> frozenset[int]:
    """The department of a user, and those below it."""
    own = session.scalar(sa.select(Membership.department_id).where(Membership.user_id == user_id))
    return frozenset() if own is None else below(session, own)


def below(session: Session, department_id: int) -> frozenset[int]:
    """A department and all that are below it."""
    children: dict[int | None, list[int]] = {}
    for row_id, parent_id in session.execute(sa.select(Department.id, Department.parent_id)):
        children.setdefault(parent_id, []).append(row_id)
    found = {department_id}
    waiting = [department_id]
    while waiting:
        new = [child for child in children.get(waiting.pop(), ()) if child not in found]
        found.update(new)
        waiting.extend(new)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Reason:
    """A role that gives a permission, or says something about a field, and how much."""

    role: str
    gives: Any


def explain(
    session: Session, user_id: int, permissions: Mapping[str, Permission]
) -> Mapping[str, Sequence[Reason]]:
    """For each permission the roles that give it, the widest scope first."""
    roles = roles_of(session, user_id)
    grants: dict[int, list[Grant]] = {}
    for grant in session.scalars(sa.select(Grant).where(Grant.role_id.in_([role.id for role in roles]))):
        grants.setdefault(grant.role_id, []).append(grant)
    found: dict[str, list[Reason]] = {name: [] for name in permissions}
    for role in roles:
        given = (
            _administrators(permissions)
            if role.administrator
            else _added_up(grants.get(role.id, ()), permissions)
        )
        for name in permissions:
            if name in given:
                found[name].append(Reason(role_label(role.name), given[name]))
    order = list(Scope)
    for why in found.values():
        why.sort(key=lambda reason: -order.index(reason.gives))
    return found


def explain_exports(session: Session, user_id: int) -> Mapping[str, Sequence[Reason]]:
    """For each limit of exports the roles that say something about it, the widest first."""
    roles = roles_of(session, user_id)
    return {name: _said(roles, name) for name in EXPORT_LIMITS}


def explain_fields(session: Session, user_id: int) -> Mapping[tuple[str, str], Sequence[Reason]]:
    """What the roles of a user say about fields, by (kind, field)."""
    roles = {role.id: role for role in roles_of(session, user_id)}
    found: dict[tuple[str, str], list[Reason]] = {}
    for right in session.scalars(sa.select(FieldRight).where(FieldRight.role_id.in_(list(roles)))):
        why = found.setdefault((right.kind, right.field), [])
        why.append(Reason(role_label(roles[right.role_id].name), right.access))
    return found
