"""The pages of the door and of settings, as a browser meets them."""

import re
from contextlib import ExitStack
from datetime import timedelta

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from vinculo.accounts import roles
from vinculo.accounts.models import ApiToken, Role, User, UserSession
from vinculo.db.base import now
from vinculo.settings import Settings
from vinculo.web.identity import SESSION_COOKIE

PASSWORD = "correct horse battery"


@pytest.fixture
def app(app_of):
    return app_of(Settings())


class Browser(TestClient):
    """Follows redirects and sends back the CSRF token that the form's page holds."""

    def submit(self, page, address="", **fields):
        token = re.search(r'name="_csrf" value="([^"]+)"', self.get(page).text)[1]
        return self.post(address or page, data={"_csrf": token, **fields})

    def sign_in(self, login="ana", password=PASSWORD, **fields):
        return self.submit("/sign-in", login=login, password=password, **fields)


@pytest.fixture
def open_browser(app):
    with ExitStack() as stack:  # clients must be closed last to first
        yield lambda: stack.enter_context(Browser(app))


@pytest.fixture
def browser(open_browser):
    return open_browser()


@pytest.fixture
def users(session, make_user):
    """An administrator and a member, saved."""
    made = make_user("boss", role=Role.ADMINISTRATOR), make_user("ana", full_name="Ana <Souza>")
    session.commit()
    session.close()
    return made


def row(database, login):
    with database.read() as session:
        return session.scalars(sa.select(User).where(User.login == login)).one()


def test_the_first_visitor_becomes_the_administrator(browser, database):
    assert browser.get("/").url.path == "/setup"

    wrong = browser.submit("/setup", login="boss", password="short", full_name="The Boss")
    assert wrong.status_code == 422
    assert "at least 10 characters" in wrong.text
    assert 'value="The Boss"' in wrong.text

    done = browser.submit("/setup", login="boss", password=PASSWORD, full_name="The Boss")

    assert (done.status_code, done.url.path) == (200, "/")
    with database.read() as session:
        (given,) = roles.own_roles(session, row(database, "boss").id)
    assert given.administrator
    assert browser.get("/settings/users").status_code == 200


@pytest.mark.usefixtures("users")
def test_setup_is_closed_once_there_is_a_user(browser, database):
    token = re.search(r'name="_csrf" value="([^"]+)"', browser.get("/setup").text)[1]

    answer = browser.post("/setup", data={"_csrf": token, "login": "thief", "password": PASSWORD})

    assert answer.url.path == "/sign-in"
    with database.read() as session:
        assert session.scalars(sa.select(User).where(User.login == "thief")).first() is None


@pytest.mark.usefixtures("users")
def test_a_member_signs_in_and_out(browser, open_browser):
    assert browser.get("/settings").url.path == "/sign-in"

    done = browser.sign_in(next="/settings")

    assert (done.status_code, done.url.path) == (200, "/settings")
    assert "Ana &lt;Souza&gt;" in done.text
    cookie = browser.cookies[SESSION_COOKIE]

    assert browser.submit("/settings", "/sign-out").url.path == "/sign-in"

    thief = open_browser()
    thief.cookies.set(SESSION_COOKIE, cookie)
    assert thief.get("/settings").url.path == "/sign-in"


@pytest.mark.usefixtures("users")
def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(browser):
    browser.follow_redirects = False

    cookie = browser.sign_in().headers["set-cookie"].lower()

    assert "httponly" in cookie
    assert "samesite=lax" in cookie


@pytest.mark.usefixtures("users")
@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "evil", ""]
)
def test_signing_in_leads_to_no_other_site(browser, elsewhere):
    browser.follow_redirects = False

    assert browser.sign_in(next=elsewhere).headers["location"] == "/"


@pytest.mark.usefixtures("users")
def test_wrong_passwords_are_counted_until_the_door_closes(browser, database):
    for _attempt in range(5):
        refused = browser.sign_in(password="wrong <b>")
        assert refused.status_code == 422
        assert "do not belong together" in refused.text

    closed = browser.sign_in()

    assert closed.status_code == 429
    assert int(closed.headers["retry-after"]) > 800
    assert "Try again in 15 minutes" in closed.text
    with database.read() as session:
        assert session.scalars(sa.select(UserSession)).first() is None


@pytest.mark.usefixtures("users")
def test_a_form_from_another_site_is_refused(browser):
    answer = browser.post("/sign-in", data={"login": "ana", "password": PASSWORD})

    assert answer.status_code == 403
    assert SESSION_COOKIE not in browser.cookies


@pytest.mark.usefixtures("users")
def test_a_member_changes_their_profile(browser, database):
    browser.sign_in()
    profile = {"full_name": "Ana S.", "email": "ana@example.com", "time_zone": "America/Sao_Paulo"}

    wrong = browser.submit("/settings", **{**profile, "email": "nowhere", "language": "xx"})
    assert wrong.status_code == 422
    assert "“nowhere” is not an e-mail address" in wrong.text
    assert "“xx” cannot be chosen" in wrong.text
    assert 'value="Ana S."' in wrong.text

    done = browser.submit("/settings", **profile, language="pt_BR", theme="dark")
    assert done.status_code == 200
    assert 'data-theme="dark"' in done.text
    ana = row(database, "ana")
    assert (ana.full_name, ana.language, ana.time_zone) == ("Ana S.", "pt_BR", "America/Sao_Paulo")


