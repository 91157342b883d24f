"""The timeline of a client: what every plugin had to tell, newest first, each thing once."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest

from vinculo.events import timeline

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def tell(database):
    """Put an entry on a client's timeline, as a record of a plugin that is off now."""

    def tell(client_id, number, at, **values):
        entry = {
            "client_id": client_id, "kind": "deal", "record_id": number, "happened_at": at,
            "domain": "deals", "label": "Deal", "title": f"Deal {number:02}", "text": "won",
            "icon": "box", "user_id": None, **values,
        }  # fmt: skip
        with database.write() as session:
            timeline.put(session, kind="deal", record_id=number, new=False, entry=entry)

    return tell


def test_older_entries_follow_page_by_page_even_of_one_moment(admin, make_client, tell):
    luz, sol = make_client("Luz").id, make_client("Sol").id
    for number in range(45):
        tell(luz, number, NOON - timedelta(hours=number // 15))
    tell(sol, 99, NOON)

    url, seen = f"/clients/{luz}", []
    while url:
        page = admin.get(url).text
        seen += re.findall(r'class="what">(Deal \d\d)<', page)
        more = re.search(r'<a class="more[^"]*" href="(/clients/\d+/timeline[^"]*)"', page)
        url = html.unescape(more[1]) if more else ""
        assert len(seen) <= 45

    assert len(seen) == len(set(seen)) == 45
    assert {*seen[:15]} == {f"Deal {n:02}" for n in range(15)}
    assert {*seen[30:]} == {f"Deal {n:02}" for n in range(30, 45)}
    part = admin.get(f"/clients/{luz}/timeline", headers={"hx-request": "true"}).text
    assert "<html" not in part
    assert "Deal 00" in part


def test_an_entry_changes_moves_and_goes_with_its_record(admin, make_client, tell, database):
    luz, sol = make_client("Luz").id, make_client("Sol").id
    tell(luz, 1, NOON, title="<b>First</b>", text="<script>alert(1)</script>")
    card = admin.get(f"/clients/{luz}").text
    assert "&lt;b&gt;First&lt;/b&gt;" in card
    assert "<script>alert" not in card
    assert "From deals, which is off." in card  # and it leads nowhere
    assert 'href="/deals/1"' not in card

    tell(sol, 1, NOON, title="Second")
    assert "First" not in admin.get(f"/clients/{luz}").text
    assert "Second" in admin.get(f"/clients/{sol}").text
    with database.write() as session:
        timeline.put(session, kind="deal", record_id=1, new=False, entry=None)
    assert "Nothing has happened yet." in admin.get(f"/clients/{sol}").text
    tell(sol, 1, NOON)
    assert admin.get(admin.delete(f"/api/v1/clients/{sol}").json()["restore"]).status_code == 405


@pytest.mark.parametrize(
    "position", ["x", ",", "2026-01-01", "2026-01-01,", "2026-01-01,-1", "soon,1", "2026-01-01,1;--"]
)
def test_a_position_that_nobody_was_given_is_refused(session, position):
    from vinculo.clients.pages import _position
    from vinculo.errors import MalformedError

    with pytest.raises(MalformedError):
        _position(position)
