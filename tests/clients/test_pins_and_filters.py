"""What stays on top of a timeline, and what of it is shown."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from vinculo.actor import Scope
from vinculo.clients.records import client as client_kind
from vinculo.db.base import now
from vinculo.notes.records import note
from vinculo.records import merging, service
from vinculo.records.reading import Values
from vinculo.testing.factories import SYSTEM


@pytest.fixture
def told(make_client, make_record):
    """A client with three notes, the newest last."""
    client = make_client("Luz")
    return client, [
        make_record(note, client_id=client.id, text=text) for text in ("First", "Second", "Third")
    ]


def shown(browser, url):
    """The titles of pinned entries, and of those below."""
    page = re.sub(r"\s+", " ", browser.get(url).text)
    pins = re.search(r'<ol class="timeline pins">(.*?)</ol>', page)
    rest = re.search(r'<ol class="timeline">(.*?)</ol>', page)
    return tuple(re.findall(r'href="/notes/\d+">(.*?)</a>', part[1]) if part else [] for part in (pins, rest))


def test_what_is_pinned_stays_on_top_whatever_becomes_of_it(admin, database, told, make_client):
    client, (first, *_rest) = told
    url = f"/clients/{client.id}"

    page = admin.post(f"{url}/pins", data={"kind": "note", "record_id": first.id, "on": "1"})
    assert "Pinned by Admin" in page.text
    assert shown(admin, url) == (["First"], ["Third", "Second"])

    with database.write() as session:
        record = service.get(session, note, first.id, actor=SYSTEM, lock=True)
        service.update(session, note, record, Values({"text": "First, changed"}), actor=SYSTEM)
    assert shown(admin, url)[0] == ["First, changed"]

    undo = re.search(r'action="(/trash/\d+/restore)"', admin.post(f"/notes/{first.id}/delete").text)
    assert shown(admin, url)[0] == []
    admin.post(undo[1])
    assert shown(admin, url)[0] == ["First, changed"]

    other = make_client("Sol")
    with database.write() as session:
        merging.merge(session, client_kind, other.id, [client.id], actor=SYSTEM)
    url = f"/clients/{other.id}"
    assert shown(admin, url)[0] == ["First, changed"]
    admin.post(f"{url}/pins", data={"kind": "note", "record_id": first.id, "on": ""})
    assert shown(admin, url) == ([], ["Third", "Second", "First, changed"])


@pytest.mark.databases("sqlite")
def test_only_who_may_change_the_client_pins_and_only_what_they_see(
    admin, member, told, make_client, make_role, make_user
):
    client, (first, *_rest) = told
    make_role("Member", {"*": None, "clients.client.read": Scope.ALL, "notes.note.read": Scope.ALL})
    url = f"/clients/{client.id}"

    assert f'action="{url}/pins"' not in member.get(url).text
    assert (
        member.post(f"{url}/pins", data={"kind": "note", "record_id": first.id, "on": "1"}).status_code == 403
    )
    elsewhere = f"/clients/{make_client('Sol').id}/pins"
    assert admin.post(elsewhere, data={"kind": "note"}).status_code == 400
    for data in ({"kind": "note", "record_id": first.id}, {"kind": "deal", "record_id": "1"}):
        assert admin.post(elsewhere, data=data | {"on": "1"}).status_code == 404


def test_a_timeline_is_filtered_by_kind_user_day_and_words(admin, told):
    client, _notes = told
    url, today = f"/clients/{client.id}", now().date()

    assert shown(admin, f"{url}?t_q=SECOND")[1] == ["Second"]
    assert shown(admin, f"{url}?t_kind=note")[1] == ["Third", "Second", "First"]
    assert shown(admin, f"{url}?t_kind=deal")[1] == []
    assert shown(admin, f"{url}?t_user=999")[1] == []
    assert (
        len(shown(admin, f"{url}?t_from={today - timedelta(days=1)}&t_to={today + timedelta(days=1)}")[1])
        == 3
    )
    assert shown(admin, f"{url}?t_from={today + timedelta(days=2)}")[1] == []
    assert len(shown(admin, f"{url}?t_from=nonsense&t_user=x&t_to=9999-12-31")[1]) == 3
    page = admin.get(f"{url}?t_kind=note&t_q=Second").text
    assert "Nothing fits" in admin.get(f"{url}?t_q=nothing").text
    assert f'href="{url}?tab=timeline&amp;t_kind=note#timeline" aria-label="Remove filter “Second”"' in page


@pytest.mark.databases("sqlite")
def test_words_that_are_hidden_are_not_found(member, make_client, make_record, make_role):
    from vinculo.actor import FieldAccess

    client = make_client("Luz")
    make_record(note, client_id=client.id, text="Open\nsecretly")
    url = f"/clients/{client.id}?t_q=secretly"
    assert shown(member, url)[1] == ["Open"]

    make_role("Member", fields={("note", "client_id"): FieldAccess.HIDDEN})
    assert shown(member, url)[1] == ["Open"]  # what is hidden holds no words
