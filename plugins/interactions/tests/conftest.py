"""A company that has the plugin on, and a client to talk to."""

import re

import pytest

from vinculo_interactions.records import interaction


@pytest.fixture
def plugins_on():
    return ("interactions",)


@pytest.fixture
def log(make_record):
    """Log an interaction with a client: ``log(client, "Quote sent", type="email")``."""

    def log(client, subject="Quote 41", **payload):
        payload.setdefault("happened_at", "2026-03-02T12:00:00+00:00")
        return make_record(interaction, client_id=client.id, subject=subject, **payload)

    return log


@pytest.fixture
def timeline():
    """The lines of a client's timeline as a browser shows them, the newest first."""

    def timeline(browser, client):
        html = browser.get(f"/clients/{client.id}").text
        found = re.search(r'<ol class="timeline">(.*?)</ol>', html, re.DOTALL)
        items = re.findall(r"<li.*?</li>", found[1], re.DOTALL) if found else []
        return [" ".join(re.sub(r"<[^>]+>", " ", item).split()) for item in items]

    return timeline


@pytest.fixture
def toast():
    """The message on a page and the address behind its Undo."""

    def toast(page):
        text = re.search(r'class="toast .*?<p>(.*?)</p>', page.text, re.DOTALL)
        undo = re.search(r'class="toast .*?<form method="post" action="(.*?)"', page.text, re.DOTALL)
        return (text[1] if text else ""), (undo[1].replace("&amp;", "&") if undo else "")

    return toast
