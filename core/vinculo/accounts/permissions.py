"""The permissions of the accounts room, and which of all permissions a role has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vinculo.accounts.models import Role
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Permission

MANAGE_USERS: Final = "accounts.manage_users"

PERMISSIONS: Final = (Permission(MANAGE_USERS, _l("Manage users"), administrative=True),)


def granted(role: Role, permissions: Iterable[Permission]) -> frozenset[str]:
    """The names of those permissions that a role has."""
    everything = role is Role.ADMINISTRATOR
    return frozenset(p.name for p in permissions if everything or not p.administrative)
