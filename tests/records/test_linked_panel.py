"""The ready panel of what points to a record."""

from __future__ import annotations

import re

import pytest
from litestar.testing import TestClient

from vinculo import app as composition
from vinculo.plugins.calling import Owned
from vinculo.records.panels import FIRST, linked
from vinculo.testing.browsing import sign_in
from vinculo_interactions.records import interaction


@pytest.fixture
def card(settings, database, make_user, switch_plugin):
    """The card of a client, from the panel of its interactions on, as a member's browser shows it."""
    switch_plugin("interactions", True)
    registry = composition.load_registry(settings, database)

    def card(client):
        registry.panels["client"] = [Owned("interactions", linked(interaction, "client_id"))]
        app = composition.assemble(composition.Host.of(settings, database), registry)
        with TestClient(app) as browser:
            with database.write() as session:
                sign_in(session, browser, make_user("ben"))
            text = browser.get(f"/clients/{client.id}").text
        return text[text.index("Interactions", text.index("<main")) :]

    return card


def test_it_shows_the_first_and_how_many_there_are(card, make_client, make_record):
    client, other = make_client(), make_client("Metal Norte")
    for day in range(1, FIRST + 3):
        make_record(
            interaction,
            client_id=client.id,
            subject=f"Talk <{day:02}>",
            happened_at=f"2026-03-{day:02}T12:00:00Z",
        )
    make_record(interaction, client_id=other.id, subject="Elsewhere")

    html = card(client)

    assert re.findall(r"Talk &lt;(\d+)&gt;</a>", html) == [f"{n:02}" for n in range(FIRST + 2, 2, -1)]
    assert "12 Mar 2026 12:00" in html
    assert '<span class="count">12</span>' in html
    assert f'href="/interactions?client_id={client.id}">Show all' in html
    assert f'href="/interactions/new?client_id={client.id}"' in html
    assert "Elsewhere" not in html


def test_it_says_that_there_is_nothing(card, make_client):
    html = card(make_client())

    assert "No interactions yet" in html
    assert "Show all" not in html
