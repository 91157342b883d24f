"""``vinculo users`` and ``vinculo tokens``, as an administrator types them."""

import json
import re
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from click.testing import CliRunner

from vinculo.accounts import passwords
from vinculo.accounts.models import ApiToken, Totp, User, UserSession
from vinculo.cli import main
from vinculo.cli import users as users_command
from vinculo.db.base import now
from vinculo.encryption import Cipher

PASSWORD = "correct horse battery\n"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def vinculo(database, monkeypatch):
    monkeypatch.setenv("VINCULO_DATABASE__URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("LANG", "en")

    def vinculo(*arguments, stdin="", fails=0):
        result = CliRunner().invoke(main, arguments, input=stdin)
        assert result.exit_code == fails, result.output
        return result

    return vinculo


@pytest.fixture
def boss(vinculo):
    vinculo("users", "add", "boss", "--role", "administrator", "--password-stdin", stdin=PASSWORD)


def test_an_administrator_is_added_and_listed(vinculo, database):
    details = ("--full-name", "Ana Souza", "--email", "ana@example.com")

    done = vinculo(
        "users", "add", "Ana", "--role", "administrator", *details, "--password-stdin", stdin=PASSWORD
    )

    assert done.output == "Ana can sign in now.\n"
    (ana,) = json.loads(vinculo("users", "list", "--json").output)
    assert {**ana, "id": 0, "created_at": ""} == {
        "id": 0,
        "login": "Ana",
        "full_name": "Ana Souza",
        "email": "ana@example.com",
        "roles": ["Administrator"],
        "department": None,
        "active": True,
        "created_at": "",
    }
    assert "Ana Souza" in vinculo("users", "list").output
    with database.read() as session:
        stored = session.scalars(sa.select(User.password_hash)).one()
    assert passwords.verify(PASSWORD.strip(), stored)


def test_the_password_is_asked_for_twice_and_not_shown(vinculo, monkeypatch):
    monkeypatch.setattr(users_command, "_has_terminal", lambda: True)

    done = vinculo("users", "add", "ana", "--role", "member", stdin=PASSWORD * 2)
    differing = vinculo("users", "add", "bob", "--role", "member", stdin=PASSWORD + "another one\n", fails=1)

    assert PASSWORD.strip() not in done.output
    assert "do not match" in differing.output


def test_without_a_terminal_it_says_how_to_give_the_password(vinculo):
    refused = vinculo("users", "add", "ana", "--role", "member", fails=2)

    assert "--password-stdin" in refused.output


@pytest.mark.parametrize(
    ("arguments", "stdin", "says", "code"),
    [
        (("users", "add", "a b", "--role", "member", "--password-stdin"), PASSWORD, "“a b” does not fit", 1),
        (("users", "add", "BOSS", "--role", "member", "--password-stdin"), PASSWORD, "already a user", 1),
        (("users", "add", "ana", "--role", "member", "--password-stdin"), "short\n", "at least 10", 1),
        (("users", "add", "ana", "--role", "member", "--password-stdin"), b"\xff\xfe\n", "not in UTF-8", 2),
        (("users", "add", "ana", "--role", "king", "--password-stdin"), PASSWORD, "no role “king”", 1),
        (("users", "disable", "boss"), "", "last active administrator", 1),
        (("users", "disable", "ghost"), "", "no user ghost", 1),
        (("users", "password", "ghost", "--password-stdin"), PASSWORD, "no user ghost", 1),
        (("tokens", "add", "ghost", "sync"), "", "no user ghost", 1),
        (("tokens", "add", "boss", " "), "", "Give the token a name", 1),
        (("tokens", "add", "boss", "sync", "--expires", "0"), "", "0 is not in the range", 2),
        (("tokens", "revoke", "99"), "", "no token with the number 99", 1),
    ],
)
@pytest.mark.usefixtures("boss")
def test_what_cannot_be_done_is_one_clear_line(vinculo, arguments, stdin, says, code):
    refused = vinculo(*arguments, stdin=stdin, fails=code)

    assert says in refused.output
    assert "Traceback" not in refused.output


@pytest.mark.usefixtures("boss")
def test_a_user_is_disabled_and_enabled(vinculo):
    vinculo("users", "add", "ana", "--role", "member", "--password-stdin", stdin=PASSWORD)

    vinculo("users", "disable", "ANA")
    assert [user["active"] for user in json.loads(vinculo("users", "list", "--json").output)] == [False, True]

    vinculo("users", "enable", "ana")
    assert [user["active"] for user in json.loads(vinculo("users", "list", "--json").output)] == [True, True]


@pytest.mark.usefixtures("boss")
def test_a_new_password_replaces_the_old_one(vinculo, database):
    vinculo("users", "password", "Boss", "--password-stdin", stdin="another long phrase\r\n")

    with database.read() as session:
        stored = session.scalars(sa.select(User.password_hash)).one()
    assert passwords.verify("another long phrase", stored)


@pytest.mark.usefixtures("boss")
def test_a_token_is_printed_once_and_revoked(vinculo, database):
    plain = vinculo("tokens", "add", "boss", "warehouse sync", "--expires", "30").stdout.strip()

    assert plain.startswith("vin_")
    listed = vinculo("tokens", "list", "boss", "--json").output + vinculo("tokens", "list").output
    assert plain not in listed
    assert "warehouse sync" in listed
    (token,) = json.loads(vinculo("tokens", "list", "--json").output)
    vinculo("tokens", "revoke", str(token["id"]))
    with database.read() as session:
        assert session.scalars(sa.select(ApiToken.revoked_at)).one() is not None
    assert "revoked" in vinculo("tokens", "list").output


@pytest.mark.usefixtures("boss")
def test_a_program_gets_its_token_as_json(vinculo):
    made = json.loads(vinculo("tokens", "add", "boss", "sync", "--json").output)

    assert made["token"].startswith(made["prefix"])
    assert (made["user"], made["scopes"]) == ("boss", ["*"])
    assert datetime.fromisoformat(made["expires_at"]) > now() + timedelta(days=364)  # as the settings demand


@pytest.mark.usefixtures("boss")
def test_a_token_may_do_less_than_its_user(vinculo):
    scope = ("--scope", "clients.client.read")
    made = json.loads(vinculo("tokens", "add", "boss", "sync", *scope, "--json").output)
    refused = vinculo("tokens", "add", "boss", "sync", "--scope", "clients.fly", fails=1)

    assert made["scopes"] == ["clients.client.read"]
    assert "“clients.fly” is not a permission" in refused.output


@pytest.mark.usefixtures("boss")
def test_a_user_is_helped_who_has_lost_what_they_sign_in_with(vinculo, database):
    link = vinculo("users", "reset-link", "boss").stdout.strip()
    with database.write() as session:
        boss = session.scalars(sa.select(User)).one()
        session.add(Totp(user_id=boss.id, secret="", created_at=now(), confirmed_at=now()))
        session.add(
            UserSession(
                token_hash="x",
                user_id=boss.id,
                csrf="",
                user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140",
                created_at=now(),
                seen_at=now(),
                proved_at=now(),
                expires_at=now() + timedelta(hours=1),
                ends_at=now() + timedelta(hours=1),
            )
        )

    assert re.fullmatch(r"http://127\.0\.0\.1:8000/reset/[\w-]{43}", link)
    assert "Firefox · Linux" in vinculo("users", "sessions", "boss").output
    assert len(json.loads(vinculo("users", "sessions", "boss", "--json").output)) == 1
    vinculo("users", "sign-out", "boss")
    assert json.loads(vinculo("users", "sessions", "boss", "--json").output) == []
    vinculo("users", "remove-factors", "boss")
    with database.read() as session:
        assert session.scalars(sa.select(Totp)).all() == []


def test_keys_are_made_and_replaced(vinculo, database, monkeypatch, make_user):
    old = vinculo("secrets", "key").output.strip()
    new = vinculo("secrets", "key").output.strip()
    ana = make_user("ana")
    with database.write() as session:
        session.add(Totp(user_id=ana.id, secret=Cipher([old]).encrypt("secret"), created_at=now()))

    monkeypatch.setenv("VINCULO_SECURITY__SECRET_KEY", f"{new},{old}")
    assert vinculo("secrets", "rotate").output == "1 secret is encrypted with the first key.\n"

    with database.read() as session:
        assert Cipher([new]).decrypt(session.scalars(sa.select(Totp.secret)).one()) == "secret"
    shown = vinculo("config", "show").output
    assert new not in shown
    assert old not in shown
    monkeypatch.setenv("VINCULO_SECURITY__SECRET_KEY", "nonsense")
    wrong = vinculo("config", "show", fails=2).output
    assert "vinculo secrets key" in wrong
    assert "nonsense" not in wrong


def test_the_doctor_says_when_switching_passwords_off_has_no_effect(vinculo, monkeypatch):
    monkeypatch.setenv("VINCULO_SECURITY__LOCAL_SIGNIN", "false")

    assert "no administrator has come in through [oidc]" in vinculo("doctor", fails=1).output
