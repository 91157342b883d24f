"""What the kernel remembers of a plugin that is off or gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from vinculo.plugins.manifest import Manifest


def describe(manifest: Manifest, kinds: Mapping[str, Any], metadata: sa.MetaData) -> dict[str, Any]:
    """Written each time a plugin is switched on."""
    return {"title": str(manifest.title), "kinds": {n: str(k.label) for n, k in kinds.items()}}
