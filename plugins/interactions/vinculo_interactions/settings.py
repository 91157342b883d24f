"""The plugin's part of the configuration, the table ``[interactions]``."""

from __future__ import annotations

from pydantic import Field

from vinculo.settings import Section
from vinculo_interactions.models import InteractionType
from vinculo_interactions.records import LONGEST


class InteractionSettings(Section):
    """What the quick log on a client's card starts with."""

    default_type: InteractionType = InteractionType.CALL_OUT
    default_duration_minutes: int | None = Field(default=None, ge=0, le=LONGEST)
