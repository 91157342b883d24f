"""The door: who gets in, who is kept waiting, and how long a session lasts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from vinculo.accounts import passwords, sessions, signin
from vinculo.accounts.models import Role, SigninFailure, UserSession
from vinculo.accounts.rights import RightsBook
from vinculo.accounts.rules import Rules
from vinculo.actor import ExportLimits, Source
from vinculo.db.base import Base
from vinculo.errors import ThrottledError

PASSWORD = "correct horse battery"


@pytest.fixture
def statements(database):
    seen = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    return seen


@pytest.fixture
def token(make_user, enter):
    make_user()
    return enter(hours=12).token


def test_a_member_signs_in_whatever_the_case_of_the_name(make_user, enter, who):
    ana = make_user("Ana.Souza", full_name="Ana Souza", language="pt_BR")

    signed_in = enter("  aNA.sOUZA ")
    identity = who(cookie=signed_in.token)

    assert signed_in.user is ana
    assert (identity.full_name, identity.role_label, identity.language) == ("Ana Souza", "Member", "pt_BR")
    assert identity.csrf == signed_in.csrf
    assert (identity.actor.user_id, identity.actor.source) == (ana.id, Source.PAGE)
    assert identity.actor.may("clients.read")
    assert not identity.actor.may("accounts.manage_users")


def test_an_administrator_may_everything(make_user, enter, who):
    make_user("boss", role=Role.ADMINISTRATOR)

    assert who(cookie=enter("boss").token).actor.may("accounts.manage_users")


def test_every_sign_in_opens_a_new_session_kept_only_as_a_hash(session, make_user, enter):
    make_user()

    first, second = enter(user_agent="x" * 500), enter()

    assert first.token != second.token
    assert first.csrf != second.csrf
    rows = session.execute(sa.select(UserSession.__table__)).all()
    assert len(rows) == 2
    assert not any(signed.token in str(row) for row in rows for signed in (first, second))
    assert len(rows[0].user_agent) == 200


def test_an_unknown_name_and_a_wrong_password_are_answered_alike(make_user, enter, monkeypatch):
    make_user()
    checked = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", lambda self, h, p: checked.append(h) or verify(self, h, p))

    assert enter("ana", "wrong") is None
    assert enter("nobody", "wrong") is None

    assert len(checked) == 2
    costs = [h.split("$")[1:4] for h in checked]
    assert costs[0] == costs[1]


def test_nobodys_password_is_not_accepted_even_where_a_user_has_none(session, make_user, enter):
    make_user().password_hash = ""

    assert enter(password="") is None
    assert enter() is None


def test_after_too_many_failures_the_account_rests_for_the_window(make_user, enter, later):
    make_user()
    for minute in range(3):
        assert enter(password="wrong", now=later(minutes=minute), address=f"203.0.113.{minute}") is None

    with pytest.raises(ThrottledError, match="Try again in 11 minutes") as throttled:
        enter(now=later(minutes=4), address="198.51.100.1")

    assert throttled.value.retry_after == 11 * 60
    assert enter(now=later(minutes=15, seconds=1))


def test_a_name_that_nobody_has_is_throttled_like_any_other(enter):
    for _attempt in range(3):
        enter("ghost")

    with pytest.raises(ThrottledError):
        enter("ghost")


def test_an_address_that_tries_many_names_rests_as_well(make_user, enter, later):
    make_user()
    for number in range(12):
        assert enter(f"guess{number}", address="198.51.100.66") is None

    with pytest.raises(ThrottledError):
        enter(address="198.51.100.66")

    assert enter(address="203.0.113.7")
    assert enter(address="198.51.100.66", now=later(minutes=16))


def test_a_household_on_ipv6_is_one_address(enter):
    for number in range(12):
        assert enter(f"guess{number}", address=f"2001:db8:1:2::{number}") is None

    with pytest.raises(ThrottledError):
        enter("ghost", address="2001:db8:1:2:ffff::1")
    assert enter("ghost", address="2001:db8:1:3::1") is None


def test_a_failure_counts_although_the_request_ends(database, make_user, session, enter):
    make_user()
    session.commit()

    for _attempt in range(3):
        assert enter(password="wrong") is None
        session.commit()
        session.close()
    with pytest.raises(ThrottledError):
        enter()

    session.rollback()
    with database.read() as other:
        assert other.scalar(sa.select(sa.func.count()).select_from(SigninFailure)) == 3


def test_a_burst_of_tries_does_not_slip_through_the_count(database, session, make_user, make_visit):
    make_user()
    session.commit()

    def guess(number):
        visit, rules = make_visit(address=f"203.0.113.{number}"), Rules(attempts=3)
        try:
            with database.write() as own:
                return signin.sign_in(own, login="ana", password=f"guess {number}", visit=visit, rules=rules)
        except ThrottledError:
            return "throttled"

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(guess, range(12)))

    assert answers.count(None) == 3
    assert answers.count("throttled") == 9


def test_a_throttled_try_computes_no_hash_and_prolongs_nothing(session, make_user, enter, monkeypatch):
    make_user()
    for _attempt in range(3):
        enter(password="wrong")
    monkeypatch.setattr(passwords, "verify", lambda *_: pytest.fail("computed a hash"))

    with pytest.raises(ThrottledError):
        enter()

    assert session.scalar(sa.select(sa.func.count()).select_from(SigninFailure)) == 3


def test_success_forgets_the_failures_of_the_account(make_user, enter):
    make_user()
    for _round in range(3):
        enter(password="wrong")
        enter(password="wrong")
        assert enter()


def test_an_old_hash_is_made_anew_at_the_next_sign_in(make_user, enter, monkeypatch):
    ana = make_user()
    before = ana.password_hash
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))

    assert enter()

    assert ana.password_hash != before
    assert "m=16,t=2" in ana.password_hash
    assert enter()


def test_one_letter_typed_on_two_systems_is_one_password(make_user, enter):
    make_user(password="мо\u0438\u0306 длинный пароль")  # й as two characters, as some systems send it

    assert enter(password="мо\u0439 длинный пароль")


def test_a_session_ends_at_sign_out(session, make_user, enter, who, later):
    make_user()
    here, elsewhere = enter(), enter()

    sessions.sign_out(session, cookie=here.token, now=later())

    assert who(cookie=here.token) is None
    assert who(cookie=elsewhere.token)

    sessions.sign_out_everywhere(session, elsewhere.user.id)

    assert who(cookie=elsewhere.token) is None


def test_a_session_ends_by_itself_unless_it_is_used(token, who, later):
    assert who(cookie=token, at=later(hours=11))
    assert who(cookie=token, at=later(hours=22))
    assert who(cookie=token, at=later(hours=34)) is None


def test_a_request_that_only_reads_asks_once_and_writes_nothing(database, session, token, later, statements):
    session.commit()
    identify = signin.make_identify(RightsBook({}, ExportLimits()), clock=lambda: later(hours=3))
    with database.read() as reading:
        identify(reading, cookie=token, bearer="")  # what its roles allow is kept from now on
    statements.clear()

    with database.read() as reading:
        assert identify(reading, cookie=token, bearer="")

    asked = [s for s in statements if not s.startswith(("BEGIN", "ROLLBACK"))]
    assert len(asked) == 1
    assert asked[0].startswith("SELECT")


def test_a_session_in_use_is_refreshed_at_most_every_five_minutes(session, token, who, later, statements):
    session.flush()
    who(cookie=token, at=later(minutes=3))  # what its roles allow is kept from now on
    statements.clear()
    who(cookie=token, at=later(minutes=4))
    assert len(statements) == 1
    who(cookie=token, at=later(minutes=6))
    assert len(statements) == 3
    who(cookie=token, at=later(minutes=8))
    assert len(statements) == 4


@pytest.mark.parametrize("cookie", ["", "nonsense", "ж" * 5000, "\udcff"])
def test_a_cookie_that_nobody_gave_out_is_nobody(who, cookie):
    assert who(cookie=cookie) is None


def test_what_is_over_is_purged(session, make_user, enter, make_visit, later):
    make_user()
    enter(password="wrong")
    enter()
    enter("ghost")
    longest = Rules(idle=timedelta(days=30), longest=timedelta(days=30))
    signin.sign_in(session, login="ana", password=PASSWORD, visit=make_visit(), rules=longest)

    signin.purge_expired(session, later(days=8))

    assert session.scalar(sa.select(sa.func.count()).select_from(UserSession)) == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(SigninFailure)) == 0


def test_sessions_go_with_their_user_in_the_database_itself():
    for table in ("accounts_session", "accounts_token", "accounts_passkey", "accounts_totp"):
        (key,) = Base.metadata.tables[table].foreign_keys
        assert key.ondelete == "CASCADE"


def test_a_name_with_any_characters_is_only_wrong(enter):
    for name in ("", "\0", "x" * 10_000, "ß" * 500, "' or 1=1 --"):
        assert enter(name, "\0wrong", address="") is None
