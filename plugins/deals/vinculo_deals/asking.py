"""What a report is asked, and the list of the deals behind its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from vinculo.company.rates import base_currency
from vinculo.i18n import format_number
from vinculo.records import access
from vinculo.web.context import Context
from vinculo_deals.records import deal
from vinculo_deals.reports import Which
from vinculo_deals.statistics import Share

FEW: Final = 30  # of fewer deals a share shows its interval


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address says; ``list_url`` is the list of the same deals, with more conditions."""

    ctx: Context
    which: Which
    by: str = ""

    def list_url(self, *conditions: tuple[str, Any]) -> str:
        """The address of a list."""
        found: list[tuple[str, Any]] = []
        if self.which.pipeline:
            found.append(("pipeline_id", self.which.pipeline))
        if self.which.since:
            found.append(("started_on[gte]", self.which.since))
        if self.which.until:
            found.append(("started_on[lte]", self.which.until))
        return f"{deal.url}?{urlencode([*found, *conditions])}"

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


def percent(one: Share) -> str:
    """A share in percent; of few with the interval in which it may lie."""
    if not one.of:
        return ""
    text = f"{100 * one.value:.1f} %"
    return f"{text} ({100 * one.low:.0f}\N{EN DASH}{100 * one.high:.0f})" if one.of < FEW else text
