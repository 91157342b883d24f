"""Saved views: what a list shows, kept under a name, for oneself, for roles or for everyone.

A view is parameters and no more: whoever opens it sees what their own rights allow. One that asks for
what is gone, or for what its reader does not see, shows nothing and says why, for without that condition
it would show more than was meant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.errors import (
    ConflictError,
    FieldError,
    ForbiddenError,
    InvalidError,
    MalformedError,
    NotFoundError,
)
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.records import query as queries
from vinculo.records.condition_tree import kind_in
from vinculo.records.kind import RecordKind
from vinculo.records.models import SavedView, Sharing, ViewDefault, ViewRole
from vinculo.records.text import whole_number

SHARE: Final = "records.share_views"
MOST: Final = 50  # of one owner and kind
LONGEST_NAME: Final = 60
LONGEST: Final = 4000  # of a query, as text
STEERING: Final = frozenset(
    {"cursor", "limit", "fields", "saved", "view", "format", "number", "column", "ids"}
)  # not kept
UNSAVED: Final = "0"  # as the value of ``saved``: all records, whatever the list opens with

# Of rooms above this one.
ROLES: Final = sa.table("accounts_role", sa.column("id"), sa.column("name"), sa.column("baseline"))
HELD: Final = sa.table("accounts_user_role", sa.column("user_id"), sa.column("role_id"))

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Wish:
    """A view as it is asked for.

    ``roles`` are those it is shared with. The list opens with it for its owner (``mine``) and for the
    users of ``opens_for``.
    """

    name: str
    query: Pairs
    sharing: str = Sharing.PRIVATE
    roles: Collection[int] = ()
    mine: bool = False
    opens_for: Collection[int] = ()
    typed: bool = False  # whether values are written as in the API


@dataclass(frozen=True, slots=True)
class Views:
    """The views of a kind that an actor sees, and the one with which their list opens."""

    rows: Sequence[SavedView] = ()
    opens: SavedView | None = field(default=None)

    def find(self, view_id: int | None) -> SavedView | None:
        """The one of that number, if the actor sees it."""
        return next((row for row in self.rows if row.id == view_id), None)


def pairs_of(view: SavedView) -> list[tuple[str, str]]:
    """The parameters of a view."""
    return [(str(name), str(value)) for name, value in view.query]


def is_board(kind: RecordKind, parameters: Pairs) -> bool:
    """Whether parameters are of a kind's own board, in the place of its list."""
    return bool(kind.board) and ("as", "board") in parameters


def address(kind: RecordKind, view: SavedView) -> str:
    """Where a view is opened: the list of its kind, or its board."""
    return f"{kind.board if is_board(kind, pairs_of(view)) else kind.url}?view={view.id}"


def kept(parameters: Pairs) -> list[tuple[str, str]]:
    """Those parameters of an address that a view is made of."""
    return [(n, v) for n, v in parameters if n not in STEERING and v.strip()]


# Reading


def of_kind(session: Session, kind: RecordKind, actor: Actor) -> Views:
    """The views of a kind that an actor sees, in the order of their tabs; one query."""
    mine = ViewDefault.user_id == actor.user_id
    theirs = sa.or_(mine, ViewDefault.role_id.in_(_held(actor)))
    default = sa.and_(ViewDefault.view_id == SavedView.id, theirs)
    query = (
        sa.select(SavedView, ViewDefault.user_id, ViewDefault.id)
        .outerjoin(ViewDefault, default)
        .where(SavedView.kind == kind.name, *_seen(actor))
        .order_by(SavedView.position, SavedView.id)
    )
    rows: dict[int, SavedView] = {}
    own, shared = None, None
    for view, user_id, default_id in session.execute(query):
        rows[view.id] = view
        if user_id is not None:
            own = view
        elif default_id is not None:
            shared = shared or view
    return Views([*rows.values()], own or shared)


def _held(actor: Actor) -> sa.Select[Any]:
    """The roles of a user."""
    own = sa.select(HELD.c.role_id).where(HELD.c.user_id == actor.user_id)
    return sa.select(ROLES.c.id).where(sa.or_(ROLES.c.baseline, ROLES.c.id.in_(own)))


