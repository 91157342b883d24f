"""The dated links of counterparties on both cards: which a client has, and to which clients one belongs."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa

from vinculo.clients.models import Client
from vinculo.clients.records import client
from vinculo.counterparties import joint, links
from vinculo.counterparties.models import Counterparty, Identifier, Link, Scheme
from vinculo.counterparties.records import SCHEMES, counterparty
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import today
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access, attribution, ties
from vinculo.records.short_forms import Pick
from vinculo.records.ties import Tie
from vinculo.web.context import Context
from vinculo.web.views import Action, TiedRow

MOST: Final = 50
TIE: Final = Tie(
    kind=counterparty,
    collection="links",
    link="client_id",
    about="client",
    about_url=client.url,
    choose_label=_l("Link counterparty"),
    missing=_l("No legal entity yet."),
    row=("valid_from", "reason"),
    asked=(
        Pick("legal_name"),
        Pick("country"),
        Pick("identifiers-0-value", _l("Tax number")),
        Pick("links-0-valid_from"),
        Pick("links-0-reason"),
    ),
    given={"identifiers-0-scheme": "tax"},
    add=links.attach,
)


def of_client(ctx: Context, client_id: int) -> PanelContent | None:
    """The legal entities of a client with their periods."""
    hidden = access.hidden(counterparty, ctx.actor)
    if "links" in hidden:
        return None
    day, here = today(), attribution.kept(f"{client.url}/{client_id}", ctx.parameters())
    rows = [
        _row(
            link,
            name,
            f"{counterparty.url}/{link.counterparty_id}",
            number,
            here,
            may,
            day,
        )
        for link, name, number, may in (
            (link, name, "" if "identifiers" in hidden else number, may)
            for link, name, number, may in _links_of(ctx, client_id)
        )
    ]
    content = ties.panel(ctx, TIE, client_id, rows)
    return replace(content, html=joint.beside(ctx, client_id, here) + content.html)


def _links_of(ctx: Context, client_id: int) -> Sequence[tuple[Link, str, str, bool]]:
    """(link, legal name, first number in words, whether it may be changed) of what the user sees."""
    visible = access.condition(counterparty, ctx.actor, few=True)
    query = _linked(ties.may_change(TIE, ctx.actor), visible)
    return [
        (link, name, f"{SCHEMES[scheme]} {value}" if scheme else "", bool(may))
        for link, name, scheme, value, may in ctx.session.execute(query, {"client": client_id})
    ]


@functools.lru_cache(1000)
def _linked(
    may: access.Condition, visible: access.Condition | None
) -> sa.Select[Link, str, Scheme, str, bool]:
    first = sa.select(sa.func.min(Identifier.id)).where(Identifier.counterparty_id == Counterparty.id)
    query = (
        sa.select(Link, Counterparty.legal_name, Identifier.scheme, Identifier.value, may)
        .join(Counterparty, Counterparty.id == Link.counterparty_id)
        .outerjoin(Identifier, Identifier.id == first.correlate(Counterparty).scalar_subquery())
        .where(Link.client_id == sa.bindparam("client"))
        .order_by(Link.valid_to.is_not(None), Link.valid_to.desc(), Counterparty.legal_name_key)
    )
    return (query if visible is None else query.where(visible)).limit(MOST)


def _row(link: Link, name: str, url: str, number: str, back: str, may: bool, day: Any) -> TiedRow:
    past = link.valid_to is not None and link.valid_to < day
    edit, end = ties.acts(TIE, link.counterparty_id, link.id, back, past=past) if may else ("", "")
    return TiedRow(
        part=f"links-{link.id}",
        name=name,
        url=url,
        hint=" · ".join(filter(None, (number, links.period(link), link.reason))),
        past=past,
        edit_url=edit,
        end_url="" if link.valid_to else end,
        move_url=f"{counterparty.url}/{link.counterparty_id}/move" if may and not past else "",
    )


def of_counterparty(ctx: Context, counterparty_id: int) -> PanelContent | None:
    """The clients a counterparty belongs or belonged to."""
    if "links" in access.hidden(counterparty, ctx.actor):
        return None
    query = (
        access.within(sa.select(Link, Client.name), client, ctx.actor, few=True)
        .join(Client, Client.id == Link.client_id)
        .where(Link.counterparty_id == counterparty_id)
        .order_by(Link.valid_from.is_(None).desc(), Link.valid_from)
    )
    may = _may_change(ctx, counterparty_id)
    back, day = f"{counterparty.url}/{counterparty_id}", today()
    rows = [
        _row(link, name, f"{client.url}/{link.client_id}", "", back, may, day)
        for link, name in ctx.session.execute(query)
    ]
    present = any(not row.past for row in rows)
    label = _("Move to another client") if present else _("Link a client")
    ways = [Action(label, f"{back}/move", "link")] if may else []
    return ties.drawn(ctx, "clients", rows, _("It belongs to no client now."), ways)


def _may_change(ctx: Context, counterparty_id: int) -> bool:
    if not access.writes(counterparty, ctx.actor, ["links"], "update"):
        return False
    return bool(access.permitted(ctx.session, counterparty, counterparty_id, ctx.actor, ["update"]))
