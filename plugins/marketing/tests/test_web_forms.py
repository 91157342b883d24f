"""Web forms as strangers and spammers meet them: nothing comes to be until a mail is answered, then once."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from vinculo.clients.models import Client
from vinculo.db.base import now
from vinculo.people.models import Person
from vinculo.testing.postbox import postbox
from vinculo_marketing import form_mail, web_forms
from vinculo_marketing.form_records import web_form
from vinculo_marketing.models import Attendance, Consent, FormRequest, Touch

CONSENT = "I agree that you write to me about bread."


@pytest.fixture
def box():
    with postbox() as box:
        yield box


@pytest.fixture
def public(admin, open_browser, box):
    """A stranger's browser, on the app of ``admin``; ``work`` does what was put into the queue."""
    browser, jobs = open_browser(), []
    site = browser.app.state.site
    server = site.settings.server.model_copy(update={"public_url": "http://testserver.local"})
    settings = site.settings.model_copy(update={"mail": box.settings, "server": server})

    def enqueue(_session, name, **payload):
        jobs.append((name, payload))
        return "1"

    site = browser.app.state.site = replace(site, settings=settings, enqueue=enqueue)

    def work():
        while jobs:
            name, payload = jobs.pop()
            assert name == form_mail.JOB
            form_mail.send(site, **payload)

    browser.work = work
    return browser


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """Tests type fast."""
    monkeypatch.setattr(web_forms, "QUICKEST", timedelta(seconds=-1))


@pytest.fixture
def make_form(make_record, make):
    """A form of the campaign “Spring” in the channel “Online”."""

    def make_form(slug="offer", **payload):
        kinds = [*make.kinds.values()]
        return make_record(
            web_form,
            links_to=kinds,
            **{"name": "Ask for an offer", "slug": slug, "consent": CONSENT, **payload},
        )

    return make_form


@pytest.fixture
def count(database):
    """How many rows there are of some models."""

    def count(*models):
        with database.read() as session:
            return [session.scalar(sa.select(sa.func.count()).select_from(model)) for model in models]

    return count


def fill(browser, url="/f/offer", **said):
    """What a browser sends that was shown the form."""
    page = browser.get(url).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    hidden = {name: value.replace("&amp;", "&") for name, value in hidden.items()}
    typed = {"name": "Ana Souza", "email": "ana@luz.example", "agreed": "true", **said}
    return browser.post(url.partition("?")[0], data={**hidden, **typed})


def link_of(letter):
    return re.search(r"http://testserver\.local(/f/confirm/\S+)", letter.get_content())[1]


def press(browser, link):
    page = browser.get("/f/offer").text
    csrf = re.search(r'name="_csrf" value="([^"]*)"', page)[1]
    return browser.post(link, data={"_csrf": csrf})


def test_a_stranger_becomes_a_client_with_source_once_the_mail_is_answered(
    public, admin, box, make, make_form, make_user, count, database
):
    online = make("channel", name="Online")
    make("campaign", name="Spring", channel_id=online.id, code="spring")
    boss = make_user("boss")
    company = {"ask": "company", "label": "Your bakery", "required": True}
    questions = [company, {"ask": "phone"}, {"ask": "message"}]
    make_form(responsible_id=boss.id, questions=questions, thanks="We call you.")

    url = "/f/offer?utm_source=newsletter&utm_campaign=spring&gclid=1"
    shown = public.get(url)
    assert "Your bakery" in shown.text
    assert CONSENT in shown.text
    assert "script-src" not in shown.headers["content-security-policy"]
    assert "<script" not in shown.text
    sent = fill(public, url, company="Padaria Luz", phone="+5511987654321", message="Ten sacks a week")
    assert "Look at your mail" in sent.text
    assert count(Client, Person, Touch, Consent) == [0, 0, 0, 0]

    public.work()
    (letter,) = box.letters
    assert letter["To"] == "ana@luz.example"
    link = link_of(letter)
    for _time in range(2):  # programs of mail look at links before people do
        looked = public.get(link)
        assert "Confirm" in looked.text
        assert looked.headers["referrer-policy"] == "no-referrer"
    assert count(Client) == [0]

    assert "We call you." in press(public, link).text
    assert count(Client, Person, Touch, Consent) == [1, 1, 1, 1]
    assert press(public, link).status_code == 404, "it works once"
    assert count(Client, Person, Touch, Consent) == [1, 1, 1, 1]

    with database.read() as session:
        one, agreed = session.scalars(sa.select(Touch)).one(), session.scalars(sa.select(Consent)).one()
        assert (one.title, one.reason) == ("Online · Spring · newsletter", "Ten sacks a week")
        assert one.utm == "utm_source=newsletter; utm_campaign=spring"
        assert (agreed.text, agreed.email, agreed.person_id) == (CONSENT, "ana@luz.example", 1)
        request = session.scalars(sa.select(FormRequest)).one()
        assert (request.said, request.token_hash) == ({}, None)
        assert session.get(Client, 1).responsible_id == boss.id
    card = admin.get("/clients/1").text
    assert "Padaria Luz" in card
    assert "Online · Spring · newsletter" in card
    assert "Sent: 1, confirmed: 1" in admin.get("/web-forms/1").text


