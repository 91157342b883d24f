"""The report of how far probabilities came true."""

from __future__ import annotations

from vinculo.i18n import format_number
from vinculo.i18n import gettext as _
from vinculo.web.reports import FULL, NOTHING, Bar, Cell, Report
from vinculo_deals import explained, likelihood, reports
from vinculo_deals.asking import Asked, percent
from vinculo_deals.likelihood import Decile, Rate
from vinculo_deals.models import State
from vinculo_deals.statistics import share


def calibration(asked: Asked) -> Report:
    """Closed deals by the probability that they had before, and how many of them were won."""
    if not asked.sees("chance", "state"):
        return NOTHING
    judged = reports.judged(asked.ctx.session, asked.which)
    rows, shown = [], []
    for one in likelihood.deciles(judged):
        said = _("%(first)s to %(last)s %%", first=one.first, last=one.last)
        won = share(one.rate.won, one.rate.closed)
        bounds = (("chance[gte]", one.first), ("chance[lte]", one.last), ("state[ne]", State.OPEN))
        rows.append([
            Cell(said), Cell(str(one.rate.closed), asked.list_url(*bounds)),
            Cell(f"{100 * one.expected:.1f} %"), Cell(str(one.rate.won)), Cell(percent(won)),
        ])  # fmt: skip
        shown.append(_bar(said, one))
    return Report(
        [_("Probability before the end"), _("Deals closed"), _("On average"), _("Won"), _("Share won")],
        rows,
        shown,
        (explained.DECILES, explained.BRIER, explained.PROBABILITY, explained.SHRUNK, explained.SHARE),
        _summary(judged),
    )


def _bar(said: str, one: Decile) -> Bar:
    """What was won, with a mark at what was expected."""
    won, expected = one.rate.share, one.expected
    text = f"{100 * won:.0f} % · {100 * expected:.0f} %"
    return Bar(said, round(FULL * won), text, mark=round(FULL * expected))


def _summary(judged: list[likelihood.Judged]) -> str:
    score = likelihood.brier(judged)
    if score is None:
        return ""
    rate = sum((Rate(one.won, one.closed) for one in judged), Rate())
    usual = rate.share * (1 - rate.share)
    return _(
        "Brier score %(score)s of %(count)s closed deals; to say of each what is won on average would give "
        "%(usual)s, and 0 is perfect. Bars are what was won, marks what was expected.",
        score=f"{score:.3f}", count=format_number(rate.closed), usual=f"{usual:.3f}",
    )  # fmt: skip
