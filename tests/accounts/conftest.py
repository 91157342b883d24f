"""A company with users who are cheap to check: hashes of the least cost."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from vinculo.accounts import passwords, service, signin
from vinculo.accounts.models import Role
from vinculo.accounts.rights import RightsBook
from vinculo.actor import Source, system
from vinculo.plugins.contributions import Permission

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


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
def enter(session):
    """Try to sign in at the door, from an office, at noon."""

    def enter(login="ana", password=PASSWORD, **overrides):
        values = {
            "address": "203.0.113.7",
            "user_agent": "Firefox",
            "now": NOON,
            "hours": 12,
            "attempts": 3,
            "window": timedelta(minutes=15),
            **overrides,
        }
        return signin.sign_in(session, login=login, password=password, **values)

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

    def who(cookie="", bearer="", *, at=NOON, permissions=("clients.read",)):
        declared = {name: Permission(name, name) for name in permissions}
        book = books.setdefault(permissions, RightsBook(declared))
        identify = signin.make_identify(book, clock=lambda: at)
        return identify(session, cookie=cookie, bearer=bearer)

    return who
