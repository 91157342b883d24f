"""What states and flows are called, and how they look."""

from __future__ import annotations

from typing import Final

from vinculo.i18n import lazy_gettext as _l
from vinculo_payments.models import Flow, State

STATES: Final = {
    State.DRAFT: _l("Draft"),
    State.ISSUED: _l("Issued"),
    State.PAID: _l("Paid"),
    State.CANCELLED: _l("Cancelled"),
}
TONES: Final = {State.DRAFT: "neutral", State.ISSUED: "brand", State.PAID: "ok", State.CANCELLED: "neutral"}
FLOWS: Final = {Flow.IN: _l("Received"), Flow.OUT: _l("Paid out")}
FLOW_TONES: Final = {Flow.IN: "ok", Flow.OUT: "neutral"}
