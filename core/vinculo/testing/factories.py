"""Makers of rows to test with: functions that take a session and say only what matters to the test.

``vinculo.testing.fixtures`` has fixtures of the same names that need no session: each call commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts import departments, roles
from vinculo.accounts.models import Department, Role, User
from vinculo.accounts.records import department as department_kind
from vinculo.accounts.records import user
from vinculo.accounts.signin import login_key
from vinculo.actor import Actor, FieldAccess, Scope, Source, system
from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.counterparties.models import Counterparty
from vinculo.counterparties.records import counterparty
from vinculo.db.base import now
from vinculo.people.models import Person
from vinculo.people.records import person
from vinculo.people.records import role as role_kind
from vinculo.records import service
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Reader
from vinculo.records.text import sort_key

KINDS: Final[Mapping[str, RecordKind]] = {
    kind.name: kind for kind in (client, counterparty, department_kind, person, role_kind, user)
}
SYSTEM: Final = system(Source.CLI)


def make_record(
    session: Session,
    kind: RecordKind,
    *,
    actor: Actor = SYSTEM,
    links_to: Sequence[RecordKind] = (),
    **payload: Any,
) -> Any:
    """A record of any kind, a plugin's included, from what its API would be sent.

    Required values that have a default may be left out. ``links_to`` are the kinds of other plugins
    that it has links to.
    """
    reader = Reader(session, {**KINDS, **{one.name: one for one in (*links_to, kind)}}, actor=actor)
    for field in kind.writable():
        if field.required and field.default is not None:
            payload.setdefault(field.name, field.dump(field.initial))
    return service.create(session, kind, reader.json(kind, payload, new=True), actor=actor)


def make_client(session: Session, name: str = "Padaria Luz", **payload: Any) -> Client:
    """A client; ``payload`` as in the API, e.g. ``stage="active"``."""
    made: Client = make_record(session, client, name=name, **payload)
    return made


def make_counterparty(session: Session, legal_name: str = "Padaria Luz Ltda", **payload: Any) -> Counterparty:
    """A counterparty, of no client unless ``links`` say so."""
    made: Counterparty = make_record(session, counterparty, legal_name=legal_name, **payload)
    return made


def make_person(
    session: Session, name: str = "Ana Souza", *, client_id: int | None = None, **payload: Any
) -> Person:
    """A person, with a role at the client if one is given."""
    if client_id is not None:
        payload.setdefault("roles", [{"client_id": client_id}])
    made: Person = make_record(session, person, name=name, **payload)
    return made


def make_user(
    session: Session, login: str = "ana", *, role: str = Role.MEMBER, department: str = "", **values: Any
) -> User:
    """Somebody who has no password; ``vinculo.testing.browsing.sign_in`` needs none.

    The same login again is the same user. ``role`` and ``department`` are names.
    """
    key = login_key(login)
    found = session.scalar(sa.select(User).where(User.login_key == key))
    if found is None:
        values.setdefault("full_name", login.capitalize())
        found = User(login=login, login_key=key, **values)
        session.add(found)
        session.flush()
        roles.set_roles(session, found.id, [roles.find_role(session, role).id], actor=SYSTEM, now=now())
    if department:
        place = departments.find(session, sort_key(department), department)
        departments.move_user(session, found.id, place.id, actor=SYSTEM, now=now())
    return found


def make_department(session: Session, name: str, *, below: str = "") -> Department:
    """A department, below another if one is named."""
    parent = departments.find(session, sort_key(below), below).id if below else None
    made: Department = make_record(session, department_kind, name=name, parent_id=parent)
    return made


def make_role(
    session: Session,
    name: str,
    grants: Mapping[str, Scope | None] | None = None,
    fields: Mapping[tuple[str, str], FieldAccess | None] | None = None,
) -> Role:
    """A role that allows these permissions and says this about fields; one of that name is changed."""
    found = session.scalar(sa.select(Role).where(Role.name_key == sort_key(name)))
    made = found or roles.create_role(session, name=name, actor=SYSTEM, now=now())
    roles.set_grants(session, made.id, grants or {}, known=[*(grants or {})], actor=SYSTEM, now=now())
    roles.set_fields(session, made.id, fields or {}, known=[*(fields or {})], actor=SYSTEM, now=now())
    return made
