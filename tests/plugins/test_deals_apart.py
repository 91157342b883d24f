"""Deals with one of their neighbours off: the pages work, and say nothing of what is off."""

import re

import pytest

from vinculo.clients.records import client
from vinculo_deals.records import deal, lost_reason, pipeline, stage
from vinculo_deals.report_pages import TABS, URL

NEIGHBOURS = ("catalog", "segments", "tasks")
WORDS = {
    "catalog": ("/products", "/price-lists", "Price list", "Products"),
    "segments": ("/segments", "/goals", "Groups", "Goals", "segment"),
    "tasks": ("/tasks", "My day", "Task", "task"),
}
PAGES = (
    "/deals", "/deals/1", "/deals/new", "/deals/1/edit", "/deals/1/quick", "/deals/board", "/deals/calendar",
    "/pipelines/1", "/pipelines/1/edit", "/",
    *(f"{URL}/{name}" for name in TABS),
)  # fmt: skip

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture(params=[*NEIGHBOURS, "none"])
def off(request):
    return request.param


@pytest.fixture
def plugins_on(off):
    return ("deals", *(one for one in NEIGHBOURS if one != off))


@pytest.fixture
def pages(admin, make_client, make_record):
    """What stands on each page, scripts and styles aside."""
    kinds = [client, pipeline, stage, lost_reason]
    given = {"client_id": make_client().id, "responsible_id": 1}
    make_record(deal, title="Refit", links_to=kinds, **given)

    def pages():
        found = {}
        for url in PAGES:
            answer = admin.get(url)
            assert answer.status_code == 200, (url, answer.text[:500])
            found[url] = re.sub(r"<(script|style)\b.*?</\1>", "", answer.text, flags=re.DOTALL)
        return found

    return pages


def test_pages_of_deals_say_nothing_of_a_neighbour_that_is_off(pages, off):
    found = pages()
    for name in NEIGHBOURS:
        told = {(url, word) for url, page in found.items() for word in WORDS[name] if word in page}
        if name == off:
            assert told == set()
        else:
            assert told  # these are the words that it does say
