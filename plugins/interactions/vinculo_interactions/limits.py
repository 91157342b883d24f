"""How long clients may be silent, and within what working time one answers: chosen on a page, or as usual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vinculo.clients.models import Stage
from vinculo.company.numbers import Numbers
from vinculo.i18n import lazy_gettext as _l
from vinculo_interactions.models import INCOMING, InteractionType, Limit, Priority

SILENCE: Final = {Stage.POTENTIAL: 30, Stage.ACTIVE: 60, Stage.PERMANENT: 90, Stage.LOST: 0}  # days; 0: never
ANSWER: Final = {  # minutes of working time, ordinary and urgent
    InteractionType.CALL_MISSED: (240, 60),
    InteractionType.EMAIL_IN: (480, 120),
    InteractionType.SMS_IN: (240, 60),
}


def silence_key(stage: Stage) -> str:
    """Under which the days of a stage are kept."""
    return f"silence_{stage.value}"


def answer_key(of: InteractionType, priority: Priority) -> str:
    """Under which the minutes for an answer are kept."""
    return f"answer_{of.value}_{priority.value}"


USUAL: Final[Mapping[str, int]] = {
    **{silence_key(stage): days for stage, days in SILENCE.items()},
    **{answer_key(of, one): ANSWER[of][one is Priority.HIGH] for of in sorted(INCOMING) for one in Priority},
}

NUMBERS: Final = Numbers(Limit, USUAL, "interaction_limits", _l("Response clock"))
