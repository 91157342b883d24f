"""Second factors: an app's codes, recovery codes, and what lies between the password and the session."""

import json
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa

from vinculo.accounts import factors, passkeys, recovery, second_step, service, sessions, totp
from vinculo.accounts.models import OneTimeKey, Passkey, RecoveryCode, Role, Totp, UserSession
from vinculo.accounts.passkeys import Party
from vinculo.accounts.rules import Rules
from vinculo.accounts.sessions import SignedIn
from vinculo.accounts.signin import NextStep
from vinculo.actor import Actor, Source, system
from vinculo.encryption import Cipher, new_key
from vinculo.errors import ConflictError, InvalidError, NotFoundError, NotSignedInError, ThrottledError
from vinculo.events import chain
from vinculo.events.models import Event

ADMIN = system(Source.CLI)
CIPHER = Cipher([new_key()])
RULES = Rules(attempts=3)
PARTY = Party("Vinculo", "https://crm.example.com")


def themselves(user):
    return Actor(user_id=user.id, name=user.name, source=Source.PAGE)


@pytest.fixture
def ana(make_user):
    return make_user("ana")


@pytest.fixture
def app(session, ana, later):
    """An authenticator app that is set up: what it shows at a moment."""
    begun = totp.begin(session, ana, cipher=CIPHER, now=later())
    shown = pyotp.TOTP(CIPHER.decrypt(begun.secret))
    early = later(minutes=-10)
    assert totp.confirm(session, ana.id, code=shown.at(early), cipher=CIPHER, now=early)
    return shown


@pytest.fixture
def by_code(session, make_visit, later):
    def by_code(step, code, *, at=None, rules=RULES, **visit):
        knock = make_visit(at or later(), **visit)
        return second_step.by_code(session, step.token, code=code, cipher=CIPHER, visit=knock, rules=rules)

    return by_code


@pytest.fixture
def add_passkey(session, later):
    def add_passkey(user, name="Laptop"):
        key = Passkey(
            user_id=user.id, name=name, credential_id=name, public_key="", sign_count=0, created_at=later()
        )
        session.add(key)
        session.flush()
        return key

    return add_passkey


def test_the_password_alone_opens_no_session(session, app, enter, who):
    step = enter()

    assert isinstance(step, NextStep)
    assert not step.enrol
    assert session.scalar(sa.select(sa.func.count()).select_from(UserSession)) == 0
    assert who(cookie=step.token) is None


def test_with_the_code_of_the_app_one_is_in(session, app, enter, by_code, who, later):
    step = enter()

    signed_in = by_code(step, app.at(later()))

    assert isinstance(signed_in, SignedIn)
    assert signed_in.token != step.token
    assert who(cookie=signed_in.token, rules=Rules(second_factor="everyone"))
    with pytest.raises(NotSignedInError):  # the step is over, too
        by_code(step, app.at(later(minutes=1)), at=later(minutes=1))
    chain.append(session)  # what is written as the transaction commits
    last = session.scalars(sa.select(Event).order_by(Event.id)).all()[-1]
    assert last.changes["method"] == [None, "password+totp"]


