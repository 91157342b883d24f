"""What the states of orders are called, and in which colour they stand."""

from __future__ import annotations

from typing import Final

from vinculo.i18n import lazy_gettext as _l
from vinculo_orders.models import State

STATES: Final = {
    State.DRAFT: _l("Draft"),
    State.CONFIRMED: _l("Confirmed"),
    State.PROCESSING: _l("In processing"),
    State.DONE: _l("Fulfilled"),
    State.CANCELLED: _l("Called off"),
}
TONES: Final = {
    State.DRAFT: "neutral", State.CONFIRMED: "brand", State.PROCESSING: "brand", State.DONE: "ok",
    State.CANCELLED: "bad",
}  # fmt: skip
MOVES: Final = {
    State.DRAFT: _l("Back to the draft"),
    State.CONFIRMED: _l("Confirm"),
    State.PROCESSING: _l("Process"),
    State.DONE: _l("Finish"),
    State.CANCELLED: _l("Cancel this order"),
}
