"""Users: who may be added, and what locks them out."""

import pytest

from vinculo.accounts import service
from vinculo.accounts.models import ApiToken, Role
from vinculo.accounts.passwords import Policy
from vinculo.actor import Actor, Source, system
from vinculo.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from vinculo.settings import Settings

ADMIN = system(Source.CLI)
PASSWORD = "correct horse battery"


def themselves(user):
    return Actor(user_id=user.id, name=user.name, source=Source.PAGE)


def test_the_first_visitor_sets_up_and_nobody_after(session, make_user):
    assert service.needs_setup(session)

    make_user("boss", role=Role.ADMINISTRATOR)

    assert not service.needs_setup(session)


@pytest.mark.parametrize("login", ["", "a b", "-ana", "@ana", "ana/../root", "a" * 101, "an\na"])
def test_a_sign_in_name_that_does_not_fit_is_refused(make_user, login):
    with pytest.raises(InvalidError) as refused:
        make_user(login)

    assert [error.field for error in refused.value.errors] == ["login"]


@pytest.mark.parametrize("login", ["ana", "Иван.Петров", "joão", "o@example.com", "7"])
def test_sign_in_names_may_be_of_any_alphabet(session, make_user, login):
    user = make_user(login)

    assert service.find_user(session, login.upper()).id == user.id


def test_two_users_cannot_differ_in_case_alone(make_user):
    make_user("Ana")

    with pytest.raises(InvalidError) as refused:
        make_user("aNA")

    assert refused.value.errors[0].code == "duplicate"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "too_short"),
        ("x" * 300 + "y", "too_long"),
        ("aaaaaaaaaaaa", "too_weak"),
        ("Password123", "too_weak"),
        ("Maria.Silva", "too_weak"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(make_user, password, code):
    with pytest.raises(InvalidError) as refused:
        make_user("maria.silva", password=password)

    assert [(e.field, e.code) for e in refused.value.errors] == [("password", code)]


def test_all_faults_are_told_at_once(make_user):
    with pytest.raises(InvalidError) as refused:
        make_user("a b", password="short", email="nowhere", full_name="x" * 201)

    assert {e.field for e in refused.value.errors} == {"login", "password", "email", "full_name"}


def test_a_company_may_ask_for_longer_passwords(make_user):
    with pytest.raises(InvalidError, match="at least 30 characters"):
        make_user(policy=Policy(min_length=30))


def test_words_of_the_company_make_no_password(make_user):
    policy = Policy.of(
        Settings(company={"name": "Ferragens Quintela"}, security={"password_words": ("parafuso",)})
    )
    assert make_user(password="parafusoquintela") is not None
    with pytest.raises(InvalidError, match="guessed soon"):
        make_user("rui", password="parafusoquintela", policy=policy)


def test_only_an_administrator_adds_users(make_user):
    ana = make_user()

    with pytest.raises(ForbiddenError):
        make_user("friend", actor=themselves(ana))


def test_a_disabled_user_is_out_at_once_and_may_come_back(session, make_user, enter, who, later):
    ana = make_user()
    signed_in = enter()
    _token, plain = service.create_token(session, ana.id, name="sync", actor=ADMIN, now=later())

    service.disable_user(session, ana.id, actor=ADMIN, now=later())

    assert who(cookie=signed_in.token) is None
    assert enter() is None
    assert session.query(ApiToken).one().revoked_at is not None
    with pytest.raises(Exception, match="unknown, expired or revoked"):
        who(bearer=plain)

    service.enable_user(session, ana.id, actor=ADMIN, now=later())

    assert enter().user.id == ana.id
    assert who(cookie=signed_in.token) is None


def test_the_last_active_administrator_cannot_be_disabled(session, make_user, later):
    boss = make_user("boss", role=Role.ADMINISTRATOR)
    deputy = make_user("deputy", role=Role.ADMINISTRATOR)
    member = make_user("member")
    service.disable_user(session, deputy.id, actor=ADMIN, now=later())

    with pytest.raises(ConflictError, match="last active administrator"):
        service.disable_user(session, boss.id, actor=ADMIN, now=later())

    assert boss.active
    service.disable_user(session, deputy.id, actor=ADMIN, now=later())  # twice does no harm
    service.disable_user(session, member.id, actor=ADMIN, now=later())


def test_a_new_password_ends_the_other_sessions(session, make_user, enter, who, later):
    ana = make_user()
    here, elsewhere = enter(), enter()

    service.set_password(
        session,
        ana.id,
        password="another long phrase",
        keep=here.token,
        actor=themselves(ana),
        now=later(),
    )

    assert who(cookie=here.token)
    assert who(cookie=elsewhere.token) is None
    assert enter() is None
    assert enter(password="another long phrase")


def test_a_member_changes_only_their_own_profile_and_password(session, make_user, later):
    ana, bob = make_user("ana"), make_user("bob")
    profile = {"full_name": " Ana Souza ", "email": "ana@example.com", "language": "pt_BR"}
    rest = {
        "time_zone": "America/Sao_Paulo",
        "theme": "dark",
        "notice_mail": False,
        "actor": themselves(ana),
        "now": later(days=1),
    }

    service.update_profile(session, ana.id, **profile, **rest)

    assert (ana.name, ana.version, ana.changed_at, ana.changed_by_id) == (
        "Ana Souza",
        2,
        later(days=1),
        ana.id,
    )
    with pytest.raises(ForbiddenError):
        service.update_profile(session, bob.id, **profile, **rest)
    with pytest.raises(ForbiddenError):
        service.set_password(session, bob.id, password=PASSWORD, actor=themselves(ana), now=later())


def test_nobody_is_found_under_a_name_that_is_not_there(session):
    with pytest.raises(NotFoundError, match="no user ghost"):
        service.find_user(session, "ghost")
