"""Who does something, by which door, and what they may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from vinculo.errors import ForbiddenError
from vinculo.i18n import gettext as _


class Source(StrEnum):
    """The door through which a change came."""

    PAGE = "page"
    API = "api"
    CLI = "cli"
    IMPORT = "import"
    JOB = "job"


class Scope(StrEnum):
    """Whose records a permission is for, from the narrowest: each includes those before it."""

    OWN = "own"
    DEPARTMENT = "department"  # that of the user, and those below it
    ALL = "all"


class FieldAccess(StrEnum):
    """What may be done with a field, from the least.

    ``ON_REQUEST``: hidden, but that its value is shown on the card of one record to who asks for it, which
    is on record each time.
    """

    HIDDEN = "hidden"
    ON_REQUEST = "on_request"
    READ_ONLY = "read_only"
    FULL = "full"


UNLIMITED: Final = 1_000_000_000  # rows: what stands for no limit at all
EVERYTHING: Final = "*"  # a grant of every permission that is not administrative

_WIDTH = {scope: width for width, scope in enumerate(Scope)}


def widest(scopes: Iterable[Scope]) -> Scope:
    """Roles add up."""
    return max(scopes, key=_WIDTH.__getitem__)


def narrowest(scopes: Iterable[Scope]) -> Scope:
    """What all of them allow."""
    return min(scopes, key=_WIDTH.__getitem__)


@dataclass(frozen=True, slots=True)
class ExportLimits:
    """How many rows may leave in a day, and above how many of them an export has to be approved."""

    rows_per_day: int = UNLIMITED
    approval_above: int = UNLIMITED


@dataclass(frozen=True, slots=True)
class Rights:
    """What the roles of a user add up to.

    ``grants`` is permission → scope. ``fields`` holds what is less than full access, by (kind, field).
    ``departments`` are the user's own and those below it.
    """

    grants: Mapping[str, Scope] = field(default_factory=dict)
    fields: Mapping[tuple[str, str], FieldAccess] = field(default_factory=dict)
    departments: frozenset[int] = frozenset()
    exports: ExportLimits = ExportLimits()

    def only(self, permissions: AbstractSet[str]) -> Rights:
        """The same without all other permissions."""
        return replace(self, grants={name: s for name, s in self.grants.items() if name in permissions})


NONE = Rights()


@dataclass(frozen=True, slots=True)
class Actor:
    """The one on whose behalf a service acts. ``user_id`` is None for the system itself."""

    user_id: int | None
    name: str
    source: Source
    rights: Rights = NONE
    is_administrator: bool = False

    def scope(self, permission: str) -> Scope | None:
        """For whose records a permission is granted; None if it is not."""
        return Scope.ALL if self.is_administrator else self.rights.grants.get(permission)

    def may(self, permission: str) -> bool:
        """Whether a permission is granted, for whichever records."""
        return self.is_administrator or permission in self.rights.grants

    def require(self, permission: str) -> None:
        """Raise ``ForbiddenError`` unless the permission is granted."""
        if not self.may(permission):
            raise ForbiddenError(
                _(
                    "You need the permission %(permission)s for this. Ask an administrator.",
                    permission=permission,
                )
            )

    def field(self, kind: str, name: str) -> FieldAccess:
        """What may be done with a field of a kind of record."""
        if self.is_administrator:
            return FieldAccess.FULL
        return self.rights.fields.get((kind, name), FieldAccess.FULL)

    def by(self, source: Source) -> Actor:
        """The same one, coming through another door."""
        return replace(self, source=source)


def system(source: Source) -> Actor:
    """The program itself: migrations, demo data, the command line of an administrator."""
    return Actor(user_id=None, name="", source=source, is_administrator=True)