def test_who_is_known_by_the_address_is_found_and_nobody_is_told_so(
    public, box, make, make_form, make_client, make_person, count
):
    fair = make("event", name="Food fair")
    make_form(event_id=fair.id)
    luz = make_client("Padaria Luz")
    points = [{"type": "email", "value": "ana@luz.example"}]
    make_person("Ana", client_id=luz.id, contact_points=points)

    answers = [fill(public, email=address).text for address in ("ana@luz.example", "nobody@else.example")]
    assert answers[0] == answers[1]
    public.work()
    letters = {one["To"]: one for one in box.letters}
    press(public, link_of(letters["ana@luz.example"]))
    assert count(Client, Person, Touch, Attendance) == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": " "}, "Fill this in."),
        ({"name": "x" * 201}, "shorten it to 200"),
        ({"name": "a\x00b"}, "no text"),
        ({"email": "not an address"}, "is not an e-mail address"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "is not an e-mail address"),
        ({"agreed": ""}, "Tick this box"),
        ({"shown": "forged"}, "too fast"),
        ({"phone": "call me maybe"}, "is not a phone number"),
    ],
)
def test_what_cannot_be_is_said_beside_it_and_what_was_typed_stays(public, make_form, count, said, words):
    make_form(questions=[{"ask": "phone"}, {"ask": "message"}])
    answer = fill(public, message='"><script>alert(1)</script>', **said)
    assert answer.status_code == 422
    assert words in answer.text
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert count(FormRequest) == [0]


def test_programs_that_send_spam_get_nowhere(public, box, make_form, count, monkeypatch):
    make_form()
    make_form("other", name="Another form")
    assert "Look at your mail" in fill(public, homepage="https://spam.example").text, "told nothing"
    assert count(FormRequest) == [0]

    page = public.get("/f/other").text
    stamp = re.search(r'name="shown" value="([^"]*)"', page)[1]
    assert fill(public, shown=stamp).status_code == 422, "of another form"
    monkeypatch.setattr(web_forms, "QUICKEST", timedelta(seconds=30))
    assert fill(public).status_code == 422, "too fast"
    monkeypatch.setattr(web_forms, "QUICKEST", timedelta(seconds=-1))
    monkeypatch.setattr(web_forms, "OLDEST", timedelta(seconds=-1))
    assert fill(public).status_code == 422, "too long ago"
    monkeypatch.setattr(web_forms, "OLDEST", timedelta(hours=1))
    assert public.post("/f/offer", data={"name": "x"}).status_code == 403, "without the token of a page"

    for _time in range(5):
        assert "Look at your mail" in fill(public, email="Victim@luz.example").text
    public.work()
    assert len(box.letters) == web_forms.TO_ADDRESS, "others' letter boxes are not filled"
    for number in range(web_forms.FROM_ORIGIN - web_forms.TO_ADDRESS):
        assert fill(public, email=f"a{number}@luz.example").status_code == 200
    refused = fill(public, email="late@luz.example")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3600")


def test_links_end_and_what_nobody_confirmed_is_forgotten(public, box, make_form, count, database):
    make_form()
    fill(public), public.work()
    link = link_of(box.letters[0])
    form_mail.send(public.app.state.site, request_id=1)
    assert public.get(link).status_code == 404, "a newer one was mailed"
    newer = link_of(box.letters[1])
    with database.write() as session:
        session.execute(sa.update(FormRequest).values(expires_at=now() - timedelta(seconds=1)))
    assert press(public, newer).status_code == 404
    assert public.get("/f/confirm/nonsense").status_code == 404
    form_mail.send(public.app.state.site, request_id=1)
    assert len(box.letters) == 2
    with database.write() as session:
        session.execute(sa.update(FormRequest).values(expires_at=now() - timedelta(days=8)))
    form_mail.tidy(public.app.state.site)
    assert count(FormRequest, Client) == [0, 0]


def test_a_form_is_closed_without_mail_or_when_somebody_closes_it(public, make_form, admin, faults):
    make_form()
    site = public.app.state.site
    nowhere = site.settings.model_copy(update={"mail": site.settings.mail.model_copy(update={"host": ""})})
    public.app.state.site = replace(site, settings=nowhere)
    assert public.get("/f/offer").status_code == 404, "no mail can be sent"
    public.app.state.site = site
    assert public.get("/f/offer").status_code == 200
    admin.patch("/api/v1/web-forms/1", json={"active": False})
    assert public.get("/f/offer").status_code == 404
    sent = {"name": "X", "slug": "A b", "consent": "Yes", "questions": [{"ask": "phone"}, {"ask": "phone"}]}
    assert faults(admin.post("/api/v1/web-forms", json=sent)) == {
        ("slug", "invalid"),
        ("questions[1].ask", "repeated"),
    }


class TestWithDeals:
    @pytest.fixture
    def plugins_on(self):
        return ("deals", "marketing")

    def test_a_deal_comes_with_it(self, public, box, make_form, admin, database):
        make_form(makes_deal=True)
        fill(public), public.work()
        press(public, link_of(box.letters[0]))
        (deal,) = admin.get("/api/v1/deals").json()["items"]
        assert (deal["title"], deal["client_id"]) == ("Ask for an offer: Ana Souza", 1)
        with database.read() as session:
            one = session.scalars(sa.select(Touch)).one()
            assert (one.about_kind, one.about_id, one.client_id) == ("deal", deal["id"], 1)
