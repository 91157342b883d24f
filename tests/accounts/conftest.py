"""A company with users who are cheap to check: hashes of the least cost."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from vinculo.accounts import passwords, service, signin
from vinculo.accounts.models import Role
from vinculo.accounts.rights import RightsBook
from vinculo.accounts.rules import Rules, Visit
from vinculo.actor import ExportLimits, Source, system
from vinculo.plugins.contributions import Permission

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
RULES = Rules()


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def make_user(session):
    def make_user(login="ana", *, role=Role.MEMBER, **overrides):
        values = {"password": PASSWORD, "actor": system(Source.CLI), "now": NOON, **overrides}
        return service.create_user(session, login=login, role_names=[role], **values)

    return make_user


@pytest.fixture
def make_visit():
    """Somebody from an office, at noon."""

    def make_visit(at=NOON, *, address="203.0.113.7", user_agent="Firefox", cookie=""):
        return Visit(address=address, user_agent=user_agent, at=at, cookie=cookie)

    return make_visit


@pytest.fixture
def enter(session, make_visit):
    """Try to sign in at the door, from an office, at noon."""

    def enter(login="ana", password=PASSWORD, *, now=NOON, hours=12, second_factor="optional", **visit):
        rules = Rules(idle=timedelta(hours=hours), attempts=3, second_factor=second_factor)
        return signin.sign_in(
            session, login=login, password=password, visit=make_visit(now, **visit), rules=rules
        )

    return enter


@pytest.fixture
def later():
    def later(**span):
        return NOON + timedelta(**span)

    return later


@pytest.fixture
def who(session):
    """Who sent a request, by its cookie or token, at a moment."""
    books = {}

    def who(cookie="", bearer="", *, at=NOON, permissions=("clients.read",), rules=RULES):
        declared = {name: Permission(name, name) for name in permissions}
        book = books.setdefault(permissions, RightsBook(declared, ExportLimits()))
        identify = signin.make_identify(book, rules=rules, clock=lambda: at)
        return identify(session, cookie=cookie, bearer=bearer)

    return who
