"""Settings → Security and API tokens, and what an administrator sees of others, as a browser meets them."""

import re
from contextlib import ExitStack
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from vinculo.accounts import roles
from vinculo.accounts.door import STEP_COOKIE
from vinculo.accounts.models import ApiToken, Role, Totp, UserSession
from vinculo.actor import Source, system
from vinculo.db.base import now
from vinculo.events.models import Event
from vinculo.settings import Settings
from vinculo.web.identity import SESSION_COOKIE

PASSWORD = "correct horse battery"
PAGE = "/settings/security"


class Browser(TestClient):
    """Follows redirects and sends back the CSRF token that the form's page holds."""

    def submit(self, page, address="", **fields):
        token = re.search(r'name="_csrf" value="([^"]+)"', self.get(page).text)[1]
        return self.post(address or page, data={"_csrf": token, **fields})

    def sign_in(self, login="ana", password=PASSWORD, **fields):
        return self.submit("/sign-in", login=login, password=password, **fields)

    def set_up_app(self, begin=f"{PAGE}/app", page=PAGE):
        """The app, and the page that followed its first code."""
        shown = self.submit(page, begin)
        secret = re.search(r'id="app-secret">([A-Z2-7 ]+)<', shown.text)[1].replace(" ", "")
        csrf = re.search(r'name="_csrf" value="([^"]+)"', shown.text)[1]
        confirm = re.search(r'action="([^"]+/confirm)"', shown.text)[1]
        app = pyotp.TOTP(secret)
        code = app.at(now() - timedelta(seconds=30))
        return app, self.post(confirm, data={"_csrf": csrf, "code": code})


@pytest.fixture
def open_browser(app_of, tmp_path):
    """A browser on an app whose ``[security]`` is this; clients must be closed last to first."""
    with ExitStack() as stack:

        def open_browser(**security):
            security.setdefault("secret_key_file", tmp_path / "secret.key")
            app = app_of(Settings.model_validate({"security": security}))
            return stack.enter_context(Browser(app))

        yield open_browser


@pytest.fixture
def browser(open_browser):
    return open_browser()


@pytest.fixture(autouse=True)
def users(session, make_user):
    """An administrator and a member, saved."""
    made = make_user("boss", role=Role.ADMINISTRATOR), make_user("ana", full_name="Ana <Souza>")
    session.commit()
    session.close()
    return made


@pytest.fixture
def let_time_pass(database):
    """All sessions were last proved long ago."""

    def let_time_pass():
        with database.write() as session:
            session.execute(sa.update(UserSession).values(proved_at=now() - timedelta(hours=1)))

    return let_time_pass


def actions(database):
    with database.read() as session:
        return list(session.scalars(sa.select(Event.action).order_by(Event.id)))


def codes_of(page):
    return re.findall(r"<code>((?:[a-z0-9]{4}-){5}[a-z0-9]{4})</code>", page.text)


def test_an_app_is_set_up_and_asked_for_from_then_on(browser, open_browser, database):
    browser.sign_in()
    before = browser.cookies[SESSION_COOKIE]

    app, done = browser.set_up_app()

    assert len(codes_of(done)) == 10
    assert done.headers["cache-control"] == "no-store"
    assert browser.cookies[SESSION_COOKIE] != before  # it is another session id now
    assert codes_of(done)[0] not in browser.get(PAGE).text

    other = open_browser()
    step = other.sign_in(next="/settings")
    assert step.url.path == "/sign-in/second"
    assert SESSION_COOKIE not in other.cookies
    assert other.get("/settings").url.path == "/sign-in"
    wrong = other.submit("/sign-in/second", code="000000")
    assert (wrong.status_code, "This code is wrong" in wrong.text) == (422, True)
    done = other.submit("/sign-in/second?next=/settings", code=app.now(), next="/settings")
    assert done.url.path == "/settings"
    assert STEP_COOKIE not in other.cookies
    assert actions(database)[-4:] == ["factor added", "recovery codes made", "sign-in failed", "signed in"]


def test_the_picture_is_a_code_that_scripts_and_styles_have_no_part_in(browser):
    browser.sign_in()

    page = browser.submit(PAGE, f"{PAGE}/app")

    picture = re.search(r'<div class="qr-box"[^>]*>(.*?)</div>', page.text, re.DOTALL)[1]
    assert picture.startswith("<svg")
    assert "style=" not in picture
    assert page.url.path == f"{PAGE}/app"  # to load it again shows the same
    secret = re.search(r'id="app-secret">([^<]+)<', page.text)[1]
    assert re.search(r'id="app-secret">([^<]+)<', browser.get(f"{PAGE}/app").text)[1] == secret


def test_a_recovery_code_lets_in_once(browser, open_browser):
    browser.sign_in()
    _app, page = browser.set_up_app()
    code = codes_of(page)[0]

    for right in (True, False):
        other = open_browser()
        other.sign_in()
        assert (other.submit("/sign-in/second", code=code).url.path == "/") is right

    fresh = codes_of(browser.submit(PAGE, f"{PAGE}/codes"))
    assert len(fresh) == 10
    assert code not in fresh


