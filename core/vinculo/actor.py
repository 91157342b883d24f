"""Who does something, and by which door."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum

from vinculo.errors import ForbiddenError
from vinculo.i18n import gettext as _


class Source(StrEnum):
    """The door through which a change came."""

    PAGE = "page"
    API = "api"
    CLI = "cli"
    IMPORT = "import"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class Actor:
    """The one on whose behalf a service acts. ``user_id`` is None for the system itself."""

    user_id: int | None
    name: str
    source: Source
    permissions: AbstractSet[str] = frozenset()
    is_administrator: bool = False

    def may(self, permission: str) -> bool:
        """Whether a permission is granted."""
        return self.is_administrator or permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise ``ForbiddenError`` unless the permission is granted."""
        if not self.may(permission):
            raise ForbiddenError(
                _(
                    "You need the permission %(permission)s for this. Ask an administrator.",
                    permission=permission,
                )
            )

    def by(self, source: Source) -> Actor:
        """The same one, coming through another door."""
        return replace(self, source=source)


def system(source: Source) -> Actor:
    """The program itself: migrations, demo data, the command line of an administrator."""
    return Actor(user_id=None, name="", source=source, is_administrator=True)