@pytest.mark.parametrize(
    ("seconds", "right"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_clocks_may_differ_by_half_a_minute(app, enter, by_code, later, seconds, right):
    assert bool(by_code(enter(), app.at(later(seconds=seconds)))) is right


def test_spaces_in_a_code_do_not_matter(app, enter, by_code, later):
    code = app.at(later())

    assert by_code(enter(), f" {code[:3]} {code[3:]} ")


def test_a_code_is_good_once_and_no_older_one_after_it(app, enter, by_code, later):
    assert by_code(enter(), app.at(later()))

    assert by_code(enter(), app.at(later())) is None
    assert by_code(enter(), app.at(later(seconds=-30))) is None
    assert by_code(enter(), app.at(later(seconds=30)))


def test_the_secret_is_encrypted_and_only_counts_once_confirmed(session, ana, enter, later):
    seen = CIPHER.decrypt(totp.begin(session, ana, cipher=CIPHER, now=later()).secret)
    begun = totp.begin(session, ana, cipher=CIPHER, now=later(minutes=1))

    secret = CIPHER.decrypt(begun.secret)
    assert secret != seen  # by somebody else, perhaps
    assert secret not in begun.secret
    assert isinstance(enter(), SignedIn)
    assert not totp.confirm(session, ana.id, code="000000", cipher=CIPHER, now=later())
    assert not totp.confirm(session, ana.id, code="", cipher=CIPHER, now=later())
    assert not totp.matches(session, ana.id, code=pyotp.TOTP(secret).at(later()), cipher=CIPHER, now=later())
    assert totp.confirm(session, ana.id, code=pyotp.TOTP(secret).at(later()), cipher=CIPHER, now=later())
    assert isinstance(enter(), NextStep)


def test_guessing_codes_is_throttled_and_typing_the_password_again_does_not_help(app, enter, by_code, later):
    for minute in range(3):
        assert by_code(enter(), "000000", at=later(minutes=minute), address=f"198.51.100.{minute}") is None

    with pytest.raises(ThrottledError):
        by_code(enter(now=later(minutes=3)), app.at(later(minutes=3)), at=later(minutes=3))

    assert by_code(enter(now=later(minutes=16)), app.at(later(minutes=16)), at=later(minutes=16))


def test_the_step_is_over_after_ten_minutes_or_when_the_user_is_disabled(
    session, ana, app, make_user, enter, by_code, later
):
    make_user("boss", role=Role.ADMINISTRATOR)
    late, disabled = enter(), enter()

    with pytest.raises(NotSignedInError, match="took too long"):
        by_code(late, app.at(later(minutes=10)), at=later(minutes=10))

    service.disable_user(session, ana.id, actor=ADMIN, now=later())
    with pytest.raises(NotSignedInError):
        by_code(disabled, app.at(later()))
    for token in ("", "nonsense", "\udcff"):
        with pytest.raises(NotSignedInError):
            by_code(NextStep(token, ana, enrol=False), app.at(later()))


def test_a_new_password_ends_what_was_begun_with_the_old_one(session, ana, app, enter, by_code, later):
    step = enter()

    service.set_password(session, ana.id, password="another long phrase", actor=ADMIN, now=later())

    with pytest.raises(NotSignedInError):
        by_code(step, app.at(later()))


def test_a_recovery_code_is_good_once_and_kept_as_a_hash(session, ana, app, enter, by_code, later):
    codes = factors.make_codes(session, ana, actor=themselves(ana), now=later())

    assert len(set(codes)) == 10
    stored = str(session.execute(sa.select(RecoveryCode.__table__)).all())
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)
    assert by_code(enter(), codes[0].upper().replace("-", " "))
    assert by_code(enter(), codes[0]) is None
    assert recovery.left(session, ana.id) == 9
    assert by_code(enter(), codes[1])


def test_with_a_recovery_code_one_is_in_although_the_key_of_the_settings_is_lost(
    session, ana, app, enter, make_visit, later
):
    codes = factors.make_codes(session, ana, actor=themselves(ana), now=later())
    values = {"cipher": Cipher([new_key()]), "visit": make_visit(), "rules": RULES}

    assert second_step.by_code(session, enter().token, code=codes[0], **values)


def test_new_recovery_codes_void_the_old_ones(session, ana, app, enter, by_code, later):
    old = factors.make_codes(session, ana, actor=themselves(ana), now=later())
    new = factors.make_codes(session, ana, actor=themselves(ana), now=later())

    assert by_code(enter(), old[0]) is None
    assert by_code(enter(), new[0])


def test_anothers_recovery_code_is_none(session, ana, app, make_user, enter, by_code, later):
    bob = make_user("bob")
    his = factors.make_codes(session, bob, actor=themselves(bob), now=later())

    assert by_code(enter(), his[0]) is None


def test_where_one_is_demanded_it_is_set_up_before_one_is_in(session, ana, enter, who, make_visit, later):
    step = enter(second_factor="everyone")
    assert step.enrol
    begun = totp.begin(session, ana, cipher=CIPHER, now=later())
    code = pyotp.TOTP(CIPHER.decrypt(begun.secret)).at(later())
    values = {"cipher": CIPHER, "visit": make_visit(), "rules": Rules(second_factor="everyone")}

    assert second_step.enrol_app(session, step.token, code="000000", **values) is None
    signed_in, codes = second_step.enrol_app(session, step.token, code=code, **values)

    assert who(cookie=signed_in.token, rules=Rules(second_factor="everyone"))
    assert len(codes) == 10


def test_a_password_does_not_add_a_factor_to_an_account_that_has_one(session, ana, app, enter, make_visit):
    step = enter()
    values = {"visit": make_visit(), "rules": RULES}

    with pytest.raises(NotSignedInError):
        second_step.enrol_app(session, step.token, code="000000", cipher=CIPHER, **values)
    with pytest.raises(NotSignedInError):
        second_step.enrol_passkey(session, step.token, answer="{}", name="", party=PARTY, **values)


def test_the_last_factor_stays_while_one_is_demanded(session, ana, app, add_passkey, later):
    strict, by = Rules(second_factor="everyone"), {"actor": themselves(ana), "now": later()}
    key = add_passkey(ana)

    factors.remove_app(session, ana, rules=strict, **by)
    with pytest.raises(ConflictError, match="Add another first") as refused:
        factors.remove_passkey(session, ana, key.id, rules=strict, **by)

    assert refused.value.code == "last_factor"
    factors.make_codes(session, ana, **by)
    factors.remove_passkey(session, ana, key.id, rules=Rules(), **by)
    assert factors.of(session, ana.id).count == 0
    assert recovery.left(session, ana.id) == 0


def test_nobody_removes_anothers_passkey(session, ana, make_user, add_passkey, later):
    bob = make_user("bob")
    key = add_passkey(bob)

    with pytest.raises(NotFoundError):
        factors.remove_passkey(session, ana, key.id, rules=Rules(), actor=themselves(ana), now=later())


def test_an_administrator_takes_away_what_was_lost_and_signs_out(
    session, ana, app, enter, by_code, who, later
):
    token = by_code(enter(), app.at(later())).token

    factors.remove_all(session, ana, actor=ADMIN, now=later())

    assert who(cookie=token) is None
    assert isinstance(enter(), SignedIn)
    assert session.scalar(sa.select(sa.func.count()).select_from(Totp)) == 0


def answer_of(client_data, **more):
    """What a browser would send, but for its contents."""
    response = {"clientDataJSON": client_data, "authenticatorData": "e30", "signature": "e30", **more}
    return json.dumps({"id": "Laptop", "rawId": "Laptop", "type": "public-key", "response": response})


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"id": 1}',
        answer_of("!"),
        answer_of("e30"),
        answer_of("e30", userHandle="AAAAAAAAAAE"),
        "[" * 5000,
        '{"id": "\\udcff"}',
    ],
)
def test_an_answer_that_no_device_gave_lets_nobody_in(
    session, ana, add_passkey, answer, enter, make_visit, later
):
    add_passkey(ana)
    step = enter()
    key = session.scalars(sa.select(OneTimeKey)).one()

    told = {"challenge": key.data["challenge"], "answer": answer, "now": later()}
    assert passkeys.verify(session, PARTY, **told) is None
    with pytest.raises(InvalidError):
        passkeys.add(session, ana, PARTY, name="x", **told)
    refused = second_step.by_passkey(
        session, step.token, answer=answer, party=PARTY, visit=make_visit(), rules=RULES
    )
    assert refused is None


def test_a_session_of_a_password_becomes_one_of_two_factors(session, ana, enter, who, later):
    token = enter().token

    renewed = sessions.renew(session, sessions.find(session, token), now=later(), second_factor=True)

    assert who(cookie=renewed, rules=Rules(second_factor="everyone"))
    assert who(cookie=token) is None


def test_what_is_begun_and_never_ended_is_purged(session, app, enter, later):
    for _time in range(5):
        enter()

    enter(now=later(minutes=11))

    kept = session.scalars(sa.select(OneTimeKey)).all()
    assert [key.created_at for key in kept] == [later(minutes=11)]
    assert kept[0].expires_at - kept[0].created_at == timedelta(minutes=10)
