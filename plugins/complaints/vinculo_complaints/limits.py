"""Within what working time one answers and solves, by severity; chosen on a page, or as usual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vinculo.company.numbers import Numbers
from vinculo.i18n import lazy_gettext as _l
from vinculo_complaints.models import Limit, Severity

REPEAT: Final = "repeat_days"
_MINUTES: Final = {  # of working time: until the first answer, until it is solved
    Severity.LOW: (960, 9600),
    Severity.NORMAL: (480, 4800),
    Severity.HIGH: (240, 1440),
    Severity.CRITICAL: (60, 480),
}
USUAL: Final[Mapping[str, int]] = {
    **{f"answer_{one}": _MINUTES[one][0] for one in Severity},
    **{f"solve_{one}": _MINUTES[one][1] for one in Severity},
    REPEAT: 90,
}

NUMBERS: Final = Numbers(Limit, USUAL, "complaint_limits", _l("Clock of complaints"))
