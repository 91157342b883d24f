"""API tokens: shown once, kept as a hash, ended at once."""

import re

import pytest
import sqlalchemy as sa

from vinculo.accounts import service
from vinculo.accounts.models import ApiToken
from vinculo.actor import Actor, Source
from vinculo.errors import ForbiddenError, InvalidError, NotFoundError, NotSignedInError


@pytest.fixture
def ana(make_user):
    return make_user("ana")


@pytest.fixture
def make_token(session, ana, later):
    def make_token(name="sync", *, owner=ana, **overrides):
        values = {"actor": as_user(owner), "now": later(), **overrides}
        return service.create_token(session, owner.id, name=name, **values)

    return make_token


def as_user(user):
    return Actor(user_id=user.id, name=user.name, source=Source.PAGE)


def test_a_program_acts_as_the_user_of_its_token(ana, make_token, who):
    _token, plain = make_token()

    identity = who(bearer=plain)

    assert (identity.actor.user_id, identity.actor.source) == (ana.id, Source.API)
    assert identity.actor.may("clients.read")
    assert identity.csrf == ""


def test_the_token_is_shown_once_and_kept_as_a_hash(session, make_token):
    token, plain = make_token()

    assert re.fullmatch(r"vin_[\w-]{43}", plain)
    assert token.prefix == plain[:8]
    row = session.execute(sa.select(ApiToken.__table__)).one()
    assert not any(plain[8:] in str(value) for value in row)


def test_a_revoked_token_opens_nothing(session, ana, make_token, who, later):
    token, plain = make_token()

    service.revoke_token(session, token.id, actor=as_user(ana), now=later(hours=1))
    service.revoke_token(session, token.id, actor=as_user(ana), now=later(hours=2))

    assert token.revoked_at == later(hours=1)
    with pytest.raises(NotSignedInError) as refused:
        who(bearer=plain)
    assert refused.value.code == "invalid_token"


def test_a_token_expires(make_token, who, later):
    _token, plain = make_token(expires_at=later(days=30))

    assert who(bearer=plain, at=later(days=29))
    with pytest.raises(NotSignedInError):
        who(bearer=plain, at=later(days=30))


@pytest.mark.parametrize("bearer", ["vin_wrong", "x", "ж", "\udcff"])
def test_a_wrong_token_is_an_error_not_a_stranger(who, bearer):
    with pytest.raises(NotSignedInError):
        who(bearer=bearer)


def test_a_cookie_does_not_excuse_a_wrong_token(ana, enter, who):
    with pytest.raises(NotSignedInError):
        who(cookie=enter().token, bearer="vin_wrong")


def test_its_use_is_noted(session, make_token, who, later):
    token, plain = make_token()

    who(bearer=plain, at=later(hours=1))
    who(bearer=plain, at=later(hours=1, minutes=4))

    session.refresh(token)
    assert token.last_used_at == later(hours=1)


def test_others_tokens_do_not_exist_for_a_member(session, make_user, make_token, later):
    bob = make_user("bob")
    token, _plain = make_token()

    with pytest.raises(NotFoundError):
        service.revoke_token(session, token.id, actor=as_user(bob), now=later())
    with pytest.raises(ForbiddenError):
        make_token(actor=as_user(bob))


def test_a_list_shows_the_tokens_of_one_user_or_of_all(session, ana, make_user, make_token):
    bob = make_user("bob")
    make_token("first")
    make_token("second")
    make_token("his", owner=bob)

    assert [token.name for token, _user in service.list_tokens(session, ana.id)] == ["second", "first"]
    assert {user.login for _token, user in service.list_tokens(session)} == {"ana", "bob"}


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_token_needs_a_name(make_token, name):
    with pytest.raises(InvalidError) as refused:
        make_token(name)
    assert refused.value.errors[0].field == "name"


def test_a_token_cannot_be_born_expired(make_token, later):
    with pytest.raises(InvalidError, match="expired already"):
        make_token(expires_at=later())
