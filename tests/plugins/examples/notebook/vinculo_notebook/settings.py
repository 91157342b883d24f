"""The plugin's part of the configuration, the table ``[notebook]``."""

from __future__ import annotations

from pydantic import Field

from vinculo.settings import Section


class NotebookSettings(Section):
    """How long jottings are kept."""

    keep_days: int = Field(default=90, ge=1)
