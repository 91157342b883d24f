"""Companies that belong to others: the way up, the subsidiaries, and no company above itself."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.clients.models import Client
from vinculo.db.locking import hold
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access
from vinculo.records.kind import RecordKind
from vinculo.web.context import Context

DEEPEST: Final = 50
SHOWN: Final = 20


def check(session: Session, kind: RecordKind, client: Client, actor: Actor) -> None:
    """Raise ``InvalidError`` where a client would stand above itself, with the companies between named.

    Two changes that close a circle together wait for each other.
    """
    if client.parent_id is None or client.id is None:  # nothing can stand below a new one
        return
    if sa.inspect(client).attrs.parent_id.history.has_changes():
        hold(session, "clients.hierarchy")
    chain = above(session, client.parent_id, until=client.id)
    if client.id in chain:
        names = _names(session, kind, chain, actor)
        between = " → ".join(names.get(one, _("another client")) for one in chain)
        text = _("It would belong to itself: %(chain)s. Choose another parent company.", chain=between)
        raise InvalidError([FieldError("parent_id", text, "circle")])
    if len(chain) >= DEEPEST:
        text = _("Companies may stand %(most)s deep at most; choose another parent company.", most=DEEPEST)
        raise InvalidError([FieldError("parent_id", text, "too_deep")])


def above(session: Session, client_id: int, *, until: int = 0) -> Sequence[int]:
    """A client and those above it, nearest first, up to ``until``. Ids only: not all of them may be seen."""
    return session.scalars(_above(), {"client": client_id, "until": until}).all()


@functools.cache
def _above() -> sa.Select[int]:
    step = sa.select(Client.id, Client.parent_id, sa.literal(1).label("step"))
    chain = step.where(Client.id == sa.bindparam("client")).cte("above", recursive=True)
    higher = sa.select(Client.id, Client.parent_id, chain.c.step + 1).join(
        chain, Client.id == chain.c.parent_id
    )
    chain = chain.union_all(higher.where(chain.c.id != sa.bindparam("until"), chain.c.step < DEEPEST))
    return sa.select(chain.c.id).order_by(chain.c.step)


def _names(session: Session, kind: RecordKind, ids: Sequence[int], actor: Actor) -> Mapping[int, str]:
    """Of those that the actor sees."""
    query = access.within(sa.select(Client.id, Client.name), kind, actor, few=True)
    return {row.id: row.name for row in session.execute(query.where(Client.id.in_(ids)))}


@functools.lru_cache(1000)
def _below(visible: access.Condition | None) -> sa.Select[int, str, int]:
    query = sa.select(Client.id, Client.name, sa.func.count().over())
    # As a range: where most clients have no parent, SQLite expects all of them to be equal, and reads all.
    parent = sa.bindparam("client", type_=sa.BigInteger)
    query = query.where(Client.parent_id.between(parent, parent)).order_by(Client.name_key, Client.id)
    return (query if visible is None else query.where(visible)).limit(SHOWN)


def panel(ctx: Context, client_id: int) -> PanelContent | None:
    """The companies above a client and those below it; nothing where it stands alone."""
    kind = ctx.registry.kinds["client"]
    if "parent_id" in access.hidden(kind, ctx.actor):
        return None
    own = ctx.session.get(Client, client_id)  # which the card has read
    chain = above(ctx.session, client_id) if own and own.parent_id else [client_id]
    names = _names(ctx.session, kind, chain, ctx.actor) if len(chain) > 1 else {}
    query = _below(access.condition(kind, ctx.actor, few=True))
    rows = ctx.session.execute(query, {"client": client_id}).all()
    higher = [(one, names[one]) for one in reversed(chain[1:]) if one in names]
    if not higher and not rows:
        return None
    count = rows[0][2] if rows else 0
    html = ctx.fragment(
        "clients/hierarchy.html",
        higher=higher,
        own=names.get(client_id, ""),
        lower=[(row[0], row[1]) for row in rows],
        every=f"/clients?parent_id={client_id}" if count > len(rows) else "",
        add=f"/clients/new?parent_id={client_id}" if access.writes(kind, ctx.actor, ["parent_id"]) else "",
    )
    return PanelContent(html, count=count)
