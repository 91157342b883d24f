"""What deals are grouped by in reports: keys, what they are called, and the deals of one in a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from babel.support import LazyProxy
from sqlalchemy.orm import aliased

from vinculo.accounts.models import Department, Membership, User
from vinculo.actor import Actor
from vinculo.clients.models import Client
from vinculo.db.portable import month_of
from vinculo.i18n import format_month
from vinculo.i18n import lazy_gettext as _l
from vinculo.records import access
from vinculo.records.attribution import Links, client_of
from vinculo_deals.models import Deal, Line, LostReason, Pipeline, Stage
from vinculo_deals.records import STATES, deal

Joins = Sequence[tuple[Any, Any]]
Conditions = Sequence[tuple[str, Any]]
WHO: Final = sa.func.coalesce(sa.func.nullif(User.full_name, ""), User.login)


@dataclass(frozen=True, slots=True)
class Parts:
    """SQL of a way to group: the key, its label, and what is joined, each as (table, condition)."""

    key: Any
    label: Any
    joins: Joins = ()
    inner: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A way to group deals, for those who see ``field``; ``rows(key)`` narrows a list, where one can."""

    label: LazyProxy
    field: str
    parts: Callable[[Links], Parts]
    rows: Callable[[Any], Conditions] | None = None
    show: Callable[[str], str] = str

    def named(self, label: Any) -> str:
        """What a group is called; "" for those without a value."""
        return self.show(label) if label not in (None, "") else ""


def _month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


def _in_month(field: str) -> Callable[[Any], Conditions]:
    def rows(key: Any) -> Conditions:
        if not key:
            return [(f"{field}[empty]", "true")]
        first = _month(key)
        return [(f"{field}[gte]", first), (f"{field}[lt]", (first + timedelta(days=31)).replace(day=1))]

    return rows


def _equal(field: str) -> Callable[[Any], Conditions]:
    return lambda key: [(f"{field}[empty]", "true") if key in (None, "") else (field, key)]


def _linked(model: Any, link: Any, name: Any = None) -> Callable[[Links], Parts]:
    """By a link of deals to others, by their name."""
    other = aliased(model)
    label = getattr(other, name or "name")
    return lambda _links: Parts(link, label, [(other, other.id == link)])


def _responsible(_links: Links) -> Parts:
    return Parts(Deal.responsible_id, WHO, [(User, User.id == Deal.responsible_id)])


_MEMBER, _DEPARTMENT = aliased(Membership), aliased(Department)
_BELOW_MEMBER, _BELOW, _ABOVE = aliased(Membership), aliased(Department), aliased(Department)


def _department(_links: Links) -> Parts:
    joins = [(_MEMBER, _MEMBER.user_id == Deal.responsible_id),
             (_DEPARTMENT, _DEPARTMENT.id == _MEMBER.department_id)]  # fmt: skip
    return Parts(_DEPARTMENT.id, _DEPARTMENT.name, joins)


def _division(_links: Links) -> Parts:
    joins = [(_BELOW_MEMBER, _BELOW_MEMBER.user_id == Deal.responsible_id),
             (_BELOW, _BELOW.id == _BELOW_MEMBER.department_id),
             (_ABOVE, _ABOVE.id == _BELOW.parent_id)]  # fmt: skip
    return Parts(sa.func.coalesce(_ABOVE.id, _BELOW.id), sa.func.coalesce(_ABOVE.name, _BELOW.name), joins)


_BUYER, _TRADE = aliased(Client), aliased(Client)


def _client(links: Links) -> Parts:
    return Parts(_BUYER.id, _BUYER.name, [(_BUYER, _BUYER.id == client_of(deal, deal.table, links))])


def _industry(links: Links) -> Parts:
    joins = [(_TRADE, _TRADE.id == client_of(deal, deal.table, links))]
    return Parts(_TRADE.industry, _TRADE.industry, joins)


def _product(_links: Links) -> Parts:
    return Parts(Line.product, Line.product, [(Line, Line.deal_id == Deal.id)], inner=True)


def _text(column: Any) -> Callable[[Links], Parts]:
    return lambda _links: Parts(column, column)


def _said_month(text: str) -> str:
    return format_month(_month(text))


WAYS: Final[Mapping[str, Way]] = {
    "responsible": Way(_l("Responsible"), "responsible_id", _responsible, _equal("responsible_id")),
    "department": Way(_l("Department"), "responsible_id", _department),
    "division": Way(_l("Department above"), "responsible_id", _division),
    "product": Way(_l("Product"), "lines", _product),
    "source": Way(_l("Source"), "source", _text(Deal.source), _equal("source")),
    "industry": Way(_l("Industry of the client"), "client_id", _industry),
    "client": Way(_l("Client"), "client_id", _client, _equal("client_id")),
    "reason": Way(_l("Lost because of"), "lost_reason_id", _linked(LostReason, Deal.lost_reason_id),
                  _equal("lost_reason_id")),
    "reached": Way(_l("Furthest stage"), "reached_id", _linked(Stage, Deal.reached_id), _equal("reached_id")),
    "pipeline": Way(_l("Pipeline"), "pipeline_id", _linked(Pipeline, Deal.pipeline_id),
                    _equal("pipeline_id")),
    "stage": Way(_l("Stage"), "stage_id", _linked(Stage, Deal.stage_id), _equal("stage_id")),
    "state": Way(_l("State"), "state", _text(Deal.state), _equal("state"),
                 lambda text: str(STATES[text])),  # type: ignore[index]  # a State is its text
    "begun": Way(_l("Month begun"), "started_on", _text(month_of(Deal.started_on)), _in_month("started_on"),
                 _said_month),
    "closed": Way(_l("Month closed"), "closed_on", _text(month_of(Deal.closed_on)), _in_month("closed_on"),
                  _said_month),
}  # fmt: skip
OUTCOMES: Final = ("responsible", "department", "division", "product", "source", "industry", "client",
                   "reason", "reached", "begun")  # fmt: skip
SPEED: Final = ("responsible", "department", "division", "pipeline", "source", "industry", "product")


def seen(actor: Actor, names: Sequence[str] = tuple(WAYS)) -> Sequence[str]:
    """The ways that a reader has, by what they see of deals."""
    hidden = access.hidden(deal, actor)
    return [one for one in names if WAYS[one].field not in hidden]


def joined(query: Any, *ways: Parts) -> Any:
    """A query of deals with what its groups need."""
    joins = {id(target): (target, condition, one.inner) for one in ways for target, condition in one.joins}
    for target, condition, inner in joins.values():
        query = query.join(target, condition, isouter=not inner)
    return query
