"""What the privacy room adds, through the hooks that every plugin has."""

from __future__ import annotations

from collections.abc import Iterator

from vinculo.plugins.contributions import Permission
from vinculo.plugins.hookspecs import hookimpl
from vinculo.privacy.permissions import PERMISSIONS


@hookimpl
def permissions() -> Iterator[Permission]:
    """Exporting and erasing."""
    yield from PERMISSIONS
