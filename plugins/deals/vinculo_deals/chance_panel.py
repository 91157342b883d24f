"""How likely a deal is to be won, on its card: what it is taken from, and what overrides it."""

from __future__ import annotations

from typing import Final

from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access, service
from vinculo.web.context import Context
from vinculo_deals import chances, explained, likelihood
from vinculo_deals.likelihood import PERCENT, By, Rate
from vinculo_deals.models import Deal, State
from vinculo_deals.records import deal

FIELDS: Final = {By.STAGE: "stage_id", By.RESPONSIBLE: "responsible_id", By.CLIENT: "client_id",
                 By.PIPELINE: "pipeline_id"}  # fmt: skip


def show(ctx: Context, record_id: int) -> PanelContent | None:
    """The rates with their counts and the mean; a way to say another number, and to take that back."""
    hidden = access.hidden(deal, ctx.actor)
    record: Deal = service.get(ctx.session, deal, record_id, actor=ctx.actor)
    if record.chance is None or not hidden.isdisjoint(("chance", "state")):
        return None
    is_open = record.state is State.OPEN
    basis = chances.basis(ctx.session, chances.like(record))
    names = {By.STAGE: _("This stage"), By.RESPONSIBLE: _("Responsible"), By.CLIENT: _("Client"),
             By.PIPELINE: _("Pipeline")}  # fmt: skip
    rates = [(names[by], basis.rates[by]) for by in By if FIELDS[by] not in hidden]
    may = (
        is_open
        and access.writes(deal, ctx.actor, ["probability"], "update")
        and bool(access.permitted(ctx.session, deal, record_id, ctx.actor, ["update"]))
    )
    mean = basis.percent()
    html = ctx.fragment(
        "deals/chance.html",
        chance=record.chance,
        by_hand=record.probability is not None and is_open,
        is_open=is_open,
        mean=mean,
        lines=[(name, *_said(one, basis.overall)) for name, one in rates if one.closed] if is_open else [],
        overall=_said(basis.overall, basis.overall)[0] if basis.overall.closed else "",
        url=f"{deal.url}/{record_id}/fields/probability" if may else "",
        version=record.version,
        how=(explained.PROBABILITY, explained.SHRUNK),
    )
    return PanelContent(html)


def _said(rate: Rate, overall: Rate) -> tuple[str, str]:
    """The counts with their share, and the rate drawn towards that of all."""
    counts = _("%(won)s of %(closed)s won", won=rate.won, closed=rate.closed)
    return (
        f"{counts} · {PERCENT * rate.share:.0f} %",
        f"{PERCENT * likelihood.shrunk(rate, overall):.0f} %",
    )