def _seen(actor: Actor) -> list[sa.ColumnElement[bool]]:
    """What makes a view one that an actor sees. The command line sees what is shared with everyone."""
    shared = sa.select(ViewRole.view_id).where(ViewRole.role_id.in_(_held(actor)))
    visible = sa.or_(
        SavedView.sharing == Sharing.EVERYONE,
        SavedView.owner_id == actor.user_id,
        sa.and_(SavedView.sharing == Sharing.ROLES, SavedView.id.in_(shared)),
    )
    return [SavedView.deleted_at.is_(None), visible]


def get(session: Session, view_id: int, actor: Actor, *, change: bool = False) -> SavedView:
    """A view that the actor sees and, with ``change``, may change.

    Raises ``NotFoundError`` and ``ForbiddenError``.
    """
    query = sa.select(SavedView).where(SavedView.id == view_id, *_seen(actor))
    row = session.scalar(query.with_for_update() if change else query) if view_id < 2**63 else None
    if row is None:
        text = _("There is no view %(id)s for you: it was deleted, or is not shared with you.", id=view_id)
        raise NotFoundError(text)
    if change and not may_change(row, actor):
        raise ForbiddenError(_("Only its owner and those who may share views change a view."))
    return row


def may_change(view: SavedView, actor: Actor) -> bool:
    """Whether an actor may change a view that they see."""
    return view.owner_id == actor.user_id or actor.may(SHARE)


def roles(session: Session) -> Mapping[int, str]:
    """All roles of the company, by name."""
    found = session.execute(sa.select(ROLES.c.id, ROLES.c.name).order_by(ROLES.c.name))
    return {row[0]: row[1] for row in found}


def told(session: Session, view: SavedView, actor: Actor) -> Wish:
    """A view as it could be asked for, its defaults as far as they are of this actor or of roles."""
    shared = session.scalars(sa.select(ViewRole.role_id).where(ViewRole.view_id == view.id)).all()
    defaults = session.execute(
        sa.select(ViewDefault.user_id, ViewDefault.role_id).where(ViewDefault.view_id == view.id)
    ).all()
    return Wish(
        view.name,
        pairs_of(view),
        view.sharing,
        sorted(shared),
        any(user_id is not None and user_id == actor.user_id for user_id, _role in defaults),
        sorted(role_id for _user, role_id in defaults if role_id is not None),
    )


# Using


def applied(session: Session, kind: RecordKind, parameters: Pairs, actor: Actor) -> list[tuple[str, str]]:
    """The parameters with those of the view that they name: what is given beside it takes precedence.

    ``kind`` is as the actor sees it. Raises ``NotFoundError``, and ``MalformedError`` for a view that
    cannot be shown to them.
    """
    number = next((value for name, value in parameters if name == "view"), None)
    if number is None:
        return list(parameters)
    view = get(session, whole_number(number) or 0, actor)
    if view.kind != kind.name:
        raise NotFoundError(_("View %(id)s is one of other records.", id=view.id))
    if missing := waiting(kind, view):
        raise MalformedError(fault(missing), code="view_unusable")
    given = {name for name, _value in parameters}
    found = together(kind, view, parameters)
    return [(n, v) for n, v in found if n in given or n not in queries.LOOKS]


def together(kind: RecordKind, view: SavedView, parameters: Pairs) -> list[tuple[str, str]]:
    """The parameters of a view that can be shown, with what is given beside it."""
    given = [(n, v) for n, v in parameters if n != "view"]
    named = {_condition(name) for name, _value in given}
    own = [(n, v) for n, v in pairs_of(view) if _condition(n) not in named and not _is_left_out(kind, n, v)]
    return [*own, *((n, v) for n, v in given if n != "saved"), ("saved", str(view.id))]


def named(session: Session, parameters: Pairs, actor: Actor) -> list[tuple[str, str]]:
    """The parameters with the name of the view they came from in the place of its number."""
    number = next((whole_number(value) for name, value in parameters if name == "saved"), None)
    rest = [(n, v) for n, v in parameters if n != "saved"]
    found = sa.select(SavedView.name).where(SavedView.id == (number or 0), *_seen(actor))
    name = session.scalar(found) if number else None
    return [*rest, ("saved", name)] if name else rest


