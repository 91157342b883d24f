"""What a report is asked: whose deals and which, as its address says, and the list of the deals behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa

from vinculo.accounts import departments, rights
from vinculo.accounts.models import Membership
from vinculo.company.rates import base_currency
from vinculo.i18n import format_number
from vinculo.records import access, narrowing
from vinculo.records.narrowing import Narrowed
from vinculo.records.text import whole_number
from vinculo.web import reports as reporting
from vinculo.web.context import Context
from vinculo.web.views import Option
from vinculo_deals.models import Deal
from vinculo_deals.records import deal
from vinculo_deals.reports import Which
from vinculo_deals.statistics import Share

FEW: Final = 30  # of fewer deals a share shows its interval
WHO_FIELD: Final = "responsible_id"
OWN: Final = ("pipeline", "department", "by", "across", "measure", *reporting.PERIOD)  # no conditions
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address says; ``kept`` are its conditions, ``staff`` who works in the department."""

    ctx: Context
    which: Which
    kept: Pairs = ()
    staff: Sequence[int] | None = None
    narrowed: Narrowed | None = None
    by: str = ""
    across: str = ""
    measure: str = ""

    def list_url(self, *conditions: tuple[str, Any]) -> str:
        """The list of the same deals, with more conditions."""
        found: list[tuple[str, Any]] = []
        if self.which.pipeline:
            found.append(("pipeline_id", self.which.pipeline))
        if self.which.since:
            found.append(("started_on[gte]", self.which.since))
        if self.which.until:
            found.append(("started_on[lte]", self.which.until))
        if self.staff is not None:
            found.append((f"{WHO_FIELD}[in]", ",".join(map(str, self.staff or [0]))))
        names = {name for name, _value in conditions}
        kept = (pair for pair in self.kept if pair[0] not in names)
        return f"{deal.url}?{urlencode([*found, *kept, *conditions])}"

    def sees(self, *names: str) -> bool:
        """Whether the reader sees these fields of deals."""
        return access.hidden(deal, self.ctx.actor).isdisjoint(names)

    @property
    def money(self) -> bool:
        """Whether the reader sees amounts."""
        return self.sees("amount", "base_amount")

    def amount(self, value: Decimal) -> str:
        """In the company's currency, or nothing where amounts are hidden."""
        return f"{format_number(value)} {base_currency(self.ctx.session)}" if self.money else ""


def read(ctx: Context, known: Sequence[tuple[int, str]], *, one_pipeline: bool) -> Asked:
    """``pipeline``, ``since`` and ``until`` narrow the deals, and so does every condition of their list.

    ``department`` is whose people are responsible. Raises ``InvalidError`` and ``MalformedError``, as a list.
    """
    wanted = whole_number(ctx.parameter("pipeline"))
    pipeline = wanted if wanted in {one for one, _name in known} else None
    if pipeline is None and one_pipeline and known:
        pipeline = known[0][0]
    narrowed, staff = narrowing.read(ctx, deal, OWN), _staff(ctx)
    more = narrowed.conditions()
    if staff is not None:
        more.append(Deal.responsible_id.in_(staff))
    which = Which(ctx.actor, pipeline, *reporting.period(ctx), more, narrowed.links)
    return Asked(ctx, which, narrowed.pairs, staff, narrowed)


def _staff(ctx: Context) -> Sequence[int] | None:
    """Who works in the department, or in one below it; None where none is asked for."""
    department = whole_number(ctx.parameter("department"))
    if not department or WHO_FIELD in access.hidden(deal, ctx.actor):
        return None
    below = rights.below(ctx.session, department)
    return ctx.session.scalars(sa.select(Membership.user_id).where(Membership.department_id.in_(below))).all()


def places(asked: Asked) -> Sequence[Option]:
    """The departments, each under the one above; none for those who do not see whose deals are whose."""
    if not asked.sees(WHO_FIELD):
        return []
    tree = departments.tree(asked.ctx.session)
    return [Option(str(one.department.id), "\N{EM SPACE}" * one.depth + one.department.name) for one in tree]


def percent(one: Share) -> str:
    """A share in percent; of few with the interval in which it may lie."""
    if not one.of:
        return ""
    text = f"{100 * one.value:.1f} %"
    return f"{text} ({100 * one.low:.0f}\N{EN DASH}{100 * one.high:.0f})" if one.of < FEW else text