def test_who_was_away_for_long_shows_again_who_they_are(browser, database, let_time_pass):
    browser.sign_in()
    let_time_pass()
    before = browser.cookies[SESSION_COOKIE]

    for address in ("app", "passkeys/new", "codes", "app/remove", "accounts/1/remove"):
        assert browser.submit(PAGE, f"{PAGE}/{address}").url.path == f"{PAGE}/confirm"
    assert browser.submit("/settings/tokens", token_name="x").url.path == f"{PAGE}/confirm"
    with database.read() as session:
        assert session.scalars(sa.select(Totp)).all() == session.scalars(sa.select(ApiToken)).all() == []

    confirm = f"{PAGE}/confirm?next={PAGE}"
    wrong = browser.submit(confirm, f"{PAGE}/confirm", password="wrong", next=PAGE)
    assert (wrong.status_code, "not your present password" in wrong.text) == (422, True)
    right = browser.submit(confirm, f"{PAGE}/confirm", password=PASSWORD, next=PAGE)

    assert right.url.path == PAGE
    assert browser.cookies[SESSION_COOKIE] != before
    assert browser.submit(PAGE, f"{PAGE}/app").url.path == f"{PAGE}/app"


def test_confirming_leads_to_no_other_site_and_is_throttled(browser, let_time_pass):
    browser.sign_in()
    confirm = f"{PAGE}/confirm"
    assert browser.submit(confirm, password=PASSWORD, next="//evil.example").url.path == "/"
    let_time_pass()

    for _time in range(5):
        browser.submit(confirm, password="wrong")

    assert browser.submit(confirm, password=PASSWORD).status_code == 429


def test_where_a_second_factor_is_demanded_one_sets_it_up_on_the_way_in(open_browser):
    browser = open_browser(second_factor="everyone")

    step = browser.sign_in(next="/settings")

    assert step.url.path == "/sign-in/enrol"
    assert SESSION_COOKIE not in browser.cookies
    app, done = browser.set_up_app("/sign-in/enrol/app", "/sign-in/enrol")
    assert len(codes_of(done)) == 10
    assert browser.get("/settings").url.path == "/settings"
    refused = browser.submit(PAGE, f"{PAGE}/app/remove")
    assert (refused.status_code, "Add another first" in refused.text) == (409, True)
    assert browser.get("/sign-in/enrol").status_code == 401
    again = open_browser(second_factor="everyone")
    assert again.sign_in().url.path == "/sign-in/second"
    assert again.submit("/sign-in/second", code=app.now()).url.path == "/"


def test_without_a_step_there_is_no_second_page(browser):
    for path in ("/sign-in/second", "/sign-in/enrol", "/sign-in/enrol/app"):
        assert browser.get(path).status_code == 401
    for path in ("/sign-in/second", "/sign-in/second/passkey", "/sign-in/enrol/app/confirm"):
        assert browser.submit("/sign-in", path, code="1").status_code == 401


def test_an_app_is_removed_where_nobody_demands_it(browser, open_browser):
    browser.sign_in()
    browser.set_up_app()

    assert "Add authenticator app" in browser.submit(PAGE, f"{PAGE}/app/remove").text
    assert open_browser().sign_in().url.path == "/"


def test_one_sees_where_one_is_signed_in_and_signs_out_there(browser, open_browser):
    firefox = {"user-agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"}
    other = open_browser()
    other.headers.update(firefox)
    browser.sign_in()
    other.sign_in()

    page = browser.get(PAGE).text
    assert "Firefox · Windows" in page
    assert "This browser" in page
    browser.submit(PAGE, re.search(rf"{PAGE}/sessions/\d+/revoke", page)[0])

    assert other.get("/settings").url.path == "/sign-in"
    assert browser.get("/settings").url.path == "/settings"
    other.sign_in()
    browser.submit(PAGE, f"{PAGE}/sessions/revoke-others")
    assert other.get("/settings").url.path == "/sign-in"


def test_a_password_that_would_be_guessed_is_refused(browser):
    browser.sign_in()

    for weak in ("password1234", "qwertyuiop12", "йцукенгшщзхъ", "souza.ana1"):
        refused = browser.submit(PAGE, "/settings/password", current_password=PASSWORD, password=weak)
        assert (refused.status_code, "guessed soon" in refused.text) == (422, True), weak


def test_an_administrator_helps_out(browser, open_browser, database, users):
    _boss, ana = users
    hers = open_browser()
    hers.sign_in()
    hers.set_up_app()
    browser.sign_in("boss")
    address = f"/settings/users/{ana.id}"
    assert f"{address}/security" in browser.get("/settings/users").text
    page = browser.get(f"{address}/security").text
    assert "Authenticator app" in page
    assert f"{PAGE}/app/remove" not in page

    link = re.search(r'id="reset-link">([^<]+)<', browser.submit("/settings", f"{address}/reset-link").text)[
        1
    ]
    assert link not in browser.get(f"{address}/security").text
    browser.submit("/settings", f"{address}/factors/remove")
    assert hers.get("/settings").url.path == "/sign-in"
    path = re.search(r"/reset/.+", link)[0]
    assert hers.submit(path, password="another long phrase").url.path == "/sign-in"
    assert hers.sign_in(password="another long phrase").url.path == "/"
    browser.submit("/settings", f"{address}/sign-out")

    assert hers.get("/settings").url.path == "/sign-in"
    assert {"reset link made", "factors removed", "password reset", "sessions ended"} <= set(
        actions(database)
    )