def _condition(name: str) -> tuple[str, str, str]:
    """What a parameter is about: to be one value and to be one of several are the same condition."""
    field, operator = queries.split(name)
    return queries.path_of(name), field, "eq" if operator == "in" else operator


def waiting(kind: RecordKind, view: SavedView) -> list[str]:
    """The conditions of a view on fields that are gone or that its reader does not see, by name."""
    names = [n for n, _v in pairs_of(view) if n not in queries.CONTROLS and n not in queries.LOOKS]
    missing = [name for name in names if queries.asked_field(kind, name) is None]
    return sorted({kind_in(queries.path_of(name)) or queries.split(name)[0] for name in missing})


def _is_left_out(kind: RecordKind, name: str, value: str) -> bool:
    """An order by what is gone gives way to the usual one: it hides and shows nothing."""
    by = value.removeprefix("-")
    return name == "sort" and by != "id" and queries.find_field(kind, by) is None


def fault(missing: Iterable[str]) -> str:
    """Why a view shows nothing."""
    text = _("This view asks for %(fields)s, which is gone or which you do not see.")
    remedy = _("It shows nothing until its conditions are changed.")
    return f"{text % {'fields': ', '.join(missing)}} {remedy}"


# Changing


def create(session: Session, kind: RecordKind, wish: Wish, *, actor: Actor) -> SavedView:
    """Keep a view; ``kind`` is as its owner sees it. Raises ``InvalidError`` and ``ForbiddenError``."""
    query = _check(session, kind, wish, actor)
    own = sa.select(sa.func.count(), sa.func.max(SavedView.position)).where(
        SavedView.kind == kind.name, SavedView.owner_id == actor.user_id, SavedView.deleted_at.is_(None)
    )
    count, last = session.execute(own).one()
    if count >= MOST:
        text = _("You have %(most)s views of these records; delete one first.", most=MOST)
        raise ConflictError(text, code="too_many")
    row = SavedView(
        kind=kind.name,
        name=_name(wish),
        query=query,
        owner_id=actor.user_id,
        sharing=Sharing(wish.sharing),
        position=(last or 0) + 1,
    )
    session.add(row)
    session.flush()
    _set_roles(session, row, wish, actor)
    _log(session, row, "created", {"name": [None, row.name], "query": [None, row.query]}, actor)
    return row


def change(session: Session, kind: RecordKind, row: SavedView, wish: Wish, *, actor: Actor) -> None:
    """Make a view what is asked for. Raises ``InvalidError`` and ``ForbiddenError``."""
    query = _check(session, kind, wish, actor, row)
    before = {"name": row.name, "query": row.query, "sharing": row.sharing.value}
    row.name, row.query, row.sharing = _name(wish), query, Sharing(wish.sharing)
    row.version += 1
    _set_roles(session, row, wish, actor)
    after = {"name": row.name, "query": row.query, "sharing": row.sharing.value}
    _log(session, row, "changed", {n: [before[n], v] for n, v in after.items() if v != before[n]}, actor)


def remove(session: Session, row: SavedView, *, actor: Actor) -> None:
    """Delete a view; ``restore`` brings it back, with its place and for whom lists open with it."""
    row.deleted_at = now()
    row.version += 1
    _log(session, row, "deleted", None, actor)


def restore(session: Session, view_id: int, *, actor: Actor) -> SavedView:
    """Bring a deleted view back. Raises ``NotFoundError`` and ``ForbiddenError``."""
    row = session.get(SavedView, view_id) if view_id < 2**63 else None
    if row is None or (row.owner_id != actor.user_id and row.sharing is Sharing.PRIVATE):
        raise NotFoundError(_("There is no such view."))
    if not may_change(row, actor):
        raise ForbiddenError(_("Only its owner and those who may share views change a view."))
    if row.deleted_at is not None:
        row.deleted_at = None
        row.version += 1
        _log(session, row, "restored", None, actor)
    return row


def move(session: Session, kind: RecordKind, row: SavedView, *, actor: Actor) -> None:
    """Put a view one place to the left among those that the actor may move."""
    rows = [one for one in of_kind(session, kind, actor).rows if one is row or may_change(one, actor)]
    place = rows.index(row)
    if place:
        rows[place - 1 : place + 1] = [row, rows[place - 1]]
        for number, one in enumerate(rows):
            one.position = number


