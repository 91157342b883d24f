"""Forecasts by hand, and the pages that show them and what came of them."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from vinculo.i18n import today
from vinculo_deals import snapshots
from vinculo_deals.kept_models import Forecast
from vinculo_deals.outlook import (
    Class,
    Expected,
    Kept,
    Large,
    Outlook,
    When,
    class_of,
    forecast,
    hits,
    interval,
    month_of,
    next_month,
    off,
)

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)


def test_a_forecast_weighs_open_deals_and_counts_what_is_won():
    open_ones = [
        Expected(date(2026, 11, 30), 50, 2, Decimal(100)),
        Expected(date(2026, 11, 30), 80, 1, Decimal(10)),
        Expected(date(2026, 12, 1), 10, 1, Decimal(33)),
        Expected(date(2026, 11, 9), 80, 1, Decimal(10)),
        Expected(None, 20, 1, Decimal(5)),
    ]
    found = forecast(open_ones, [], {date(2026, 11, 2): Decimal(7)}, date(2026, 11, 10))
    assert {one: (at.won, at.weighted, at.count) for one, at in found.items()} == {
        NOVEMBER: (7, 65, 3),  # 7 + 50 + 8
        DECEMBER: (0, Decimal("3.30"), 1),
        When.OVERDUE: (0, 8, 1),
        When.UNSAID: (0, 1, 1),
    }
    assert found[NOVEMBER].classes == {Class.COMMIT: 10, Class.BEST: 100, Class.PIPELINE: 0}
    assert [class_of(one) for one in (100, 75, 74, 50, 49, 0)] == [
        Class.COMMIT, Class.COMMIT, Class.BEST, Class.BEST, Class.PIPELINE, Class.PIPELINE,
    ]  # fmt: skip


def test_an_interval_plays_the_largest_deals_and_lets_many_small_ones_vary():
    one = Outlook(
        won=Decimal(5), likely=Decimal(50), variance=2500.0, large=[Large(DECEMBER, 50, Decimal(100))]
    )
    assert interval(one, "december") == (5, 105)  # either it comes or it does not
    sure = Outlook(likely=Decimal(100), large=[Large(DECEMBER, 100, Decimal(100))])
    assert interval(sure, "december") == (100, 100)
    many = Outlook(likely=Decimal(500), variance=250.0)  # 1,000 deals of 1 at 50 %
    low, high = interval(many, "december")
    assert interval(many, "december") == (low, high)
    assert (float(low), float(high)) == (pytest.approx(479.7, abs=3), pytest.approx(520.3, abs=3))


def test_past_forecasts_are_the_last_before_the_month():
    kept = [
        Kept(date(2026, 10, 12), NOVEMBER, Decimal(50)),
        Kept(date(2026, 10, 26), NOVEMBER, Decimal(80)),
        Kept(date(2026, 11, 2), NOVEMBER, Decimal(99)),
        Kept(date(2026, 10, 26), DECEMBER, Decimal(10)),
    ]
    won = {date(2026, 11, 3): Decimal(60), date(2026, 11, 30): Decimal(40)}
    november, december = hits(kept, won)
    assert (november.taken_on, november.weighted, november.won) == (date(2026, 10, 26), 80, 100)
    assert (november.off, december.off) == (-0.2, None)
    assert off([november, december]) == 0.3  # (20 + 10) / 100
    assert off([december]) is None


def rows(page):
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("</tr>")]
    return {row[0]: row[1:] for row in cells if row}


def listed(admin, cell):
    (link,) = re.findall(r'href="([^"]*)"', cell)
    found = admin.get("/api/v1/deals?" + link.replace("&amp;", "&").partition("?")[2])
    assert found.status_code == 200, found.text
    return {one["title"] for one in found.json()["items"]}


def text(cell):
    return re.sub(r"<.*?>", "", cell)


def test_the_page_shows_months_and_what_is_overdue_with_the_deals_behind(admin, make_deal, stages):
    day = today()
    make_deal("Sure", amount="100", probability=90, expected_on=f"{day}")
    make_deal("Maybe", amount="60", probability=50, expected_on=f"{day}")
    make_deal("Late", amount="40", probability=10, expected_on=f"{day - timedelta(days=1)}")
    make_deal("Open", amount="8", probability=25)
    make_deal("Won", amount="7", stage_id=stages()["Closed won"])
    found = rows(admin.get("/deals/reports/forecast").text)
    shown = {name: [text(one) for one in cells[:3]] for name, cells in found.items()}  # overdue, unsaid, now
    assert shown == {
        "Won": ["", "", "7 USD"],
        "Commit": ["", "", "100 USD"],
        "Best case": ["", "", "60 USD"],
        "In the pipeline": ["40 USD", "8 USD", ""],
        "Weighted": ["4 USD", "2 USD", "127 USD"],
        "Open deals": ["1", "1", "2"],
        "In eight of ten cases": ["", "", shown["In eight of ten cases"][2]],
    }
    assert listed(admin, found["Commit"][2]) == {"Sure"}
    assert listed(admin, found["In the pipeline"][0]) == {"Late"}
    assert listed(admin, found["Won"][2]) == {"Won"}


def test_what_was_forecast_is_kept_and_held_against_what_was_won(admin, make_deal, stages, database):
    day = today()
    this = month_of(day)
    ahead = next_month(this)
    make_deal("Next", amount="100", probability=50, expected_on=f"{ahead}", responsible_id=1)
    make_deal("Won", amount="30", stage_id=stages()["Closed won"], responsible_id=1)
    with database.write() as session:
        snapshots.keep(session, on=day)
        snapshots.keep(session, on=day)  # once more changes nothing
        kept = {(one.month, one.won, one.weighted) for one in session.query(Forecast)}
        assert len(kept) == session.query(Forecast).count()
        assert kept == {(this, 30, 30), (ahead, 0, 50)}
        (one,) = session.query(Forecast).filter(Forecast.month == ahead)
        before = this - timedelta(days=3)
        session.add(Forecast(taken_on=before, month=this, pipeline_id=one.pipeline_id, user_id=1,
                             won=0, commit=0, best=0, pipeline=0, weighted=Decimal(45), count=1))  # fmt: skip
    (found,) = rows(admin.get("/deals/reports/accuracy").text).values()
    assert [text(one) for one in found[1:]] == ["45 USD", "30 USD", "+50.0 %"]
    assert rows(admin.get("/deals/reports/accuracy?responsible_id=99").text) == {}
