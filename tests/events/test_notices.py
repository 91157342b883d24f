"""What users are told: on the page, and by mail that survives the death of its worker."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from vinculo.accounts import notice_mail
from vinculo.accounts.models import User, UserSession
from vinculo.db.base import now
from vinculo.events import notices
from vinculo.events.models import Mailing, Notice
from vinculo.testing.postbox import postbox

WORKER = Path(__file__).with_name("notice_worker.py")


@pytest.fixture
def tell(database):
    def tell(user_id, title="Call Ana", label="Reminder", **rest):
        with database.write() as session:
            notices.tell(session, user_id, label=label, title=title, **rest)

    return tell


@pytest.fixture
def box():
    with postbox() as box:
        yield box


@pytest.fixture
def site(settings, database, box):
    return SimpleNamespace(settings=settings.model_copy(update={"mail": box.settings}), database=database)


@pytest.fixture
def ana(make_user, database):
    user = make_user("ana", full_name="Ana Souza")
    with database.write() as session:
        session.execute(sa.update(User).where(User.id == user.id).values(email="ana@luz.example"))
    return user


def states(database):
    with database.read() as session:
        return {row.title: row.mailing for row in session.execute(sa.select(Notice.title, Notice.mailing))}


def test_a_notice_is_on_the_bell_and_leads_to_its_record(open_browser, make_user, make_client, tell):
    ana, ben = make_user("ana"), make_user("ben")
    client = make_client("Padaria Luz")
    reader, other = open_browser(ana), open_browser(ben)
    tell(ana.id, "<b>Call</b>", text="see https://a.example", about=("client", client.id))
    tell(ana.id, "Elsewhere", about=("gone", 7))

    assert ">2</span>" in reader.get("/notices/bell").text
    page = reader.get("/notices").text
    assert "Reminder: &lt;b&gt;Call&lt;/b&gt;" in page
    assert '<a href="https://a.example"' in page
    assert page.index("Elsewhere") < page.index("Call"), "the newest stands first"

    assert other.post("/notices/1").status_code == 404
    assert reader.post("/notices/1").url.path == f"/clients/{client.id}"
    assert reader.post("/notices/2").url.path == "/notices", "its plugin is off"
    assert "badge" not in reader.get("/notices/bell").text
    assert "Mark all" not in reader.get("/notices").text


@pytest.mark.databases("sqlite")
def test_all_are_read_at_once_and_pages_go_back(member, tell, database):
    with database.read() as session:
        member_id = session.scalar(sa.select(User.id).where(User.login == "member"))
    for number in range(60):
        tell(member_id, f"Number {number}")
    first = member.get("/notices").text
    assert ("Number 59" in first, "Number 9<" in first) == (True, False)
    older = member.get(re.search(r'href="(/notices\?before=\d+)"', first)[1]).text
    assert "Number 9<" in older
    assert member.get("/notices?before=x").status_code == 400

    assert "Mark all" not in member.post("/notices/read").text
    assert "badge" not in member.get("/notices/bell").text


@pytest.mark.databases("sqlite")
def test_programs_list_and_read_the_notices_of_their_user(open_browser, make_user, make_client, tell):
    user, client = make_user("ana"), make_client("Alfa")
    ana, other = open_browser(user), open_browser(make_user("ben"))
    for number in range(51):
        tell(user.id, f"Call {number}", about=("client", client.id))

    page = ana.get("/api/v1/notices").json()
    assert [one["title"] for one in page["items"][:2]] == ["Call 50", "Call 49"]
    assert (len(page["items"]), page["unread"], page["items"][0]["read_at"]) == (50, 51, None)
    last = ana.get(f"/api/v1/notices?before={page['next']}").json()
    assert ([one["title"] for one in last["items"]], last["next"]) == (["Call 0"], None)

    one = page["items"][0]
    assert (one["about_kind"], one["about_id"], one["label"]) == ("client", client.id, "Reminder")
    assert other.post(f"/api/v1/notices/{one['id']}/read").status_code == 404
    assert ana.post(f"/api/v1/notices/{one['id']}/read").json()["read_at"]
    assert ana.get("/api/v1/notices").json()["unread"] == 50
    assert ana.post("/api/v1/notices/read").json() == {"unread": 0}
    assert other.get("/api/v1/notices").json() == {"items": [], "unread": 0, "next": None}
    assert ana.get("/api/v1/notices?before=x").status_code == 400
    assert "/api/v1/notices/{notice_id}/read" in ana.get("/api/v1/openapi.json").json()["paths"]


def test_pages_that_ask_by_themselves_keep_nobody_signed_in(member, database):
    def expires():
        with database.read() as session:
            return session.scalar(sa.select(UserSession.expires_at))

    member.get("/")
    with database.write() as session:
        soon = now() + timedelta(minutes=2)
        session.execute(sa.update(UserSession).values(expires_at=soon, seen_at=now() - timedelta(hours=1)))
    before = expires()
    member.get("/notices/bell")
    assert expires() == before
    member.get("/notices")
    assert expires() > before


def test_a_mention_is_told(open_browser, make_user, make_client):
    ana, ben = make_user("ana"), make_user("ben", full_name="Ben Ito")
    client = make_client("Padaria Luz")
    open_browser(ana).post("/notes/write", data={"client_id": client.id, "text": "@ben please call"})
    reader = open_browser(ben)
    assert "You are mentioned: @ben please call" in reader.get("/notices").text
    assert reader.post("/notices/1").url.path == "/notes/1"


def test_who_wants_it_gets_mail_once(site, box, ana, make_user, tell, database):
    tell(ana.id, "Call\nBen", text="At ten")
    tell(ana.id, "Read already")
    tell(ana.id, "Not by mail", mail=False)
    tell(make_user("ben").id, "Without an address")
    tell(ana.id, "Old")
    with database.write() as session:
        session.execute(sa.update(Notice).where(Notice.title == "Read already").values(read_at=now()))
        old = now() - timedelta(days=2)
        session.execute(sa.update(Notice).where(Notice.title == "Old").values(at=old))

    notice_mail.send_notices(site)
    notice_mail.send_notices(site)

    assert [(one["To"], one["Subject"]) for one in box.letters] == [("ana@luz.example", "Reminder: Call Ben")]
    assert "At ten" in box.letters[0].get_content()
    assert states(database) == {
        "Call\nBen": Mailing.SENT,
        "Read already": Mailing.NONE,
        "Not by mail": Mailing.NONE,
        "Without an address": Mailing.NONE,
        "Old": Mailing.NONE,
    }


@pytest.mark.databases("sqlite")
def test_an_address_that_is_refused_stops_no_other(site, box, ana, make_user, tell, database):
    gone = make_user("gone")
    with database.write() as session:
        session.execute(sa.update(User).where(User.id == gone.id).values(email="nobody@luz.example"))
    tell(gone.id, "To nobody")
    tell(ana.id, "To Ana")
    notice_mail.send_notices(site)
    assert states(database) == {"To nobody": Mailing.FAILED, "To Ana": Mailing.SENT}


@pytest.mark.databases("sqlite")
def test_a_server_that_is_down_gets_it_later(site, box, ana, tell, database):
    tell(ana.id)
    down = site.settings.mail.model_copy(update={"port": 9})
    away = SimpleNamespace(settings=site.settings.model_copy(update={"mail": down}), database=database)
    with pytest.raises(OSError, match="refused"):
        notice_mail.send_notices(away)
    notice_mail.send_notices(site)
    assert len(box.letters) == 1


@pytest.mark.databases("sqlite")
def test_users_say_whether_they_want_mail(member, database):
    profile = {"full_name": "Ana", "email": "", "language": "", "time_zone": "", "theme": ""}
    assert 'name="notice_mail"' in member.get("/settings").text
    member.post("/settings", data=profile)
    with database.read() as session:
        assert not session.scalar(sa.select(User.notice_mail).where(User.login == "member"))
    member.post("/settings", data={**profile, "notice_mail": "true"})
    with database.read() as session:
        assert session.scalar(sa.select(User.notice_mail).where(User.login == "member"))


def test_a_worker_that_is_killed_loses_no_mail(site, box, ana, database, monkeypatch):
    with database.write() as session:
        row = {
            "user_id": ana.id,
            "label": "Reminder",
            "icon": "clock",
            "mailing": Mailing.WAITING,
            "text": "",
        }
        notices.tell_many(session, [{**row, "title": f"Call {number}"} for number in range(400)])

    url = database.url.render_as_string(hide_password=False)
    for at_least in (30, 120):
        with subprocess.Popen([sys.executable, str(WORKER), url, str(box.port)]) as worker:
            deadline = time.monotonic() + 30
            while len(box.letters) < at_least:
                assert time.monotonic() < deadline, "nothing was sent"
                time.sleep(0.005)
            worker.kill()
    assert len(box.letters) < 400, "it was killed in the middle"
    monkeypatch.setattr(notice_mail, "LEASE", timedelta(0))
    notice_mail.send_notices(site)

    copies = Counter(one["Message-ID"] for one in box.letters)
    assert len(copies) == 400
    assert sum(copies.values()) - 400 <= 2, "at most what each had in hand when it was killed"
    assert {one["Subject"] for one in box.letters} == {f"Reminder: Call {number}" for number in range(400)}
