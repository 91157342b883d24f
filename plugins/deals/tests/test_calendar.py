"""Expected closes on a calendar, one's own deals on the home page, and those without a client."""

import re
from datetime import date, timedelta

import pytest

from vinculo.actor import FieldAccess, Scope
from vinculo.i18n import today


def cell(page, day):
    """The cell of a day."""
    return re.search(rf'<td[^>]*>\s*<time datetime="{day}".*?</td>', page, re.DOTALL)[0]


def test_open_deals_stand_on_the_days_they_are_expected(admin, make_client, make_deal, make_reason, stages):
    make_deal("Refit", amount="100", expected_on="2031-05-06")
    make_deal("Trial", amount="50.50", expected_on="2031-05-06")
    make_deal("Sunday", amount="1000", expected_on="2031-05-11")
    make_deal("Next week", expected_on="2031-05-12")
    make_deal("Won", amount="7", expected_on="2031-05-06", stage_id=stages()["Closed won"])
    page = admin.get("/deals/calendar?on=2031-05-20").text
    day = cell(page, "2031-05-06")
    assert ("150.50 USD" in day, "Refit" in day, "Trial" in day, "Won" in day) == (True, True, True, False)
    assert "1 deal" in cell(page, "2031-05-12")
    assert "1,150.50 USD" in page  # of the week
    url = re.search(r'class="sum num" href="([^"]*)">1,150.50', page)[1].replace("&amp;", "&")
    assert {"Refit", "Trial", "Sunday"} <= {*re.findall(r"<a [^>]*>(\w+)</a>", admin.get(url).text)}
    assert "Next week" not in admin.get(url).text
    week = admin.get("/deals/calendar?as=week&on=2031-05-12").text
    assert ("Next week" in week, "Refit" in week) == (True, False)


def test_a_day_with_many_says_how_many_more_and_what_is_late_is_linked(admin, make_deal):
    for number in range(6):
        make_deal(f"Deal {number}", amount=f"{number + 1}", expected_on="2020-02-03")
    make_deal("Undated")
    page = admin.get("/deals/calendar?on=2020-02-01").text
    day = cell(page, "2020-02-03")
    assert re.findall(r">(Deal \d)</a>", day) == ["Deal 5", "Deal 4", "Deal 3", "Deal 2"]  # the largest
    assert ("2 more" in day, 'class="bad"' in day) == (True, True)
    for text, shown in (("Overdue: 6 deals, 21 USD", "Deal 0"), ("Without a day: 1 deal", "Undated")):
        url = re.search(rf'href="([^"]*)">{text}', page)[1].replace("&amp;", "&")
        assert shown in admin.get(url).text
    other = admin.get("/deals/calendar?on=2020-02-01&responsible_id=me").text
    assert ("Deal 5" in other, "Overdue" in other) == (False, False)
    assert admin.get("/deals/calendar?on=tomorrow").status_code == 400
    assert admin.get("/deals/calendar?as=year").status_code == 400


@pytest.mark.databases("sqlite")
def test_the_calendar_tells_nobody_what_they_do_not_see(member, make_role, make_deal):
    make_deal("Refit", amount="100", expected_on="2031-05-06", responsible_id=1)
    rights = {"deals.deal.read": Scope.ALL}
    make_role("Member", rights, {("deal", "amount"): FieldAccess.HIDDEN})
    page = member.get("/deals/calendar?on=2031-05-06").text
    assert ("Refit" in page, "1 deal" in page, "100" in cell(page, "2031-05-06")) == (True, True, False)


@pytest.mark.databases("sqlite")
def test_scopes_hold_on_the_calendar_and_the_board(member, make_user, make_role, make_deal):
    other = make_user("ana")
    make_deal("Elsewhere", amount="100", expected_on="2031-05-06", responsible_id=other.id)
    make_role("Member", {"*": Scope.OWN})
    assert "Elsewhere" not in member.get("/deals/calendar?on=2031-05-06").text
    assert "100 USD" not in member.get("/deals/board").text


def test_ones_own_deals_stand_on_the_home_page(admin, make_deal, stages):
    assert "My deals" not in admin.get("/").text
    make_deal("Somebody's", next_step_on="2020-01-01")
    assert "My deals" not in admin.get("/").text
    make_deal("Late", responsible_id=1, amount="30", next_step="Call them", next_step_on="2020-01-02")
    make_deal("Soon", responsible_id=1, amount="12", expected_on=f"{today() + timedelta(days=3)}")
    make_deal("Later", responsible_id=1, stage_id=stages()["Offer"], expected_on=f"{date(2198, 1, 1)}")
    page = admin.get("/").text.partition("My deals")[2]
    late, _sep, rest = page.partition("Closes within a week")
    closing, _sep, by_stage = rest.partition("By stage")
    assert ("Late" in late, "Call them" in late, "Somebody" in late) == (True, True, False)
    assert ("Soon" in closing, "Late" in closing, "Later" in closing) == (True, False, False)
    count = r'<span class="num">(\d)(?: · (.*?))?</span>'
    counted = re.findall(count, by_stage)
    assert counted == [("2", "42 USD"), ("1", "")]
    for url in re.findall(r'href="(/deals\?[^"]*)"', page):
        assert admin.get(url.replace("&amp;", "&")).status_code == 200


def test_deals_without_a_client_are_a_tab_until_they_have_one(admin, make_client, make_deal):
    client = make_client("Padaria Luz")
    make_deal("Whose", client_id=client.id)
    assert "Without a client" not in admin.get("/deals").text
    bare = make_deal("Nobody's")
    page = admin.get("/deals").text
    tab = re.search(r'href="([^"]*)"[^>]*>Without a client <span class="count">1</span>', page)[1]
    shown = admin.get(tab.replace("&amp;", "&")).text
    assert ("Nobody" in shown, ">Whose<" in shown) == (True, False)
    assert re.search(r'aria-current="page">Without a client', shown)
    admin.patch(f"/api/v1/deals/{bare.id}", json={"client_id": client.id})
    assert "Without a client" not in admin.get("/deals").text
