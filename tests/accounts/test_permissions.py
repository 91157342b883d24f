"""Which permissions a role has."""

from vinculo.accounts.models import Role
from vinculo.accounts.permissions import MANAGE_USERS, PERMISSIONS, granted
from vinculo.plugins.contributions import Permission

READ = Permission("clients.read", "See clients")


def test_a_member_has_all_that_is_not_administrative():
    assert granted(Role.MEMBER, [READ, *PERMISSIONS]) == {"clients.read"}


def test_an_administrator_has_everything():
    assert granted(Role.ADMINISTRATOR, [READ, *PERMISSIONS]) == {"clients.read", MANAGE_USERS}
