"""Links to set a new password: used once, soon over, kept as hashes, and the same answer for everybody."""

import re
import socketserver
import threading
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from vinculo.accounts import reset_mail, resets, service, sessions
from vinculo.accounts.models import OneTimeKey, Role, Stage
from vinculo.accounts.rules import Rules
from vinculo.actor import Actor, Source, system
from vinculo.db.base import now
from vinculo.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, ThrottledError
from vinculo.settings import Settings

ADMIN = system(Source.CLI)
NEW = "another long phrase"


@pytest.fixture
def ana(make_user):
    return make_user("ana", email="Ana@Example.com")


@pytest.fixture
def make_link(session, ana, later):
    def make_link(user=ana, *, at=None, actor=ADMIN):
        return resets.make(session, user, hours=24, actor=actor, now=at or later())

    return make_link


@pytest.fixture
def use(session, later):
    def use(token, password=NEW, *, at=None):
        return resets.set_password(session, token, password=password, policy=None, now=at or later())

    return use


def test_a_link_sets_a_password_once_and_ends_all_sessions(ana, make_link, use, enter, who, later):
    here = enter().token
    token = make_link()

    use(token, at=later(hours=23))

    assert who(cookie=here) is None
    assert enter() is None
    assert enter(password=NEW)
    with pytest.raises(NotFoundError, match="has been used or is too old"):
        use(token, "yet another long phrase")


def test_a_link_is_over_after_its_time(make_link, use, later):
    token = make_link()

    with pytest.raises(NotFoundError):
        use(token, at=later(hours=24))


def test_a_weak_password_does_not_use_it_up(make_link, use):
    token = make_link()

    with pytest.raises(InvalidError):
        use(token, "short")
    use(token)


def test_only_its_hash_is_kept_and_a_newer_one_voids_it(session, make_link, use):
    old, new = make_link(), make_link()

    (row,) = session.execute(sa.select(OneTimeKey.__table__)).all()
    assert new not in str(row)
    with pytest.raises(NotFoundError):
        use(old)
    use(new)


def test_a_new_password_or_a_disabled_user_voids_it(session, ana, make_user, make_link, use, later):
    first = make_link()
    service.set_password(session, ana.id, password=NEW, actor=ADMIN, now=later())
    with pytest.raises(NotFoundError):
        use(first)

    make_user("boss", role=Role.ADMINISTRATOR)
    second = make_link()
    service.disable_user(session, ana.id, actor=ADMIN, now=later())

    with pytest.raises(NotFoundError):
        use(second)
    with pytest.raises(ConflictError, match="Enable the user first"):
        make_link()


def test_only_administrators_make_one(ana, make_link):
    with pytest.raises(ForbiddenError):
        make_link(actor=Actor(user_id=ana.id, name="Ana", source=Source.PAGE))


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 5000, "ж"])
def test_a_link_that_nobody_made_is_none(use, token):
    with pytest.raises(NotFoundError):
        use(token)


@pytest.mark.parametrize("named", ["ANA", "ana@example.com", " Ana@EXAMPLE.com "])
def test_by_mail_it_is_for_whoever_is_meant(session, ana, named, later):
    user, token = resets.make_for_mail(session, named, hours=24, now=later())

    assert user is ana
    assert resets.holder(session, token, later()) is ana


@pytest.mark.parametrize("named", ["ghost", "", "twin@example.com", "bob"])
def test_by_mail_there_is_none_for_nobody_for_two_and_without_an_address(session, make_user, named, later):
    make_user("one", email="twin@example.com")
    make_user("two", email="twin@example.com")
    make_user("bob")

    assert resets.make_for_mail(session, named, hours=24, now=later()) is None


def test_asking_too_often_has_to_wait_whether_the_name_is_known_or_not(
    session, ana, make_visit, later, enter
):
    for named in ("ana", "ghost"):
        for number in range(3):
            visit = make_visit(address=f"198.51.100.{number}")
            resets.asked(session, named, visit=visit, rules=Rules(attempts=3))
        with pytest.raises(ThrottledError):
            resets.asked(session, named, visit=make_visit(), rules=Rules(attempts=3))

    assert enter()  # that somebody asked for links keeps nobody from signing in
    assert Stage.RESET != Stage.PASSWORD


