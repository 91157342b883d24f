"""The permissions of the accounts room."""

from __future__ import annotations

from typing import Final

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Permission

MANAGE_USERS: Final = "accounts.manage_users"
MANAGE_ROLES: Final = "accounts.manage_roles"  # who has it can give themselves any right

PERMISSIONS: Final = (
    Permission(MANAGE_USERS, _l("Manage users"), administrative=True),
    Permission(MANAGE_ROLES, _l("Manage roles and rights"), administrative=True),
)
