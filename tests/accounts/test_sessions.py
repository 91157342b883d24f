"""Sessions: how long they last at most, that their id changes, and who may end them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from vinculo.accounts import sessions, signin
from vinculo.accounts.models import Role, UserSession
from vinculo.accounts.rules import Rules
from vinculo.actor import Actor, Source, system
from vinculo.errors import ForbiddenError, NotFoundError
from vinculo.events import chain
from vinculo.events.models import Event

ADMIN = system(Source.CLI)


def themselves(user):
    return Actor(user_id=user.id, name=user.name, source=Source.PAGE)


def actions(session):
    chain.append(session)  # what is written as the transaction commits
    return list(session.scalars(sa.select(Event.action).where(Event.kind == "user").order_by(Event.id)))


def test_a_session_ends_after_its_time_however_much_it_is_used(session, make_user, make_visit, who, later):
    make_user()
    rules = Rules(idle=timedelta(hours=12), longest=timedelta(hours=30))
    token = signin.sign_in(
        session, login="ana", password="correct horse battery", visit=make_visit(), rules=rules
    ).token

    for hours in (10, 20, 29):
        assert who(cookie=token, at=later(hours=hours))

    assert who(cookie=token, at=later(hours=30)) is None


def test_it_is_never_longer_than_the_whole_though_the_settings_say_so(
    session, make_user, make_visit, who, later
):
    make_user()
    rules = Rules(idle=timedelta(hours=72), longest=timedelta(hours=24))
    token = signin.sign_in(
        session, login="ana", password="correct horse battery", visit=make_visit(), rules=rules
    ).token

    assert who(cookie=token, at=later(hours=23))
    assert who(cookie=token, at=later(hours=24)) is None


def test_signing_in_again_ends_the_session_that_the_browser_had(make_user, enter, who):
    make_user()
    first = enter().token

    second = enter(cookie=first).token

    assert second != first
    assert who(cookie=first) is None
    assert who(cookie=second)


def test_after_a_proof_the_session_goes_on_under_another_id(session, make_user, enter, who, later):
    make_user()
    first = enter()
    found = sessions.find(session, first.token)
    assert not sessions.is_fresh(found, later(minutes=16))

    token = sessions.renew(session, found, now=later(minutes=16))

    assert who(cookie=first.token) is None
    assert who(cookie=token).csrf == first.csrf
    assert sessions.is_fresh(sessions.find(session, token), later(minutes=17))


def test_one_sees_and_ends_ones_own_sessions_and_no_others(session, make_user, enter, who, later):
    ana, bob = make_user("ana"), make_user("bob")
    here, there = enter(user_agent="Firefox"), enter(user_agent="Chrome")
    his = enter("bob")
    listed = sessions.list_sessions(session, ana.id, later())
    assert {one.user_agent for one in listed} == {"Firefox", "Chrome"}

    sessions.revoke(session, sessions.find(session, there.token).id, actor=themselves(ana), now=later())

    assert who(cookie=there.token) is None
    assert who(cookie=here.token)
    with pytest.raises(NotFoundError):
        sessions.revoke(session, sessions.find(session, his.token).id, actor=themselves(ana), now=later())
    with pytest.raises(ForbiddenError):
        sessions.revoke_all(session, bob, actor=themselves(ana), now=later())
    assert who(cookie=his.token)


def test_an_administrator_ends_all_sessions_of_a_user(session, make_user, enter, who, later):
    ana = make_user()
    tokens = [enter().token, enter().token]

    assert sessions.revoke_all(session, ana, actor=ADMIN, now=later()) == 2

    assert [who(cookie=token) for token in tokens] == [None, None]
    assert actions(session)[-1] == "sessions ended"


def test_a_session_of_a_password_alone_is_none_once_more_is_demanded(make_user, enter, who):
    make_user()
    make_user("boss", role=Role.ADMINISTRATOR)
    hers, his = enter().token, enter("boss").token

    for_administrators = Rules(second_factor="administrators")
    assert who(cookie=hers, rules=for_administrators)
    assert who(cookie=his, rules=for_administrators) is None
    assert who(cookie=hers, rules=Rules(second_factor="everyone")) is None


def test_what_happens_is_logged_under_names_that_do_not_change(session, make_user, enter, later):
    make_user()
    enter(password="wrong")
    enter("a-password-typed-as-a-name")
    token = enter().token
    sessions.sign_out(session, cookie=token, now=later())
    session.flush()

    assert actions(session) == ["created", "sign-in failed", "sign-in failed", "signed in", "signed out"]
    logged = session.scalars(sa.select(Event)).all()
    assert logged[3].changes == {"method": [None, "password"], "address": [None, "203.0.113.7"]}
    assert "a-password-typed-as-a-name" not in str([(one.title, one.changes) for one in logged])
    assert session.scalar(sa.select(sa.func.count()).select_from(UserSession)) == 0
