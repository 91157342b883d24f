"""What the pages say of the formulae: their docstrings, to be translated.

A test compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from babel.support import LazyProxy

from vinculo.i18n import lazy_gettext as _l
from vinculo_deals import likelihood, outlook, statistics, working_hours

FUNNEL: Final = _l(
    "Of the deals that began in the period, how many reached each stage. A deal has reached a stage if it"
    " was ever in it or in a later one, or was won: stages that were skipped count as reached, coming "
    "back does not count twice, and a lost deal counts as far as it came. Deals that are still open may "
    "yet go further. The amount is what the deals are worth now. Which stages a deal left out is unknown "
    "where a file brought it: such deals are counted apart, and not as ones that skipped any."
)
SHARE: Final = _l(
    "A share, with the interval of Wilson within which the true one lies in 95 of 100 cases. With p = "
    "part / of, n = of and z = 1.96 it is (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n). It is wide"
    " where few are counted: 3 of 4 may stand for 0.30 as well as for 0.95."
)
MEDIAN_STAY: Final = _l(
    "The days or working hours by which half of the deals have left a stage, open stays taken into "
    "account. By Kaplan and Meier: the share that stays is multiplied, length by length, by 1 - ended / "
    "still there, where those whose stay goes on are there up to today and count no longer. The median is "
    "the first length at which half or less is left; there is none while more than half stay on."
)
MEDIAN_ENDED: Final = _l(
    "Beside it, of the stays that ended alone, the length that half of them did not exceed. It is shorter "
    "where those that last long still go on: who looks at it alone takes stages for quicker than they are."
)
HOURS: Final = _l(
    "The full working hours of each stay, from when a stage was entered to when it was left, or to now. "
    "They are those of the company's calendar as it is today, without days off and public holidays, also "
    "where a stay is older than the calendar."
)
FORECAST: Final = _l(
    "What the coming months bring: what is won already, and amounts of open deals times their "
    "probability. What is won counts whole, in the month in which it closed; what is lost counts "
    "nothing. Open deals stand in one of three rows: commit from 75 percent on, best case from 50 "
    "percent on, pipeline below. Those whose expected day has passed, or that have none, are columns of"
    " their own and not a month of the past."
)
PROBABILITY: Final = _l(
    "How likely a deal is to be won, judged by the deals that were closed in the last 24 months. It is "
    "the mean of four win rates, each drawn towards the rate of all: of deals that came to this stage "
    "or further, of the same responsible, of the same client, and of the same pipeline. A rate that no "
    "deal stands behind is left out; where none is left, the probability of the stage counts."
)
SHRUNK: Final = _l(
    "A rate of few deals, drawn towards the rate of all. It is (won + 10 · p0) / (closed + 10), where "
    "p0 is the win rate of all deals: as if ten more deals had ended as deals usually end. So 2 of 2 do"
    " not make a win certain."
)
BRIER: Final = _l(
    "How far probabilities were from what became of the deals: the Brier score. It is the mean of (p - "
    "outcome)², where the outcome of a deal that was won is 1 and of a lost one 0: 0 is perfect, and to"
    " say a half of every deal gives 0.25. Each deal's probability is the one it had before it closed, "
    "by deals that had closed before."
)
DECILES: Final = _l(
    "Closed deals by the probability that they had before they closed, in steps of ten percent. Where "
    "probabilities come true, as many of a step are won as its mean probability says."
)
COMPLIANCE: Final = _l(
    "How much of the process is kept: the required steps done on time, of all that are due, by weight. A "
    "step is due at the end of the day that its stage allows, or else when the deal goes on to a later "
    "stage. Going back or losing a deal ends what is not due yet. What is done late counts nothing, and so "
    "does what was skipped unless somebody with the right has approved it. There is no share where nothing "
    "is due."
)
VELOCITY: Final = _l(
    "What the open deals bring in a day, at the pace of those that were won. It is the number of open "
    "deals, times the win rate, times the median amount of a won deal, divided by the median days from "
    "its begin to its end. There is none where nothing was won, or all on the day it began."
)
INTERVAL: Final = _l(
    "Between what a month brings in eight of ten cases: one time in ten it is less, one time in ten "
    "more. The month is played a thousand times: each of the largest deals is won or lost by its "
    "probability, each by itself, and all the smaller ones together vary as the sum of many does, by a "
    "normal distribution. The same deals always give the same interval."
)
HITS: Final = _l(
    "Past forecasts beside what was won: of each month, the last forecast before it began. Forecasts "
    "are kept every Monday. How far they were off is the difference as a part of what was won; over all"
    " months it is the sum of the differences, whatever their sign, as a part of all that was won."
)
UNMET: Final = _l(
    "Of what clients asked for at first, what part they were not sold: 1 - sold ÷ asked for, by value. "
    "A line that was asked for is sold as far as the lines of the same product in a deal that was won "
    "cover it; what was asked for in a lost deal is unmet whole. Lines without a price, here and in "
    "what was offered, have no value and do not count, and deals that are open may yet be won."
)
NEXT_PURCHASE: Final = _l(
    "When a client is likely to buy again: the last purchase and the median gap between purchases. "
    "Purchases are the days on which deals with the client were won; one who bought on one day alone "
    "has no gap. Whoever has waited for one and a half times the usual gap should be asked."
)
OF: Final[Mapping[Callable[..., Any], LazyProxy]] = {
    statistics.funnel: FUNNEL,
    statistics.share: SHARE,
    statistics.median_stay: MEDIAN_STAY,
    statistics.median_ended: MEDIAN_ENDED,
    working_hours.hours: HOURS,
    likelihood.probability: PROBABILITY,
    likelihood.shrunk: SHRUNK,
    likelihood.brier: BRIER,
    likelihood.deciles: DECILES,
    statistics.compliance: COMPLIANCE,
    statistics.velocity: VELOCITY,
    outlook.forecast: FORECAST,
    outlook.interval: INTERVAL,
    outlook.hits: HITS,
    statistics.unmet: UNMET,
    statistics.next_purchase: NEXT_PURCHASE,
}
