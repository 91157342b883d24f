"""Documents as PDF: a typst template of ours, and what it prints as data.

What is printed reaches the template as JSON and is text there, never code, whoever wrote it. A template reads
files of its own folder alone, and fonts are those that typst brings, so that a document looks the same on
every machine; they have Latin, Greek and Cyrillic letters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

MEDIA_TYPE: Final = "application/pdf"
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)  # equal data give equal bytes, whenever


def pdf(template: Path, data: Mapping[str, Any]) -> bytes:
    """Print data, JSON throughout, by a template, which reads ``json(bytes(sys.inputs.data))``."""
    import typst  # noqa: PLC0415 -- only who prints pays its 0.05 s

    made: Any = typst.compile(
        str(template),
        root=str(template.parent),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=_LONG_AGO,
    )
    assert isinstance(made, bytes)
    return made
