"""Signing in through the company's OpenID Connect provider: a real one, and what a lying one could say."""

import time
from contextlib import ExitStack
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from litestar.testing import TestClient

from vinculo.accounts import oidc, service
from vinculo.accounts.door import STEP_COOKIE
from vinculo.accounts.models import ExternalIdentity, OneTimeKey, Role, User, UserSession
from vinculo.accounts.oidc import Client, OidcError
from vinculo.accounts.roles import own_roles
from vinculo.actor import Source, system
from vinculo.db.base import now
from vinculo.settings import Settings
from vinculo.settings.sections import OidcSettings, OutgoingSettings
from vinculo.testing import browsing
from vinculo.testing.provider import CLIENT, SECRET
from vinculo.web.identity import SESSION_COOKIE

SITE = "https://crm.example.com"
CALLBACK = f"{SITE}/sign-in/company/callback"
HERE = {"allow": ["127.0.0.1"]}  # the provider of the tests is not on the internet
PEOPLE = {"ana": True, "bob": True, "eve": False}  # whether the provider has verified the address


@pytest.fixture(scope="module")
def provider(oidc_provider):
    """The provider, with its people; it sends them back to us."""
    oidc_provider.allow(CALLBACK)
    for login, verified in PEOPLE.items():
        email = f"{login}@example.com"
        oidc_provider.add_user(login, name=login.capitalize(), email=email, verified=verified)
    return oidc_provider


@pytest.fixture
def open_browser(app_of, provider, tmp_path):
    """A browser on an app whose ``[oidc]`` and ``[security]`` are these."""

    def open_browser(security=None, **options):
        oidc.client_of.cache_clear()
        values = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET, "name": "Acme ID"}
        keys = {"secret_key_file": tmp_path / "secret.key"}
        settings = {"oidc": values | options, "security": keys | (security or {}), "outgoing": HERE}
        app = app_of(Settings.model_validate(settings | {"server": {"public_url": SITE}}))
        browser = opened.enter_context(TestClient(app))
        browser.follow_redirects = False
        return browser

    with ExitStack() as opened:  # clients must be closed last to first
        yield open_browser


@pytest.fixture
def come_in(provider):
    """All the way there and back, as a browser goes it; the answer of the last step."""

    def come_in(browser, login, *, begin="/sign-in/company", tamper=lambda query: query):
        sent = browser.get(begin)
        back = urlsplit(provider.sign_in(login, sent.headers["location"]))
        assert f"{back.scheme}://{back.netloc}{back.path}" == CALLBACK
        query = {name: values[0] for name, values in parse_qs(back.query).items()}
        return browser.get("/sign-in/company/callback", params=tamper(query))

    return come_in


@pytest.fixture
def ana(session, make_user):
    made = make_user("ana", email="ANA@example.com")
    session.commit()
    return made


def count(session, model):
    session.rollback()
    found = session.scalar(sa.select(sa.func.count()).select_from(model))
    session.rollback()  # or it would keep the app from writing
    return found


def test_whoever_is_linked_comes_in_where_they_wanted_to_go(session, ana, open_browser, come_in):
    browser = open_browser(link_by_email=True)
    assert "Sign in with Acme ID" in browser.get("/sign-in").text

    done = come_in(browser, "ana", begin="/sign-in/company?next=/settings")

    assert (done.status_code, done.headers["location"]) == (303, "/settings")
    assert "ANA" not in str(done.headers)
    page = browser.get("/settings")
    assert page.status_code == 200
    identity = session.scalars(sa.select(ExternalIdentity)).one()
    assert (identity.user_id, identity.email) == (ana.id, "ana@example.com")

    ana.email = ""  # from now on it is the subject that counts
    session.commit()
    session.close()
    browser.cookies.clear()
    assert come_in(browser, "ana").status_code == 303


def test_without_a_link_nobody_comes_in_and_nobody_is_created(session, ana, open_browser, come_in):
    browser = open_browser()

    refused = come_in(browser, "ana")

    assert refused.status_code == 403
    assert "Ask an administrator to add you" in refused.text
    assert SESSION_COOKIE not in browser.cookies
    assert (count(session, ExternalIdentity), count(session, User)) == (0, 1)


def test_an_address_that_nobody_has_verified_links_nobody(session, make_user, open_browser, come_in):
    make_user("victim", email="eve@example.com")
    session.commit()

    assert come_in(open_browser(link_by_email=True), "eve").status_code == 403
    assert count(session, ExternalIdentity) == 0


