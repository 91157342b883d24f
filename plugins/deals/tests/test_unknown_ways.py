"""Deals that a file brings: nobody knows by which way, and none of them has skipped a stage."""

import re

import pytest
import sqlalchemy as sa

from vinculo.app import all_histories
from vinculo.db.migrations import downgrade, upgrade
from vinculo_deals.models import Deal

URL = "/deals/reports/funnel"


@pytest.fixture
def walks(database):
    """Of each deal how many stages it skipped and how often it came back, by title."""

    def walks():
        with database.read() as session:
            rows = session.execute(sa.select(Deal.title, Deal.skipped, Deal.returns)).all()
        return {title: (skipped, returns) for title, skipped, returns in rows}

    return walks


@pytest.fixture
def brought(line, import_file, make_deal, database):
    """Two deals of a file, won and open in the last stage, and one that somebody puts there by hand."""
    pipeline_id, at = line("manual")
    rows = (
        "Title,Stage,Begun on,Closed on",
        "Old,Line: Done,2024-01-01,2024-03-01",
        "Late,Line: C,2024-01-01,",
    )
    assert not import_file("\n".join(rows))
    make_deal("By hand", stage_id=at["C"])
    with database.read() as session:
        return pipeline_id, at, {one.title: one for one in session.scalars(sa.select(Deal))}


def cell(page, label):
    found = re.search(rf'<td>{label}</td><td class="num"><a href="([^"]*)">(\d+)</a>', page)
    return found and (found[1].replace("&amp;", "&"), int(found[2]))


def listed(admin, url):
    found = admin.get("/api/v1/deals?" + url.partition("?")[2])
    assert found.status_code == 200, found.text
    return {one["title"] for one in found.json()["items"]}


def test_the_funnel_counts_them_apart(admin, brought):
    page = admin.get(f"{URL}?pipeline={brought[0]}").text
    url, count = cell(page, "Skipped a stage")
    assert (count, listed(admin, url)) == (1, {"By hand"})
    url, count = cell(page, "Came by import without their way")
    assert (count, listed(admin, url)) == (2, {"Old", "Late"})
    assert cell(page, "A")[1] == 3, "they count as far as they came"
    assert "Which stages a deal left out is unknown" in page


def test_nothing_is_said_where_every_way_is_known(admin, make_deal):
    make_deal()
    assert cell(admin.get(URL).text, "Came by import without their way") is None


def test_it_stays_unknown_when_they_go_on_and_what_they_come_back_to_counts(go, brought, walks):
    _pipeline, at, deals = brought
    assert walks() == {"Old": (None, None), "Late": (None, None), "By hand": (2, 0)}
    for one in (deals["Late"], deals["By hand"]):
        go(one, at["B"])
        go(one, at["C"])
    assert walks() == {"Old": (None, None), "Late": (None, 0), "By hand": (2, 0)}, "it was taken back at once"
    for one in (deals["Late"], deals["By hand"]):
        go(one, at["B"])
        go(one, at["A"])
        go(one, at["Done"])
    assert walks() == {"Old": (None, None), "Late": (None, 0), "By hand": (0, 0)}


def test_deals_that_came_before_are_set_right(database, brought, walks):
    """0011: by what the event log says; of others nothing changes."""
    (history,) = (one for one in all_histories() if one.name == "deals")
    downgrade(database, history, "0010")
    with database.write() as session:
        session.execute(sa.update(Deal).values(skipped=3, returns=0))
    upgrade(database, [history])
    assert walks() == {"Old": (None, 0), "Late": (None, 0), "By hand": (3, 0)}
