"""Notes as people write them on cards, and what becomes of mentions."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from vinculo.actor import Actor, Scope, Source
from vinculo.clients.records import client as kind
from vinculo.errors import InvalidError
from vinculo.notes import mail
from vinculo.notes.mentions import find
from vinculo.notes.models import Mention, Note
from vinculo.notes.records import note
from vinculo.records import merging, service, trash
from vinculo.records.reading import Values
from vinculo.testing.factories import SYSTEM
from vinculo.testing.factories import make_client as new_client
from vinculo.testing.factories import make_record as new
from vinculo.testing.factories import make_role as new_role
from vinculo.testing.factories import make_user as new_user
from vinculo.web.texts import linked


def test_a_note_is_written_on_the_card_and_taken_back(admin, make_client):
    client = make_client("Padaria Luz")
    back = f"/clients/{client.id}"

    page = admin.post(
        "/notes/write",
        data={"client_id": client.id, "back": back, "text": "Ask for Ana\nsee https://a.example/<b>."},
    )

    assert page.url.path == back
    found = re.search(r'<ol class="timeline">(.*?)</ol>', page.text, re.DOTALL)
    assert found
    assert 'Note</span><a href="/notes/1">Ask for Ana</a>' in found[1]
    assert '<a href="https://a.example/" rel="noopener nofollow">' in found[1]
    assert "<b>" not in found[1]
    assert (
        admin.get("/api/v1/notes", params={"client_id": client.id}).json()["items"][0]["created_by_id"] == 1
    )
    undo = re.search(r'action="(/notes/1/delete[^"]*)"', page.text)
    assert undo
    assert "Ask for Ana" not in admin.post(undo[1]).text.partition('id="timeline"')[2].partition("</div>")[0]


@pytest.mark.databases("sqlite")
def test_what_does_not_fit_comes_back_with_all_that_was_typed(admin, make_client):
    client = make_client("Padaria Luz")

    page = admin.post("/notes/write", data={"client_id": client.id, "text": "x" * 20_001})

    assert page.status_code == 422
    assert "x" * 20_001 in page.text
    assert "Padaria Luz" in page.text


@pytest.mark.databases("sqlite")
def test_a_note_hangs_on_any_record(admin, make_person):
    ana = make_person("Ana")
    page = admin.post(
        "/notes/write", data={"person_id": ana.id, "back": f"/people/{ana.id}", "text": "Speaks Russian"}
    )
    assert '<div class="text">Speaks Russian</div>' in page.text

    refused = admin.post("/notes/write", data={"about_kind": "person", "about_id": "77", "text": "Nobody"})
    assert refused.status_code == 404
    about = admin.post(
        "/notes/write", data={"about_kind": "person", "about_id": ana.id, "text": "Of a plugin's"}
    )
    assert about.status_code == 200
    item = admin.get("/api/v1/notes", params={"about_kind": "person"}).json()["items"][0]
    assert item["about_id"] == ana.id


def test_who_is_mentioned_is_told_once_and_sees_it_on_the_home_page(
    database, make_user, open_browser, make_client
):
    ana, ben = make_user("ana", full_name="Ana Souza"), make_user("ben", full_name="Ben Ito")
    client = make_client("Padaria Luz")
    writer, reader = open_browser(ana), open_browser(ben)

    writer.post("/notes/write", data={"client_id": client.id, "text": "@Ben Ito please call, and @ana too"})

    home = reader.get("/").text
    assert '<span class="mention">@Ben Ito</span> please call' in home
    assert ">New</span>" in home
    assert "Mentions" not in writer.get("/").text.partition("<main")[2]  # her own is none
    with database.write() as session:
        session.execute(sa.text("UPDATE accounts_user SET full_name = 'Benício Ito' WHERE login = 'ben'"))
    card = reader.post(re.search(r'action="(/mentions/\d+)"', home)[1])
    assert card.url.path == "/notes/1"
    assert ">New</span>" not in reader.get("/").text
    timeline = reader.get(f"/clients/{client.id}").text  # by the name that he has now
    assert '<span class="mention">@Benício Ito</span> please call' in timeline
    assert 'aria-label="Pin: @Benício Ito please call, and @Ana Souza too"' in timeline


def test_a_mention_of_somebody_who_may_not_read_it_is_said(session):
    writer, ben = new_user(session, "ana"), new_user(session, "ben", full_name="Ben Ito")
    new_role(session, "Member", {"*": Scope.OWN})
    session.expire_all()
    theirs, mine = new_client(session, "His", responsible_id=ben.id), new_client(session, "Hers")

    with pytest.raises(InvalidError) as refused:
        new(session, note, client_id=mine.id, text="Look, @ben", actor=_all(writer))
    assert "Ben Ito may not read this note" in refused.value.errors[0].message
    assert new(session, note, client_id=theirs.id, text="Look, @ben", actor=_all(writer)).mentions


def _all(user):
    return Actor(user.id, user.name, Source.PAGE, is_administrator=True)


def test_mentions_follow_the_text_and_an_import_tells_nobody(session):
    ana, ben = new_user(session, "ana"), new_user(session, "ben")
    client = new_client(session)
    written = new(session, note, client_id=client.id, text="@ana @ben", actor=SYSTEM)
    first = written.mentions[0].id

    service.update(session, note, written, Values({"text": "only @ana"}), actor=SYSTEM)
    assert [(row.id, row.user_id) for row in written.mentions] == [(first, ana.id)]

    old = new(session, note, client_id=client.id, text="@ben", actor=SYSTEM.by(Source.IMPORT))
    assert old.mentions[0].seen_at
    assert ben.id == old.mentions[0].user_id


def test_notes_follow_a_merge_and_come_back_with_their_client(session):
    one, two = new_client(session, "One"), new_client(session, "Two")
    new_user(session, "ana")
    written = new(session, note, client_id=two.id, text="@ana", actor=SYSTEM).id

    merging.merge(session, kind, one.id, [two.id], actor=SYSTEM)
    assert session.get(Note, written).client_id == one.id

    kept = trash.delete(
        session, kind, service.get(session, kind, one.id, actor=SYSTEM, lock=True), actor=SYSTEM
    )
    assert session.scalar(sa.select(sa.func.count()).select_from(Mention)) == 0
    trash.restore(session, kind, kept, actor=SYSTEM)
    assert session.scalar(sa.select(sa.func.count()).select_from(Mention)) == 1


@pytest.mark.databases("sqlite")
def test_mail_goes_out_once(database, make_client, make_user, make_record, monkeypatch):
    ana = make_user("ana", email="ana@firm.example")
    make_record(note, client_id=make_client().id, text="Well done, @ana")
    sent = []
    monkeypatch.setattr(mail.mail, "send", lambda _settings, **letter: sent.append(letter))
    site = SimpleNamespace(
        database=database,
        settings=SimpleNamespace(
            mail=SimpleNamespace(host="mail.example"),
            company=SimpleNamespace(language="en", time_zone="UTC"),
            server=SimpleNamespace(public_url="https://crm.example"),
        ),
    )

    mail.send_mentions(site)
    mail.send_mentions(site)

    (letter,) = sent
    assert letter["to"] == ana.email
    assert "Well done, @ana\n\nhttps://crm.example/notes/1" in letter["text"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@ana", ["ana"]),
        ("(@Ana Souza!)", ["Ana Souza"]),
        ("@anabela", []),
        ("ana@ana.example", []),
        ("@ÁNA, @ben", ["ÁNA", "ben"]),
        ("@@ana", []),
    ],
)
def test_a_mention_is_a_whole_name(text, found):
    names = [("ana", 1), ("Ana Souza", 1), ("ben", 2)]

    assert [mark.within(text) for mark in find(text, names)] == found


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<i>", "&lt;i&gt;"),
        (
            'https://a.example/?q="x',
            '<a href="https://a.example/?q=" rel="noopener nofollow">https://a.example/?q=</a>&#34;x',
        ),
        ("(http://a.b/c_(d))", '(<a href="http://a.b/c_(d)" rel="noopener nofollow">http://a.b/c_(d)</a>)'),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("@<b> @ana @anab", '@&lt;b&gt; <span class="mention">@A&lt;n</span> @anab'),
    ],
)
def test_texts_become_links_and_nothing_else(text, html):
    assert linked(text, {"ana": "A<n"}) == html