def test_of_two_users_with_one_address_neither_is_linked(session, make_user, open_browser, come_in):
    for login in ("one", "two"):
        make_user(login, email="bob@example.com")
    session.commit()

    assert come_in(open_browser(link_by_email=True), "bob").status_code == 403


def test_a_new_user_is_a_member_and_takes_nobodys_name(session, make_user, open_browser, come_in):
    make_user("bob", role=Role.ADMINISTRATOR)
    session.commit()

    assert come_in(open_browser(create_users=True), "bob").status_code == 303

    made = session.scalars(sa.select(User).where(User.login != "bob")).one()
    assert (made.login, made.full_name, own_roles(session, made.id)) == ("bob2", "Bob", [])
    assert (made.email, made.password_hash) == ("bob@example.com", "")


def test_a_disabled_user_does_not_come_in(session, ana, make_user, open_browser, come_in):
    make_user("boss", role=Role.ADMINISTRATOR)
    session.commit()
    browser = open_browser(link_by_email=True, create_users=True)
    come_in(browser, "ana")
    service.disable_user(session, ana.id, actor=system(Source.CLI), now=now())
    session.commit()

    browser.cookies.clear()

    assert come_in(browser, "ana").status_code == 403
    assert count(session, User) == 2


def test_an_answer_is_good_once_and_only_in_the_browser_that_asked(ana, open_browser, come_in, provider):
    browser, thief = open_browser(link_by_email=True), open_browser(link_by_email=True)
    kept = {}

    def keep(query):
        kept.update(query, step=browser.cookies[STEP_COOKIE])
        return query

    come_in(browser, "ana", tamper=keep)
    browser.cookies.set(STEP_COOKIE, kept.pop("step"))

    assert browser.get("/sign-in/company/callback", params=kept).status_code == 400
    location = browser.get("/sign-in/company").headers["location"]
    back = provider.sign_in("ana", location)
    assert thief.get(f"/sign-in/company/callback?{urlsplit(back).query}").status_code == 400
    assert SESSION_COOKIE not in thief.cookies


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (lambda query: query | {"state": "another"}, "belongs to another sign-in"),
        (lambda query: {"code": query["code"]}, "belongs to another sign-in"),
        (lambda query: query | {"code": "another"}, "does not answer as it should"),
        (lambda query: {"state": query["state"], "error": "access_denied"}, "refused: access_denied"),
        (lambda query: query | {"iss": "https://evil.example"}, "cannot be trusted"),
    ],
)
def test_an_answer_that_was_changed_lets_nobody_in(ana, open_browser, come_in, tamper, says):
    browser = open_browser(link_by_email=True)

    refused = come_in(browser, "ana", tamper=tamper)

    assert refused.status_code == 502
    assert says in refused.text
    assert SESSION_COOKIE not in browser.cookies


@pytest.mark.parametrize("part", ["nonce", "verifier"])
def test_what_was_kept_must_fit_what_the_provider_has_seen(session, ana, open_browser, provider, part):
    browser = open_browser(link_by_email=True)
    back = provider.sign_in("ana", browser.get("/sign-in/company").headers["location"])
    key = session.scalars(sa.select(OneTimeKey)).one()
    key.data = {**key.data, part: "another" * 8}
    session.commit()

    refused = browser.get(f"/sign-in/company/callback?{urlsplit(back).query}")

    assert refused.status_code == 502
    assert count(session, UserSession) == 0


def test_a_second_factor_of_ours_is_asked_for_unless_the_provider_does_it(ana, open_browser, come_in):
    strict = {"second_factor": "everyone"}

    assert come_in(open_browser(strict, link_by_email=True), "ana").headers["location"] == "/sign-in/enrol"
    trusting = open_browser(strict, link_by_email=True, second_factor=True)
    assert come_in(trusting, "ana").headers["location"] == "/"
    assert trusting.get("/settings").status_code == 200