def test_a_new_address_takes_a_proof(browser, let_time_pass, database):
    browser.sign_in()
    told = {"full_name": "Ana", "language": "", "time_zone": "", "theme": ""}
    assert browser.submit("/settings", email="ana@example.com", **told).status_code == 200
    let_time_pass()

    assert (
        browser.submit("/settings", email="ana@example.com", **{**told, "theme": "dark"}).status_code == 200
    )
    for typed in ("", "wrong password"):
        refused = browser.submit("/settings", email="eva@example.com", current_password=typed, **told)
        assert (refused.status_code, "type your present password" in refused.text) == (422, True)
        assert "eva@example.com" in refused.text
    assert "ana@example.com" in browser.get("/settings").text
    browser.submit("/settings", email="eva@example.com", current_password=PASSWORD, **told)
    assert "eva@example.com" in browser.get("/settings").text


def test_members_see_nothing_of_it(browser, users):
    boss, _ana = users
    browser.sign_in()
    address = f"/settings/users/{boss.id}"

    assert browser.get(f"{address}/security").status_code == 403
    for action in ("reset-link", "sign-out", "factors/remove", "tokens/1/revoke"):
        assert browser.submit("/settings", f"{address}/{action}").status_code == 403


# Tokens


@pytest.fixture
def make_token(open_browser):
    """A program with a token that was made by these fields of the form."""

    def make_token(login="ana", **fields):
        browser = open_browser()
        browser.sign_in(login)
        made = browser.submit("/settings/tokens", token_name="sync", token_days="30", **fields)
        plain = re.search(r"vin_[\w-]{43}", made.text)[0]
        program = open_browser()
        program.headers["authorization"] = f"Bearer {plain}"
        return program

    return make_token


def test_a_token_may_what_was_ticked_and_no_more(make_token):
    program = make_token(token_scope="chosen", scopes=["clients.client.read", "people.person.read"])

    assert program.get("/api/v1/clients").status_code == 200
    assert program.post("/api/v1/clients", json={"name": "Padaria"}).status_code == 403
    assert program.get("/api/v1/counterparties").status_code == 403


def test_a_token_that_reads_changes_nothing(make_token):
    program = make_token(token_scope="reading")

    assert program.get("/api/v1/clients").status_code == 200
    assert program.post("/api/v1/clients", json={"name": "Padaria"}).status_code == 403


def give(database, user, names):
    """These roles, and no others."""
    with database.write() as session:
        ids = [roles.find_role(session, name).id for name in names]
        roles.set_roles(session, user.id, ids, actor=system(Source.CLI), now=now())


def test_a_token_never_may_more_than_its_user(make_token, database, users):
    _boss, ana = users
    hers = make_token(token_scope="chosen", scopes=["plugins.manage", "clients.client.read"])
    everything = make_token("boss")
    narrow = make_token("boss", token_scope="chosen", scopes=["clients.client.read"])

    assert everything.get("/api/v1/plugins").status_code == 200
    assert narrow.get("/api/v1/plugins").status_code == 403
    assert hers.get("/api/v1/plugins").status_code == 403
    give(database, ana, [Role.ADMINISTRATOR])
    assert hers.get("/api/v1/clients").status_code == 200
    give(database, users[0], [])
    assert everything.get("/api/v1/plugins").status_code == 403


def test_a_token_ends_within_what_the_settings_say(open_browser, database):
    browser = open_browser(token_max_days=60)
    browser.sign_in()
    page = browser.get("/settings/tokens").text

    assert re.findall(r'<option value="(\d*)"[^>]*>\d* ?(?:days|Without)', page) == ["30", "60"]
    too_long = browser.submit("/settings/tokens", token_name="sync", token_days="365")
    browser.submit("/settings/tokens", token_name="sync", token_days="")

    assert (too_long.status_code, "60 days at most" in too_long.text) == (422, True)
    with database.read() as session:
        (token,) = session.scalars(sa.select(ApiToken)).all()
    assert timedelta(days=59) < token.expires_at - now() <= timedelta(days=60)


@pytest.mark.parametrize("scopes", [[], ["clients.fly"], ["<b>"]])
def test_a_token_needs_something_that_it_may_do(browser, scopes):
    browser.sign_in()

    refused = browser.submit("/settings/tokens", token_name="sync", token_scope="chosen", scopes=scopes)

    assert refused.status_code == 422
    assert 'value="sync"' in refused.text
    assert "<b>" not in refused.text