# By HTTP, with a mail server


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail and keeps it."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        self.mails = []
        super().__init__(("127.0.0.1", 0), _Session)


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 here")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"DATA":
                self.say("354 go on")
                self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            self.say("221 bye" if verb == b"QUIT" else "250 ok")
            if verb == b"QUIT":
                return

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mail_server():
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


@pytest.fixture
def app(app_of, mail_server):
    port = mail_server.server_address[1]
    mail = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "crm@example.com"}
    server = {"public_url": "https://crm.example.com"}
    return app_of(Settings.model_validate({"mail": mail, "server": server}))


@pytest.fixture
def browser(app):
    with TestClient(app) as browser:
        yield browser


@pytest.fixture
def asked(app, monkeypatch):
    """The jobs that were asked for."""
    jobs = []
    site = app.state.site
    object.__setattr__(site, "enqueue", lambda _tx, name, **payload: jobs.append((name, payload)))
    return jobs


def submit(browser, page, address="", **fields):
    token = re.search(r'name="_csrf" value="([^"]+)"', browser.get(page).text)[1]
    return browser.post(address or page, data={"_csrf": token, **fields})


def test_from_the_question_to_the_new_password(app, browser, asked, ana, session, mail_server):
    session.commit()
    assert "/forgot" in browser.get("/sign-in").text

    said = submit(browser, "/forgot", login="ana")
    (name, payload) = asked.pop()
    reset_mail.send(app.state.site, **payload)

    assert name == reset_mail.JOB
    assert "Look at your mail" in said.text
    (raw,) = mail_server.mails
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["To"] == "Ana@Example.com"
    path = re.search(r"https://crm\.example\.com(/reset/\S+)", mail.get_content())[1]
    weak = submit(browser, path, password="short")
    assert (weak.status_code, "at least 10" in weak.text) == (422, True)
    done = submit(browser, path, password=NEW)
    assert done.url.path == "/sign-in"
    assert browser.get(path).status_code == 404
    assert submit(browser, "/sign-in", login="ana", password=NEW).url.path == "/"


def test_a_stranger_and_a_user_get_the_same_answer_and_only_one_gets_mail(
    app, browser, asked, ana, session, mail_server
):
    session.commit()

    answers = [submit(browser, "/forgot", login=named).text for named in ("ana", "ghost")]
    for _name, payload in asked:
        reset_mail.send(app.state.site, **payload)

    assert len(asked) == 2
    assert answers[0] == answers[1]
    assert len(mail_server.mails) == 1


def test_the_page_of_a_link_tells_no_other_site_its_address(browser, ana, make_link, session):
    token = make_link(at=now())
    session.commit()

    answer = browser.get(resets.path(token))

    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert browser.get(resets.path(token)).status_code == 200  # looking at it does not use it up


def test_without_a_mail_server_there_is_no_such_page(app_of, ana, session):
    session.commit()
    with TestClient(app_of(Settings())) as browser:
        assert "/forgot" not in browser.get("/sign-in").text
        assert browser.get("/forgot").status_code == 404


def test_sessions_are_not_kept_in_the_browser_that_used_the_link(browser, ana, make_link, session, enter):
    token = make_link(at=now())
    cookie = enter(now=now(), hours=12).token
    session.commit()
    browser.cookies.set("vinculo_session", cookie)

    page = browser.get(resets.path(token)).text
    csrf = re.search(r'name="_csrf" value="([^"]+)"', page)[1]
    done = browser.post(resets.path(token), data={"_csrf": csrf, "password": NEW})

    assert done.url.path == "/sign-in"
    session.expire_all()
    assert sessions.list_sessions(session, ana.id, now() + timedelta(seconds=1)) == []