def test_an_account_is_linked_by_whoever_is_signed_in_and_by_nobody_else(
    session, ana, make_user, open_browser, provider
):
    browser = open_browser()
    browsing.sign_in(session, browser, ana)
    session.commit()
    page = browser.post("/settings/security/accounts/link")
    assert page.status_code == 200
    address = page.text.split('class="btn primary" href="')[1].split('"')[0].replace("&amp;", "&")
    back = urlsplit(provider.sign_in("bob", address)).query
    session_cookie = browser.cookies.pop(SESSION_COOKIE)

    assert browser.get(f"/sign-in/company/callback?{back}").status_code == 400
    assert count(session, ExternalIdentity) == 0

    browser.cookies.set(SESSION_COOKIE, session_cookie)
    page = browser.post("/settings/security/accounts/link")
    address = page.text.split('class="btn primary" href="')[1].split('"')[0].replace("&amp;", "&")
    back = urlsplit(provider.sign_in("bob", address)).query
    done = browser.get(f"/sign-in/company/callback?{back}")

    assert done.headers["location"] == "/settings/security"
    assert session.scalars(sa.select(ExternalIdentity.user_id)).one() == ana.id
    assert browser.post("/sign-in/company").status_code == 405


def test_local_sign_in_is_off_only_once_an_administrator_came_in(session, make_user, open_browser, come_in):
    make_user("boss", role=Role.ADMINISTRATOR, email="bob@example.com")
    session.commit()
    browser = open_browser({"local_signin": False}, link_by_email=True)
    assert 'name="password"' in browser.get("/sign-in").text

    come_in(browser, "bob")
    browser.cookies.clear()

    page = browser.get("/sign-in")
    assert 'name="password"' not in page.text
    assert "Sign in with Acme ID" in page.text
    csrf = page.text.split('name="_csrf" value="')[1].split('"')[0] if "_csrf" in page.text else ""
    csrf = csrf or browser.cookies["vinculo_csrf"]
    for path in ("/sign-in", "/sign-in/passkey", "/sign-in/passkey/answer"):
        data = {"_csrf": csrf, "login": "boss", "password": "correct horse battery"}
        assert browser.post(path, data=data).status_code == 403
    assert SESSION_COOKIE not in browser.cookies


def test_without_a_provider_there_is_no_such_way(app_of):
    with TestClient(app_of(Settings())) as browser:
        assert browser.get("/sign-in/company").status_code == 404


def test_a_provider_that_is_away_is_said_so(open_browser):
    browser = open_browser(issuer="http://127.0.0.1:9/nobody")

    answer = browser.get("/sign-in/company")

    assert answer.status_code == 502
    assert "does not answer" in answer.text


# What a lying provider, or somebody in its place, could say

ISSUER = "https://id.example.com"
KEY = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})


@pytest.fixture
def answered(monkeypatch):
    """The claims that are made of an ID token with these claims, signed by this key."""

    def answered(key=KEY, algorithm="RS256", *, nonce="", **changed):
        settings = OidcSettings(issuer=ISSUER, client_id="vinculo", client_secret="secret")
        client = Client(settings, OutgoingSettings())
        moment = int(time.time())
        claims = {"iss": ISSUER, "aud": "vinculo", "sub": "1", "exp": moment + 60, "iat": moment}
        said = {
            f"{ISSUER}/.well-known/openid-configuration": {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/auth",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            },
            f"{ISSUER}/keys": KeySet([KEY]).as_dict(private=False),
        }
        monkeypatch.setattr(client, "_ask", lambda _method, url, **_options: said[url])
        _url, sent = client.send("https://crm.example.com/callback")
        claims |= {"nonce": nonce or sent.nonce} | changed
        claims = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode({"alg": algorithm, "kid": "1"}, claims, key, algorithms=["RS256", "HS256", "none"])
        said[f"{ISSUER}/token"] = {"id_token": token}
        return client.receive(sent, {"code": "1", "state": sent.state})

    return answered


def test_what_is_true_is_believed(answered):
    claims = answered(email="ana@example.com", email_verified=True, name="Ana", preferred_username="ana")

    assert (claims.issuer, claims.subject, claims.email) == (ISSUER, "1", "ana@example.com")
    assert answered(email="ana@example.com").email == ""
    assert answered(aud=["vinculo", "other"], azp="vinculo").subject == "1"


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param({"key": OTHER}, id="another key"),
        pytest.param({"key": OctKey.import_key("secret" * 6), "algorithm": "HS256"}, id="no pair of keys"),
        {"nonce": "another"},
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": ["vinculo", "another"]},
        {"aud": "vinculo", "azp": "another"},
        {"exp": 1},
        {"iat": 2**40},
        {"sub": None},
        {"exp": None},
        {"nonce": " "},
    ],
    ids=str,
)
def test_what_is_not_is_refused(answered, lie):
    with pytest.raises(OidcError) as refused:
        answered(**lie)
    assert refused.value.code == "oidc_untrue"