def _name(wish: Wish) -> str:
    return " ".join(wish.name.split())


def _check(
    session: Session, kind: RecordKind, wish: Wish, actor: Actor, row: SavedView | None = None
) -> list[list[str]]:
    """The query as it is kept."""
    errors, name = [], _name(wish)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        text = _("Give the view a name of at most %(max)s characters.", max=LONGEST_NAME)
        errors.append(FieldError("name", text, "name"))
    if sum(len(n) + len(v) for n, v in wish.query) > LONGEST:
        text = _("The conditions are too long to be kept; use fewer values.")
        errors.append(FieldError("query", text, "too_long"))
    errors += _faults_of_sharing(session, wish)
    if errors:
        raise InvalidError(errors)
    shared = wish.sharing != Sharing.PRIVATE or (row is not None and row.owner_id != actor.user_id)
    if shared:
        actor.require(SHARE)
    parameters = kept(wish.query)
    read = [(n, v) for n, v in parameters if n not in queries.LOOKS]
    queries.parse(kind, read, typed=wish.typed, me=actor.user_id or 0)
    settled = queries.settled(kind, parameters, typed=wish.typed, me=actor.user_id or 0)
    return [list(pair) for pair in settled]


def _faults_of_sharing(session: Session, wish: Wish) -> Iterable[FieldError]:
    if wish.sharing not in [*Sharing]:
        text = _("Write one of: %(values)s.", values=", ".join(Sharing))
        yield FieldError("sharing", text, "unknown_sharing")
    if wish.sharing == Sharing.ROLES and not wish.roles:
        yield FieldError("roles", _("Say with which roles it is shared."), "required")
    known = roles(session) if wish.roles or wish.opens_for else {}
    if unknown := [one for one in (*wish.roles, *wish.opens_for) if one not in known]:
        text = _("There is no role with the number %(id)s.", id=unknown[0])
        yield FieldError("roles", text, "unknown_role")
    reached = {Sharing.EVERYONE.value: {*known}, Sharing.ROLES.value: {*wish.roles}}
    if not {*wish.opens_for} <= reached.get(wish.sharing, set()):
        text = _("A list can open with a view only for roles that it is shared with.")
        yield FieldError("opens_for", text, "not_shared")


def _set_roles(session: Session, row: SavedView, wish: Wish, actor: Actor) -> None:
    """With whom a view is shared, and for whom lists open with it."""
    shared = wish.roles if row.sharing is Sharing.ROLES else ()
    session.execute(sa.delete(ViewRole).where(ViewRole.view_id == row.id))
    session.add_all(ViewRole(view_id=row.id, role_id=one) for one in sorted({*shared}))
    opens = ViewDefault.kind == row.kind
    gone = sa.or_(
        sa.and_(ViewDefault.view_id == row.id, ViewDefault.role_id.is_not(None)),
        ViewDefault.role_id.in_(wish.opens_for),
    )
    session.execute(sa.delete(ViewDefault).where(opens, gone))
    session.add_all(
        ViewDefault(kind=row.kind, role_id=one, view_id=row.id) for one in sorted({*wish.opens_for})
    )
    if actor.user_id is not None:
        set_mine(session, row, actor, opens=wish.mine)
    session.flush()


def set_mine(session: Session, row: SavedView, actor: Actor, *, opens: bool) -> None:
    """Let the actor's list open with a view, or no longer with it."""
    mine = sa.delete(ViewDefault).where(ViewDefault.kind == row.kind, ViewDefault.user_id == actor.user_id)
    session.execute(mine if opens else mine.where(ViewDefault.view_id == row.id))
    if opens:
        session.add(ViewDefault(kind=row.kind, user_id=actor.user_id, view_id=row.id))


def _log(
    session: Session, row: SavedView, action: str, changes: Mapping[str, Any] | None, actor: Actor
) -> None:
    log.write(
        session, actor=actor, action=action, kind="saved_view", record_id=row.id, title=row.name,
        changes=changes, version=None,
    )  # fmt: skip