@pytest.mark.usefixtures("users")
def test_the_theme_is_switched_where_one_is(browser):
    browser.sign_in()
    browser.headers["referer"] = "http://testserver.local/settings?tab=2"
    browser.follow_redirects = False

    answer = browser.submit("/settings", "/settings/theme", theme="dark")

    assert answer.headers["location"] == "/settings?tab=2"
    assert 'data-theme="dark"' in browser.get("/settings").text


@pytest.mark.usefixtures("users")
def test_a_new_password_needs_the_present_one_and_signs_out_other_browsers(browser, open_browser):
    elsewhere = open_browser()
    browser.sign_in()
    elsewhere.sign_in()
    address = "/settings/password"

    refused = browser.submit("/settings", address, current_password="guess", password="another long phrase")
    weak = browser.submit("/settings", address, current_password=PASSWORD, password="short")
    assert (refused.status_code, weak.status_code) == (422, 422)
    assert "not your present password" in refused.text
    assert "at least 10 characters" in weak.text

    done = browser.submit("/settings", address, current_password=PASSWORD, password="another long phrase")

    assert done.url.path == "/settings/security"
    assert elsewhere.get("/settings").url.path == "/sign-in"


@pytest.mark.usefixtures("users")
def test_a_token_is_shown_once_works_and_is_revoked(browser, open_browser):
    browser.sign_in()

    made = browser.submit("/settings", "/settings/tokens", token_name="sync", token_days="30")

    plain = re.search(r"vin_[\w-]{43}", made.text)[0]
    later = browser.get("/settings/tokens").text
    assert plain not in later
    assert "sync" in later
    program = open_browser()
    program.headers["authorization"] = f"Bearer {plain}"
    assert program.get("/api/v1/clients").status_code == 200
    assert program.get("/settings/tokens").url.path == "/sign-in"  # it could make a mightier one there

    revoke = re.search(r"/settings/tokens/\d+/revoke", later)[0]
    browser.submit("/settings", revoke)

    assert program.get("/api/v1/clients").status_code == 401
    assert browser.submit("/settings", "/settings/tokens", token_name=" ").status_code == 422


@pytest.mark.usefixtures("users")
def test_reading_is_use_too(browser, open_browser, database):
    browser.sign_in()
    made = browser.submit("/settings/tokens", token_name="sync", token_days="30")
    program = open_browser()
    plain = re.search(r"vin_[\w-]{43}", made.text)[0]
    program.headers["authorization"] = f"Bearer {plain}"
    with database.write() as session:
        hour = timedelta(hours=1)
        session.execute(sa.update(UserSession).values(seen_at=now() - hour, expires_at=now() + hour))

    browser.get("/settings")
    program.get("/api/v1/clients")

    with database.read() as session:
        used = session.scalars(sa.select(UserSession)).one()
        assert used.seen_at > now() - timedelta(minutes=1)
        assert used.expires_at > now() + timedelta(minutes=119)
        assert session.scalars(sa.select(ApiToken.last_used_at)).one() > now() - timedelta(minutes=1)


@pytest.mark.usefixtures("users")
def test_users_are_managed_by_administrators_alone(browser):
    browser.sign_in()

    for path in ("/settings/users", "/settings/users/new"):
        assert browser.get(path).status_code == 403
    assert browser.submit("/settings", "/settings/users/1/disable").status_code == 403


def test_an_administrator_adds_disables_and_enables(browser, open_browser, users):
    boss, _ana = users
    browser.sign_in("boss")

    wrong = browser.submit("/settings/users/new", login="ANA")
    assert wrong.status_code == 422
    assert "already a user ANA" in wrong.text

    added = browser.submit("/settings/users/new", login="carlos", password=PASSWORD)
    carlos = open_browser()
    assert carlos.sign_in("carlos").url.path == "/sign-in"  # a password that somebody else knows is none
    made = browser.submit("/settings", f"{added.url.path.removesuffix('/security')}/reset-link").text
    carlos.submit(re.search(r'id="reset-link">[^<]+(/reset/[^<]+)<', made)[1], password=PASSWORD)
    assert carlos.sign_in("carlos").url.path == "/"

    listed = browser.get("/settings/users?q=CARL").text
    assert "Ana" not in listed
    browser.submit("/settings/users/new", re.search(r"/settings/users/\d+/disable", listed)[0])
    assert carlos.get("/").url.path == "/sign-in"

    listed = browser.get("/settings/users?q=carl").text
    browser.submit("/settings/users/new", re.search(r"/settings/users/\d+/enable", listed)[0])
    assert carlos.sign_in("carlos").url.path == "/"

    refused = browser.submit("/settings/users/new", f"/settings/users/{boss.id}/disable")
    assert refused.status_code == 409
    assert "last active administrator" in refused.text
