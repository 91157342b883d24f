"""The formulae by hand, and the pages that show them."""

import inspect
import re
from decimal import Decimal

import pytest

from vinculo.i18n import today
from vinculo_deals import explained
from vinculo_deals.statistics import Cohort, Stays, funnel, median_ended, median_stay, share


def test_a_share_and_its_interval():
    three = share(3, 4)  # by hand: (0.75 + 0.4802 ± 1.96 √(0.046875 + 0.0600)) / 1.9604
    assert (three.value, round(three.low, 4), round(three.high, 4)) == (0.75, 0.3006, 0.9544)
    half = share(50, 100)
    assert (round(half.low, 4), round(half.high, 4)) == (0.4038, 0.5962)
    assert (share(0, 0).value, share(0, 0).high) == (0.0, 1.0)
    assert share(0, 10).low == 0.0


def test_a_funnel_counts_how_far_deals_came():
    cohorts = [
        Cohort(1, "open", 4, Decimal(40)),
        Cohort(1, "lost", 2, Decimal(10)),
        Cohort(3, "lost", 1, Decimal(5)),
        Cohort(2, "won", 3, Decimal(60)),  # the third stage was skipped
        Cohort(None, "lost", 5, Decimal(0)),  # nobody knows how far
    ]
    levels = funnel([1, 2, 3], cohorts)
    assert [one.count for one in levels] == [10, 4, 4]
    assert [one.amount for one in levels] == [115, 65, 65]
    assert [one.of_previous.value for one in levels] == [10 / 15, 0.4, 1.0]
    assert levels[2].of_all.value == 4 / 15


@pytest.mark.parametrize(
    ("stays", "median"),
    [
        ([(1, 1, 0), (3, 1, 0), (8, 1, 0)], 3),
        # 10 deals: day 2 two end (0.8), day 4 three go on, day 5 two end (0.8 x 0.6 = 0.48)
        ([(2, 2, 0), (4, 0, 3), (5, 2, 0), (9, 0, 3)], 5),
        ([(1, 1, 0), (30, 0, 5)], None),
        ([(2, 1, 0), (4, 0, 1)], 2),
        ([], None),
    ],
)
def test_the_median_stay_knows_of_stays_that_go_on(stays, median):
    assert median_stay([Stays(*one) for one in stays]) == median


@pytest.mark.parametrize(
    ("stays", "median"),
    [
        ([(8, 1, 0), (1, 1, 0), (3, 1, 0)], 3),
        ([(1, 1, 0), (2, 0, 9), (5, 1, 4)], 1),  # the lower one of two
        ([(1, 1, 7), (2, 0, 9), (5, 3, 4)], 5),
        ([(2, 0, 4)], None),
        ([], None),
    ],
)
def test_the_median_of_stays_that_ended_knows_of_no_others(stays, median):
    assert median_ended([Stays(*one) for one in stays]) == median


def test_pages_say_what_the_code_says():
    for function, text in explained.OF.items():
        assert " ".join(inspect.getdoc(function).split()) == str(text)


def rows(page):
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("</tr>")]
    return [[re.sub(r"<.*?>", "", cell) for cell in row] for row in cells if row]


def test_the_pages_show_them(admin, make_client, make_deal, make_reason, stages):
    assert "nothing to count" in admin.get("/deals/reports").text
    reason, client = make_reason(), make_client()
    make_deal("A", amount="100", responsible_id=1, expected_on=today().isoformat())
    at = stages()
    make_deal("B", amount="60", stage_id=at["Closed won"], responsible_id=1, client_id=client.id)
    made = make_deal("C", amount="20", stage_id=at["Offer"], lines=[{"product": "Soap"}])
    lost = {"stage_id": at["Closed lost"], "lost_reason_id": reason.id}
    admin.patch(f"/api/v1/deals/{made.id}", json=lost)

    found = rows(admin.get("/deals/reports").text)
    assert [row[:2] for row in found] == [
        ["Deals begun", "3"], ["Interest", "3"], ["Needs are clear", "2"], ["Offer", "2"],
        ["Negotiation", "1"],
        ["Won", "1"], ["Lost deals", "1"], ["Still open", "1"],
        ["Skipped a stage", "2"], ["Came back to a stage", "0"],
    ]  # fmt: skip
    page = admin.get("/deals/reports").text
    for count, link in re.findall(r'<td class="num"><a href="(/deals[^"]*)">(\d+)</a>', page):
        listed = admin.get("/api/v1/deals?" + count.replace("&amp;", "&").partition("?")[2])
        assert len(listed.json()["items"]) == int(link), count
    by_user = rows(admin.get("/deals/reports/outcomes").text)
    assert [row[1:5] for row in by_user] == [["2", "1", "0", "1"], ["1", "0", "1", "0"]]
    assert rows(admin.get("/deals/reports/outcomes?by=product").text)[0][:2] == ["Soap", "1"]
    assert [row[0] for row in rows(admin.get("/deals/reports/outcomes?by=reason").text)][1:] == ["Too slow"]
    assert ["Interest", "more than half stay on", "", "0", "1"] in rows(
        admin.get("/deals/reports/stays").text
    )
    assert rows(admin.get("/deals/reports?until=2020-01-01").text)[0][1] == "0"


@pytest.mark.databases("sqlite")
def test_what_is_no_report_or_no_day_is_said(admin):
    assert admin.get("/deals/reports/weather").status_code == 404
    assert admin.get("/deals/reports?since=soon").status_code in (400, 422)


@pytest.mark.databases("sqlite")
def test_everybody_counts_the_deals_that_they_see(admin, member, make_deal):
    make_deal("Not mine")
    assert rows(admin.get("/deals/reports").text)[0][1] == "1"
    seen = member.get("/deals/reports")
    assert seen.status_code in (200, 403)
