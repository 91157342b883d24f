"""The saved views that use what a plugin adds: kinds of records, columns, and facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.plugins.plan import WHOLE
from vinculo.records import query as queries
from vinculo.records import saved
from vinculo.records.condition_tree import kind_in
from vinculo.records.models import SavedView, Sharing, ViewDefault

Fields = Mapping[str, AbstractSet[str]]  # kind → names of fields, or ``WHOLE`` for the kind itself


def using(session: Session, fields: Fields) -> Sequence[str]:
    """The views that use any of these, in words, with the roles whose lists open with them.

    What people keep for themselves is counted and not named.
    """
    query = sa.select(SavedView).where(SavedView.deleted_at.is_(None))
    views = [one for one in session.scalars(query.order_by(SavedView.kind, SavedView.position, SavedView.id))
             if uses(fields, one.kind, saved.pairs_of(one))]  # fmt: skip
    opens = _opens(session, views)
    private = sum(one.sharing is Sharing.PRIVATE for one in views)
    told = [_told(one, opens.get(one.id, [])) for one in views if one.sharing is not Sharing.PRIVATE]
    if private:
        told.append(ngettext("%(n)s private view", "%(n)s private views", private))
    return told


def uses(fields: Fields, kind: str, parameters: saved.Pairs) -> bool:
    """Whether parameters of lists of a kind need any of these: it, its fields, or kinds that hang on it."""
    if WHOLE in fields.get(kind, ()):
        return True
    return any(not fields.get(of, set()).isdisjoint((name, WHOLE) if of != kind else (name,))
               for of, name in _named(kind, parameters))  # fmt: skip


def _named(kind: str, parameters: saved.Pairs) -> Iterator[tuple[str, str]]:
    """The kinds and fields of a list: of its conditions, its order, its columns and its groups."""
    for name, value in parameters:
        if name in ("columns", "group", "sort"):
            yield from ((kind, one.strip().removeprefix("-")) for one in value.split(","))
        elif name not in queries.CONTROLS and name not in queries.LOOKS:
            yield kind_in(queries.path_of(name)) or kind, queries.split(name)[0]


def _opens(session: Session, views: Sequence[SavedView]) -> Mapping[int, list[str]]:
    """The roles whose lists open with each."""
    query = sa.select(ViewDefault.view_id, saved.ROLES.c.name).join(
        saved.ROLES, saved.ROLES.c.id == ViewDefault.role_id
    )
    found: dict[int, list[str]] = {}
    for view_id, role in session.execute(query.where(ViewDefault.view_id.in_([one.id for one in views]))):
        found.setdefault(view_id, []).append(role)
    return found


def _told(view: SavedView, roles: Sequence[str]) -> str:
    text = f"{view.name} ({view.kind})"
    if not roles:
        return text
    return _("%(view)s, with which the list opens for: %(roles)s", view=text, roles=", ".join(sorted(roles)))
