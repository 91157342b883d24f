"""Mailings as people meet them: an audience with reasons, sending, opting out, clicks, bounces, events."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.audit import delivering
from vinculo.db.base import now
from vinculo.events import log
from vinculo.events.models import Event, Notice
from vinculo_mailings import planning
from vinculo_mailings.models import Bounce, Click, Mailing, Run, Send, Subscription

ANA, BIA, EVA = "ana@luz.example", "bia@luz.example", "eva@luz.example"


def one_of(database, model=Send):
    with database.read() as session:
        return session.scalars(sa.select(model).order_by(model.id)).first()


def test_who_is_left_out_is_told_with_the_reason_before_anything_is_sent(
    admin, make_clients, make_list, make_mailing, say, box, work, sends, database
):
    news = make_list(needs_consent=True)
    make_clients(ANA, BIA, EVA, "", "gone@luz.example", "no@luz.example", ANA)
    for address in (ANA, BIA, EVA, "gone@luz.example"):
        say(address, "subscribed", list_id=news.id)
    say(BIA, "opted_out")
    with database.write() as session:
        session.execute(sa.update(Subscription).where(Subscription.address == EVA).values(choice="opted_out"))
        gone = "gone@luz.example"
        session.add(Bounce(address=gone, address_key=gone, hard=True, reason="", last_at=now()))
    made = make_mailing(list_id=news.id)

    told = admin.get(f"/api/v1/mailings/{made.id}/audience").json()
    assert told["recipients"] == 1
    assert told["left_out"] == {
        "No address for this channel": 1, "Did not agree to this list": 1, "Opted out of all marketing": 1,
        "Left this list": 1, "Nobody lives at this address": 1, "The address gets it already": 1,
    }  # fmt: skip
    page = admin.get(f"/mailings/{made.id}/audience").text
    assert "1 message would be sent" in page
    assert "Left out: Left this list · 1" in page

    assert admin.post(f"/mailings/{made.id}/do/start").status_code == 200
    work()
    assert sends() == {ANA: ("sent", "")}
    assert [letter["To"] for letter in box.letters] == [ANA]
    card = admin.get(f"/mailings/{made.id}").text
    assert "Left this list" in card
    assert one_of(database, Mailing).stage == "done"


def test_a_letter_says_what_is_known_and_how_to_opt_out(
    admin, visitor, make_clients, make_list, make_template, make_mailing, box, work, database
):
    (luz,) = make_clients(ANA)
    news = make_list()
    written = make_template("<mjml><mj-body><mj-section><mj-column><mj-text>{{ client.name }}"
                            "</mj-text><mj-button href='https://luz.example/a?b=1&amp;c=2'>Go</mj-button>"
                            "</mj-column></mj-section></mj-body></mjml>")  # fmt: skip
    made = make_mailing(template_id=written.id, list_id=news.id, opens=True)
    admin.post(f"/api/v1/mailings/{made.id}/do/start")
    work()
    (letter,) = box.letters
    assert letter["Subject"] == "Hi Ana"
    page, text = (letter.get_body([kind]).get_content() for kind in ("html", "plain"))
    assert "Ana" in page
    assert "Unsubscribe: http://localhost/m/" in text
    one_click = letter["List-Unsubscribe"].strip("<>")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    link = re.search(r'href="(http://localhost/m/\w+/c\?[^"]+)"', page)[1].replace("&amp;", "&")
    followed = visitor.get(link, follow_redirects=False)
    assert followed.headers["location"] == "https://luz.example/a?b=1&c=2"
    assert visitor.get(link.replace("luz.example", "evil.example"), follow_redirects=False).status_code == 404
    assert visitor.get(re.search(r'src="(http://localhost/m/\w+/o.gif)"', page)[1]).status_code == 200
    sent = one_of(database)
    assert None not in (sent.clicked_at, sent.opened_at)
    assert one_of(database, Click).url == "https://luz.example/a?b=1&c=2"

    asked = visitor.get(one_click)
    assert "Do you want no more of “News” by Luz?" in asked.text
    assert one_of(database, Subscription) is None, "looking opts nobody out"
    visitor.cookies.clear()
    assert visitor.post(one_click, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    said = one_of(database, Subscription)
    assert (said.choice, said.list_id, said.client_id) == ("opted_out", news.id, luz.id)
    again = make_mailing(template_id=written.id, list_id=news.id)
    admin.post(f"/mailings/{again.id}/do/start")
    work()
    assert len(box.letters) == 1
    facts = admin.get("/api/v1/clients?fields=mailings_last,mailings_opted_out").json()["items"][0]
    assert (facts["mailings_last"] is not None, facts["mailings_opted_out"]) == (True, 1)
    card = admin.get(f"/clients/{luz.id}?tab=mailings").text
    assert "Opted out" in card
    assert "Autumn" in admin.get(f"/clients/{luz.id}").text, "it stands on the timeline"
    assert "1 · 100.0 %" in admin.get("/mailings/results").text


def test_the_page_takes_an_opt_out_back(visitor, admin, make_clients, make_mailing, box, work, database):
    make_clients(ANA)
    admin.post(f"/mailings/{make_mailing().id}/do/start")
    work()
    url = f"/m/{one_of(database).token}/u"
    token = re.search(r'name="_csrf" value="([^"]+)"', visitor.get(url).text)[1]
    assert "no more advertising" in visitor.post(url, data={"do": "list", "_csrf": token}).text
    assert one_of(database, Subscription).list_id is None, "without a list it is all marketing"
    assert "Do you want no more" in visitor.post(url, data={"do": "back", "_csrf": token}).text
    assert one_of(database, Subscription) is None
    assert visitor.get("/m/nothing/u").status_code == 404


def test_service_goes_out_to_those_who_want_no_marketing(admin, make_clients, make_mailing, say, box, work):
    make_clients(ANA)
    say(ANA, "opted_out")
    admin.post(f"/mailings/{make_mailing(purpose='service').id}/do/start")
    work()
    (letter,) = box.letters
    assert letter["List-Unsubscribe"] is None


def test_who_says_no_while_it_waits_gets_nothing(admin, make_clients, make_mailing, say, box, sends, site):
    make_clients(ANA, BIA)
    made = make_mailing()
    admin.post(f"/mailings/{made.id}/do/start")
    planning.due(site)
    say(ANA, "opted_out")
    from vinculo_mailings import sending

    sending.send(site, run_id=1, worker="w")
    assert sends() == {ANA: ("skipped", "opted_out"), BIA: ("sent", "")}


def test_what_the_server_refuses_is_not_called_sent(
    admin, make_clients, make_mailing, box, work, sends, database
):
    make_clients("nobody@luz.example", BIA)
    admin.post(f"/mailings/{make_mailing().id}/do/start")
    work()
    assert sends() == {"nobody@luz.example": ("failed", "550 no such mailbox"), BIA: ("sent", "")}
    assert one_of(database, Bounce).hard, "nobody lives there, so nothing is sent there any more"


def test_an_hour_has_no_more_than_its_cap(admin, make_clients, make_mailing, box, work, sends, database):
    make_clients(ANA, BIA, EVA)
    made = make_mailing(hourly_cap=2)
    admin.post(f"/mailings/{made.id}/do/start")
    work()
    work()
    assert len(box.letters) == 2
    with database.write() as session:
        earlier = now() - timedelta(minutes=61)
        session.execute(sa.update(Send).where(Send.step == "sent").values(promised_at=earlier))
    work()
    assert len(box.letters) == 3


def test_a_plan_goes_on_and_pausing_holds_it(admin, make_clients, make_mailing, box, work, database):
    make_clients(ANA)
    begun = (now() - timedelta(days=3)).replace(microsecond=0)
    made = make_mailing(plan="day", starts_at=begun.isoformat())
    admin.post(f"/mailings/{made.id}/do/start")
    work()
    work()
    assert len(box.letters) == 1, "days that were missed are not made up for"
    assert one_of(database, Mailing).next_at == begun + timedelta(days=4) - timedelta(seconds=0)
    with database.write() as session:
        session.execute(sa.update(Mailing).values(next_at=now() - timedelta(minutes=1)))
    admin.post(f"/mailings/{made.id}/do/pause")
    work()
    assert len(box.letters) == 1
    admin.post(f"/mailings/{made.id}/do/start")
    work()
    assert len(box.letters) == 2
    assert admin.post(f"/mailings/{made.id}/do/start").status_code == 409
    assert admin.post(f"/mailings/{made.id}/do/nothing").status_code == 422


def test_an_event_begins_a_mailing_once_for_its_client(
    admin, make_clients, make_mailing, box, work, site, make_template
):
    ana, _bia = make_clients(ANA, BIA)
    written = make_template("{{ event.title }} is settled.", subject="Settled")
    made = make_mailing("", plan="event", event="complaint.solved", template_id=written.id, purpose="service")
    assert "Complaint" not in admin.get(f"/mailings/{made.id}").text, "no plugin that is on tells of that"
    admin.post(f"/mailings/{made.id}/do/start")
    delivering.deliver(site)

    def solve(title, at=None, client_id=ana.id):
        with site.database.write() as session:
            log.write(
                session, actor=system(Source.JOB), action="solved", kind="complaint", record_id=1,
                title=title, client_id=client_id, at=at,
            )  # fmt: skip

    solve("Broken crate")
    solve("Long ago", at=now() - timedelta(days=2))
    solve("Of nobody", client_id=None)
    delivering.deliver(site)
    delivering.deliver(site)
    work()
    (letter,) = box.letters
    assert letter["To"] == ANA
    assert "Broken crate is settled." in letter.get_body(["plain"]).get_content()


def test_mail_that_comes_back_marks_its_address(
    admin, make_clients, make_mailing, work, sends, database, dsn
):
    make_clients(ANA, BIA)
    admin.post(f"/mailings/{make_mailing().id}/do/start")
    work()
    with database.read() as session:
        tokens = dict(session.execute(sa.select(Send.address, Send.token)).all())
    url = "/api/v1/mailings/bounces"
    assert admin.post(url, content=dsn(tokens[ANA], ANA, "5.1.1")).json() == {"addresses": 1, "answers": 0}
    assert admin.post(url, content=dsn(tokens[BIA], BIA, "4.2.2")).json() == {"addresses": 1, "answers": 0}
    assert admin.post(url, content=dsn("0" * 32, EVA, "5.1.1")).json() == {"addresses": 0, "answers": 0}
    assert admin.post(url, content=b"\xff\x00nonsense").json() == {"addresses": 0, "answers": 0}
    with database.read() as session:
        found = {one.address: one.hard for one in session.scalars(sa.select(Bounce))}
    assert found == {ANA: True, BIA: False}
    left = admin.get("/api/v1/mailings/1/audience").json()
    assert (left["recipients"], left["left_out"]) == (1, {"Nobody lives at this address": 1})


@pytest.fixture
def dsn():
    """A delivery status notification as Postfix writes it."""

    def dsn(token, address, status):
        return (
            f"From: MAILER-DAEMON@mx.example\r\nTo: bounces+{token}@luz.example\r\nSubject: Undelivered\r\n"
            "MIME-Version: 1.0\r\nContent-Type: multipart/report; boundary=B\r\n\r\n"
            "--B\r\nContent-Type: text/plain\r\n\r\nIt did not work.\r\n"
            "--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
            f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: {status}\r\n"
            "Diagnostic-Code: smtp; 550 no such user\r\n\r\n--B--\r\n"
        ).encode()

    return dsn


def test_what_cannot_begin_is_said_and_pauses(
    admin, make_clients, make_mailing, box, work, database, make_user
):
    make_clients(ANA)
    bea = make_user("bea")
    made = make_mailing(owner_id=bea.id)
    with database.write() as session:
        bea = session.merge(bea)
        bea.active = False
    admin.post(f"/mailings/{made.id}/do/start")
    work()
    found = one_of(database, Mailing)
    assert (found.stage, box.letters) == ("paused", [])
    assert found.fault
    assert one_of(database, Notice).title == "Autumn"


@pytest.mark.parametrize(
    ("kind", "sent", "fault"),
    [
        ("mailing-templates", {"name": "A", "body": "{{ client.__class__ }}{{ nothing }}"}, "body"),
        ("mailing-templates", {"name": "A", "body": "{% for a in client %}x{% endfor %}"}, "body"),
        ("mailing-templates", {"name": "A", "body": "<mjml><mj-body><mj-text>"}, "body"),
        ("mailing-templates", {"name": "A", "body": "{% if", "subject": "{{ 7*7 }}"}, "subject"),
        ("mailing-subscriptions", {"address": "no address"}, "address"),
    ],
)
def test_what_cannot_be_is_refused_by_field(admin, kind, sent, fault):
    answer = admin.post(f"/api/v1/{kind}", json=sent)
    assert answer.status_code == 422
    assert fault in {one["field"] for one in answer.json()["errors"]}


def test_nobody_sends_without_the_right(
    make_role, make_user, open_browser, make_clients, make_mailing, admin, box
):
    from vinculo.actor import Scope

    make_clients(ANA)
    made = make_mailing()
    rights = {f"mailings.mailing.{one}": Scope.ALL for one in ("read", "update")}
    make_role("Member", {"*": None, **rights})
    browser = open_browser(make_user("bea"))
    assert ">Start<" not in browser.get(f"/mailings/{made.id}").text
    assert browser.post(f"/mailings/{made.id}/do/start").status_code == 403


def test_events_and_runs_are_on_record(admin, make_clients, make_mailing, work, database):
    make_clients(ANA)
    admin.post(f"/mailings/{make_mailing().id}/do/start")
    work()
    with database.read() as session:
        said = session.scalars(
            sa.select(Event.action).where(Event.kind == "mailing").order_by(Event.id)
        ).all()
        assert [one for one in said if one not in ("created", "changed")] == ["started", "begun"]
        assert session.scalar(sa.select(Run.done_at)) is not None
